#ifndef QUORATE_CLIENT_CLI_PROCESS_H_
#define QUORATE_CLIENT_CLI_PROCESS_H_

#include <sys/types.h>

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "crypto/secret.h"

namespace quorate::cli {

// Children by posix_spawn alone: gRPC's threads do not survive a fork. No child gets a descriptor
// that is not named here, nor this process's signal mask.

struct Program {
  std::string file;                    // A path, or a name that is looked for in $PATH.
  std::vector<std::string> arguments;  // After the name. Never a secret: everybody can see them.
  std::vector<std::pair<std::string, std::string>> environment;  // Added to, or in place of, ours.
};

// The file beside the running program, else `name` itself for $PATH to find.
[[nodiscard]] std::string FindBeside(const std::string& name);

// The path of an executable file called `name` in $PATH.
[[nodiscard]] std::optional<std::string> FindInPath(const std::string& name);

// Starts `program` in a session of its own with empty input and both outputs appended to `log`
// (made 0600). Its process id.
[[nodiscard]] absl::StatusOr<pid_t> StartDetached(const Program& program, const std::string& log);

// Runs `program` to its end with `secret` on descriptor `secret_fd`: 0 for its standard input, 3
// for a descriptor of its own beside this process's 0 to 2. `quiet` sends its outputs nowhere. The
// exit code, 128 + n where signal n ended it. LOCAL where it cannot be started; a child that does
// not read the secret is no error.
[[nodiscard]] absl::StatusOr<int> RunWithSecret(const Program& program,
                                                const crypto::Secret& secret, int secret_fd,
                                                bool quiet);

// Whether a child of ours has ended, and how; without waiting.
[[nodiscard]] std::optional<int> ExitedChild(pid_t pid);

// Watches a process, our child or not, by a descriptor: no later process of the same number is
// taken for it.
class WatchedProcess {
 public:
  // NotFound where there is no such process.
  [[nodiscard]] static absl::StatusOr<WatchedProcess> Open(pid_t pid);
  WatchedProcess(WatchedProcess&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  WatchedProcess& operator=(WatchedProcess&&) = delete;
  ~WatchedProcess();

  // True once it has ended; false where `longest` passed before.
  [[nodiscard]] bool WaitForEnd(absl::Duration longest) const;

 private:
  explicit WatchedProcess(int fd) : fd_(fd) {}
  int fd_;
};

}  // namespace quorate::cli

#endif  // QUORATE_CLIENT_CLI_PROCESS_H_
