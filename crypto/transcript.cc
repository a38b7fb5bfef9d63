#include "crypto/transcript.h"

#include <sodium.h>

#include "crypto/require.h"

namespace quorate::crypto {
namespace {

void AppendLittleEndian(uint64_t value, Bytes& out) {
  for (int shift = 0; shift < 64; shift += 8) out.push_back(static_cast<uint8_t>(value >> shift));
}

// BLAKE2b; wipes the state, which holds the key.
void KeyedHash(ByteSpan key, ByteSpan first, ByteSpan second, std::span<uint8_t> out) {
  crypto_generichash_state state;
  crypto_generichash_init(&state, key.data(), key.size(), out.size());
  crypto_generichash_update(&state, first.data(), first.size());
  crypto_generichash_update(&state, second.data(), second.size());
  crypto_generichash_final(&state, out.data(), out.size());
  sodium_memzero(&state, sizeof(state));
}

}  // namespace

Transcript::Transcript(std::string_view label) {
  encoding_.reserve(512);
  AppendText(label);
}

Transcript& Transcript::Append(ByteSpan field) {
  AppendLittleEndian(field.size(), encoding_);
  encoding_.insert(encoding_.end(), field.begin(), field.end());
  return *this;
}

Transcript& Transcript::AppendText(std::string_view field) { return Append(AsBytes(field)); }

Transcript& Transcript::AppendU64(uint64_t field) {
  AppendLittleEndian(8, encoding_);
  AppendLittleEndian(field, encoding_);
  return *this;
}

Transcript& Transcript::AppendPoints(std::span<const Point> fields) {
  AppendU64(fields.size());
  for (const Point& field : fields) AppendPoint(field);
  return *this;
}

Digest Transcript::Hash() const { return Sha256(encoding_); }

std::array<uint8_t, 64> Transcript::WideHash() const {
  std::array<uint8_t, 64> hash;
  crypto_hash_sha512(hash.data(), encoding_.data(), encoding_.size());
  return hash;
}

Scalar Transcript::Challenge() const { return Scalar::FromWide(WideHash()); }

SecretScalar HedgedNonce(RandomSource& random, ByteSpan secret, const Transcript& statement,
                         uint64_t which) {
  Secret key = Secret::Zero(64);
  std::span<uint8_t> halves = key.RevealMutable();
  random.Fill(halves.first(32));
  KeyedHash({}, secret, {}, halves.subspan(32));
  Bytes number;
  AppendLittleEndian(which, number);
  Secret wide = Secret::Zero(64);
  KeyedHash(key.Reveal(), number, statement.encoding(), wide.RevealMutable());
  SecretScalar nonce = SecretScalar::FromWide(wide);
  // Happens with probability 2^-252, or when this function is broken.
  Require(!nonce.IsZero());
  return nonce;
}

SecretScalar HedgedNonce(RandomSource& random, const SecretScalar& secret,
                         const Transcript& statement, uint64_t which) {
  return HedgedNonce(random, secret.Reveal(), statement, which);
}

Secret DeriveKey(const Secret& key, const Transcript& info, size_t size) {
  Require(key.size() >= 16 && key.size() <= 64 && size >= 16 && size <= 64);
  Secret out = Secret::Zero(size);
  KeyedHash(key.Reveal(), info.encoding(), {}, out.RevealMutable());
  return out;
}

}  // namespace quorate::crypto
