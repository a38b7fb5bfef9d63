#ifndef QUORATE_CRYPTO_IDENTITY_H_
#define QUORATE_CRYPTO_IDENTITY_H_

#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <string_view>

#include "absl/status/statusor.h"
#include "crypto/bytes.h"
#include "crypto/random.h"
#include "crypto/secret.h"
#include "crypto/wrap.h"

namespace quorate::crypto {

// An Ed25519 public key (RFC 8032).
using PublicSigningKey = Bytes32<struct PublicSigningKeyTag>;

struct Signature {
  static constexpr size_t kSize = 64;
  std::array<uint8_t, kSize> value{};

  // Absent unless `bytes` is exactly 64 bytes.
  static std::optional<Signature> FromBytes(ByteSpan bytes);
  ByteSpan span() const { return value; }
  auto operator<=>(const Signature&) const = default;
};

// An Ed25519 key: an organiser's signing or TLS key, or a device or witness key. Move-only.
// Thread-safe.
class SigningKey {
 public:
  // A key for one device: random, never derived from the identity's seed.
  static SigningKey Random(RandomSource& random);
  // InvalidArgument unless `seed` is 32 bytes.
  [[nodiscard]] static absl::StatusOr<SigningKey> FromSeed(const Secret& seed);

  const PublicSigningKey& public_key() const { return public_key_; }
  // Signs the transcript (label, message).
  Signature Sign(std::string_view label, ByteSpan message) const;
  // Signs bytes as they are: for formats that fix their own first bytes, such as signed notes and
  // cosignatures. They cannot be mistaken for a transcript, which begins with a length.
  Signature SignRaw(ByteSpan message) const;
  // The 32-byte Ed25519 seed, for a TLS library or the keystore.
  Secret ExpandedSeed() const;

 private:
  SigningKey() = default;

  Secret key_;
  PublicSigningKey public_key_;
};

// Whether the key is canonical, on the curve, of prime order and not the identity. Verification
// does not look: a key that is none of this may verify for one reader and not for another.
[[nodiscard]] bool IsSigningPoint(const PublicSigningKey& key);

[[nodiscard]] bool VerifySignature(const PublicSigningKey& key, std::string_view label,
                                   ByteSpan message, const Signature& signature);
[[nodiscard]] bool VerifyRawSignature(const PublicSigningKey& key, ByteSpan message,
                                      const Signature& signature);

inline constexpr size_t kIdentitySeedSize = 32;

// The keys that the paper kit restores. Device, witness and receiving keys are not among them.
struct IdentityKeys {
  SigningKey signing;
  SigningKey tls;
  WrapKey wrap;

  // InvalidArgument unless `seed` is kIdentitySeedSize bytes.
  [[nodiscard]] static absl::StatusOr<IdentityKeys> FromSeed(const Secret& seed);
};

}  // namespace quorate::crypto

#endif  // QUORATE_CRYPTO_IDENTITY_H_
