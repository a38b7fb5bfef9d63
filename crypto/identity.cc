#include "crypto/identity.h"

#include <sodium.h>

#include <algorithm>

#include "crypto/declassify.h"
#include "crypto/require.h"
#include "crypto/transcript.h"

namespace quorate::crypto {
namespace {

constexpr size_t kSeedSize = crypto_sign_ed25519_SEEDBYTES;

Bytes SignedBytes(std::string_view label, ByteSpan message) {
  return Transcript(label).Append(message).encoding();
}

}  // namespace

std::optional<Signature> Signature::FromBytes(ByteSpan bytes) {
  if (bytes.size() != kSize) return std::nullopt;
  Signature signature;
  std::copy_n(bytes.begin(), kSize, signature.value.begin());
  return signature;
}

SigningKey SigningKey::Random(RandomSource& random) {
  absl::StatusOr<SigningKey> key = FromSeed(Secret::Random(kSeedSize, random));
  Require(key.ok());
  return *std::move(key);
}

absl::StatusOr<SigningKey> SigningKey::FromSeed(const Secret& seed) {
  if (seed.size() != kSeedSize) {
    return absl::InvalidArgumentError("a signing key's seed is 32 bytes; check where it came from");
  }
  SigningKey key;
  key.key_ = Secret::Zero(crypto_sign_ed25519_SECRETKEYBYTES);
  crypto_sign_ed25519_seed_keypair(key.public_key_.value.data(), key.key_.RevealMutable().data(),
                                   seed.Reveal().data());
  Declassify(key.public_key_.value.data(), key.public_key_.value.size());
  return key;
}

Signature SigningKey::Sign(std::string_view label, ByteSpan message) const {
  return SignRaw(SignedBytes(label, message));
}

Signature SigningKey::SignRaw(ByteSpan message) const {
  Require(!key_.empty());
  Signature signature;
  crypto_sign_ed25519_detached(signature.value.data(), nullptr, message.data(), message.size(),
                               key_.Reveal().data());
  Declassify(signature.value.data(), signature.value.size());
  return signature;
}

Secret SigningKey::ExpandedSeed() const { return key_.Slice(0, kSeedSize); }

bool IsSigningPoint(const PublicSigningKey& key) {
  return crypto_core_ed25519_is_valid_point(key.value.data()) == 1;
}

bool VerifySignature(const PublicSigningKey& key, std::string_view label, ByteSpan message,
                     const Signature& signature) {
  return VerifyRawSignature(key, SignedBytes(label, message), signature);
}

bool VerifyRawSignature(const PublicSigningKey& key, ByteSpan message, const Signature& signature) {
  return crypto_sign_ed25519_verify_detached(signature.value.data(), message.data(), message.size(),
                                             key.value.data()) == 0;
}

absl::StatusOr<IdentityKeys> IdentityKeys::FromSeed(const Secret& seed) {
  if (seed.size() != kIdentitySeedSize) {
    return absl::InvalidArgumentError("an identity's seed is 32 bytes; check the paper kit");
  }
  absl::StatusOr<SigningKey> signing =
      SigningKey::FromSeed(DeriveKey(seed, Transcript("quorate/identity-signing/v1"), kSeedSize));
  absl::StatusOr<SigningKey> tls =
      SigningKey::FromSeed(DeriveKey(seed, Transcript("quorate/identity-tls/v1"), kSeedSize));
  Require(signing.ok() && tls.ok());
  Secret wrap = DeriveKey(seed, Transcript("quorate/identity-wrap/v1"), 64);
  return IdentityKeys{*std::move(signing), *std::move(tls),
                      WrapKey::FromSecret(SecretScalar::FromWide(wrap))};
}

}  // namespace quorate::crypto
