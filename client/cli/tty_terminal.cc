#include "client/cli/tty_terminal.h"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <limits>
#include <span>
#include <string_view>
#include <utility>

#include "absl/strings/ascii.h"
#include "client/cli/exit_codes.h"
#include "client/cli/output.h"
#include "custody/base/error_info.h"
#include "custody/base/status_macros.h"

namespace quorate::cli {
namespace {

constexpr size_t kMaxLineBytes = 4096;
constexpr uint8_t kEndOfInput = 4;  // Ctrl-D.
constexpr uint8_t kKillLine = 21;   // Ctrl-U.
// xterm: the alternate screen, emptied. On the way back it is emptied first, for terminals that
// keep it.
constexpr std::string_view kEnterScreen = "\x1b[?1049h\x1b[2J\x1b[H";
constexpr std::string_view kLeaveScreen = "\x1b[2J\x1b[3J\x1b[?1049l";

absl::Status Nobody() {
  return UsageError("nobody is here to answer", "run it in a terminal, or see --help for scripts");
}
absl::Status Ended() {
  return base::MakeError(absl::StatusCode::kCancelled, "INTERRUPTED",
                         "the input ended; nothing was done", "run it again");
}

// One byte into `byte`; Cancelled at the end of the input.
absl::Status ReadByte(int fd, uint8_t& byte) {
  while (true) {
    const ssize_t count = ::read(fd, &byte, 1);
    if (count == 1) return absl::OkStatus();
    if (count == 0 || errno != EINTR) return Ended();
  }
}

// The line's bytes before the last character: what is left after a backspace.
size_t WithoutLastCharacter(crypto::ByteSpan line) {
  size_t size = line.size();
  while (size > 0 && (line[size - 1] & 0xC0) == 0x80) --size;
  return size > 0 ? size - 1 : 0;
}

// Edits a line in `buffer` until its end; its length.
absl::StatusOr<size_t> ReadSecretLine(int fd, std::span<uint8_t> buffer) {
  size_t used = 0;
  while (true) {
    // The newest byte always lies in the buffer's last place or on its way, never on the stack.
    uint8_t& key = buffer[used];
    QUORATE_RETURN_IF_ERROR(ReadByte(fd, key));
    if (key == '\n' || key == '\r') return used;
    if (key == kEndOfInput && used == 0) return Ended();
    if (key == kEndOfInput) return used;
    if (key == 0x7F || key == '\b') {
      used = WithoutLastCharacter(buffer.first(used));
    } else if (key == kKillLine) {
      used = 0;
    } else if (used + 1 < buffer.size()) {
      ++used;
    } else {
      return UsageError("that is too long; nothing was done", "give a shorter one");
    }
  }
}

}  // namespace

TtyTerminal::TtyTerminal(int in_fd, int out_fd, int err_fd)
    : in_fd_(in_fd), out_fd_(out_fd), err_fd_(err_fd) {}

TtyTerminal::~TtyTerminal() { Restore(); }

bool TtyTerminal::interactive() const { return ::isatty(in_fd_) == 1 && ::isatty(err_fd_) == 1; }

absl::Status TtyTerminal::StartRaw() {
  absl::MutexLock lock(&mutex_);
  if (abandoned_) return Ended();
  if (::tcgetattr(in_fd_, &saved_) != 0) return Nobody();
  struct termios raw = saved_;
  raw.c_lflag &= ~static_cast<tcflag_t>(ECHO | ECHONL | ICANON);
  raw.c_cc[VMIN] = 1;
  raw.c_cc[VTIME] = 0;
  // Signals stay: whoever waits for them restores the terminal. But suspending would leave a secret
  // on the screen.
  raw.c_cc[VSUSP] = _POSIX_VDISABLE;
  // Keys typed before the question are dropped: they were not meant as its answer.
  if (::tcsetattr(in_fd_, TCSAFLUSH, &raw) != 0) return Nobody();
  raw_ = true;
  return absl::OkStatus();
}

// One piece under the mutex: whoever leaves the alternate screen for good does so before or after,
// so the secret never lands on the ordinary one.
absl::Status TtyTerminal::ShowOnScreen(const crypto::Secret& screen) {
  absl::MutexLock lock(&mutex_);
  if (abandoned_) return Ended();
  screen_ = true;
  QUORATE_RETURN_IF_ERROR(WriteFd(out_fd_, crypto::AsBytes(kEnterScreen)));
  return WriteFd(out_fd_, screen);
}

void TtyTerminal::UndoOnSignal(std::function<void()> undo) {
  absl::MutexLock lock(&mutex_);
  undo_ = std::move(undo);
}

void TtyTerminal::Abandon() {
  std::function<void()> undo;
  {
    absl::MutexLock lock(&mutex_);
    abandoned_ = true;
    undo = std::exchange(undo_, {});
  }
  Restore();
  if (undo) undo();
}

void TtyTerminal::Restore() {
  absl::MutexLock lock(&mutex_);
  if (screen_) (void)WriteFd(out_fd_, crypto::AsBytes(kLeaveScreen));
  screen_ = false;
  if (raw_) (void)::tcsetattr(in_fd_, TCSAFLUSH, &saved_);
  raw_ = false;
}

absl::StatusOr<std::string> TtyTerminal::AskLine(const std::string& prompt) {
  if (!interactive()) return Nobody();
  QUORATE_RETURN_IF_ERROR(WriteFd(err_fd_, crypto::AsBytes(prompt)));
  std::string line;
  while (true) {
    uint8_t byte = 0;
    QUORATE_RETURN_IF_ERROR(ReadByte(in_fd_, byte));
    if (byte == '\n') break;
    if (line.size() == kMaxLineBytes) return UsageError("that is too long", "try again");
    line.push_back(static_cast<char>(byte));
  }
  absl::StripAsciiWhitespace(&line);
  return line;
}

absl::StatusOr<crypto::Secret> TtyTerminal::AskSecret(const std::string& prompt, size_t max_size) {
  if (!interactive()) return Nobody();
  QUORATE_RETURN_IF_ERROR(StartRaw());
  absl::Status asked = WriteFd(err_fd_, crypto::AsBytes(prompt));
  crypto::Secret buffer = crypto::Secret::Zero(max_size + 1);
  absl::StatusOr<size_t> size = 0;
  if (asked.ok()) size = ReadSecretLine(in_fd_, buffer.RevealMutable());
  Restore();
  (void)WriteFd(err_fd_, crypto::AsBytes("\n"));
  QUORATE_RETURN_IF_ERROR(asked);
  QUORATE_RETURN_IF_ERROR(size.status());
  return buffer.Slice(0, *size);
}

absl::Status TtyTerminal::ShowUntilKey(const crypto::Secret& screen) {
  if (!interactive()) return Nobody();
  QUORATE_RETURN_IF_ERROR(StartRaw());
  absl::Status shown = ShowOnScreen(screen);
  uint8_t key = 0;
  if (shown.ok()) shown = ReadByte(in_fd_, key);
  Restore();
  return shown;
}

absl::Status TtyTerminal::WaitForKey(absl::Duration longest) {
  if (!interactive()) return Nobody();
  QUORATE_RETURN_IF_ERROR(StartRaw());
  const int64_t ms =
      std::clamp<int64_t>(absl::ToInt64Milliseconds(longest), 0, std::numeric_limits<int>::max());
  struct pollfd wait = {in_fd_, POLLIN, 0};
  (void)::poll(&wait, 1, static_cast<int>(ms));
  Restore();
  return absl::OkStatus();
}

}  // namespace quorate::cli
