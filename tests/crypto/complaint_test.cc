#include "crypto/complaint.h"

#include <array>

#include "crypto/aead.h"
#include "crypto/transcript.h"
#include "tests/crypto/testing.h"

namespace quorate::crypto {
namespace {

// A dealer who knows all its secrets and seals what it likes, with a proof that holds.
struct BadDealer {
  SharingContext context;
  Scalar constant = U(1111);
  Scalar slope = U(2222);
  Scalar e = U(3333);
  ShareIndex index = At(2);

  Bytes SealFor(const Dealing& dealing, const Receiver& receiver, ByteSpan plaintext) const {
    Transcript info("quorate/sub-share/v1");
    info.AppendPoint(dealing.ephemeral).AppendPoint(receiver.key);
    info.AppendDigest(EpochDigest(dealing.commitments)).AppendDigest(context.Hash());
    info.AppendU64(index.value()).AppendU64(receiver.index.value());
    Secret shared = Secret::Copy(receiver.key.Mul(e).span());
    return AeadSealOnce(DeriveKey(shared, info, kAeadKeyAndNonceSize), {}, plaintext);
  }

  void Prove(Dealing& dealing) const {
    Transcript proof("quorate/dealing-proof/v1");
    proof.AppendDigest(context.Hash()).AppendU64(index.value());
    proof.AppendPoints(dealing.commitments).AppendPoint(dealing.ephemeral);
    proof.AppendU64(dealing.ciphertexts.size());
    for (const Digest& digest : CiphertextDigests(dealing)) proof.AppendDigest(digest);
    proof.AppendPoint(Point::MulBase(U(5))).AppendPoint(Point::MulBase(U(6)));
    dealing.c = proof.Challenge();
    dealing.z1 = U(5) + dealing.c * constant;
    dealing.z2 = U(6) + dealing.c * e;
  }

  // Good for everybody but the receiver at `victim`, who gets `ciphertext_for` of the dealing.
  template <typename Seal>
  Dealing Make(size_t victim, Seal ciphertext_for) const {
    Dealing dealing;
    dealing.dealer = index;
    dealing.commitments = {Point::MulBase(constant), Point::MulBase(slope)};
    dealing.ephemeral = Point::MulBase(e);
    for (size_t j = 0; j < context.receivers.size(); ++j) {
      const Receiver& receiver = context.receivers[j];
      Scalar value = constant + slope * U(receiver.index.value());
      dealing.ciphertexts.push_back(j == victim ? ciphertext_for(dealing, receiver)
                                                : SealFor(dealing, receiver, value.span()));
    }
    Prove(dealing);
    return dealing;
  }
};

class ComplaintTest : public ::testing::Test {
 protected:
  const SecretScalar& KeyOf(uint32_t index) { return sharing_.keys[index - 1].secret; }

  std::vector<Dealing> BadDealings() {
    BadDealer dealer{context_};
    Bytes not_canonical(32, 0xff);
    return {dealer.Make(2, [](const Dealing&, const Receiver&) { return Bytes(48, 9); }),
            dealer.Make(2, [&](const Dealing& d,
                               const Receiver& r) { return dealer.SealFor(d, r, not_canonical); }),
            dealer.Make(2, [&](const Dealing& d, const Receiver& r) {
              return dealer.SealFor(d, r, U(42).span());
            })};
  }

