#ifndef QUORATE_CLIENT_IMPORT_BITWARDEN_SEAL_H_
#define QUORATE_CLIENT_IMPORT_BITWARDEN_SEAL_H_

#include "absl/status/statusor.h"
#include "client/import/bitwarden_envelope.h"
#include "crypto/secret.h"

namespace quorate::client {

// The JSON export inside. The key is PBKDF2-HMAC-SHA256 of password and salt, or Argon2id
// (version 1.3) of the password and the salt's SHA-256; HKDF-Expand makes an encryption and a
// MAC key of it. Both MACs are checked before anything is decrypted. It takes seconds and up to
// kMaxArgon2idMemoryMib of memory, as `envelope` says, which must come from
// ParseBitwardenEnvelope.
//
// The password and what comes of it lie in guarded memory, except for what OpenSSL and libargon2
// copy while they work, which they wipe.
//
// InvalidArgument where the password is wrong and, told apart from that, where the file is damaged;
// ResourceExhausted where the memory or the threads are not to be had.
[[nodiscard]] absl::StatusOr<crypto::Secret> OpenBitwardenEnvelope(
    const BitwardenEnvelope& envelope, const crypto::Secret& password);

}  // namespace quorate::client

#endif  // QUORATE_CLIENT_IMPORT_BITWARDEN_SEAL_H_
