#include "crypto/passphrase.h"

#include <sodium.h>

#include "crypto/aead.h"
#include "crypto/declassify.h"

namespace quorate::crypto {

absl::Status CheckArgon2idParams(const Argon2idParams& params) {
  if (params.passes < 1 || params.passes > kMaxArgon2idPasses ||
      params.memory_kib < kMinArgon2idMemoryKib || params.memory_kib > kMaxArgon2idMemoryKib) {
    return absl::InvalidArgumentError(
        "the passphrase parameters are outside their bounds; the file may be damaged");
  }
  return absl::OkStatus();
}

absl::StatusOr<Secret> DerivePassphraseKey(const Secret& passphrase, const PassphraseSalt& salt,
                                           const Argon2idParams& params) {
  if (absl::Status status = CheckArgon2idParams(params); !status.ok()) return status;
  if (passphrase.empty()) return absl::InvalidArgumentError("the passphrase is empty");
  Secret key = Secret::Zero(kAeadKeySize);
  ByteSpan text = passphrase.Reveal();
  if (crypto_pwhash_argon2id(key.RevealMutable().data(), key.size(),
                             reinterpret_cast<const char*>(text.data()), text.size(), salt.data(),
                             params.passes, size_t{params.memory_kib} * 1024,
                             crypto_pwhash_argon2id_ALG_ARGON2ID13) != 0) {
    return absl::ResourceExhaustedError(
        "not enough memory for the passphrase; free some and retry");
  }
  return key;
}

Bytes SealUnder(const Secret& key, ByteSpan aad, ByteSpan plaintext, RandomSource& random) {
  Bytes out(kAeadNonceSize);
  random.Fill(out);
  Declassify(out.data(), out.size());
  Bytes sealed = AeadSeal(key.Reveal(), out, aad, plaintext);
  out.insert(out.end(), sealed.begin(), sealed.end());
  return out;
}

Bytes SealUnder(const Secret& key, ByteSpan aad, const Secret& plaintext, RandomSource& random) {
  return SealUnder(key, aad, plaintext.Reveal(), random);
}

absl::StatusOr<Secret> OpenUnder(const Secret& key, ByteSpan aad, ByteSpan sealed) {
  if (sealed.size() < kSealUnderOverhead) {
    return absl::InvalidArgumentError("too short to be sealed; the file may be damaged");
  }
  std::optional<Secret> plaintext =
      AeadOpen(key.Reveal(), sealed.first(kAeadNonceSize), aad, sealed.subspan(kAeadNonceSize));
  if (!plaintext.has_value()) {
    return absl::DataLossError("does not open: a wrong passphrase or a damaged file");
  }
  return *std::move(plaintext);
}

}  // namespace quorate::crypto
