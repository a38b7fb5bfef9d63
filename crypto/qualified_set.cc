#include "crypto/qualified_set.h"

#include <algorithm>
#include <utility>

#include "crypto/feldman.h"
#include "crypto/transcript.h"

namespace quorate::crypto {
namespace {

constexpr char kProofLabel[] = "quorate/acknowledgement-proof/v1";

Digest AcknowledgementContext(const QualifiedSet& set, ShareIndex index, const Digest& log_root) {
  return Transcript("quorate/acknowledgement/v1")
      .AppendDigest(set.digest())
      .AppendU64(index.value())
      .AppendDigest(log_root)
      .Hash();
}

absl::Status CheckShape(const SharingContext& context, std::span<const QualifiedDealing> dealings) {
  if (absl::Status status = CheckSharingContext(context); !status.ok()) return status;
  bool enough = context.kind == SharingKind::kResharing
                    ? dealings.size() == context.previous_commitments.size()
                    : dealings.size() >= context.threshold.value();
  if (!enough || dealings.size() > kMaxHolders) {
    return absl::InvalidArgumentError("the qualified set has a wrong number of dealings");
  }
  ShareIndex last;
  for (const QualifiedDealing& dealing : dealings) {
    if (dealing.dealer <= last) {
      return absl::InvalidArgumentError("a dealer stands in the qualified set twice");
    }
    last = dealing.dealer;
    if (dealing.commitments.size() != context.threshold.value()) {
      return absl::InvalidArgumentError("a qualified dealing has a wrong number of commitments");
    }
  }
  return absl::OkStatus();
}

// sum weights[i] C_{i,m} for each m; without the multiplications where all weights are one.
std::vector<Point> SumCommitments(SharingKind kind, std::span<const Scalar> weights,
                                  std::span<const QualifiedDealing> dealings) {
  std::vector<Point> sums = dealings.front().commitments;
  for (size_t m = 0; m < sums.size(); ++m) {
    if (kind == SharingKind::kResharing) sums[m] = sums[m].Mul(weights[0]);
    for (size_t i = 1; i < dealings.size(); ++i) {
      const Point& commitment = dealings[i].commitments[m];
      sums[m] =
          sums[m] + (kind == SharingKind::kResharing ? commitment.Mul(weights[i]) : commitment);
    }
  }
  return sums;
}

}  // namespace

QualifiedDealing QualifiedDealing::From(const SharingContext& context, const Dealing& dealing) {
  return FromErased(context, dealing, CiphertextDigests(dealing));
}

QualifiedDealing QualifiedDealing::FromErased(const SharingContext& context, const Dealing& dealing,
                                              std::span<const Digest> ciphertext_digests) {
  return {dealing.dealer, DealingHash(context, dealing, ciphertext_digests), dealing.commitments};
}

absl::StatusOr<QualifiedSet> QualifiedSet::Create(const SharingContext& context,
                                                  std::vector<QualifiedDealing> dealings) {
  std::sort(dealings.begin(), dealings.end(),
            [](const auto& a, const auto& b) { return a.dealer < b.dealer; });
  if (absl::Status status = CheckShape(context, dealings); !status.ok()) return status;
  QualifiedSet set;
  set.kind_ = context.kind;
  Transcript transcript("quorate/qualified-set/v1");
  transcript.AppendDigest(context.Hash()).AppendU64(dealings.size());
  for (const QualifiedDealing& dealing : dealings) {
    set.dealers_.push_back(dealing.dealer);
    transcript.AppendU64(dealing.dealer.value()).AppendDigest(dealing.hash);
  }
  set.digest_ = transcript.Hash();
  set.weights_.assign(dealings.size(), Scalar::FromU64(1));
  if (context.kind == SharingKind::kResharing) {
    absl::StatusOr<std::vector<Scalar>> weights = LagrangeCoefficients(set.dealers_);
    if (!weights.ok()) return weights.status();
    set.weights_ = *std::move(weights);
  }
  set.commitments_ = SumCommitments(context.kind, set.weights_, dealings);
  if (set.commitments_.front().IsIdentity() || set.commitments_.back().IsIdentity()) {
    return absl::InvalidArgumentError("the dealings cancel out; start the sharing again");
  }
  if (context.kind == SharingKind::kResharing &&
      set.commitments_.front() != context.previous_commitments.front()) {
    return absl::InvalidArgumentError("the dealings do not add up to the vault's key");
  }
  return set;
}

absl::StatusOr<Point> QualifiedSet::PublicShareOf(ShareIndex index) const {
  return PublicShare(commitments_, index);
}

absl::StatusOr<SecretScalar> CombineSubShares(const QualifiedSet& set, ShareIndex index,
                                              std::span<const IndexedSecret> sub_shares) {
  std::vector<const IndexedSecret*> sorted;
  for (const IndexedSecret& sub_share : sub_shares) sorted.push_back(&sub_share);
  std::sort(sorted.begin(), sorted.end(),
            [](const auto* a, const auto* b) { return a->index < b->index; });
  bool match = std::equal(sorted.begin(), sorted.end(), set.dealers_.begin(), set.dealers_.end(),
                          [](const auto* a, ShareIndex dealer) { return a->index == dealer; });
  if (!match) {
    return absl::InvalidArgumentError(
        "there is not exactly one sub-share of each qualified dealer; open them all first");
  }
  SecretScalar share = SecretScalar::Zero();
  for (size_t i = 0; i < sorted.size(); ++i) {
    share = share.AddMul(set.weights_[i], sorted[i]->value);
  }
  if (!VerifyShare(set.commitments_, index, share)) {
    return absl::InvalidArgumentError("the sub-shares do not add up to this holder's share");
  }
  return share;
}

absl::StatusOr<SchnorrProof> Acknowledge(const QualifiedSet& set, ShareIndex index,
                                         const Digest& log_root, const SecretScalar& share,
                                         RandomSource& random) {
  absl::StatusOr<Point> public_share = set.PublicShareOf(index);
  if (!public_share.ok()) return public_share.status();
  if (Point::MulBase(share) != *public_share) {
    return absl::InvalidArgumentError("the share is not this holder's share of the new epoch");
  }
  return ProveKnowledge(kProofLabel, AcknowledgementContext(set, index, log_root), share,
                        *public_share, random);
}

absl::Status VerifyAcknowledgement(const QualifiedSet& set, ShareIndex index,
                                   const Digest& log_root, const SchnorrProof& proof) {
  absl::StatusOr<Point> public_share = set.PublicShareOf(index);
  if (!public_share.ok()) return public_share.status();
  return VerifyKnowledge(kProofLabel, AcknowledgementContext(set, index, log_root), *public_share,
                         proof);
}

}  // namespace quorate::crypto
