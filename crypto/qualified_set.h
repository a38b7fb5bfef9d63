#ifndef QUORATE_CRYPTO_QUALIFIED_SET_H_
#define QUORATE_CRYPTO_QUALIFIED_SET_H_

#include <span>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "crypto/bytes.h"
#include "crypto/dealing.h"
#include "crypto/point.h"
#include "crypto/random.h"
#include "crypto/scalar.h"
#include "crypto/schnorr.h"
#include "crypto/shamir.h"

namespace quorate::crypto {

// What a dealing contributes once it has been checked.
struct QualifiedDealing {
  ShareIndex dealer;
  Digest hash;
  std::vector<Point> commitments;

  static QualifiedDealing From(const SharingContext& context, const Dealing& dealing);
  static QualifiedDealing FromErased(const SharingContext& context, const Dealing& dealing,
                                     std::span<const Digest> ciphertext_digests);
};

// The dealings that make an epoch, the same for every receiver, and the epoch that they make.
// A value type. Does not check the dealings' proofs: CheckDealing came before.
class QualifiedSet {
 public:
  // In any order. Key generation: at least k' dealings; neither A_0 nor A_{k'-1} is the identity.
  // Resharing: exactly k_old dealings, A'_0 is the vault's key, A'_{k'-1} is not the identity.
  // InvalidArgument otherwise, or for a repeated dealer or a wrong number of commitments.
  [[nodiscard]] static absl::StatusOr<QualifiedSet> Create(const SharingContext& context,
                                                           std::vector<QualifiedDealing> dealings);

  // Over the context and, by dealer, each dealing's hash.
  const Digest& digest() const { return digest_; }
  // A_0..A_{k'-1} of the new epoch.
  const std::vector<Point>& commitments() const { return commitments_; }
  // A_0, the vault's public key X.
  const Point& public_key() const { return commitments_.front(); }
  // X_j of the new epoch.
  [[nodiscard]] absl::StatusOr<Point> PublicShareOf(ShareIndex index) const;
  // Ascending.
  const std::vector<ShareIndex>& dealers() const { return dealers_; }
  SharingKind kind() const { return kind_; }

 private:
  QualifiedSet() = default;
  friend absl::StatusOr<SecretScalar> CombineSubShares(const QualifiedSet& set, ShareIndex index,
                                                       std::span<const IndexedSecret> sub_shares);

  SharingKind kind_ = SharingKind::kKeyGeneration;
  Digest digest_;
  std::vector<ShareIndex> dealers_;
  // lambda_i for resharing, 1 for key generation.
  std::vector<Scalar> weights_;
  std::vector<Point> commitments_;
};

// The new share x_j from the opened sub-share of each dealer in the set, which are indexed by
// dealer. InvalidArgument unless there is exactly one for each and x_j B = X_j.
[[nodiscard]] absl::StatusOr<SecretScalar> CombineSubShares(
    const QualifiedSet& set, ShareIndex index, std::span<const IndexedSecret> sub_shares);

// A holder's proof that it has its share, bound to the set and to a root of the log that covers the
// close of the dealings. Over B alone: "return x_j times my point" would be a decryption oracle.
[[nodiscard]] absl::StatusOr<SchnorrProof> Acknowledge(const QualifiedSet& set, ShareIndex index,
                                                       const Digest& log_root,
                                                       const SecretScalar& share,
                                                       RandomSource& random);
[[nodiscard]] absl::Status VerifyAcknowledgement(const QualifiedSet& set, ShareIndex index,
                                                 const Digest& log_root, const SchnorrProof& proof);

}  // namespace quorate::crypto

#endif  // QUORATE_CRYPTO_QUALIFIED_SET_H_
