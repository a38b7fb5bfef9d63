#ifndef QUORATE_CLIENT_CLI_DRY_RUN_H_
#define QUORATE_CLIENT_CLI_DRY_RUN_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "client/cli/context.h"

// What a command would sign and log, for --dry-run. Nothing here changes anything. That the node
// would take the command was asked before, with validate_only: these functions only say it.
namespace quorate::cli {

// What would be done.
struct DryRun {
  std::string statement;             // "deposit", "request", …: its kind.
  std::string subject;               // What it is about.
  std::string seen_by;               // Who could read it; empty: what goes for all statements.
  std::vector<std::string> effects;  // By whom it counts and what follows, a sentence each.
};

// Prints `plan`, and whether the node would have to be unlocked first.
[[nodiscard]] absl::Status PrintDryRun(Context& context, const DryRun& plan);

[[nodiscard]] absl::StatusOr<DryRun> DryDeposit(Context& context, const std::string& vault,
                                                const std::string& account,
                                                const std::string& kind);
[[nodiscard]] absl::StatusOr<DryRun> DryRequest(Context& context,
                                                const v1::CreateRequestRequest& create,
                                                const v1::Account& account);
// The rest need not ask the node; `request` is as it is now.
[[nodiscard]] DryRun DryApprove(Context& context, const v1::Request& request);
[[nodiscard]] DryRun DryDeny(const v1::Request& request);
[[nodiscard]] DryRun DryWithdraw(const v1::Request& request);
[[nodiscard]] DryRun DryAccept(const v1::Request& request);
[[nodiscard]] DryRun DryConfirm(const v1::Account& account);
[[nodiscard]] DryRun DryAlarm(const v1::Account& account);
[[nodiscard]] DryRun DryLift(const v1::Account& account);
[[nodiscard]] DryRun DryDraft(const v1::DraftSpec& spec);
[[nodiscard]] DryRun DrySign(const v1::Draft& draft);

}  // namespace quorate::cli

#endif  // QUORATE_CLIENT_CLI_DRY_RUN_H_
