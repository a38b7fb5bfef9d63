#include "crypto/receiving_key.h"

#include <utility>

#include "crypto/transcript.h"

namespace quorate::crypto {
namespace {

constexpr char kProofLabel[] = "quorate/receiving-key-proof/v1";

}  // namespace

Digest ReceivingKeyContext::Hash() const {
  return Transcript("quorate/receiving-key/v1")
      .AppendDigest(organisation)
      .AppendU64(vault)
      .AppendU64(epoch)
      .AppendDigest(session)
      .AppendU64(index.value())
      .Hash();
}

ReceivingKey ReceivingKey::Generate(const ReceivingKeyContext& context, RandomSource& random) {
  return FromSecret(context, SecretScalar::Random(random), random);
}

ReceivingKey ReceivingKey::FromSecret(const ReceivingKeyContext& context, SecretScalar secret,
                                      RandomSource& random) {
  ReceivingKey key{std::move(secret), {}};
  key.notice.key = Point::MulBase(key.secret);
  key.notice.proof =
      ProveKnowledge(kProofLabel, context.Hash(), key.secret, key.notice.key, random);
  return key;
}

absl::Status VerifyReceivingKey(const ReceivingKeyContext& context,
                                const ReceivingKeyNotice& notice) {
  if (!context.index.valid()) {
    return absl::InvalidArgumentError("the receiving key's index is outside its bounds");
  }
  return VerifyKnowledge(kProofLabel, context.Hash(), notice.key, notice.proof);
}

}  // namespace quorate::crypto
