#ifndef QUORATE_CRYPTO_THRESHOLD_ENCRYPTION_H_
#define QUORATE_CRYPTO_THRESHOLD_ENCRYPTION_H_

#include <array>
#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "crypto/bytes.h"
#include "crypto/point.h"
#include "crypto/random.h"
#include "crypto/scalar.h"
#include "crypto/secret.h"

namespace quorate::crypto {

// Labelled threshold encryption TDH2 (Shoup and Gennaro, 1998, §5.2) as a key encapsulation in
// front of XChaCha20-Poly1305. Secure against chosen ciphertexts in the random-oracle model as long
// as a holder verifies a ciphertext before it makes a share. Deposits need no holder online.

// What an item is bound to. The epoch is not in it: a resharing keeps items readable.
struct ItemLabel {
  Digest organisation;
  uint32_t vault = 0;
  std::string account;
  uint8_t item_kind = 0;
  uint32_t version = 0;
  uint32_t depositor = 0;
  std::array<uint8_t, 16> statement_id{};
  uint32_t part = 0;

  // The one encoding of a label.
  Bytes Encode() const;
  bool operator==(const ItemLabel&) const = default;
};

// The public head of an item; its payload (nonce || c) lies beside it as a blob.
struct Ciphertext {
  Point r;
  Point r_hat;
  Scalar e;
  Scalar f;
  // SHA-256 of the payload.
  Digest payload_digest;
  bool operator==(const Ciphertext&) const = default;
};

// The largest plaintext, in bytes.
inline constexpr size_t kMaxItemSize = 32768;
// What a payload is longer than its plaintext: a 24-byte nonce and a 16-byte tag.
inline constexpr size_t kPayloadOverhead = 40;

struct EncryptedItem {
  Ciphertext ciphertext;
  Bytes payload;
};

// `plaintext` lies in guarded memory. InvalidArgument when it is empty or larger than kMaxItemSize,
// or the vault's key is the identity. Its length shows: pad where that matters.
[[nodiscard]] absl::StatusOr<EncryptedItem> EncryptItem(const Point& vault_key,
                                                        const ItemLabel& label, ByteSpan plaintext,
                                                        RandomSource& random);
[[nodiscard]] absl::StatusOr<EncryptedItem> EncryptItem(const Point& vault_key,
                                                        const ItemLabel& label,
                                                        const Secret& plaintext,
                                                        RandomSource& random);

// InvalidArgument unless the ciphertext was made by someone who knows what it encrypts, for this
// key and label. Needs no payload. Does not see whether R was used before: that is the ledger's.
[[nodiscard]] absl::Status VerifyCiphertext(const Point& vault_key, const ItemLabel& label,
                                            const Ciphertext& ciphertext);

// Whether this is the payload, of an allowed length, that the proof covers. A holder checks it
// before it approves, or a depositor could withhold the right one.
[[nodiscard]] bool PayloadMatches(const Ciphertext& ciphertext, ByteSpan payload);

// What stands for a ciphertext in decryption shares.
Digest CiphertextHash(const ItemLabel& label, const Ciphertext& ciphertext);

// `shared` is x * R, from CombineShares. Verifies the ciphertext and the payload first.
// InvalidArgument when they do not verify, DataLoss when the payload does not open under `shared`.
[[nodiscard]] absl::StatusOr<Secret> DecryptItem(const Point& vault_key, const SecretPoint& shared,
                                                 const ItemLabel& label,
                                                 const Ciphertext& ciphertext, ByteSpan payload);

// The second base, which nobody knows a logarithm of; recomputed from these, never read.
Point SecondBase(const Digest& organisation, uint32_t vault, const Point& vault_key);

}  // namespace quorate::crypto

#endif  // QUORATE_CRYPTO_THRESHOLD_ENCRYPTION_H_
