#include "crypto/schnorr.h"

#include "crypto/transcript.h"

namespace quorate::crypto {
namespace {

Transcript Statement(std::string_view label, const Digest& context, const Point& public_key) {
  Transcript transcript(label);
  transcript.AppendDigest(context).AppendPoint(public_key);
  return transcript;
}

}  // namespace

SchnorrProof ProveKnowledge(std::string_view label, const Digest& context,
                            const SecretScalar& secret, const Point& public_key,
                            RandomSource& random) {
  Transcript transcript = Statement(label, context, public_key);
  SecretScalar nonce = HedgedNonce(random, secret, transcript);
  SchnorrProof proof;
  proof.c = transcript.AppendPoint(Point::MulBase(nonce)).Challenge();
  proof.z = nonce.Respond(proof.c, secret);
  return proof;
}

absl::Status VerifyKnowledge(std::string_view label, const Digest& context, const Point& public_key,
                             const SchnorrProof& proof) {
  if (public_key.IsIdentity()) {
    return absl::InvalidArgumentError("the identity is not a key; its owner must make a new one");
  }
  Point commitment = Point::MulBase(proof.z) - public_key.Mul(proof.c);
  Transcript transcript = Statement(label, context, public_key);
  if (transcript.AppendPoint(commitment).Challenge() != proof.c) {
    return absl::InvalidArgumentError(
        "the proof of knowledge does not hold here; its owner must make a new one");
  }
  return absl::OkStatus();
}

}  // namespace quorate::crypto
