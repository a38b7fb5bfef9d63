#include "tests/ledger/bad_dealing.h"

#include <cstdlib>
#include <utility>

#include "crypto/aead.h"
#include "crypto/feldman.h"
#include "crypto/shamir.h"
#include "crypto/transcript.h"

namespace quorate::ledger::testing {
namespace {

using crypto::Bytes;
using crypto::SecretScalar;
using crypto::Transcript;

template <typename T>
T Take(absl::StatusOr<T> value) {
  if (!value.ok()) std::abort();
  return *std::move(value);
}

// What crypto::Deal seals for one receiver, of any sub-share.
Bytes SealSubShare(const crypto::Dealing& dealing, const crypto::Receiver& receiver,
                   const crypto::Digest& context, const SecretScalar& ephemeral,
                   const SecretScalar& sub_share) {
  crypto::SecretPoint shared = receiver.key.MulSecret(ephemeral);
  Transcript info("quorate/sub-share/v1");
  info.AppendPoint(dealing.ephemeral).AppendPoint(receiver.key);
  info.AppendDigest(crypto::EpochDigest(dealing.commitments)).AppendDigest(context);
  info.AppendU64(dealing.dealer.value()).AppendU64(receiver.index.value());
  crypto::Secret key = crypto::DeriveKey(shared.secret(), info, crypto::kAeadKeyAndNonceSize);
  return crypto::AeadSealOnce(key, {}, sub_share.Reveal());
}

void Prove(const crypto::SharingContext& context, const SecretScalar& constant,
           const SecretScalar& ephemeral, crypto::RandomSource& random, crypto::Dealing& dealing) {
  Transcript transcript("quorate/dealing-proof/v1");
  transcript.AppendDigest(context.Hash()).AppendU64(dealing.dealer.value());
  transcript.AppendPoints(dealing.commitments).AppendPoint(dealing.ephemeral);
  transcript.AppendU64(dealing.ciphertexts.size());
  for (const crypto::Digest& digest : crypto::CiphertextDigests(dealing)) {
    transcript.AppendDigest(digest);
  }
  SecretScalar r1 = SecretScalar::Random(random);
  SecretScalar r2 = SecretScalar::Random(random);
  transcript.AppendPoint(crypto::Point::MulBase(r1)).AppendPoint(crypto::Point::MulBase(r2));
  dealing.c = transcript.Challenge();
  dealing.z1 = r1.Respond(dealing.c, constant);
  dealing.z2 = r2.Respond(dealing.c, ephemeral);
}

}  // namespace

crypto::Dealing BadDealing(const crypto::SharingContext& context, crypto::ShareIndex dealer,
                           const std::set<uint32_t>& victims, crypto::RandomSource& random) {
  SecretScalar constant = SecretScalar::Random(random);
  SecretScalar ephemeral = SecretScalar::Random(random);
  crypto::Polynomial polynomial =
      Take(crypto::Polynomial::Random(context.threshold, constant, random));
  crypto::Dealing dealing;
  dealing.dealer = dealer;
  dealing.commitments = crypto::Commit(polynomial);
  dealing.ephemeral = crypto::Point::MulBase(ephemeral);
  for (const crypto::Receiver& receiver : context.receivers) {
    const bool is_victim = victims.contains(receiver.index.value());
    const bool off = is_victim && receiver.index.value() % 2 == 0;
    SecretScalar sub_share =
        off ? SecretScalar::Random(random) : Take(polynomial.Evaluate(receiver.index));
    Bytes sealed = SealSubShare(dealing, receiver, context.Hash(), ephemeral, sub_share);
    if (is_victim && !off) random.Fill(sealed);
    dealing.ciphertexts.push_back(std::move(sealed));
  }
  Prove(context, constant, ephemeral, random, dealing);
  return dealing;
}

}  // namespace quorate::ledger::testing
