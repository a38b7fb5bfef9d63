#include "crypto/complaint.h"

#include <array>

#include "crypto/dealing_internal.h"
#include "crypto/fault.h"
#include "crypto/transcript.h"

namespace quorate::crypto {
namespace {

// Binds the proof to this dealing and this complainant.
Bytes ProofContext(const SharingContext& context, const Dealing& dealing,
                   std::span<const Digest> ciphertext_digests, ShareIndex complainant) {
  Transcript transcript("quorate/complaint/v1");
  transcript.AppendDigest(DealingHash(context, dealing, ciphertext_digests));
  transcript.AppendU64(complainant.value());
  Bytes bytes = ToBytes("quorate/complaint/v1-");
  Digest hash = transcript.Hash();
  bytes.insert(bytes.end(), hash.value.begin(), hash.value.end());
  return bytes;
}

absl::Status NothingToComplainOf() {
  return absl::FailedPreconditionError(
      "nothing to complain of: the dealing fails its public checks, is not for this holder, or "
      "its sub-share is good");
}

}  // namespace

absl::StatusOr<Complaint> Complain(const SharingContext& context, const Dealing& dealing,
                                   ShareIndex complainant, const SecretScalar& receiving_secret,
                                   RandomSource& random) {
  std::optional<size_t> position = internal::PositionOf(context, complainant);
  if (!position.has_value() || !CheckDealing(context, dealing).ok()) return NothingToComplainOf();
  return Complain(context, dealing, CiphertextDigests(dealing), dealing.ciphertexts[*position],
                  complainant, receiving_secret, random);
}

absl::StatusOr<Complaint> Complain(const SharingContext& context, const Dealing& dealing,
                                   std::span<const Digest> ciphertext_digests, ByteSpan ciphertext,
                                   ShareIndex complainant, const SecretScalar& receiving_secret,
                                   RandomSource& random) {
  absl::StatusOr<SecretScalar> sub_share =
      OpenSubShare(context, dealing, ciphertext_digests, ciphertext, complainant, receiving_secret);
  std::optional<NamedFault> fault = FaultOf(sub_share.status());
  if (!fault.has_value() || fault->fault != Fault::kBadSubShare) return NothingToComplainOf();
  Complaint complaint;
  complaint.complainant = complainant;
  complaint.dealer = dealing.dealer;
  complaint.shared = dealing.ephemeral.MulToPublic(receiving_secret);
  Bytes proof_context = ProofContext(context, dealing, ciphertext_digests, complainant);
  std::array<Point, 1> c = {dealing.ephemeral};
  std::array<Point, 1> d = {complaint.shared};
  Point key = Point::MulBase(receiving_secret);
  absl::StatusOr<DleqProof> proof =
      ProveDleq({proof_context, Point::Base(), key, c, d}, receiving_secret, random);
  if (!proof.ok()) return proof.status();
  complaint.proof = *proof;
  return complaint;
}

Verdict JudgeComplaint(const SharingContext& context, const Dealing& dealing,
                       const Complaint& complaint) {
  if (!CheckDealing(context, dealing).ok()) return Verdict::kDealerOut;
  std::optional<size_t> position = internal::PositionOf(context, complaint.complainant);
  if (!position.has_value()) return Verdict::kComplainantNamed;
  return JudgeComplaint(context, dealing, CiphertextDigests(dealing),
                        dealing.ciphertexts[*position], complaint);
}

Verdict JudgeComplaint(const SharingContext& context, const Dealing& dealing,
                       std::span<const Digest> ciphertext_digests, ByteSpan ciphertext,
                       const Complaint& complaint) {
  if (!CheckErasedDealing(context, dealing, ciphertext_digests).ok()) return Verdict::kDealerOut;
  std::optional<size_t> position = internal::PositionOf(context, complaint.complainant);
  if (!position.has_value() || complaint.dealer != dealing.dealer ||
      Sha256(ciphertext) != ciphertext_digests[*position]) {
    return Verdict::kComplainantNamed;
  }
  Bytes proof_context = ProofContext(context, dealing, ciphertext_digests, complaint.complainant);
  std::array<Point, 1> c = {dealing.ephemeral};
  std::array<Point, 1> d = {complaint.shared};
  const Point& key = context.receivers[*position].key;
  if (!VerifyDleq({proof_context, Point::Base(), key, c, d}, complaint.proof).ok()) {
    return Verdict::kComplainantNamed;
  }
  Dealing with_ciphertext = dealing;
  with_ciphertext.ciphertexts.assign(context.receivers.size(), Bytes());
  with_ciphertext.ciphertexts[*position].assign(ciphertext.begin(), ciphertext.end());
  Secret shared = Secret::Copy(complaint.shared.span());
  return internal::OpenWithSharedPoint(context, with_ciphertext, *position, shared).has_value()
             ? Verdict::kComplainantNamed
             : Verdict::kDealerOut;
}

}  // namespace quorate::crypto
