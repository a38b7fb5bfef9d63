#ifndef QUORATE_CRYPTO_POINT_H_
#define QUORATE_CRYPTO_POINT_H_

#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <span>

#include "absl/status/statusor.h"
#include "crypto/bytes.h"
#include "crypto/scalar.h"
#include "crypto/secret.h"

namespace quorate::crypto {

class SecretPoint;

// A public element of ristretto255 (RFC 9496), kept as its one canonical encoding. A value type;
// the identity by default. The identity is a legitimate element (it is met inside sums), so every
// reader that must not take it asks IsIdentity().
class Point {
 public:
  static constexpr size_t kSize = 32;

  Point() = default;
  // Absent unless `bytes` is the canonical encoding of an element; takes the identity.
  static std::optional<Point> FromBytes(ByteSpan bytes);
  static Point Base();
  // The one-way map of RFC 9496 §4.3.4 on 64 uniform bytes.
  static Point FromHash(const std::array<uint8_t, 64>& uniform);

  // scalar * B. The result is public even when the scalar is not.
  static Point MulBase(const Scalar& scalar);
  static Point MulBase(const SecretScalar& scalar);

  // scalar * this, which may be the identity.
  Point Mul(const Scalar& scalar) const;
  // As above for a secret scalar whose product is published (a commitment of a proof, say).
  Point MulToPublic(const SecretScalar& scalar) const;
  // scalar * this where the product itself is secret (a shared point).
  SecretPoint MulSecret(const SecretScalar& scalar) const;

  bool IsIdentity() const;
  ByteSpan span() const { return bytes_; }
  const uint8_t* data() const { return bytes_.data(); }

  friend Point operator+(const Point& a, const Point& b);
  friend Point operator-(const Point& a, const Point& b);
  auto operator<=>(const Point&) const = default;

 private:
  friend class SecretPoint;
  std::array<uint8_t, kSize> bytes_{};
};

// sum of scalars[i] * points[i]; the identity for empty spans. Sizes must agree.
Point SumOfProducts(std::span<const Scalar> scalars, std::span<const Point> points);

// An element of the group that must stay secret, such as a shared point or a combined x * R.
class SecretPoint {
 public:
  // InvalidArgument unless the bytes are the canonical encoding of an element other than the
  // identity.
  [[nodiscard]] static absl::StatusOr<SecretPoint> FromSecret(Secret bytes);
  // public - secret: how a recipient strips its one-time key from what holders sent.
  static SecretPoint Subtract(const Point& from, const SecretPoint& what);
  // secret + public: how a share is hidden from all but a recipient. The sum is public.
  static Point AddToPublic(const SecretPoint& secret, const SecretPoint& blinding);

  SecretPoint Clone() const { return SecretPoint(bytes_.Clone()); }
  bool IsIdentity() const;
  ByteSpan Reveal() const { return bytes_.Reveal(); }
  const Secret& secret() const { return bytes_; }

 private:
  friend class Point;
  explicit SecretPoint(Secret bytes) : bytes_(std::move(bytes)) {}

  Secret bytes_;
};

static_assert(kBehavesAsSecret<SecretPoint>);

}  // namespace quorate::crypto

#endif  // QUORATE_CRYPTO_POINT_H_
