#ifndef QUORATE_CLIENT_CLI_TERMINAL_H_
#define QUORATE_CLIENT_CLI_TERMINAL_H_

#include <cstddef>
#include <functional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "crypto/secret.h"

namespace quorate::cli {

// The person at the keyboard. Every method but interactive() fails with reason USAGE where there is
// nobody.
class Terminal {
 public:
  virtual ~Terminal() = default;

  // Whether somebody can be asked: standard input and standard error are terminals.
  [[nodiscard]] virtual bool interactive() const = 0;
  // One line without its end and without spaces at both ends. Cancelled at the end of the input.
  [[nodiscard]] virtual absl::StatusOr<std::string> AskLine(const std::string& prompt) = 0;
  // One line without echo, byte by byte into guarded memory; may be empty. Cancelled where the
  // person ends the input, InvalidArgument beyond `max_size`.
  [[nodiscard]] virtual absl::StatusOr<crypto::Secret> AskSecret(const std::string& prompt,
                                                                 size_t max_size) = 0;
  // Shows `screen` (lines end in "\r\n") on the alternate screen until a key, then wipes it: it
  // does not reach the scrollback.
  [[nodiscard]] virtual absl::Status ShowUntilKey(const crypto::Secret& screen) = 0;
  // Until a key is pressed or `longest` has passed.
  [[nodiscard]] virtual absl::Status WaitForKey(absl::Duration longest) = 0;
  // What must be undone where a signal ends the program from now on; empty: nothing. It runs on
  // another thread than the caller's.
  virtual void UndoOnSignal(std::function<void()> undo) = 0;
};

// `question` until the answer is yes or no; an empty answer is `otherwise`.
[[nodiscard]] absl::StatusOr<bool> AskYesNo(Terminal& terminal, const std::string& question,
                                            bool otherwise);

// A passphrase: from `file` where that is named (see keystore::ReadPassphrase), else from the
// person after `prompt`. USAGE where there is neither.
[[nodiscard]] absl::StatusOr<crypto::Secret> GetPassphrase(Terminal& terminal,
                                                           const std::string& file,
                                                           const std::string& prompt);

// The same for something new, asked for twice: `what` is "passphrase" or "password". At most
// three tries to type it alike.
[[nodiscard]] absl::StatusOr<crypto::Secret> AskNewSecret(Terminal& terminal,
                                                          const std::string& what, size_t max_size);

}  // namespace quorate::cli

#endif  // QUORATE_CLIENT_CLI_TERMINAL_H_
