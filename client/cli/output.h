#ifndef QUORATE_CLIENT_CLI_OUTPUT_H_
#define QUORATE_CLIENT_CLI_OUTPUT_H_

#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "client/cli/json_out.h"
#include "crypto/bytes.h"
#include "crypto/secret.h"

namespace quorate::cli {

// Longest text of somebody else's that is shown in one place, in bytes.
inline constexpr size_t kShownTextBytes = 400;

// Text of somebody else's, fit to show.
[[nodiscard]] std::string Shown(std::string_view text, size_t max_bytes = kShownTextBytes);

// Writes all of `bytes` to `fd` without a buffer in between. Unavailable where the other side is
// gone.
[[nodiscard]] absl::Status WriteFd(int fd, crypto::ByteSpan bytes);
[[nodiscard]] absl::Status WriteFd(int fd, const crypto::Secret& secret);

// Where a command's answers and remarks go. Answers on `out_fd`; everything else on `err_fd`.
// Not thread-safe.
class Output {
 public:
  struct Options {
    int out_fd = 1;
    int err_fd = 2;
    bool json = false;
    bool colour = false;
    absl::TimeZone zone;
    absl::Time now;
  };
  explicit Output(const Options& options);
  Output(const Output&) = delete;
  Output& operator=(const Output&) = delete;

  bool json() const { return options_.json; }
  bool is_terminal() const { return is_terminal_; }
  bool colour() const { return options_.colour; }

  // Failure to write is remembered: see status().
  void Print(std::string_view text);
  // The whole answer of a command under --json, and its line end.
  void PrintJson(const JsonOut& json);
  // For people beside the answer; silent under --json.
  void Remark(std::string_view text);
  void PrintError(const absl::Status& status);

  // Secret bytes to the answers' descriptor, straight from guarded memory.
  [[nodiscard]] absl::Status WriteSecret(const crypto::Secret& secret);

  std::string Bold(std::string_view text) const;
  // The person's local time.
  std::string Time(int64_t ms) const;
  absl::Time now() const { return options_.now; }

  // Why the answer did not get out, where it did not.
  const absl::Status& status() const { return status_; }

 private:
  Options options_;
  bool is_terminal_;
  absl::Status status_;
};

}  // namespace quorate::cli

#endif  // QUORATE_CLIENT_CLI_OUTPUT_H_
