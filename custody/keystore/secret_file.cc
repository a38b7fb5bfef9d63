#include "custody/keystore/secret_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <span>
#include <system_error>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "custody/base/files.h"

namespace quorate::keystore {
namespace {

using crypto::Secret;

constexpr size_t kFirstChunk = 4096;

absl::Status ReadFailed(int error) {
  return absl::UnavailableError(absl::StrCat("reading failed (",
                                             std::generic_category().message(error),
                                             "); check the file or pipe and try again"));
}

absl::Status OpenFailed(int error) {
  const std::string text =
      absl::StrCat("the file cannot be opened (", std::generic_category().message(error),
                   "); check its name and its permissions");
  if (error == ENOENT || error == ENOTDIR) return absl::NotFoundError(text);
  if (error == EACCES || error == EPERM) return absl::PermissionDeniedError(text);
  return absl::UnavailableError(text);
}

absl::Status TooLarge(size_t max_size) {
  return absl::InvalidArgumentError(
      absl::StrCat("the input is larger than ", max_size, " bytes; give a smaller one"));
}

// A guarded buffer that grows by moving into a larger guarded buffer; the old one is wiped by its
// destructor.
class Growing {
 public:
  explicit Growing(size_t capacity) : buffer_(Secret::Zero(capacity)) {}

  std::span<uint8_t> Room() { return buffer_.RevealMutable().subspan(used_); }
  void Grow(size_t capacity) {
    Secret larger = Secret::Zero(capacity);
    std::ranges::copy(Used(), larger.RevealMutable().begin());
    buffer_ = std::move(larger);
  }
  void Advance(size_t count) { used_ += count; }
  size_t used() const { return used_; }
  size_t capacity() const { return buffer_.size(); }
  crypto::ByteSpan Used() const { return buffer_.Reveal().first(used_); }

 private:
  Secret buffer_;
  size_t used_ = 0;
};

// Where to start: one byte more than a regular file holds, so that its end is seen without growing.
absl::StatusOr<size_t> FirstCapacity(int fd, size_t max_size) {
  struct stat info {};
  if (fstat(fd, &info) != 0) return ReadFailed(errno);
  if (S_ISDIR(info.st_mode)) {
    return absl::InvalidArgumentError("this is a folder; give the file itself");
  }
  if (!S_ISREG(info.st_mode)) return std::min(kFirstChunk, max_size + 1);
  const size_t size = static_cast<size_t>(std::max<off_t>(info.st_size, 0));
  if (size > max_size) return TooLarge(max_size);
  return size + 1;
}

// Reads up to the end, or to a "\n" that ends one read where `one_line` is set.
absl::StatusOr<Secret> ReadAll(int fd, size_t max_size, bool one_line) {
  absl::StatusOr<size_t> capacity = FirstCapacity(fd, max_size);
  if (!capacity.ok()) return capacity.status();
  Growing content(*capacity);
  while (true) {
    if (content.Room().empty()) {
      content.Grow(std::min(content.capacity() * 2, max_size + 1));
    }
    const ssize_t count = read(fd, content.Room().data(), content.Room().size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return ReadFailed(errno);
    if (count == 0) break;
    content.Advance(static_cast<size_t>(count));
    if (content.used() > max_size) return TooLarge(max_size);
    if (one_line && content.Used().back() == '\n') break;
  }
  return Secret::Copy(content.Used());
}

}  // namespace

absl::StatusOr<Secret> ReadSecretFd(int fd, size_t max_size) {
  return ReadAll(fd, max_size, /*one_line=*/false);
}

absl::StatusOr<Secret> ReadSecretFile(const std::string& path, size_t max_size) {
  int fd = -1;
  do {
    fd = open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY);
  } while (fd < 0 && errno == EINTR);
  if (fd < 0) return OpenFailed(errno);
  absl::StatusOr<Secret> content = ReadSecretFd(fd, max_size);
  close(fd);
  return content;
}

absl::Status CreateSecretFile(const std::string& path, const Secret& secret) {
  return base::CreateFileExclusively(path, secret.Reveal());
}

absl::StatusOr<Secret> ReadPassphrase(int fd) {
  absl::StatusOr<Secret> input = ReadAll(fd, kMaxPassphraseBytes + 1, isatty(fd) == 1);
  if (!input.ok()) return input.status();
  crypto::ByteSpan text = input->Reveal();
  if (!text.empty() && text.back() == '\n') text = text.first(text.size() - 1);
  if (text.empty()) return absl::InvalidArgumentError("the passphrase is empty; type one");
  if (text.size() > kMaxPassphraseBytes) return TooLarge(kMaxPassphraseBytes);
  if (std::ranges::find(text, uint8_t{0}) != text.end()) {
    return absl::InvalidArgumentError("the passphrase holds a NUL byte; give plain text");
  }
  return Secret::Copy(text);
}

absl::StatusOr<Secret> ReadPassphraseFile(const std::string& path) {
  const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY);
  if (fd < 0) return OpenFailed(errno);
  absl::StatusOr<Secret> passphrase = ReadPassphrase(fd);
  close(fd);
  return passphrase;
}

}  // namespace quorate::keystore
