#ifndef QUORATE_CUSTODY_BASE_FILES_H_
#define QUORATE_CUSTODY_BASE_FILES_H_

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace quorate::base {

// Whole small files, written so that a crash leaves the old bytes or the new ones and nothing else.
// Files are made readable and writable by their owner alone (0600) from the first moment. Nothing
// here is for secret bytes in the clear: what is written stays on the disk, and buffers are not
// guarded. Statuses: NotFound, AlreadyExists, PermissionDenied, ResourceExhausted (full disk, too
// large a file), Unavailable for the rest of what an operating system says. Safe for use by several
// threads, as far as they do not write the same path.

// Replaces `path` with `bytes`: a temporary file beside it, fsync, rename, fsync of the folder.
// When it returns OK the new bytes outlive a power cut.
[[nodiscard]] absl::Status WriteFileAtomically(const std::string& path,
                                               std::span<const uint8_t> bytes);

// As above, but AlreadyExists, and nothing changed, when `path` is there already.
[[nodiscard]] absl::Status CreateFileExclusively(const std::string& path,
                                                 std::span<const uint8_t> bytes);

// The whole of a regular file; ResourceExhausted when it is larger than `max_bytes`,
// FailedPrecondition when it is not a regular file.
[[nodiscard]] absl::StatusOr<std::vector<uint8_t>> ReadFile(const std::string& path,
                                                            uint64_t max_bytes);

// Removes a file for good (unlink and fsync of the folder). OK when there is none. Does not wipe
// the disk blocks.
[[nodiscard]] absl::Status RemoveFile(const std::string& path);

// Makes `path` (its parent must exist) for the owner alone (0700). OK when it is there already with
// these rights; FailedPrecondition when it is something else or open to others.
[[nodiscard]] absl::Status MakePrivateFolder(const std::string& path);

// Makes an empty file of mode 0600 unless there is a file. For libraries that open files
// themselves.
[[nodiscard]] absl::Status EnsurePrivateFile(const std::string& path);

// Renames within one file system, durably; replaces `to`.
[[nodiscard]] absl::Status RenameFile(const std::string& from, const std::string& to);

// What is at `path` is a file (or folder): true, nothing there: false.
[[nodiscard]] absl::StatusOr<bool> FileExists(const std::string& path);

// The status for `error_number`, e.g. of `open`, with "<what> <path>: <the system's words>".
[[nodiscard]] absl::Status ErrnoError(int error_number, const std::string& what,
                                      const std::string& path);

}  // namespace quorate::base

#endif  // QUORATE_CUSTODY_BASE_FILES_H_
