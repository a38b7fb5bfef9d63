#include "crypto/dealing.h"

#include <set>
#include <utility>

#include "crypto/aead.h"
#include "crypto/dealing_internal.h"
#include "crypto/fault.h"
#include "crypto/feldman.h"
#include "crypto/transcript.h"

namespace quorate::crypto {
namespace {

// Key and nonce for one sub-share. They are used once, since they take in the commitments: a dealer
// that seals another value seals it under another key.
Secret SubShareKey(const Secret& shared, const Digest& context, const Digest& commitments,
                   const Dealing& dealing, const Receiver& receiver) {
  Transcript info("quorate/sub-share/v1");
  info.AppendPoint(dealing.ephemeral).AppendPoint(receiver.key).AppendDigest(commitments);
  info.AppendDigest(context).AppendU64(dealing.dealer.value()).AppendU64(receiver.index.value());
  return DeriveKey(shared, info, kAeadKeyAndNonceSize);
}

// Everything the joint proof is about but its two commitments.
Transcript ProofStatement(const Digest& context, const Dealing& dealing,
                          std::span<const Digest> ciphertext_digests) {
  Transcript transcript("quorate/dealing-proof/v1");
  transcript.AppendDigest(context).AppendU64(dealing.dealer.value());
  transcript.AppendPoints(dealing.commitments).AppendPoint(dealing.ephemeral);
  transcript.AppendU64(ciphertext_digests.size());
  for (const Digest& digest : ciphertext_digests) transcript.AppendDigest(digest);
  return transcript;
}

// Proves knowledge of a_0 (no rogue keys) and of e (no copied E) at once.
void ProveDealing(const Digest& context, const SecretScalar& constant,
                  const SecretScalar& ephemeral_secret, RandomSource& random, Dealing& dealing) {
  Transcript transcript = ProofStatement(context, dealing, CiphertextDigests(dealing));
  SecretScalar r1 = HedgedNonce(random, constant, transcript, 1);
  SecretScalar r2 = HedgedNonce(random, ephemeral_secret, transcript, 2);
  transcript.AppendPoint(Point::MulBase(r1)).AppendPoint(Point::MulBase(r2));
  dealing.c = transcript.Challenge();
  dealing.z1 = r1.Respond(dealing.c, constant);
  dealing.z2 = r2.Respond(dealing.c, ephemeral_secret);
}

absl::Status CheckDealer(const SharingContext& context, ShareIndex dealer, const Point& constant) {
  if (!dealer.valid())
    return absl::InvalidArgumentError("the dealer's index is outside its bounds");
  if (context.kind == SharingKind::kKeyGeneration) {
    if (!internal::PositionOf(context, dealer).has_value()) {
      return absl::InvalidArgumentError("the dealer is not one of the vault's holders");
    }
    return absl::OkStatus();
  }
  absl::StatusOr<Point> old_share = PublicShare(context.previous_commitments, dealer);
  if (!old_share.ok()) return old_share.status();
  if (constant != *old_share) {
    return absl::InvalidArgumentError("the dealer does not deal its share of the previous epoch");
  }
  return absl::OkStatus();
}

absl::Status CheckPreviousEpoch(const SharingContext& context) {
  const std::vector<Point>& previous = context.previous_commitments;
  if (context.kind == SharingKind::kKeyGeneration) {
    if (previous.empty()) return absl::OkStatus();
    return absl::InvalidArgumentError("key generation has no previous epoch");
  }
  if (context.kind != SharingKind::kResharing || previous.empty() ||
      previous.size() > kMaxHolders || previous.front().IsIdentity() ||
      previous.back().IsIdentity()) {
    return absl::InvalidArgumentError("the sharing's kind or its previous epoch is malformed");
  }
  return absl::OkStatus();
}

absl::Status NotOurs() {
  return absl::InvalidArgumentError(
      "the receiving key is not the one that this sharing names; it cannot be opened here");
}

}  // namespace

namespace internal {

std::optional<size_t> PositionOf(const SharingContext& context, ShareIndex index) {
  for (size_t i = 0; i < context.receivers.size(); ++i) {
    if (context.receivers[i].index == index && index.valid()) return i;
  }
  return std::nullopt;
}

std::optional<SecretScalar> OpenWithSharedPoint(const SharingContext& context,
                                                const Dealing& dealing, size_t position,
                                                const Secret& shared) {
  const Receiver& receiver = context.receivers[position];
  // Where only digests are public, nobody has seen this length before.
  if (dealing.ciphertexts[position].size() != kSubShareCiphertextSize) return std::nullopt;
  Secret key =
      SubShareKey(shared, context.Hash(), EpochDigest(dealing.commitments), dealing, receiver);
  std::optional<Secret> opened = AeadOpenOnce(key, {}, dealing.ciphertexts[position]);
  if (!opened.has_value()) return std::nullopt;
  absl::StatusOr<SecretScalar> scalar = SecretScalar::FromCanonical(*std::move(opened));
  if (!scalar.ok() || !VerifyShare(dealing.commitments, receiver.index, *scalar)) {
    return std::nullopt;
  }
  return *std::move(scalar);
}

}  // namespace internal

Digest SharingContext::Hash() const {
  Transcript transcript("quorate/sharing/v1");
  transcript.AppendDigest(organisation).AppendU64(vault).AppendU64(epoch);
  transcript.AppendU64(static_cast<uint64_t>(kind)).AppendU64(threshold.value());
  transcript.AppendU64(receivers.size());
  for (const Receiver& receiver : receivers) {
    transcript.AppendU64(receiver.index.value()).AppendPoint(receiver.key);
  }
  transcript.AppendDigest(EpochDigest(previous_commitments)).AppendDigest(session);
  return transcript.Hash();
}

Digest EpochDigest(std::span<const Point> commitments) {
  return Transcript("quorate/commitments/v1").AppendPoints(commitments).Hash();
}

absl::Status CheckSharingContext(const SharingContext& context) {
  if (!context.threshold.valid() || context.threshold.value() > context.receivers.size() ||
      context.receivers.size() > kMaxHolders) {
    return absl::InvalidArgumentError("the threshold does not fit the number of holders");
  }
  ShareIndex last;
  std::set<Point> keys;
  for (const Receiver& receiver : context.receivers) {
    if (receiver.index <= last) {
      return absl::InvalidArgumentError("the receivers are not in ascending order");
    }
    last = receiver.index;
    if (receiver.key.IsIdentity() || !keys.insert(receiver.key).second) {
      return absl::InvalidArgumentError("a receiving key is the identity or stands there twice");
    }
  }
  return CheckPreviousEpoch(context);
}

std::vector<Digest> CiphertextDigests(const Dealing& dealing) {
  std::vector<Digest> digests;
  digests.reserve(dealing.ciphertexts.size());
  for (const Bytes& ciphertext : dealing.ciphertexts) digests.push_back(Sha256(ciphertext));
  return digests;
}

Digest DealingHash(const SharingContext& context, const Dealing& dealing,
                   std::span<const Digest> ciphertext_digests) {
  Transcript transcript("quorate/dealing/v1");
  transcript.AppendDigest(ProofStatement(context.Hash(), dealing, ciphertext_digests).Hash());
  transcript.AppendScalar(dealing.c).AppendScalar(dealing.z1).AppendScalar(dealing.z2);
  return transcript.Hash();
}

absl::StatusOr<Dealing> Deal(const SharingContext& context, ShareIndex dealer,
                             const SecretScalar* share, RandomSource& random) {
  if (absl::Status status = CheckSharingContext(context); !status.ok()) return status;
  if ((share != nullptr) != (context.kind == SharingKind::kResharing)) {
    return absl::InvalidArgumentError("a share is dealt in resharing, and only there");
  }
  SecretScalar constant = share != nullptr ? share->Clone() : SecretScalar::Random(random);
  absl::StatusOr<Polynomial> polynomial = Polynomial::Random(context.threshold, constant, random);
  if (!polynomial.ok()) return polynomial.status();
  Dealing dealing;
  dealing.dealer = dealer;
  dealing.commitments = Commit(*polynomial);
  absl::Status allowed = CheckDealer(context, dealer, dealing.commitments.front());
  if (!allowed.ok()) return allowed;

  Digest hash = context.Hash();
  Transcript hedge("quorate/dealing-ephemeral/v1");
  hedge.AppendDigest(hash).AppendU64(dealer.value()).AppendPoints(dealing.commitments);
  SecretScalar ephemeral_secret = HedgedNonce(random, constant, hedge);
  dealing.ephemeral = Point::MulBase(ephemeral_secret);
  const Digest commitments = EpochDigest(dealing.commitments);
  for (const Receiver& receiver : context.receivers) {
    absl::StatusOr<SecretScalar> sub_share = polynomial->Evaluate(receiver.index);
    if (!sub_share.ok()) return sub_share.status();
    SecretPoint shared = receiver.key.MulSecret(ephemeral_secret);
    Secret key = SubShareKey(shared.secret(), hash, commitments, dealing, receiver);
    dealing.ciphertexts.push_back(AeadSealOnce(key, {}, sub_share->Reveal()));
  }
  ProveDealing(hash, constant, ephemeral_secret, random, dealing);
  return dealing;
}

absl::Status CheckDealing(const SharingContext& context, const Dealing& dealing) {
  if (dealing.ciphertexts.size() != context.receivers.size()) {
    return absl::InvalidArgumentError("the dealing has not one ciphertext for each holder");
  }
  for (const Bytes& ciphertext : dealing.ciphertexts) {
    if (ciphertext.size() != kSubShareCiphertextSize) {
      return absl::InvalidArgumentError("a ciphertext of the dealing has a wrong length");
    }
  }
  return CheckErasedDealing(context, dealing, CiphertextDigests(dealing));
}

absl::Status CheckErasedDealing(const SharingContext& context, const Dealing& dealing,
                                std::span<const Digest> ciphertext_digests) {
  if (absl::Status status = CheckSharingContext(context); !status.ok()) return status;
  if (dealing.commitments.size() != context.threshold.value() ||
      ciphertext_digests.size() != context.receivers.size()) {
    return absl::InvalidArgumentError(
        "the dealing has a wrong number of commitments or ciphertexts");
  }
  bool identity = dealing.ephemeral.IsIdentity();
  for (const Point& commitment : dealing.commitments) {
    identity = identity || commitment.IsIdentity();
  }
  if (identity) return absl::InvalidArgumentError("the dealing has an identity in it");
  absl::Status allowed = CheckDealer(context, dealing.dealer, dealing.commitments.front());
  if (!allowed.ok()) return allowed;
  Point r1 = Point::MulBase(dealing.z1) - dealing.commitments.front().Mul(dealing.c);
  Point r2 = Point::MulBase(dealing.z2) - dealing.ephemeral.Mul(dealing.c);
  Transcript transcript = ProofStatement(context.Hash(), dealing, ciphertext_digests);
  if (transcript.AppendPoint(r1).AppendPoint(r2).Challenge() != dealing.c) {
    return absl::InvalidArgumentError("the dealing's proof of knowledge does not hold");
  }
  return absl::OkStatus();
}

absl::StatusOr<SecretScalar> OpenSubShare(const SharingContext& context, const Dealing& dealing,
                                          ShareIndex index, const SecretScalar& receiving_secret) {
  if (absl::Status status = CheckDealing(context, dealing); !status.ok()) return status;
  std::optional<size_t> position = internal::PositionOf(context, index);
  if (!position.has_value()) return NotOurs();
  return OpenSubShare(context, dealing, CiphertextDigests(dealing), dealing.ciphertexts[*position],
                      index, receiving_secret);
}

absl::StatusOr<SecretScalar> OpenSubShare(const SharingContext& context, const Dealing& dealing,
                                          std::span<const Digest> ciphertext_digests,
                                          ByteSpan ciphertext, ShareIndex index,
                                          const SecretScalar& receiving_secret) {
  absl::Status status = CheckErasedDealing(context, dealing, ciphertext_digests);
  if (!status.ok()) return status;
  std::optional<size_t> position = internal::PositionOf(context, index);
  if (!position.has_value() ||
      Point::MulBase(receiving_secret) != context.receivers[*position].key) {
    return NotOurs();
  }
  if (Sha256(ciphertext) != ciphertext_digests[*position]) {
    return absl::InvalidArgumentError("the ciphertext is not the one that the dealing names");
  }
  Dealing with_ciphertext = dealing;
  with_ciphertext.ciphertexts.assign(context.receivers.size(), Bytes());
  with_ciphertext.ciphertexts[*position].assign(ciphertext.begin(), ciphertext.end());
  SecretPoint shared = dealing.ephemeral.MulSecret(receiving_secret);
  std::optional<SecretScalar> sub_share =
      internal::OpenWithSharedPoint(context, with_ciphertext, *position, shared.secret());
  if (!sub_share.has_value()) {
    return FaultStatus({Fault::kBadSubShare, dealing.dealer},
                       "the dealer sealed a bad sub-share; answer with a complaint");
  }
  return *std::move(sub_share);
}

}  // namespace quorate::crypto
