#include "custody/base/file_lock.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include "custody/base/error_info.h"
#include "custody/base/files.h"

namespace quorate::base {

absl::StatusOr<std::unique_ptr<FileLock>> FileLock::Acquire(const std::string& path) {
  const int fd = open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (fd < 0) return ErrnoError(errno, "cannot open lock file", path);
  int result = 0;
  do {
    result = flock(fd, LOCK_EX | LOCK_NB);
  } while (result != 0 && errno == EINTR);
  if (result == 0) return std::unique_ptr<FileLock>(new FileLock(fd));
  const int error_number = errno;
  close(fd);
  if (error_number == EWOULDBLOCK) {
    return MakeError(absl::StatusCode::kFailedPrecondition, "ALREADY_RUNNING",
                     "another process holds " + path,
                     "stop the other process, or give this one a folder of its own");
  }
  return ErrnoError(error_number, "cannot lock", path);
}

FileLock::~FileLock() { close(fd_); }

}  // namespace quorate::base
