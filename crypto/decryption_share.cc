#include "crypto/decryption_share.h"

#include <set>
#include <vector>

#include "crypto/fault.h"
#include "crypto/transcript.h"

namespace quorate::crypto {
namespace {

constexpr char kKeyLabel[] = "quorate/one-time-key/v1";

void AppendShared(const ShareContext& context, const ShareStatement& statement,
                  Transcript& transcript) {
  transcript.AppendDigest(context.organisation).AppendU64(context.vault).AppendU64(context.epoch);
  transcript.AppendDigest(context.ciphertext_hash).AppendDigest(context.request_hash);
  transcript.AppendU64(context.recipient);
  transcript.AppendPoint(statement.r).AppendPoint(statement.one_time_key);
}

// The whole statement before U and V. R and X_i are in it: without R a holder who also encrypted
// the item forges shares for it.
Transcript Statement(std::string_view label, const ShareContext& context,
                     const ShareStatement& statement) {
  Transcript transcript(label);
  AppendShared(context, statement, transcript);
  transcript.AppendU64(context.index.value()).AppendPoint(statement.public_share);
  return transcript;
}

Scalar ShareChallenge(const ShareContext& context, const ShareStatement& statement, const Point& u,
                      const Point& v, const Point& a1, const Point& a2, const Point& a3) {
  Transcript transcript = Statement("quorate/decryption-share/v1", context, statement);
  transcript.AppendPoint(u).AppendPoint(v);
  return transcript.AppendPoint(a1).AppendPoint(a2).AppendPoint(a3).Challenge();
}

absl::Status CheckStatement(const ShareContext& context, const ShareStatement& statement) {
  if (!context.index.valid()) {
    return absl::InvalidArgumentError("the share's index is outside its bounds");
  }
  // With T the identity, V would be the bare share.
  if (statement.r.IsIdentity() || statement.one_time_key.IsIdentity() ||
      statement.public_share.IsIdentity()) {
    return absl::InvalidArgumentError(
        "a share is never made for an identity; refuse the request or the item");
  }
  return absl::OkStatus();
}

}  // namespace

OneTimeKey OneTimeKey::Generate(const Digest& context, RandomSource& random) {
  OneTimeKey key{SecretScalar::Random(random), {}};
  key.notice.key = Point::MulBase(key.secret);
  key.notice.proof = ProveKnowledge(kKeyLabel, context, key.secret, key.notice.key, random);
  return key;
}

absl::Status VerifyOneTimeKey(const Digest& context, const OneTimeKeyNotice& notice) {
  return VerifyKnowledge(kKeyLabel, context, notice.key, notice.proof);
}

absl::StatusOr<DecryptionShare> MakeShare(const ShareContext& context,
                                          const ShareStatement& statement,
                                          const SecretScalar& share, RandomSource& random) {
  if (absl::Status status = CheckStatement(context, statement); !status.ok()) return status;
  if (Point::MulBase(share) != statement.public_share) {
    return absl::InvalidArgumentError(
        "the share is not the one of this epoch; its store may be damaged or restored");
  }
  Transcript hedge = Statement("quorate/decryption-share-nonce/v1", context, statement);
  SecretScalar epsilon = HedgedNonce(random, share, hedge, 1);
  SecretScalar k1 = HedgedNonce(random, share, hedge, 2);
  SecretScalar k2 = HedgedNonce(random, share, hedge, 3);
  const Point& r = statement.r;
  const Point& t = statement.one_time_key;
  DecryptionShare out;
  out.u = Point::MulBase(epsilon);
  out.v = SecretPoint::AddToPublic(r.MulSecret(share), t.MulSecret(epsilon));
  Point a1 = Point::MulBase(k1);
  Point a2 = Point::MulBase(k2);
  Point a3 = SecretPoint::AddToPublic(r.MulSecret(k1), t.MulSecret(k2));
  if (out.v.IsIdentity()) {
    return absl::InternalError("the share came out as the identity; make it again");
  }
  out.c = ShareChallenge(context, statement, out.u, out.v, a1, a2, a3);
  out.z1 = k1.Respond(out.c, share);
  out.z2 = k2.Respond(out.c, epsilon);
  return out;
}

absl::StatusOr<VerifiedShare> VerifyShare(const ShareContext& context,
                                          const ShareStatement& statement,
                                          const DecryptionShare& share) {
  if (absl::Status status = CheckStatement(context, statement); !status.ok()) return status;
  NamedFault fault{Fault::kBadDecryptionShare, context.index};
  if (share.u.IsIdentity() || share.v.IsIdentity()) {
    return FaultStatus(fault, "a holder sent an identity for a decryption share");
  }
  const Point& r = statement.r;
  const Point& t = statement.one_time_key;
  Point a1 = Point::MulBase(share.z1) - statement.public_share.Mul(share.c);
  Point a2 = Point::MulBase(share.z2) - share.u.Mul(share.c);
  Point a3 = r.Mul(share.z1) + t.Mul(share.z2) - share.v.Mul(share.c);
  if (ShareChallenge(context, statement, share.u, share.v, a1, a2, a3) != share.c) {
    return FaultStatus(fault, "the proof of a holder's decryption share does not hold");
  }
  VerifiedShare verified;
  verified.index_ = context.index;
  Transcript binding("quorate/decryption-share-binding/v1");
  AppendShared(context, statement, binding);
  verified.binding_ = binding.Hash();
  verified.one_time_key_ = t;
  verified.u_ = share.u;
  verified.v_ = share.v;
  return verified;
}

absl::StatusOr<SecretPoint> CombineShares(std::span<const VerifiedShare> shares,
                                          Threshold threshold,
                                          const SecretScalar& one_time_secret) {
  if (!threshold.valid() || shares.size() < threshold.value()) {
    return absl::InvalidArgumentError("too few decryption shares; wait for the threshold");
  }
  std::set<ShareIndex> seen;
  for (const VerifiedShare& share : shares) {
    if (share.binding_ != shares.front().binding_ || !seen.insert(share.index_).second) {
      return absl::InvalidArgumentError(
          "the decryption shares are of one holder or of different releases or epochs");
    }
  }
  if (Point::MulBase(one_time_secret) != shares.front().one_time_key_) {
    return absl::InvalidArgumentError("the one-time key is not the one these shares were made for");
  }
  std::vector<ShareIndex> indices;
  std::vector<Point> us;
  std::vector<Point> vs;
  for (const VerifiedShare& share : shares.first(threshold.value())) {
    indices.push_back(share.index_);
    us.push_back(share.u_);
    vs.push_back(share.v_);
  }
  absl::StatusOr<std::vector<Scalar>> weights = LagrangeCoefficients(indices);
  if (!weights.ok()) return weights.status();
  // The sums are public, so only one multiplication takes the secret:
  // sum lambda_i (V_i - t U_i) = sum lambda_i V_i - t sum lambda_i U_i.
  SecretPoint blinding = SumOfProducts(*weights, us).MulSecret(one_time_secret);
  return SecretPoint::Subtract(SumOfProducts(*weights, vs), blinding);
}

}  // namespace quorate::crypto
