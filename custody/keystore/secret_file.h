#ifndef QUORATE_CUSTODY_KEYSTORE_SECRET_FILE_H_
#define QUORATE_CUSTODY_KEYSTORE_SECRET_FILE_H_

#include <cstddef>
#include <string>

#include "absl/status/statusor.h"
#include "crypto/secret.h"

namespace quorate::keystore {

// Longest passphrase, in bytes.
inline constexpr size_t kMaxPassphraseBytes = 1024;

// Reads all of `fd` (a file, pipe or terminal) up to its end, straight into guarded memory: no byte
// passes through the ordinary heap, a stream buffer or the stack. The result has exactly the length
// of the content, which may be 0. Does not close `fd`; blocks until the end of the input.
// Errors: InvalidArgument where there are more than `max_size` bytes or `fd` is a directory;
// Unavailable where reading fails. No error text carries content. Safe from several threads on
// different descriptors.
[[nodiscard]] absl::StatusOr<crypto::Secret> ReadSecretFd(int fd, size_t max_size);

// The same for a path, which may name a pipe such as /dev/fd/63. NotFound and PermissionDenied
// where it cannot be opened. It does not judge the file's permissions and does not erase the file.
[[nodiscard]] absl::StatusOr<crypto::Secret> ReadSecretFile(const std::string& path,
                                                            size_t max_size);

// Makes a file of mode 0600 with these bytes in clear, durably: for what its owner asked to have
// outside the keystore. AlreadyExists, and nothing changed, where there is something.
[[nodiscard]] absl::Status CreateSecretFile(const std::string& path, const crypto::Secret& secret);

// One passphrase from `fd`: everything up to the end of the input, or the first line where `fd` is
// a terminal. One "\n" at the end is taken off; nothing else is (a "\r" or a space belongs to the
// passphrase). InvalidArgument where it is empty, longer than kMaxPassphraseBytes, or holds a NUL.
// Does not switch off a terminal's echo.
[[nodiscard]] absl::StatusOr<crypto::Secret> ReadPassphrase(int fd);
// The same for a path, which may name a pipe.
[[nodiscard]] absl::StatusOr<crypto::Secret> ReadPassphraseFile(const std::string& path);

}  // namespace quorate::keystore

#endif  // QUORATE_CUSTODY_KEYSTORE_SECRET_FILE_H_
