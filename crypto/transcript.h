#ifndef QUORATE_CRYPTO_TRANSCRIPT_H_
#define QUORATE_CRYPTO_TRANSCRIPT_H_

#include <array>
#include <cstdint>
#include <span>
#include <string_view>

#include "crypto/bytes.h"
#include "crypto/point.h"
#include "crypto/random.h"
#include "crypto/scalar.h"
#include "crypto/secret.h"

namespace quorate::crypto {

// What is hashed, signed or fed to a key derivation: a label `quorate/<purpose>/v1` and then
// fields, each preceded by its length as 8 little-endian bytes (the label too), so no two lists of
// fields have one encoding. Public values only. Not thread-safe.
class Transcript {
 public:
  explicit Transcript(std::string_view label);

  Transcript& Append(ByteSpan field);
  Transcript& AppendText(std::string_view field);
  // One field of 8 little-endian bytes.
  Transcript& AppendU64(uint64_t field);
  Transcript& AppendDigest(const Digest& field) { return Append(field.span()); }
  Transcript& AppendPoint(const Point& field) { return Append(field.span()); }
  Transcript& AppendScalar(const Scalar& field) { return Append(field.span()); }
  // A count, then each point.
  Transcript& AppendPoints(std::span<const Point> fields);

  const Bytes& encoding() const { return encoding_; }
  // SHA-256 of the encoding.
  Digest Hash() const;
  // SHA-512 of the encoding.
  std::array<uint8_t, 64> WideHash() const;
  // SHA-512 of the encoding, reduced modulo L.
  Scalar Challenge() const;

 private:
  Bytes encoding_;
};

// Nonces of one proof: randomness hashed together with the secret that the proof is about and the
// statement, so that neither a repeating random source nor a restored backup gives one nonce to two
// statements. `which` tells several nonces of one proof apart.
SecretScalar HedgedNonce(RandomSource& random, const SecretScalar& secret,
                         const Transcript& statement, uint64_t which = 0);
// As above for a secret that is not a scalar, of any size.
SecretScalar HedgedNonce(RandomSource& random, ByteSpan secret, const Transcript& statement,
                         uint64_t which = 0);

// BLAKE2b keyed by `key` (16 to 64 bytes) over the encoding of `info`; `size` is 16 to 64 bytes.
Secret DeriveKey(const Secret& key, const Transcript& info, size_t size);

}  // namespace quorate::crypto

#endif  // QUORATE_CRYPTO_TRANSCRIPT_H_
