#ifndef QUORATE_CUSTODY_BASE_FILE_LOCK_H_
#define QUORATE_CUSTODY_BASE_FILE_LOCK_H_

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace quorate::base {

// Holds an exclusive advisory lock (flock) on a side file for as long as it lives; the kernel lets
// go when the process ends, however it ends. It keeps out our own programs, nothing else. The side
// file stays behind: removing it would let two holders lock two files of one name.
class FileLock {
 public:
  // FailedPrecondition with reason ALREADY_RUNNING when another holder, also in this process, has
  // it.
  [[nodiscard]] static absl::StatusOr<std::unique_ptr<FileLock>> Acquire(const std::string& path);
  ~FileLock();
  FileLock(const FileLock&) = delete;
  FileLock& operator=(const FileLock&) = delete;

 private:
  explicit FileLock(int fd) : fd_(fd) {}
  const int fd_;
};

}  // namespace quorate::base

#endif  // QUORATE_CUSTODY_BASE_FILE_LOCK_H_
