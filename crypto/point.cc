#include "crypto/point.h"

#include <sodium.h>

#include <algorithm>

#include "crypto/declassify.h"
#include "crypto/require.h"

namespace quorate::crypto {
namespace {

constexpr size_t kSize = Point::kSize;

bool IsZero(const uint8_t* bytes) { return Declassified(sodium_is_zero(bytes, kSize)) == 1; }

// libsodium 1.0.18 answers -1 both for a product that is the identity (and then writes zeros) and
// for a bad encoding (and then writes nothing). Points here are valid by construction, so anything
// but the first is our own bug; the pattern shows that zeros were really written.
void MulInto(uint8_t* out, const uint8_t* scalar, const uint8_t* point) {
  std::fill_n(out, kSize, uint8_t{0xff});
  // That a product is the identity is nobody's secret: it happens by design or never.
  if (Declassified(crypto_scalarmult_ristretto255(out, scalar, point)) != 0) Require(IsZero(out));
}

void MulBaseInto(uint8_t* out, const uint8_t* scalar) {
  std::fill_n(out, kSize, uint8_t{0xff});
  if (Declassified(crypto_scalarmult_ristretto255_base(out, scalar)) != 0) Require(IsZero(out));
}

// libsodium 1.0.18 ignores bit 255, which would give every element a second encoding.
bool IsValid(ByteSpan bytes) {
  return bytes.size() == kSize && bytes[kSize - 1] < 0x80 &&
         (IsZero(bytes.data()) || crypto_core_ristretto255_is_valid_point(bytes.data()) == 1);
}

}  // namespace

std::optional<Point> Point::FromBytes(ByteSpan bytes) {
  if (!IsValid(bytes)) return std::nullopt;
  Point point;
  std::copy_n(bytes.begin(), kSize, point.bytes_.begin());
  return point;
}

Point Point::Base() {
  // RFC 9496 §4: the canonical generator.
  Point point;
  point.bytes_ = {0xe2, 0xf2, 0xae, 0x0a, 0x6a, 0xbc, 0x4e, 0x71, 0xa8, 0x84, 0xa9,
                  0x61, 0xc5, 0x00, 0x51, 0x5f, 0x58, 0xe3, 0x0b, 0x6a, 0xa5, 0x82,
                  0xdd, 0x8d, 0xb6, 0xa6, 0x59, 0x45, 0xe0, 0x8d, 0x2d, 0x76};
  return point;
}

Point Point::FromHash(const std::array<uint8_t, 64>& uniform) {
  Point point;
  Require(crypto_core_ristretto255_from_hash(point.bytes_.data(), uniform.data()) == 0);
  return point;
}

Point Point::MulBase(const Scalar& scalar) {
  Point out;
  MulBaseInto(out.bytes_.data(), scalar.data());
  return out;
}

Point Point::MulBase(const SecretScalar& scalar) {
  Point out;
  MulBaseInto(out.bytes_.data(), scalar.Reveal().data());
  Declassify(out.data(), kSize);
  return out;
}

Point Point::Mul(const Scalar& scalar) const {
  Point out;
  MulInto(out.bytes_.data(), scalar.data(), data());
  return out;
}

Point Point::MulToPublic(const SecretScalar& scalar) const {
  Point out;
  MulInto(out.bytes_.data(), scalar.Reveal().data(), data());
  Declassify(out.data(), kSize);
  return out;
}

SecretPoint Point::MulSecret(const SecretScalar& scalar) const {
  Secret out = Secret::Zero(kSize);
  MulInto(out.RevealMutable().data(), scalar.Reveal().data(), data());
  return SecretPoint(std::move(out));
}

bool Point::IsIdentity() const { return IsZero(data()); }

Point operator+(const Point& a, const Point& b) {
  Point out;
  Require(crypto_core_ristretto255_add(out.bytes_.data(), a.data(), b.data()) == 0);
  return out;
}

Point operator-(const Point& a, const Point& b) {
  Point out;
  Require(crypto_core_ristretto255_sub(out.bytes_.data(), a.data(), b.data()) == 0);
  return out;
}

Point SumOfProducts(std::span<const Scalar> scalars, std::span<const Point> points) {
  Require(scalars.size() == points.size());
  Point sum;
  for (size_t i = 0; i < points.size(); ++i) {
    Point product = points[i].Mul(scalars[i]);
    sum = i == 0 ? product : sum + product;
  }
  return sum;
}

absl::StatusOr<SecretPoint> SecretPoint::FromSecret(Secret bytes) {
  if (!IsValid(bytes.Reveal()) || IsZero(bytes.Reveal().data())) {
    return absl::InvalidArgumentError("not a point that can be used; ask the sender for it again");
  }
  return SecretPoint(std::move(bytes));
}

SecretPoint SecretPoint::Subtract(const Point& from, const SecretPoint& what) {
  Secret out = Secret::Zero(kSize);
  Require(Declassified(crypto_core_ristretto255_sub(out.RevealMutable().data(), from.data(),
                                                    what.Reveal().data())) == 0);
  return SecretPoint(std::move(out));
}

Point SecretPoint::AddToPublic(const SecretPoint& secret, const SecretPoint& blinding) {
  Point sum;
  Require(Declassified(crypto_core_ristretto255_add(sum.bytes_.data(), secret.Reveal().data(),
                                                    blinding.Reveal().data())) == 0);
  Declassify(sum.bytes_.data(), kSize);
  return sum;
}

bool SecretPoint::IsIdentity() const { return bytes_.empty() || IsZero(bytes_.Reveal().data()); }

}  // namespace quorate::crypto
