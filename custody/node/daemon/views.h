#ifndef QUORATE_CUSTODY_NODE_DAEMON_VIEWS_H_
#define QUORATE_CUSTODY_NODE_DAEMON_VIEWS_H_

#include <optional>
#include <string>

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

[[nodiscard]] pb::Vault VaultView(const Node& node, const ledger::Vault& vault);
[[nodiscard]] pb::Account AccountView(const Node& node, const ledger::Account& account);
[[nodiscard]] pb::Request RequestView(const Node& node, const ledger::RequestRecord& request,
                                      absl::Time now);
[[nodiscard]] pb::Organisation OrganisationView(const Node& node);
[[nodiscard]] pb::Draft DraftMessage(const DraftView& view);
void FillStatus(const Node& node, absl::Time now, pb::NodeStatus& status);

// The account of that name, or of that title where no other has it; case does not matter.
[[nodiscard]] absl::StatusOr<const ledger::Account*> ResolveAccount(const Node& node,
                                                                    const std::string& text);
// InvalidArgument for a prefix that is too short or fits several requests, NotFound for none.
[[nodiscard]] absl::StatusOr<const ledger::RequestRecord*> ResolveRequest(
    const Node& node, const std::string& prefix);
[[nodiscard]] absl::StatusOr<const ledger::Vault*> ResolveVault(const Node& node,
                                                                const std::string& name);

}  // namespace quorate::node

#endif  // QUORATE_CUSTODY_NODE_DAEMON_VIEWS_H_
