#ifndef QUORATE_CRYPTO_PASSPHRASE_H_
#define QUORATE_CRYPTO_PASSPHRASE_H_

#include <array>
#include <cstdint>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "crypto/bytes.h"
#include "crypto/random.h"
#include "crypto/secret.h"

namespace quorate::crypto {

// Argon2id (RFC 9106) with one lane. Stands in a header, so whoever reads one checks the bounds
// before it spends the memory.
struct Argon2idParams {
  uint32_t passes = 3;
  uint32_t memory_kib = 262144;
  bool operator==(const Argon2idParams&) const = default;
};
inline constexpr uint32_t kMaxArgon2idPasses = 16;
inline constexpr uint32_t kMinArgon2idMemoryKib = 8;
inline constexpr uint32_t kMaxArgon2idMemoryKib = 1048576;
// Quick and weak: for tests only.
inline constexpr Argon2idParams kArgon2idParamsForTest{1, 8};

// InvalidArgument outside the bounds.
[[nodiscard]] absl::Status CheckArgon2idParams(const Argon2idParams& params);

using PassphraseSalt = std::array<uint8_t, 16>;

// 32 bytes. InvalidArgument for bad parameters or an empty passphrase; ResourceExhausted when the
// memory is not to be had.
[[nodiscard]] absl::StatusOr<Secret> DerivePassphraseKey(const Secret& passphrase,
                                                         const PassphraseSalt& salt,
                                                         const Argon2idParams& params);

// A 24-byte nonce and a 16-byte tag.
inline constexpr size_t kSealUnderOverhead = 40;

// nonce || XChaCha20-Poly1305 under a 32-byte key, with a random nonce. The cipher does not commit
// to its key; a file opened under several keys carries a CommitToKey beside it.
Bytes SealUnder(const Secret& key, ByteSpan aad, ByteSpan plaintext, RandomSource& random);
Bytes SealUnder(const Secret& key, ByteSpan aad, const Secret& plaintext, RandomSource& random);
// InvalidArgument when it is too short, DataLoss when it does not open under this key and aad.
[[nodiscard]] absl::StatusOr<Secret> OpenUnder(const Secret& key, ByteSpan aad, ByteSpan sealed);

}  // namespace quorate::crypto

#endif  // QUORATE_CRYPTO_PASSPHRASE_H_
