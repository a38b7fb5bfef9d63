#ifndef QUORATE_CRYPTO_DLEQ_H_
#define QUORATE_CRYPTO_DLEQ_H_

#include <array>
#include <cstdint>
#include <span>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "crypto/bytes.h"
#include "crypto/point.h"
#include "crypto/random.h"
#include "crypto/scalar.h"

namespace quorate::crypto {

// One k behind two or more pairs: B = kA and D_i = kC_i (RFC 9497 §2.2, ristretto255-SHA512).
// z = r - ck, the RFC's sign, unlike the other proofs of this folder.
struct DleqProof {
  Scalar c;
  Scalar s;
  bool operator==(const DleqProof&) const = default;
};

struct DleqStatement {
  // At most kMaxDleqContext bytes; takes the place of the RFC's contextString.
  ByteSpan context;
  Point a;
  Point b;
  std::span<const Point> c;
  std::span<const Point> d;
};
inline constexpr size_t kMaxDleqContext = 200;

// The statement must be true, with `secret` for k. InvalidArgument for lists that are empty, of
// differing or absurd length, or a context that is too long. The nonce is hedged.
[[nodiscard]] absl::StatusOr<DleqProof> ProveDleq(const DleqStatement& statement,
                                                  const SecretScalar& secret, RandomSource& random);
// As above with the caller's nonce, which must never be used again: for the RFC's test vectors.
[[nodiscard]] absl::StatusOr<DleqProof> ProveDleqWithNonce(const DleqStatement& statement,
                                                           const SecretScalar& secret,
                                                           const SecretScalar& nonce);

// InvalidArgument for a malformed statement, an identity in it, or a proof that does not hold.
// Recomputes the challenge.
[[nodiscard]] absl::Status VerifyDleq(const DleqStatement& statement, const DleqProof& proof);

// expand_message_xmd with SHA-512 (RFC 9380 §5.3.1) to 64 bytes. `dst` is at most 255 bytes.
std::array<uint8_t, 64> ExpandMessageXmd(ByteSpan message, ByteSpan dst);

}  // namespace quorate::crypto

#endif  // QUORATE_CRYPTO_DLEQ_H_
