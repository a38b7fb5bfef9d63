#ifndef QUORATE_CLIENT_CLI_TTY_TERMINAL_H_
#define QUORATE_CLIENT_CLI_TTY_TERMINAL_H_

#include <termios.h>

#include <functional>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "client/cli/terminal.h"

namespace quorate::cli {

// The terminal on three descriptors: keys from `in_fd`, questions to `err_fd`, screens to `out_fd`.
// One thread asks; Abandon may come from any other.
class TtyTerminal final : public Terminal {
 public:
  TtyTerminal(int in_fd, int out_fd, int err_fd);
  ~TtyTerminal() override;

  [[nodiscard]] bool interactive() const override;
  [[nodiscard]] absl::StatusOr<std::string> AskLine(const std::string& prompt) override;
  [[nodiscard]] absl::StatusOr<crypto::Secret> AskSecret(const std::string& prompt,
                                                         size_t max_size) override;
  [[nodiscard]] absl::Status ShowUntilKey(const crypto::Secret& screen) override;
  [[nodiscard]] absl::Status WaitForKey(absl::Duration longest) override;

  void UndoOnSignal(std::function<void()> undo) override;

  // For whoever is about to end the process on a signal: brings echo and the ordinary screen back,
  // wherever the asking thread is, then undoes what UndoOnSignal said. From then on nothing is
  // shown any more.
  void Abandon();

 private:
  [[nodiscard]] absl::Status StartRaw();
  [[nodiscard]] absl::Status ShowOnScreen(const crypto::Secret& screen);
  void Restore();

  const int in_fd_;
  const int out_fd_;
  const int err_fd_;
  absl::Mutex mutex_;
  bool raw_ ABSL_GUARDED_BY(mutex_) = false;
  bool screen_ ABSL_GUARDED_BY(mutex_) = false;
  bool abandoned_ ABSL_GUARDED_BY(mutex_) = false;
  struct termios saved_ ABSL_GUARDED_BY(mutex_) {};
  std::function<void()> undo_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace quorate::cli

#endif  // QUORATE_CLIENT_CLI_TTY_TERMINAL_H_
