#ifndef QUORATE_CLIENT_CLI_DEPOSIT_H_
#define QUORATE_CLIENT_CLI_DEPOSIT_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "client/cli/context.h"
#include "client/import/item.h"
#include "crypto/bytes.h"

namespace quorate::cli {

struct DepositItem {
  client::ItemKind kind = client::ItemKind::kPassword;
  crypto::ByteSpan value;  // In guarded memory, which outlives the call.
};
struct DepositPlan {
  std::string vault;
  std::string account;
  std::string title;
  std::string username;
  std::string url;
  std::vector<DepositItem> items;
  // The node only says whether it would take it; the account in the answer is empty then.
  bool dry_run = false;
};

// One logged statement: asks the node for labels, encrypts each item here, and commits. The labels
// must be for what was asked, or nothing is encrypted (DataLoss). Unlocks where that is needed and
// somebody can be asked. The account as it is then.
[[nodiscard]] absl::StatusOr<v1::Account> MakeDeposit(Context& context, const DepositPlan& plan);

}  // namespace quorate::cli

#endif  // QUORATE_CLIENT_CLI_DEPOSIT_H_
