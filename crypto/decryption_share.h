#ifndef QUORATE_CRYPTO_DECRYPTION_SHARE_H_
#define QUORATE_CRYPTO_DECRYPTION_SHARE_H_

#include <cstdint>
#include <span>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "crypto/bytes.h"
#include "crypto/point.h"
#include "crypto/random.h"
#include "crypto/scalar.h"
#include "crypto/schnorr.h"
#include "crypto/shamir.h"

namespace quorate::crypto {

// A recipient's key for one release: T = tB and a proof of knowledge of t.
struct OneTimeKeyNotice {
  Point key;
  SchnorrProof proof;
};

// Destroyed when its request closes, never backed up.
struct OneTimeKey {
  SecretScalar secret;
  OneTimeKeyNotice notice;

  // `context` names organisation, request and recipient.
  static OneTimeKey Generate(const Digest& context, RandomSource& random);
};

// InvalidArgument for the identity or a proof that does not hold. A T seen before is the ledger's.
[[nodiscard]] absl::Status VerifyOneTimeKey(const Digest& context, const OneTimeKeyNotice& notice);

// What a decryption share is bound to.
struct ShareContext {
  Digest organisation;
  uint32_t vault = 0;
  uint32_t epoch = 0;
  // CiphertextHash of the item.
  Digest ciphertext_hash;
  Digest request_hash;
  uint32_t recipient = 0;
  // Whose share of the key it is.
  ShareIndex index;
};

// What the share is about: X_i of the epoch, R of the ciphertext, T of the recipient.
struct ShareStatement {
  Point public_share;
  Point r;
  Point one_time_key;
};

// x_i R, re-encrypted to the recipient's one-time key, with a proof that everyone can check and
// that names a cheat: U = eps B, V = x_i R + eps T, and one proof of (x_i, eps). Only t opens it.
struct DecryptionShare {
  Point u;
  Point v;
  Scalar c;
  Scalar z1;
  Scalar z2;
  bool operator==(const DecryptionShare&) const = default;
};

// For a holder that has verified the ciphertext, its label and the policy. eps and the nonces are
// drawn here, hedged with the share and bound to all of the context, so none is ever used for two
// items. InvalidArgument for an identity in the statement or a share that is not its public share.
[[nodiscard]] absl::StatusOr<DecryptionShare> MakeShare(const ShareContext& context,
                                                        const ShareStatement& statement,
                                                        const SecretScalar& share,
                                                        RandomSource& random);

// A share whose proof held. Only VerifyShare makes one, and only these are combined.
class VerifiedShare {
 public:
  ShareIndex index() const { return index_; }

 private:
  VerifiedShare() = default;
  friend absl::StatusOr<VerifiedShare> VerifyShare(const ShareContext& context,
                                                   const ShareStatement& statement,
                                                   const DecryptionShare& share);
  friend absl::StatusOr<SecretPoint> CombineShares(std::span<const VerifiedShare> shares,
                                                   Threshold threshold,
                                                   const SecretScalar& one_time_secret);

  ShareIndex index_;
  // Everything that shares must agree on to be combined.
  Digest binding_;
  Point one_time_key_;
  Point u_;
  Point v_;
};

// Fails with Fault::kBadDecryptionShare naming the holder when the proof does not hold or U or V is
// the identity; a plain InvalidArgument for an identity among R, T and X_i or an invalid index.
[[nodiscard]] absl::StatusOr<VerifiedShare> VerifyShare(const ShareContext& context,
                                                        const ShareStatement& statement,
                                                        const DecryptionShare& share);

// x * R from the first `threshold` of the shares. InvalidArgument for too few, a repeated index,
// shares of differing epoch, ciphertext, request or recipient, or a secret that is not their T's.
[[nodiscard]] absl::StatusOr<SecretPoint> CombineShares(std::span<const VerifiedShare> shares,
                                                        Threshold threshold,
                                                        const SecretScalar& one_time_secret);

}  // namespace quorate::crypto

#endif  // QUORATE_CRYPTO_DECRYPTION_SHARE_H_
