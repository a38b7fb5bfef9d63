#ifndef QUORATE_CRYPTO_SCALAR_H_
#define QUORATE_CRYPTO_SCALAR_H_

#include <array>
#include <cstdint>
#include <optional>

#include "absl/status/statusor.h"
#include "crypto/bytes.h"
#include "crypto/random.h"
#include "crypto/secret.h"

namespace quorate::crypto {

// A public scalar modulo L, the order of ristretto255 (RFC 9496): always canonical, little-endian.
// A value type; zero by default.
class Scalar {
 public:
  static constexpr size_t kSize = 32;

  Scalar() = default;
  // Absent unless `bytes` is 32 bytes and less than L.
  static std::optional<Scalar> FromCanonical(ByteSpan bytes);
  static Scalar FromU64(uint64_t value);
  // 64 little-endian bytes, reduced modulo L.
  static Scalar FromWide(const std::array<uint8_t, 64>& bytes);

  bool IsZero() const;
  Scalar Negate() const;
  // InvalidArgument for zero.
  [[nodiscard]] absl::StatusOr<Scalar> Invert() const;

  ByteSpan span() const { return bytes_; }
  const uint8_t* data() const { return bytes_.data(); }

  friend Scalar operator+(const Scalar& a, const Scalar& b);
  friend Scalar operator-(const Scalar& a, const Scalar& b);
  friend Scalar operator*(const Scalar& a, const Scalar& b);
  bool operator==(const Scalar&) const = default;

 private:
  std::array<uint8_t, kSize> bytes_{};
};

// A secret scalar modulo L, canonical, in guarded memory. Zero is allowed (a sub-share may be
// zero). All arithmetic runs in constant time inside guarded memory.
class SecretScalar {
 public:
  // Never zero.
  static SecretScalar Random(RandomSource& random);
  static SecretScalar Zero();
  // Reduces 64 secret bytes.
  static SecretScalar FromWide(const Secret& wide);
  // InvalidArgument unless 32 bytes and less than L.
  [[nodiscard]] static absl::StatusOr<SecretScalar> FromCanonical(Secret bytes);
  // For a scalar that is already public, such as an expected value in a test.
  static SecretScalar FromPublic(const Scalar& scalar);

  SecretScalar Clone() const { return SecretScalar(bytes_.Clone()); }
  bool IsZero() const;
  SecretScalar Add(const SecretScalar& other) const;
  SecretScalar Mul(const Scalar& factor) const;
  // this + factor * other, without a temporary.
  SecretScalar AddMul(const Scalar& factor, const SecretScalar& other) const;
  // k + c x, the public answer of a proof, where `this` is the nonce k.
  Scalar Respond(const Scalar& challenge, const SecretScalar& witness) const;

  // The greppable door; also how the keystore takes the bytes.
  ByteSpan Reveal() const { return bytes_.Reveal(); }
  const Secret& secret() const { return bytes_; }

 private:
  explicit SecretScalar(Secret bytes) : bytes_(std::move(bytes)) {}

  Secret bytes_;
};

static_assert(kBehavesAsSecret<SecretScalar>);

// Constant-time equality.
[[nodiscard]] bool SecretsEqual(const SecretScalar& a, const SecretScalar& b);

}  // namespace quorate::crypto

#endif  // QUORATE_CRYPTO_SCALAR_H_
