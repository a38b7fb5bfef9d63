#ifndef QUORATE_CUSTODY_NODE_DAEMON_VIEWS_H_
#define QUORATE_CUSTODY_NODE_DAEMON_VIEWS_H_

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "custody/node/daemon/runtime.h"
#include "custody/node/node.h"
#include "quorate/node/v1/node.pb.h"

// What the node's state looks like to its person's programs. Pure functions of the node.
namespace quorate::node {

namespace pb = ::quorate::node::v1;

[[nodiscard]] std::string_view KindName(ledger::ItemKind kind);
// InvalidArgument UNKNOWN_ITEM for anything else.
[[nodiscard]] absl::StatusOr<ledger::ItemKind> KindByName(const std::string& name);

// How many nodes have let shares of each version out, of all requests at once: asking the ledger
// version by version would go over every request each time. Valid while the node's state is.
class SharesOutIndex {
 public:
  explicit SharesOutIndex(const ledger::State& state);
  [[nodiscard]] uint32_t Of(const std::string& account, const ledger::ItemVersion& item) const;

 private:
  struct Version {
    std::string_view account;
    ledger::ItemVersion item;
    bool operator<(const Version& other) const;
  };
  std::map<Version, std::set<ledger::OrganiserNumber>> holders_;
};

[[nodiscard]] pb::Vault VaultView(const Node& node, const ledger::Vault& vault);
[[nodiscard]] pb::Account AccountView(const Node& node, const ledger::Account& account,
                                      const SharesOutIndex& shares);
// "frozen, 1 of 3 have lifted it; ana: not us"; empty where no alarm stands.
[[nodiscard]] std::string FreezeLine(const Node& node, const ledger::Account& account);
// Whether it is open by its own clock and the log's.
[[nodiscard]] bool IsOpen(const Node& node, const ledger::RequestRecord& request, absl::Time now);
[[nodiscard]] pb::Request RequestView(const Node& node, const ledger::RequestRecord& request,
                                      absl::Time now, const SharesOutIndex& shares);
[[nodiscard]] pb::Organisation OrganisationView(const Node& node);
[[nodiscard]] pb::Draft DraftMessage(const DraftView& view);
void FillStatus(const Node& node, absl::Time now, pb::NodeStatus& status);

}  // namespace quorate::node

#endif  // QUORATE_CUSTODY_NODE_DAEMON_VIEWS_H_
