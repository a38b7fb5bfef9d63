#ifndef QUORATE_CLIENT_CLI_LOOKUP_H_
#define QUORATE_CLIENT_CLI_LOOKUP_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "client/cli/node_api.h"

namespace quorate::cli {

// Every page, up to a bound far above what an organisation has; ResourceExhausted beyond it.
[[nodiscard]] absl::StatusOr<std::vector<v1::Vault>> AllVaults(NodeApi& node);
[[nodiscard]] absl::StatusOr<std::vector<v1::Account>> AllAccounts(NodeApi& node,
                                                                   const std::string& vault);
[[nodiscard]] absl::StatusOr<std::vector<v1::Request>> AllRequests(NodeApi& node, bool closed_too);

// The account of this name, whatever the case; else the only one with this title. NotFound, or
// FailedPrecondition with reason AMBIGUOUS where several have the title.
[[nodiscard]] absl::StatusOr<v1::Account> FindAccount(NodeApi& node, const std::string& name);

// The request whose identifier starts with `id`, in either case. InvalidArgument (USAGE) unless it
// is 6 to 64 hexadecimal digits.
[[nodiscard]] absl::StatusOr<v1::Request> FindRequest(NodeApi& node, const std::string& id);

// Whether `text` can be a request's identifier.
[[nodiscard]] bool IsRequestId(const std::string& text);

}  // namespace quorate::cli

#endif  // QUORATE_CLIENT_CLI_LOOKUP_H_