  SeededRandom random_{1};
  TestSharing sharing_ = StartSharing(SharingKind::kKeyGeneration, 2, 4, random_);
  const SharingContext& context_ = sharing_.context;
  Dealing honest_ = Must(Deal(context_, At(2), nullptr, random_));
};

TEST_F(ComplaintTest, PutsOutADealerWhoSealedJunkANonCanonicalScalarOrAnotherValue) {
  for (const Dealing& dealing : BadDealings()) {
    EXPECT_OK(CheckDealing(context_, dealing));
    EXPECT_OK(OpenSubShare(context_, dealing, At(1), KeyOf(1)));
    absl::Status opened = OpenSubShare(context_, dealing, At(3), KeyOf(3)).status();
    EXPECT_EQ(FaultOf(opened), (NamedFault{Fault::kBadSubShare, At(2)}));
    Complaint complaint = Must(Complain(context_, dealing, At(3), KeyOf(3), random_));
    EXPECT_EQ(JudgeComplaint(context_, dealing, complaint), Verdict::kDealerOut);
  }
}

TEST_F(ComplaintTest, RefusesToComplainOfAGoodSubShare) {
  EXPECT_EQ(Complain(context_, honest_, At(3), KeyOf(3), random_).status().code(),
            absl::StatusCode::kFailedPrecondition);
}

TEST_F(ComplaintTest, NamesWhoeverComplainsOfAGoodSubShare) {
  // Its software is not ours: it reveals the true shared point, with a proof for another dealing
  // and with one for this dealing.
  Dealing bad = BadDealings()[0];
  Complaint real = Must(Complain(context_, bad, At(3), KeyOf(3), random_));
  Complaint complaint = real;
  EXPECT_EQ(JudgeComplaint(context_, honest_, complaint), Verdict::kComplainantNamed);

  complaint.shared = honest_.ephemeral.MulToPublic(KeyOf(3));
  Transcript transcript("quorate/complaint/v1");
  transcript.AppendDigest(DealingHash(context_, honest_, CiphertextDigests(honest_)));
  Digest hash = transcript.AppendU64(3).Hash();
  Bytes proof_context = ToBytes("quorate/complaint/v1-");
  proof_context.insert(proof_context.end(), hash.value.begin(), hash.value.end());
  std::array<Point, 1> c = {honest_.ephemeral};
  std::array<Point, 1> d = {complaint.shared};
  DleqStatement statement{proof_context, Point::Base(), sharing_.keys[2].notice.key, c, d};
  complaint.proof = Must(ProveDleq(statement, KeyOf(3), random_));
  EXPECT_OK(VerifyDleq(statement, complaint.proof));
  EXPECT_EQ(JudgeComplaint(context_, honest_, complaint), Verdict::kComplainantNamed);
}

TEST_F(ComplaintTest, AWrongSharedPointDoesNotPutOutAnHonestDealer) {
  // Decryption under it fails; only the proof, checked first, shows whose fault that is.
  Complaint complaint = Must(Complain(context_, BadDealings()[0], At(3), KeyOf(3), random_));
  for (const Point& wrong : {RandomPoint(random_), Point(), honest_.ephemeral}) {
    complaint.shared = wrong;
    EXPECT_EQ(JudgeComplaint(context_, honest_, complaint), Verdict::kComplainantNamed);
  }
}

TEST_F(ComplaintTest, AnHonestComplaintWithAChangedProofNamesItsSender) {
  Dealing bad = BadDealings()[0];
  Complaint complaint = Must(Complain(context_, bad, At(3), KeyOf(3), random_));
  Complaint changed = complaint;
  changed.proof.s = changed.proof.s + U(1);
  EXPECT_EQ(JudgeComplaint(context_, bad, changed), Verdict::kComplainantNamed);
  changed = complaint;
  changed.complainant = At(1);
  EXPECT_EQ(JudgeComplaint(context_, bad, changed), Verdict::kComplainantNamed);
  changed = complaint;
  changed.complainant = At(200);
  EXPECT_EQ(JudgeComplaint(context_, bad, changed), Verdict::kComplainantNamed);
  changed = complaint;
  changed.dealer = At(1);
  EXPECT_EQ(JudgeComplaint(context_, bad, changed), Verdict::kComplainantNamed);
}

TEST_F(ComplaintTest, IsNoGoodAgainstAnotherDealingOfTheSameDealer) {
  std::vector<Dealing> bad = BadDealings();
  Complaint complaint = Must(Complain(context_, bad[0], At(3), KeyOf(3), random_));
  EXPECT_EQ(bad[0].ephemeral, bad[2].ephemeral);
  EXPECT_EQ(JudgeComplaint(context_, bad[2], complaint), Verdict::kComplainantNamed);
}

TEST_F(ComplaintTest, IsNoOracleForAnHonestDealersSubShares) {
  // The attack: copy the honest dealer's E, commit to a polynomial of one's own, seal junk, and
  // wait for the complaint that reveals d_j E. Without e there is no proof, and so no complaint.
  BadDealer dealer{context_};
  dealer.index = At(1);
  Dealing copied = dealer.Make(2, [](const Dealing&, const Receiver&) { return Bytes(48, 9); });
  copied.ephemeral = honest_.ephemeral;
  dealer.Prove(copied);
  EXPECT_INVALID(CheckDealing(context_, copied));
  EXPECT_EQ(Complain(context_, copied, At(3), KeyOf(3), random_).status().code(),
            absl::StatusCode::kFailedPrecondition);
  // What the complaint would have given away: the honest dealer's sub-share.
  Transcript info("quorate/sub-share/v1");
  info.AppendPoint(honest_.ephemeral).AppendPoint(context_.receivers[2].key);
  info.AppendDigest(EpochDigest(honest_.commitments)).AppendDigest(context_.Hash());
  info.AppendU64(2).AppendU64(3);
  Secret leaked = Secret::Copy(honest_.ephemeral.MulToPublic(KeyOf(3)).span());
  EXPECT_TRUE(
      AeadOpenOnce(DeriveKey(leaked, info, kAeadKeyAndNonceSize), {}, honest_.ciphertexts[2])
          .has_value());
}

TEST_F(ComplaintTest, ComesToTheSameVerdictsFromDigestsAndOneCiphertext) {
  std::vector<Dealing> all = BadDealings();
  all.push_back(honest_);
  for (const Dealing& dealing : all) {
    Dealing erased = dealing;
    erased.ciphertexts.clear();
    std::vector<Digest> digests = CiphertextDigests(dealing);
    const Bytes& mine = dealing.ciphertexts[2];
    bool bad = !OpenSubShare(context_, dealing, At(3), KeyOf(3)).ok();
    absl::Status opened = OpenSubShare(context_, erased, digests, mine, At(3), KeyOf(3)).status();
    EXPECT_EQ(opened.ok(), !bad);
    absl::StatusOr<Complaint> complaint =
        Complain(context_, erased, digests, mine, At(3), KeyOf(3), random_);
    EXPECT_EQ(complaint.ok(), bad);
    if (!bad) continue;
    EXPECT_EQ(FaultOf(opened), (NamedFault{Fault::kBadSubShare, At(2)}));
    EXPECT_EQ(JudgeComplaint(context_, erased, digests, mine, *complaint), Verdict::kDealerOut);
    EXPECT_EQ(JudgeComplaint(context_, dealing, *complaint), Verdict::kDealerOut);
  }
}

TEST_F(ComplaintTest, ACiphertextThatDoesNotFitItsDigestBlamesNoDealer) {
  Dealing bad = BadDealings()[0];
  Complaint complaint = Must(Complain(context_, bad, At(3), KeyOf(3), random_));
  std::vector<Digest> digests = CiphertextDigests(bad);
  for (const Bytes& other : {Bytes(48, 8), Bytes(), bad.ciphertexts[0]}) {
    EXPECT_EQ(JudgeComplaint(context_, bad, digests, other, complaint), Verdict::kComplainantNamed);
    absl::Status opened = OpenSubShare(context_, bad, digests, other, At(3), KeyOf(3)).status();
    EXPECT_INVALID(opened);
    EXPECT_FALSE(FaultOf(opened).has_value());
    EXPECT_EQ(Complain(context_, bad, digests, other, At(3), KeyOf(3), random_).status().code(),
              absl::StatusCode::kFailedPrecondition);
  }
}

TEST_F(ComplaintTest, ACiphertextOfAWrongLengthBehindItsDigestPutsItsDealerOut) {
  BadDealer dealer{context_};
  for (size_t size : {size_t{0}, size_t{47}, size_t{49}, size_t{100000}}) {
    Dealing bad =
        dealer.Make(2, [size](const Dealing&, const Receiver&) { return Bytes(size, 1); });
    EXPECT_INVALID(CheckDealing(context_, bad)) << "where the ciphertexts are there to be seen";
    std::vector<Digest> digests = CiphertextDigests(bad);
    EXPECT_OK(CheckErasedDealing(context_, bad, digests));
    Complaint complaint =
        Must(Complain(context_, bad, digests, bad.ciphertexts[2], At(3), KeyOf(3), random_));
    EXPECT_EQ(JudgeComplaint(context_, bad, digests, bad.ciphertexts[2], complaint),
              Verdict::kDealerOut);
  }
}

TEST_F(ComplaintTest, ADealingThatFailsInPublicPutsItsDealerOut) {
  Dealing bad = BadDealings()[0];
  Complaint complaint = Must(Complain(context_, bad, At(3), KeyOf(3), random_));
  bad.z1 = bad.z1 + U(1);
  EXPECT_EQ(JudgeComplaint(context_, bad, complaint), Verdict::kDealerOut);
}

}  // namespace
}  // namespace quorate::crypto
