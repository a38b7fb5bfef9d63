#include "custody/base/files.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <string_view>
#include <system_error>

#include "custody/base/error_info.h"
#include "custody/base/status_macros.h"

namespace quorate::base {
namespace {

// Owns a descriptor.
class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor() {
    if (fd_ >= 0) close(fd_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int get() const { return fd_; }
  // A close that reports what a network file system kept until now.
  int Close() {
    const int fd = fd_;
    fd_ = -1;
    return close(fd);
  }

 private:
  int fd_;
};

std::string FolderOf(const std::string& path) {
  const size_t slash = path.rfind('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

absl::Status SyncFolderOf(const std::string& path) {
  const std::string folder = FolderOf(path);
  Descriptor fd(open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (fd.get() < 0) return ErrnoError(errno, "cannot open folder", folder);
  if (fsync(fd.get()) != 0) return ErrnoError(errno, "cannot sync folder", folder);
  return absl::OkStatus();
}

absl::Status WriteAll(int fd, std::span<const uint8_t> bytes, const std::string& path) {
  while (!bytes.empty()) {
    const ssize_t written = write(fd, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return ErrnoError(errno, "cannot write", path);
    bytes = bytes.subspan(static_cast<size_t>(written));
  }
  return absl::OkStatus();
}

// A name that no other writer of this machine uses at the same time.
std::string TemporaryName(const std::string& path) {
  static std::atomic<uint64_t> counter{0};
  return path + ".tmp." + std::to_string(getpid()) + "." + std::to_string(counter.fetch_add(1));
}

absl::Status WriteDurably(const std::string& path, std::span<const uint8_t> bytes) {
  // O_EXCL refuses a planted symbolic link or file.
  Descriptor fd(open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (fd.get() < 0) return ErrnoError(errno, "cannot create", path);
  QUORATE_RETURN_IF_ERROR(WriteAll(fd.get(), bytes, path));
  if (fsync(fd.get()) != 0) return ErrnoError(errno, "cannot sync", path);
  if (fd.Close() != 0) return ErrnoError(errno, "cannot close", path);
  return absl::OkStatus();
}

// Writes a temporary file beside `path` and moves it into place with `place(temporary)`, which
// returns 0 or sets errno.
template <typename Place>
absl::Status WriteThenPlace(const std::string& path, std::span<const uint8_t> bytes, Place place) {
  const std::string temporary = TemporaryName(path);
  absl::Status status = WriteDurably(temporary, bytes);
  if (status.ok() && place(temporary.c_str()) != 0) {
    status = ErrnoError(errno, "cannot move a new file to", path);
  }
  if (!status.ok()) {
    unlink(temporary.c_str());
    return status;
  }
  return SyncFolderOf(path);
}

absl::StatusCode CodeOf(int error_number) {
  switch (error_number) {
    case ENOENT:
      return absl::StatusCode::kNotFound;
    case EEXIST:
      return absl::StatusCode::kAlreadyExists;
    case EACCES:
    case EPERM:
    case EROFS:
      return absl::StatusCode::kPermissionDenied;
    case ENOSPC:
    case EDQUOT:
    case EFBIG:
    case EMFILE:
    case ENFILE:
      return absl::StatusCode::kResourceExhausted;
    case ENOTDIR:
    case EISDIR:
    case ELOOP:
    case ENAMETOOLONG:
      return absl::StatusCode::kFailedPrecondition;
    default:
      return absl::StatusCode::kUnavailable;
  }
}

const char* NextOf(absl::StatusCode code) {
  switch (code) {
    case absl::StatusCode::kNotFound:
      return "check the path";
    case absl::StatusCode::kAlreadyExists:
      return "choose another path, or move the old file away";
    case absl::StatusCode::kPermissionDenied:
      return "check who owns the folder and whether it is writable";
    case absl::StatusCode::kResourceExhausted:
      return "free disk space, then try again";
    default:
      return "check the disk and the system log, then try again";
  }
}

}  // namespace

absl::Status ErrnoError(int error_number, const std::string& what, const std::string& path) {
  const absl::StatusCode code = CodeOf(error_number);
  return MakeError(code, "FILE_ERROR",
                   what + " " + path + ": " + std::generic_category().message(error_number),
                   NextOf(code));
}

absl::Status WriteFileAtomically(const std::string& path, std::span<const uint8_t> bytes) {
  return WriteThenPlace(path, bytes,
                        [&](const char* temporary) { return rename(temporary, path.c_str()); });
}

absl::Status CreateFileExclusively(const std::string& path, std::span<const uint8_t> bytes) {
  // RENAME_NOREPLACE is atomic like rename, where link() would leave two names after a crash.
  return WriteThenPlace(path, bytes, [&](const char* temporary) {
    return renameat2(AT_FDCWD, temporary, AT_FDCWD, path.c_str(), RENAME_NOREPLACE);
  });
}

absl::StatusOr<std::vector<uint8_t>> ReadFile(const std::string& path, uint64_t max_bytes) {
  // O_NONBLOCK keeps a planted FIFO from hanging us.
  Descriptor fd(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (fd.get() < 0) return ErrnoError(errno, "cannot open", path);
  struct stat info {};
  if (fstat(fd.get(), &info) != 0) return ErrnoError(errno, "cannot look at", path);
  if (!S_ISREG(info.st_mode)) {
    return MakeError(absl::StatusCode::kFailedPrecondition, "FILE_ERROR",
                     path + " is not a regular file", "check the path");
  }
  const absl::Status too_large =
      MakeError(absl::StatusCode::kResourceExhausted, "FILE_TOO_LARGE",
                path + " is larger than " + std::to_string(max_bytes) + " bytes",
                "check that this is the right file");
  if (static_cast<uint64_t>(info.st_size) > max_bytes) return too_large;
  // One byte more than was announced shows a file that grows while it is read.
  std::vector<uint8_t> bytes(static_cast<size_t>(info.st_size) + 1);
  size_t filled = 0;
  while (true) {
    if (filled == bytes.size()) {
      if (filled > max_bytes) return too_large;
      bytes.resize(bytes.size() * 2);
    }
    const ssize_t got = read(fd.get(), bytes.data() + filled, bytes.size() - filled);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return ErrnoError(errno, "cannot read", path);
    if (got == 0) break;
    filled += static_cast<size_t>(got);
  }
  if (filled > max_bytes) return too_large;
  bytes.resize(filled);
  return bytes;
}

absl::Status RemoveFile(const std::string& path) {
  if (unlink(path.c_str()) != 0) {
    if (errno == ENOENT) return absl::OkStatus();
    return ErrnoError(errno, "cannot remove", path);
  }
  return SyncFolderOf(path);
}

absl::Status MakePrivateFolder(const std::string& path) {
  if (mkdir(path.c_str(), 0700) == 0) return SyncFolderOf(path);
  if (errno != EEXIST) return ErrnoError(errno, "cannot make folder", path);
  struct stat info {};
  if (lstat(path.c_str(), &info) != 0) return ErrnoError(errno, "cannot look at", path);
  if (!S_ISDIR(info.st_mode) || (info.st_mode & 077) != 0 || info.st_uid != geteuid()) {
    return MakeError(absl::StatusCode::kFailedPrecondition, "FOLDER_NOT_PRIVATE",
                     path + " is not a folder of yours that is closed to others",
                     "run: chmod 700 on the folder, or choose another one");
  }
  return absl::OkStatus();
}

absl::Status EnsurePrivateFile(const std::string& path) {
  Descriptor fd(open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (fd.get() < 0) return ErrnoError(errno, "cannot create", path);
  return SyncFolderOf(path);
}

absl::Status RenameFile(const std::string& from, const std::string& to) {
  if (rename(from.c_str(), to.c_str()) != 0) return ErrnoError(errno, "cannot rename to", to);
  QUORATE_RETURN_IF_ERROR(SyncFolderOf(to));
  return FolderOf(from) == FolderOf(to) ? absl::OkStatus() : SyncFolderOf(from);
}

absl::StatusOr<bool> FileExists(const std::string& path) {
  struct stat info {};
  if (lstat(path.c_str(), &info) == 0) return true;
  if (errno == ENOENT) return false;
  return ErrnoError(errno, "cannot look at", path);
}

}  // namespace quorate::base
