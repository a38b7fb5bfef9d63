#include "crypto/aead.h"

#include <sodium.h>

#include "crypto/declassify.h"
#include "crypto/require.h"

namespace quorate::crypto {

Bytes AeadSeal(ByteSpan key, ByteSpan nonce, ByteSpan aad, ByteSpan plaintext) {
  Require(key.size() == kAeadKeySize && nonce.size() == kAeadNonceSize);
  Bytes sealed(plaintext.size() + kAeadTagSize);
  crypto_aead_xchacha20poly1305_ietf_encrypt(sealed.data(), nullptr, plaintext.data(),
                                             plaintext.size(), aad.data(), aad.size(), nullptr,
                                             nonce.data(), key.data());
  Declassify(sealed.data(), sealed.size());
  return sealed;
}

std::optional<Secret> AeadOpen(ByteSpan key, ByteSpan nonce, ByteSpan aad, ByteSpan sealed) {
  Require(key.size() == kAeadKeySize && nonce.size() == kAeadNonceSize);
  if (sealed.size() < kAeadTagSize) return std::nullopt;
  Secret plaintext = Secret::Zero(sealed.size() - kAeadTagSize);
  const int failed = crypto_aead_xchacha20poly1305_ietf_decrypt(
      plaintext.RevealMutable().data(), nullptr, nullptr, sealed.data(), sealed.size(), aad.data(),
      aad.size(), nonce.data(), key.data());
  if (Declassified(failed) != 0) return std::nullopt;
  return plaintext;
}

Bytes AeadSealOnce(const Secret& key_and_nonce, ByteSpan aad, ByteSpan plaintext) {
  Require(key_and_nonce.size() == kAeadKeyAndNonceSize);
  ByteSpan both = key_and_nonce.Reveal();
  return AeadSeal(both.first(kAeadKeySize), both.subspan(kAeadKeySize), aad, plaintext);
}

std::optional<Secret> AeadOpenOnce(const Secret& key_and_nonce, ByteSpan aad, ByteSpan sealed) {
  Require(key_and_nonce.size() == kAeadKeyAndNonceSize);
  ByteSpan both = key_and_nonce.Reveal();
  return AeadOpen(both.first(kAeadKeySize), both.subspan(kAeadKeySize), aad, sealed);
}

}  // namespace quorate::crypto
