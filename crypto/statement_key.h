#ifndef QUORATE_CRYPTO_STATEMENT_KEY_H_
#define QUORATE_CRYPTO_STATEMENT_KEY_H_

#include <array>
#include <cstdint>

#include "absl/status/statusor.h"
#include "crypto/bytes.h"
#include "crypto/secret.h"

namespace quorate::crypto {

// 32 bytes: KDF(K, author, statement id). `organisation_key` is 32 bytes.
Secret StatementKey(const Secret& organisation_key, uint32_t author,
                    const std::array<uint8_t, 16>& statement_id);
// What the statement's header carries, since the cipher does not commit to its key.
Digest StatementKeyCommitment(const Secret& statement_key);

using BodyNonce = std::array<uint8_t, 24>;
inline constexpr size_t kBodyTagSize = 16;

// XChaCha20-Poly1305. A nonce must not be used for two bodies under one key. Bodies are known to
// every member, so they are not secrets: items inside them are encrypted on their own.
Bytes SealBody(const Secret& statement_key, const BodyNonce& nonce, ByteSpan aad, ByteSpan body);
// InvalidArgument when it does not open. The caller has compared the key's commitment first.
[[nodiscard]] absl::StatusOr<Bytes> OpenBody(const Secret& statement_key, const BodyNonce& nonce,
                                             ByteSpan aad, ByteSpan sealed);

}  // namespace quorate::crypto

#endif  // QUORATE_CRYPTO_STATEMENT_KEY_H_
