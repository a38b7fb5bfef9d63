#include "crypto/dealing.h"

#include <functional>

#include "crypto/aead.h"
#include "crypto/feldman.h"
#include "crypto/transcript.h"
#include "tests/crypto/testing.h"

namespace quorate::crypto {
namespace {

class DealingTest : public ::testing::Test {
 protected:
  SeededRandom random_{1};
  TestSharing sharing_ = StartSharing(SharingKind::kKeyGeneration, 3, 5, random_);
  const SharingContext& context_ = sharing_.context;
  Dealing dealing_ = Must(Deal(context_, At(2), nullptr, random_));
};

TEST_F(DealingTest, EveryReceiverOpensItsSubShare) {
  EXPECT_OK(CheckDealing(context_, dealing_));
  std::vector<IndexedSecret> shares;
  for (uint32_t j = 1; j <= 5; ++j) {
    SecretScalar share = Must(OpenSubShare(context_, dealing_, At(j), sharing_.keys[j - 1].secret));
    EXPECT_TRUE(VerifyShare(dealing_.commitments, At(j), share));
    if (j <= 3) shares.push_back({At(j), std::move(share)});
  }
  EXPECT_EQ(Point::MulBase(Must(CombineSecretForTest(shares))), dealing_.commitments[0]);
}

TEST_F(DealingTest, RefusesAnotherReceiversKey) {
  absl::Status status = OpenSubShare(context_, dealing_, At(1), sharing_.keys[1].secret).status();
  EXPECT_INVALID(status);
  EXPECT_FALSE(FaultOf(status).has_value());
  EXPECT_INVALID(OpenSubShare(context_, dealing_, At(9), sharing_.keys[1].secret));
  EXPECT_INVALID(OpenSubShare(context_, dealing_, ShareIndex(), sharing_.keys[1].secret));
}

TEST_F(DealingTest, RefusesEveryFaultThatAllCanSee) {
  const std::pair<const char*, std::function<void(Dealing&)>> faults[] = {
      {"dealer is somebody else", [](Dealing& d) { d.dealer = At(3); }},
      {"dealer is no holder", [](Dealing& d) { d.dealer = At(200); }},
      {"dealer is invalid", [](Dealing& d) { d.dealer = ShareIndex(); }},
      {"no commitments", [](Dealing& d) { d.commitments.clear(); }},
      {"a commitment too few", [](Dealing& d) { d.commitments.pop_back(); }},
      {"a commitment too many", [](Dealing& d) { d.commitments.push_back(Point::Base()); }},
      {"an identity first", [](Dealing& d) { d.commitments[0] = Point(); }},
      {"an identity in the middle", [](Dealing& d) { d.commitments[1] = Point(); }},
      {"an identity last", [](Dealing& d) { d.commitments[2] = Point(); }},
      {"another commitment", [](Dealing& d) { d.commitments[2] = Point::Base(); }},
      {"an identity for E", [](Dealing& d) { d.ephemeral = Point(); }},
      {"another E", [](Dealing& d) { d.ephemeral = Point::Base(); }},
      {"another c", [](Dealing& d) { d.c = d.c + U(1); }},
      {"another z1", [](Dealing& d) { d.z1 = d.z1 + U(1); }},
      {"another z2", [](Dealing& d) { d.z2 = d.z2 + U(1); }},
      {"a ciphertext too few", [](Dealing& d) { d.ciphertexts.pop_back(); }},
      {"a ciphertext too many", [](Dealing& d) { d.ciphertexts.push_back(Bytes(48)); }},
      {"a short ciphertext", [](Dealing& d) { d.ciphertexts[1].pop_back(); }},
      {"a long ciphertext", [](Dealing& d) { d.ciphertexts[1].push_back(0); }},
      {"a changed ciphertext", [](Dealing& d) { d.ciphertexts[4][7] ^= 1; }},
      {"ciphertexts swapped", [](Dealing& d) { std::swap(d.ciphertexts[0], d.ciphertexts[1]); }}};
  for (const auto& [name, spoil] : faults) {
    Dealing bad = dealing_;
    spoil(bad);
    EXPECT_INVALID(CheckDealing(context_, bad)) << name;
    absl::Status opened = OpenSubShare(context_, bad, At(1), sharing_.keys[0].secret).status();
    EXPECT_INVALID(opened) << name;
    EXPECT_FALSE(FaultOf(opened).has_value()) << name << ": nothing to complain of";
  }
}

TEST_F(DealingTest, IsGoodInItsSharingAlone) {
  const std::pair<const char*, std::function<void(SharingContext&)>> others[] = {
      {"organisation", [](SharingContext& c) { c.organisation = D("other"); }},
      {"vault", [](SharingContext& c) { c.vault++; }},
      {"epoch", [](SharingContext& c) { c.epoch++; }},
      {"session", [](SharingContext& c) { c.session = D("other"); }},
      {"threshold", [](SharingContext& c) { c.threshold = K(2); }},
      {"a receiver less", [](SharingContext& c) { c.receivers.pop_back(); }},
      {"another index", [](SharingContext& c) { c.receivers[4].index = At(6); }},
      {"another key", [](SharingContext& c) { c.receivers[4].key = Point::Base(); }},
      {"kind", [this](SharingContext& c) {
         c.kind = SharingKind::kResharing;
         c.previous_commitments = dealing_.commitments;
       }}};
  for (const auto& [name, change] : others) {
    SharingContext other = context_;
    change(other);
    EXPECT_NE(other.Hash(), context_.Hash()) << name;
    EXPECT_INVALID(CheckDealing(other, dealing_)) << name;
  }
}

TEST_F(DealingTest, RefusesMalformedContexts) {
  const std::pair<const char*, std::function<void(SharingContext&)>> faults[] = {
      {"no threshold", [](SharingContext& c) { c.threshold = Threshold(); }},
      {"threshold above holders", [](SharingContext& c) { c.threshold = K(6); }},
      {"no receivers", [](SharingContext& c) { c.receivers.clear(); }},
      {"receivers out of order",
       [](SharingContext& c) { std::swap(c.receivers[0], c.receivers[1]); }},
      {"an index twice", [](SharingContext& c) { c.receivers[1].index = At(1); }},
      {"an invalid index", [](SharingContext& c) { c.receivers[0].index = ShareIndex(); }},
      {"a key twice", [](SharingContext& c) { c.receivers[1].key = c.receivers[0].key; }},
      {"an identity key", [](SharingContext& c) { c.receivers[1].key = Point(); }},
      {"an unknown kind", [](SharingContext& c) { c.kind = static_cast<SharingKind>(3); }},
      {"a previous epoch", [](SharingContext& c) { c.previous_commitments = {Point::Base()}; }},
      {"no previous epoch", [](SharingContext& c) { c.kind = SharingKind::kResharing; }},
      {"an identity before",
       [](SharingContext& c) {
         c.kind = SharingKind::kResharing;
         c.previous_commitments = {Point(), Point::Base()};
       }},
      {"too long a previous epoch", [](SharingContext& c) {
         c.kind = SharingKind::kResharing;
         c.previous_commitments.assign(256, Point::Base());
       }}};
  for (const auto& [name, spoil] : faults) {
    SharingContext bad = context_;
    spoil(bad);
    EXPECT_INVALID(CheckSharingContext(bad)) << name;
    EXPECT_INVALID(Deal(bad, At(2), nullptr, random_)) << name;
    EXPECT_INVALID(CheckDealing(bad, dealing_)) << name;
  }
}

TEST_F(DealingTest, HoldsWithErasedCiphertexts) {
  std::vector<Digest> digests = CiphertextDigests(dealing_);
  Dealing erased = dealing_;
  erased.ciphertexts.clear();
  EXPECT_OK(CheckErasedDealing(context_, erased, digests));
  EXPECT_EQ(DealingHash(context_, erased, digests), DealingHash(context_, dealing_, digests));
  digests[3].value[0] ^= 1;
  EXPECT_INVALID(CheckErasedDealing(context_, erased, digests));
  digests.pop_back();
  EXPECT_INVALID(CheckErasedDealing(context_, erased, digests));
}

TEST_F(DealingTest, RefusesARogueKeyWithoutAProofOfItsSecret) {
  // A last dealer who picks C_0 = Y - C_0(others) to make the vault's key its own Y.
  Dealing rogue = Must(Deal(context_, At(3), nullptr, random_));
  rogue.commitments[0] = Point::MulBase(U(99)) - dealing_.commitments[0];
  EXPECT_INVALID(CheckDealing(context_, rogue));
}

TEST_F(DealingTest, RefusesACopiedEphemeralKey) {
  // The dealer copies another's E, knows its own polynomial, and has no proof of e. It can keep
  // half of the joint proof honest; the other half it can only guess.
  Dealing copy = Must(Deal(context_, At(3), nullptr, random_));
  copy.ephemeral = dealing_.ephemeral;
  EXPECT_INVALID(CheckDealing(context_, copy));
  copy.z2 = dealing_.z2;
  EXPECT_INVALID(CheckDealing(context_, copy));
  // Nor does the whole of the other's dealing do under its own name.
  copy = dealing_;
  copy.dealer = At(3);
  EXPECT_INVALID(CheckDealing(context_, copy));
}

TEST_F(DealingTest, ASubShareOfZeroOpens) {
  // f(x) = 6 - 3x + 0 for k = 2 is zero at 2.
  TestSharing sharing = StartSharing(SharingKind::kResharing, 2, 3, random_,
                                     {Point::MulBase(U(6)), Point::MulBase(U(1))});
  // The dealer at 5 holds 6 + 5 = 11; its polynomial 11 - 11/2 x is zero at 2.
  Scalar slope = U(11) * Must(U(2).Invert());
  Dealing dealing;
  dealing.dealer = At(5);
  dealing.commitments = {Point::MulBase(U(11)), Point::MulBase(slope.Negate())};
  EXPECT_TRUE(Must(PublicShare(dealing.commitments, At(2))).IsIdentity());
  // Sealed as Deal does it, from the documented transcripts.
  Scalar e = U(1234567);
  dealing.ephemeral = Point::MulBase(e);
  for (const Receiver& receiver : sharing.context.receivers) {
    Scalar value = U(11) - slope * U(receiver.index.value());
    Transcript info("quorate/sub-share/v1");
    info.AppendPoint(dealing.ephemeral).AppendPoint(receiver.key);
    info.AppendDigest(EpochDigest(dealing.commitments)).AppendDigest(sharing.context.Hash());
    info.AppendU64(5).AppendU64(receiver.index.value());
    Secret shared = Secret::Copy(receiver.key.Mul(e).span());
    dealing.ciphertexts.push_back(
        AeadSealOnce(DeriveKey(shared, info, kAeadKeyAndNonceSize), {}, value.span()));
  }
  Transcript proof("quorate/dealing-proof/v1");
  proof.AppendDigest(sharing.context.Hash()).AppendU64(5);
  proof.AppendPoints(dealing.commitments).AppendPoint(dealing.ephemeral).AppendU64(3);
  for (const Digest& digest : CiphertextDigests(dealing)) proof.AppendDigest(digest);
  proof.AppendPoint(Point::MulBase(U(77))).AppendPoint(Point::MulBase(U(88)));
  dealing.c = proof.Challenge();
  dealing.z1 = U(77) + dealing.c * U(11);
  dealing.z2 = U(88) + dealing.c * e;
  EXPECT_OK(CheckDealing(sharing.context, dealing));
  EXPECT_TRUE(Must(OpenSubShare(sharing.context, dealing, At(2), sharing.keys[1].secret)).IsZero());
}

TEST_F(DealingTest, DealsAShareInResharingAndOnlyThere) {
  EXPECT_INVALID(Deal(context_, At(7), nullptr, random_)) << "no holder";
  EXPECT_INVALID(Deal(context_, ShareIndex(), nullptr, random_));
  SecretScalar share = S(5);
  EXPECT_INVALID(Deal(context_, At(2), &share, random_)) << "key generation has no share";
  TestVault old = MakeVault(2, 3, random_);
  TestSharing sharing = StartSharing(SharingKind::kResharing, 3, 5, random_, old.commitments);
  EXPECT_INVALID(Deal(sharing.context, At(1), nullptr, random_));
  EXPECT_INVALID(Deal(sharing.context, At(1), &old.shares[1], random_)) << "another's share";
  EXPECT_OK(Deal(sharing.context, At(1), &old.shares[0], random_));
}

TEST_F(DealingTest, RefusesAResharingOfSomethingElseThanTheShare) {
  TestVault old = MakeVault(2, 3, random_);
  TestSharing sharing = StartSharing(SharingKind::kResharing, 3, 5, random_, old.commitments);
  Dealing dealing = Must(Deal(sharing.context, At(1), &old.shares[0], random_));
  EXPECT_OK(CheckDealing(sharing.context, dealing));
  // A dealing that is right in itself, made against a forged epoch in which the share is another's.
  SharingContext forged = sharing.context;
  forged.previous_commitments = {old.public_shares[1]};
  Dealing other = Must(Deal(forged, At(1), &old.shares[1], random_));
  EXPECT_OK(CheckDealing(forged, other));
  EXPECT_INVALID(CheckDealing(sharing.context, other));
}

TEST_F(DealingTest, ARepeatingRandomSourceDoesNotRepeatTheEphemeralKey) {
  StuckRandom stuck;
  SharingContext other = context_;
  other.session = D("other");
  EXPECT_NE(Must(Deal(context_, At(2), nullptr, stuck)).ephemeral,
            Must(Deal(other, At(2), nullptr, stuck)).ephemeral);
  EXPECT_NE(Must(Deal(context_, At(2), nullptr, stuck)).ephemeral,
            Must(Deal(context_, At(3), nullptr, stuck)).ephemeral);
}

}  // namespace
}  // namespace quorate::crypto
