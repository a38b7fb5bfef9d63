#ifndef QUORATE_CLIENT_IMPORT_FOREIGN_FILE_H_
#define QUORATE_CLIENT_IMPORT_FOREIGN_FILE_H_

#include "absl/status/status.h"
#include "crypto/bytes.h"

namespace quorate::client {

// InvalidArgument, saying what to do instead, where `file` is one that people take for an export
// and that cannot be read here: a password manager's own encrypted database, an export that only
// its account can open, a browser's profile, a picture that is not PNG. OK for anything else.
[[nodiscard]] absl::Status RefuseForeignFile(crypto::ByteSpan file);

}  // namespace quorate::client

#endif  // QUORATE_CLIENT_IMPORT_FOREIGN_FILE_H_
