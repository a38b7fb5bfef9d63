#ifndef QUORATE_CLIENT_CLI_CONTEXT_H_
#define QUORATE_CLIENT_CLI_CONTEXT_H_

#include <optional>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "client/cli/node_api.h"
#include "client/cli/output.h"
#include "client/cli/terminal.h"
#include "crypto/random.h"
#include "crypto/secret.h"
#include "custody/base/error_info.h"
#include "custody/base/status_macros.h"
#include "custody/keystore/home.h"

namespace quorate::cli {

// What a command works with. One command, one thread.
struct Context {
  NodeApi& node;
  Output& out;
  Terminal& terminal;
  crypto::RandomSource& random;
  keystore::Home home;
  // Set where a command's own answer is an exit code: that of the child of `open --exec`.
  std::optional<int> exit_code;
};

// `passphrase` sealed to a fresh session of the node.
[[nodiscard]] absl::StatusOr<v1::SealedSecret> SealForNode(Context& context,
                                                           const crypto::Secret& passphrase);

// Opens the person's lock.
[[nodiscard]] absl::Status Unlock(Context& context, const crypto::Secret& passphrase);

// Opens it with the passphrase in `file`, and says that it stays open; nothing where `file` is
// empty.
[[nodiscard]] absl::Status UnlockIfGiven(Context& context, const std::string& file);

// After a call failed since the node is locked: asks the person and unlocks, or says how to.
[[nodiscard]] absl::Status UnlockByAsking(Context& context);

// What `call` (a function that gives a StatusOr) answers; where the node is locked and somebody can
// be asked, unlocks and calls once more.
template <typename Call>
[[nodiscard]] auto WithUnlock(Context& context, const Call& call) -> decltype(call()) {
  auto answer = call();
  if (answer.ok() || base::GetReason(answer.status()) != "LOCKED") return answer;
  QUORATE_RETURN_IF_ERROR(UnlockByAsking(context));
  return call();
}

}  // namespace quorate::cli

#endif  // QUORATE_CLIENT_CLI_CONTEXT_H_
