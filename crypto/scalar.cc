#include "crypto/scalar.h"

#include <sodium.h>

#include <algorithm>

#include "crypto/declassify.h"
#include "crypto/require.h"

namespace quorate::crypto {
namespace {

constexpr size_t kSize = Scalar::kSize;
constexpr size_t kWide = 64;

// libsodium 1.0.18 takes any 32 bytes as a scalar and ignores bit 255: compare with the reduced
// value ourselves. Constant time; `wide` is 64 bytes of scratch.
bool IsCanonical(const uint8_t* bytes, uint8_t* wide, uint8_t* reduced) {
  std::copy_n(bytes, kSize, wide);
  std::fill_n(wide + kSize, kWide - kSize, uint8_t{0});
  crypto_core_ristretto255_scalar_reduce(reduced, wide);
  // Also of a secret: one that is not canonical is refused, and its sender told.
  return Declassified(sodium_memcmp(reduced, bytes, kSize)) == 0;
}

}  // namespace

std::optional<Scalar> Scalar::FromCanonical(ByteSpan bytes) {
  if (bytes.size() != kSize) return std::nullopt;
  std::array<uint8_t, kWide> wide;
  Scalar scalar;
  if (!IsCanonical(bytes.data(), wide.data(), scalar.bytes_.data())) return std::nullopt;
  return scalar;
}

Scalar Scalar::FromU64(uint64_t value) {
  Scalar scalar;
  for (size_t i = 0; i < 8; ++i) scalar.bytes_[i] = static_cast<uint8_t>(value >> (8 * i));
  return scalar;
}

Scalar Scalar::FromWide(const std::array<uint8_t, 64>& bytes) {
  Scalar scalar;
  crypto_core_ristretto255_scalar_reduce(scalar.bytes_.data(), bytes.data());
  return scalar;
}

bool Scalar::IsZero() const { return sodium_is_zero(bytes_.data(), kSize) == 1; }

Scalar Scalar::Negate() const {
  Scalar out;
  crypto_core_ristretto255_scalar_negate(out.bytes_.data(), bytes_.data());
  return out;
}

absl::StatusOr<Scalar> Scalar::Invert() const {
  Scalar out;
  if (IsZero() || crypto_core_ristretto255_scalar_invert(out.bytes_.data(), data()) != 0) {
    return absl::InvalidArgumentError("zero has no inverse; indices must be distinct and not zero");
  }
  return out;
}

Scalar operator+(const Scalar& a, const Scalar& b) {
  Scalar out;
  crypto_core_ristretto255_scalar_add(out.bytes_.data(), a.data(), b.data());
  return out;
}

Scalar operator-(const Scalar& a, const Scalar& b) {
  Scalar out;
  crypto_core_ristretto255_scalar_sub(out.bytes_.data(), a.data(), b.data());
  return out;
}

Scalar operator*(const Scalar& a, const Scalar& b) {
  Scalar out;
  crypto_core_ristretto255_scalar_mul(out.bytes_.data(), a.data(), b.data());
  return out;
}

SecretScalar SecretScalar::Random(RandomSource& random) {
  // Zero comes up with probability 2^-252; a source that gives it again and again is broken.
  for (int tries = 0; tries < 8; ++tries) {
    SecretScalar scalar = FromWide(Secret::Random(kWide, random));
    if (!scalar.IsZero()) return scalar;
  }
  Require(false);
  return Zero();
}

SecretScalar SecretScalar::Zero() { return SecretScalar(Secret::Zero(kSize)); }

SecretScalar SecretScalar::FromWide(const Secret& wide) {
  Require(wide.size() == kWide);
  Secret out = Secret::Zero(kSize);
  crypto_core_ristretto255_scalar_reduce(out.RevealMutable().data(), wide.Reveal().data());
  return SecretScalar(std::move(out));
}

absl::StatusOr<SecretScalar> SecretScalar::FromCanonical(Secret bytes) {
  Secret wide = Secret::Zero(kWide);
  Secret reduced = Secret::Zero(kSize);
  if (bytes.size() != kSize || !IsCanonical(bytes.Reveal().data(), wide.RevealMutable().data(),
                                            reduced.RevealMutable().data())) {
    return absl::InvalidArgumentError(
        "not a canonical scalar; the store or its sender is at fault");
  }
  return SecretScalar(std::move(bytes));
}

SecretScalar SecretScalar::FromPublic(const Scalar& scalar) {
  return SecretScalar(Secret::Copy(scalar.span()));
}

bool SecretScalar::IsZero() const {
  return bytes_.empty() || Declassified(sodium_is_zero(bytes_.Reveal().data(), kSize)) == 1;
}

SecretScalar SecretScalar::Add(const SecretScalar& other) const {
  SecretScalar out = Zero();
  crypto_core_ristretto255_scalar_add(out.bytes_.RevealMutable().data(), Reveal().data(),
                                      other.Reveal().data());
  return out;
}

SecretScalar SecretScalar::Mul(const Scalar& factor) const {
  SecretScalar out = Zero();
  crypto_core_ristretto255_scalar_mul(out.bytes_.RevealMutable().data(), Reveal().data(),
                                      factor.data());
  return out;
}

SecretScalar SecretScalar::AddMul(const Scalar& factor, const SecretScalar& other) const {
  SecretScalar out = other.Mul(factor);
  uint8_t* bytes = out.bytes_.RevealMutable().data();
  crypto_core_ristretto255_scalar_add(bytes, bytes, Reveal().data());
  return out;
}

Scalar SecretScalar::Respond(const Scalar& challenge, const SecretScalar& witness) const {
  SecretScalar sum = AddMul(challenge, witness);
  Declassify(sum.Reveal().data(), kSize);
  std::optional<Scalar> response = Scalar::FromCanonical(sum.Reveal());
  Require(response.has_value());
  return *response;
}

bool SecretsEqual(const SecretScalar& a, const SecretScalar& b) {
  return SecretsEqual(a.secret(), b.secret());
}

}  // namespace quorate::crypto
