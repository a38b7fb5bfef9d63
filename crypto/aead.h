#ifndef QUORATE_CRYPTO_AEAD_H_
#define QUORATE_CRYPTO_AEAD_H_

#include <optional>

#include "crypto/bytes.h"
#include "crypto/secret.h"

namespace quorate::crypto {

// XChaCha20-Poly1305, for the rest of this folder. It does not commit to its key.
inline constexpr size_t kAeadKeySize = 32;
inline constexpr size_t kAeadNonceSize = 24;
inline constexpr size_t kAeadTagSize = 16;
// What a derivation gives that fixes both key and nonce: for keys that seal one thing only.
inline constexpr size_t kAeadKeyAndNonceSize = kAeadKeySize + kAeadNonceSize;

// Sizes of key and nonce are the caller's to get right.
Bytes AeadSeal(ByteSpan key, ByteSpan nonce, ByteSpan aad, ByteSpan plaintext);
// Absent when it does not open.
std::optional<Secret> AeadOpen(ByteSpan key, ByteSpan nonce, ByteSpan aad, ByteSpan sealed);

// With a derived key and nonce of kAeadKeyAndNonceSize bytes.
Bytes AeadSealOnce(const Secret& key_and_nonce, ByteSpan aad, ByteSpan plaintext);
std::optional<Secret> AeadOpenOnce(const Secret& key_and_nonce, ByteSpan aad, ByteSpan sealed);

}  // namespace quorate::crypto

#endif  // QUORATE_CRYPTO_AEAD_H_
