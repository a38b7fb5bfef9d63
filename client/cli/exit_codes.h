#ifndef QUORATE_CLIENT_CLI_EXIT_CODES_H_
#define QUORATE_CLIENT_CLI_EXIT_CODES_H_

#include <string>
#include <string_view>

#include "absl/status/status.h"

namespace quorate::cli {

// What scripts switch on. Do not change.
enum class ExitCode : int {
  kDone = 0,
  kFailed = 1,
  kUsage = 2,
  kRefused = 3,      // By policy, or not yet allowed.
  kUnreachable = 4,  // The node or the server.
  kIntegrity = 5,    // Something is not what was signed.
  kIncomplete = 6,   // Something that should be there is missing.
  kInterrupted = 130,
};

[[nodiscard]] ExitCode ExitCodeFor(const absl::Status& status);

// The person called the program wrongly: reason USAGE.
[[nodiscard]] absl::Status UsageError(std::string_view message, std::string_view next);

// Something on this machine failed (a file, a child process): reason LOCAL, never taken for an
// answer of the node.
[[nodiscard]] absl::Status LocalError(std::string_view message, std::string_view next);

// `status` of reading a file of this person, with `what` in front of its text and reason LOCAL.
[[nodiscard]] absl::Status AsLocalError(std::string_view what, const absl::Status& status);

// The text of `status`, as written there.
[[nodiscard]] std::string MessageOf(const absl::Status& status);

}  // namespace quorate::cli

#endif  // QUORATE_CLIENT_CLI_EXIT_CODES_H_
