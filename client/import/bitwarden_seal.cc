#include "client/import/bitwarden_seal.h"

#include <argon2.h>
#include <openssl/evp.h>
#include <sodium.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "crypto/bytes.h"

namespace quorate::client {
namespace {

using crypto::ByteSpan;
using crypto::Secret;

constexpr size_t kKeySize = 32;

absl::Status Damaged() {
  return absl::InvalidArgumentError(
      "the password is right, but this export is damaged; export again from Bitwarden and do not "
      "edit the file");
}

absl::Status Pbkdf2(const BitwardenEnvelope& envelope, ByteSpan password, std::span<uint8_t> out) {
  const int done = PKCS5_PBKDF2_HMAC(
      reinterpret_cast<const char*>(password.data()), static_cast<int>(password.size()),
      envelope.salt.data(), static_cast<int>(envelope.salt.size()), envelope.kdf.iterations,
      EVP_sha256(), static_cast<int>(out.size()), out.data());
  if (done == 1) return absl::OkStatus();
  return absl::InternalError("OpenSSL has no PBKDF2 with SHA-256; check its installation");
}

absl::Status Argon2id(const BitwardenEnvelope& envelope, ByteSpan password,
                      std::span<uint8_t> out) {
  const BitwardenKdf& kdf = envelope.kdf;
  const crypto::Digest salt = crypto::Sha256(envelope.salt);
  const int error = argon2id_hash_raw(
      static_cast<uint32_t>(kdf.iterations), static_cast<uint32_t>(kdf.memory_mib) * 1024,
      static_cast<uint32_t>(kdf.parallelism), password.data(), password.size(), salt.value.data(),
      salt.value.size(), out.data(), out.size());
  if (error == ARGON2_OK) return absl::OkStatus();
  return absl::ResourceExhaustedError(absl::StrCat("making the export's key needs ", kdf.memory_mib,
                                                   " MiB of memory and ", kdf.parallelism,
                                                   " threads; close other programs and try again"));
}

// HMAC-SHA256 under 32 bytes, over one text and then another.
void Hmac(const uint8_t* key, ByteSpan first, ByteSpan second, uint8_t* out) {
  crypto_auth_hmacsha256_state state;
  crypto_auth_hmacsha256_init(&state, key, kKeySize);
  crypto_auth_hmacsha256_update(&state, first.data(), first.size());
  crypto_auth_hmacsha256_update(&state, second.data(), second.size());
  crypto_auth_hmacsha256_final(&state, out);
  sodium_memzero(&state, sizeof(state));
}

// Encryption key, then MAC key: HKDF-Expand (RFC 5869 §2.3), of which one block is enough for each.
void Stretch(const Secret& master, std::span<uint8_t> keys) {
  constexpr uint8_t kFirstBlock[] = {1};
  Hmac(master.Reveal().data(), crypto::AsBytes("enc"), kFirstBlock, keys.data());
  Hmac(master.Reveal().data(), crypto::AsBytes("mac"), kFirstBlock, keys.data() + kKeySize);
}

absl::StatusOr<Secret> DeriveKeys(const BitwardenEnvelope& envelope, const Secret& password) {
  Secret master = Secret::Zero(kKeySize);
  absl::Status derived = envelope.kdf.type == BitwardenKdf::Type::kArgon2id
                             ? Argon2id(envelope, password.Reveal(), master.RevealMutable())
                             : Pbkdf2(envelope, password.Reveal(), master.RevealMutable());
  if (!derived.ok()) return derived;
  Secret keys = Secret::Zero(2 * kKeySize);
  Stretch(master, keys.RevealMutable());
  return keys;
}

bool MacHolds(const BitwardenSealed& sealed, const Secret& keys) {
  std::array<uint8_t, 32> mac;
  Hmac(keys.Reveal().data() + kKeySize, sealed.iv, sealed.ciphertext, mac.data());
  return sodium_memcmp(mac.data(), sealed.mac.data(), mac.size()) == 0;
}

// The MAC must hold: what is told here of the padding is then told of what Bitwarden wrote.
absl::StatusOr<Secret> Decrypt(const BitwardenSealed& sealed, const Secret& keys) {
  const std::unique_ptr<EVP_CIPHER_CTX, decltype(&EVP_CIPHER_CTX_free)> context(
      EVP_CIPHER_CTX_new(), EVP_CIPHER_CTX_free);
  Secret plain = Secret::Zero(sealed.ciphertext.size() + sealed.iv.size());
  uint8_t* const out = plain.RevealMutable().data();
  int size = 0;
  int rest = 0;
  if (context == nullptr ||
      EVP_DecryptInit_ex(context.get(), EVP_aes_256_cbc(), nullptr, keys.Reveal().data(),
                         sealed.iv.data()) != 1 ||
      EVP_DecryptUpdate(context.get(), out, &size, sealed.ciphertext.data(),
                        static_cast<int>(sealed.ciphertext.size())) != 1) {
    return absl::InternalError("OpenSSL has no AES-256-CBC; check its installation");
  }
  if (EVP_DecryptFinal_ex(context.get(), out + size, &rest) != 1) return Damaged();
  return plain.Slice(0, static_cast<size_t>(size) + static_cast<size_t>(rest));
}

}  // namespace

absl::StatusOr<Secret> OpenBitwardenEnvelope(const BitwardenEnvelope& envelope,
                                             const Secret& password) {
  if (password.empty()) return absl::InvalidArgumentError("the export's password is empty");
  absl::StatusOr<Secret> keys = DeriveKeys(envelope, password);
  if (!keys.ok()) return keys.status();
  const bool check_holds = MacHolds(envelope.check, *keys);
  const bool data_holds = MacHolds(envelope.data, *keys);
  if (!check_holds && !data_holds) {
    return absl::InvalidArgumentError(
        "the password does not open this export; give the one that was chosen when it was "
        "exported, which need not be that of the account");
  }
  if (!check_holds || !data_holds) return Damaged();
  return Decrypt(envelope.data, *keys);
}

}  // namespace quorate::client
