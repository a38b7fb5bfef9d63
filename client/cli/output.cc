#include "client/cli/output.h"

#include <unistd.h>

#include <cerrno>

#include "absl/strings/str_cat.h"
#include "client/cli/duration.h"
#include "client/cli/exit_codes.h"
#include "client/import/name.h"
#include "custody/base/error_info.h"

namespace quorate::cli {

std::string Shown(std::string_view text, size_t max_bytes) {
  return client::SafeText(text, max_bytes);
}

absl::Status WriteFd(int fd, crypto::ByteSpan bytes) {
  while (!bytes.empty()) {
    const ssize_t count = ::write(fd, bytes.data(), bytes.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) {
      return LocalError("the output could not be written", "check where it goes, and try again");
    }
    bytes = bytes.subspan(static_cast<size_t>(count));
  }
  return absl::OkStatus();
}

absl::Status WriteFd(int fd, const crypto::Secret& secret) { return WriteFd(fd, secret.Reveal()); }

Output::Output(const Options& options)
    : options_(options), is_terminal_(::isatty(options.out_fd) == 1) {}

void Output::Print(std::string_view text) {
  absl::Status written = WriteFd(options_.out_fd, crypto::AsBytes(text));
  if (status_.ok()) status_ = written;
}

void Output::PrintJson(const JsonOut& json) { Print(json.Take() + "\n"); }

void Output::Remark(std::string_view text) {
  if (options_.json) return;
  // Nobody may be reading; the answer is what counts.
  (void)WriteFd(options_.err_fd, crypto::AsBytes(text));
}

void Output::PrintError(const absl::Status& status) {
  std::string text;
  if (options_.json) {
    text = ErrorAsJson(status) + "\n";
  } else {
    text = absl::StrCat("quorate: ", Shown(MessageOf(status), 2000), "\n");
    if (const std::string culprit = base::GetCulprit(status); !culprit.empty()) {
      absl::StrAppend(&text, "  by:   ", Shown(culprit), "\n");
    }
    if (const std::string next = base::GetNext(status); !next.empty()) {
      absl::StrAppend(&text, "  next: ", Shown(next, 2000), "\n");
    }
  }
  (void)WriteFd(options_.err_fd, crypto::AsBytes(text));
}

absl::Status Output::WriteSecret(const crypto::Secret& secret) {
  return WriteFd(options_.out_fd, secret);
}

std::string Output::Bold(std::string_view text) const {
  return options_.colour ? absl::StrCat("\x1b[1m", std::string(text), "\x1b[0m")
                         : std::string(text);
}

std::string Output::Time(int64_t ms) const { return FormatTime(ms, options_.now, options_.zone); }

}  // namespace quorate::cli
