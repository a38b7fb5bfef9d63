#ifndef QUORATE_CUSTODY_NODE_DAEMON_RESOLVE_H_
#define QUORATE_CUSTODY_NODE_DAEMON_RESOLVE_H_

#include <string>

#include "absl/status/statusor.h"
#include "custody/node/node.h"

// What a person's words stand for in the node's state. Pure functions of the node.
namespace quorate::node {

// The account of that name, or of that title where no other has it; case does not matter.
[[nodiscard]] absl::StatusOr<const ledger::Account*> ResolveAccount(const Node& node,
                                                                    const std::string& text);
// InvalidArgument for a prefix that is too short or fits several requests, NotFound for none.
[[nodiscard]] absl::StatusOr<const ledger::RequestRecord*> ResolveRequest(
    const Node& node, const std::string& prefix);
[[nodiscard]] absl::StatusOr<const ledger::Vault*> ResolveVault(const Node& node,
                                                                const std::string& name);

}  // namespace quorate::node

#endif  // QUORATE_CUSTODY_NODE_DAEMON_RESOLVE_H_
