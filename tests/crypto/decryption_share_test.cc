#include "crypto/decryption_share.h"

#include <functional>

#include "crypto/transcript.h"
#include "tests/crypto/testing.h"

namespace quorate::crypto {
namespace {

class ShareTest : public ::testing::Test {
 protected:
  ShareContext ContextOf(size_t holder) const {
    return {label_.organisation,
            label_.vault,
            1,
            CiphertextHash(label_, item_.ciphertext),
            D("request"),
            7,
            vault_.indices[holder]};
  }
  ShareStatement StatementOf(size_t holder) const {
    return {vault_.public_shares[holder], item_.ciphertext.r, recipient_.notice.key};
  }
  DecryptionShare Make(size_t holder) {
    return Must(MakeShare(ContextOf(holder), StatementOf(holder), vault_.shares[holder], random_));
  }
  VerifiedShare Verified(size_t holder) {
    return Must(VerifyShare(ContextOf(holder), StatementOf(holder), Make(holder)));
  }

  SeededRandom random_{1};
  TestVault vault_ = MakeVault(3, 5, random_);
  ItemLabel label_ = MakeLabel();
  Secret plaintext_ = Secret::Copy(AsBytes("hunter2"));
  EncryptedItem item_ = Must(EncryptItem(vault_.key(), label_, plaintext_, random_));
  OneTimeKey recipient_ = OneTimeKey::Generate(D("request 7"), random_);
};

TEST_F(ShareTest, AQuorumOpensTheItemForItsRecipient) {
  std::vector<VerifiedShare> shares = {Verified(4), Verified(0), Verified(2)};
  SecretPoint shared = Must(CombineShares(shares, K(3), recipient_.secret));
  Secret opened = Must(DecryptItem(vault_.key(), shared, label_, item_.ciphertext, item_.payload));
  EXPECT_TRUE(SecretsEqual(opened, plaintext_));
}

TEST_F(ShareTest, OnlyTheRecipientsKeyOpensWhatIsOnTheLog) {
  // What everybody sees, combined without t, is not the shared point.
  std::vector<ShareIndex> indices = {At(1), At(2), At(3)};
  std::vector<Point> seen = {Make(0).v, Make(1).v, Make(2).v};
  Point sum = SumOfProducts(Must(LagrangeCoefficients(indices)), seen);
  SecretPoint bare = Must(SecretPoint::FromSecret(Secret::Copy(sum.span())));
  EXPECT_EQ(
      DecryptItem(vault_.key(), bare, label_, item_.ciphertext, item_.payload).status().code(),
      absl::StatusCode::kDataLoss);
  std::vector<VerifiedShare> shares = {Verified(0), Verified(1), Verified(2)};
  EXPECT_INVALID(CombineShares(shares, K(3), recipient_.secret.Add(S(1))));
}

TEST_F(ShareTest, EveryPartOfTheContextIsBound) {
  DecryptionShare share = Make(0);
  const std::pair<const char*, std::function<void(ShareContext&)>> changes[] = {
      {"organisation", [](ShareContext& c) { c.organisation = D("other"); }},
      {"vault", [](ShareContext& c) { c.vault++; }},
      {"epoch", [](ShareContext& c) { c.epoch++; }},
      {"ciphertext", [](ShareContext& c) { c.ciphertext_hash = D("other"); }},
      {"request", [](ShareContext& c) { c.request_hash = D("other"); }},
      {"recipient", [](ShareContext& c) { c.recipient++; }},
      {"index", [](ShareContext& c) { c.index = At(2); }}};
  for (const auto& [name, change] : changes) {
    ShareContext context = ContextOf(0);
    change(context);
    absl::Status status = VerifyShare(context, StatementOf(0), share).status();
    EXPECT_EQ(FaultOf(status), (NamedFault{Fault::kBadDecryptionShare, context.index})) << name;
  }
}

TEST_F(ShareTest, EveryPartOfTheStatementIsBound) {
  DecryptionShare share = Make(0);
  const std::pair<const char*, std::function<void(ShareStatement&)>> changes[] = {
      {"X_i", [this](ShareStatement& s) { s.public_share = vault_.public_shares[1]; }},
      {"R", [](ShareStatement& s) { s.r = s.r + Point::Base(); }},
      {"T", [](ShareStatement& s) { s.one_time_key = s.one_time_key + Point::Base(); }}};
  for (const auto& [name, change] : changes) {
    ShareStatement statement = StatementOf(0);
    change(statement);
    absl::Status status = VerifyShare(ContextOf(0), statement, share).status();
    EXPECT_EQ(FaultOf(status), (NamedFault{Fault::kBadDecryptionShare, At(1)})) << name;
  }
}

TEST_F(ShareTest, AChangedShareNamesItsHolder) {
  const std::pair<const char*, std::function<void(DecryptionShare&)>> changes[] = {
      {"U", [](DecryptionShare& s) { s.u = s.u + Point::Base(); }},
      {"U is the identity", [](DecryptionShare& s) { s.u = Point(); }},
      {"V", [](DecryptionShare& s) { s.v = s.v + Point::Base(); }},
      {"V is the identity", [](DecryptionShare& s) { s.v = Point(); }},
      {"c", [](DecryptionShare& s) { s.c = s.c + U(1); }},
      {"z1", [](DecryptionShare& s) { s.z1 = s.z1 + U(1); }},
      {"z2", [](DecryptionShare& s) { s.z2 = s.z2 + U(1); }}};
  for (const auto& [name, change] : changes) {
    DecryptionShare share = Make(3);
    change(share);
    absl::Status status = VerifyShare(ContextOf(3), StatementOf(3), share).status();
    EXPECT_EQ(FaultOf(status), (NamedFault{Fault::kBadDecryptionShare, At(4)})) << name;
  }
}

TEST_F(ShareTest, IsNeverMadeForAnIdentity) {
  // With T the identity, V would be x_i R itself, for everyone to read.
  ShareStatement statement = StatementOf(0);
  statement.one_time_key = Point();
  EXPECT_INVALID(MakeShare(ContextOf(0), statement, vault_.shares[0], random_));
  DecryptionShare share = Make(0);
  absl::Status status = VerifyShare(ContextOf(0), statement, share).status();
  EXPECT_INVALID(status);
  EXPECT_FALSE(FaultOf(status).has_value()) << "not the holder's doing";
  statement = StatementOf(0);
  statement.r = Point();
  EXPECT_INVALID(MakeShare(ContextOf(0), statement, vault_.shares[0], random_));
  EXPECT_INVALID(VerifyShare(ContextOf(0), statement, share));
  statement = StatementOf(0);
  statement.public_share = Point();
  EXPECT_INVALID(MakeShare(ContextOf(0), statement, SecretScalar::Zero(), random_));
  EXPECT_INVALID(VerifyShare(ContextOf(0), statement, share));
}

TEST_F(ShareTest, IsNotMadeFromAShareOfAnotherEpochOrWithoutAnIndex) {
  EXPECT_INVALID(MakeShare(ContextOf(0), StatementOf(0), vault_.shares[1], random_));
  ShareContext context = ContextOf(0);
  context.index = ShareIndex();
  EXPECT_INVALID(MakeShare(context, StatementOf(0), vault_.shares[0], random_));
  EXPECT_INVALID(VerifyShare(context, StatementOf(0), Make(0)));
}

// The proof as published for TDH2 leaves R out of its challenge. A holder who also encrypted the
// item fixes everything else first, learns the challenge, and then solves for r.
class ForgerTest : public ShareTest {
 protected:
  // Everything that our challenge covers, except R.
  Scalar WeakChallenge(const DecryptionShare& share, const std::array<Point, 3>& a) const {
    ShareContext context = ContextOf(0);
    Transcript transcript("weak");
    transcript.AppendDigest(context.organisation).AppendU64(context.vault);
    transcript.AppendDigest(context.request_hash).AppendU64(context.index.value());
    transcript.AppendPoint(vault_.public_shares[0]).AppendPoint(recipient_.notice.key);
    transcript.AppendPoint(share.u).AppendPoint(share.v).AppendPoints(a);
    return transcript.Challenge();
  }
  // The challenge that a share carries when R is what the forger guessed beforehand.
  Scalar OurChallenge(const ShareStatement& statement, const DecryptionShare& share,
                      const std::array<Point, 3>& a) const {
    ShareContext c = ContextOf(0);
    Transcript transcript("quorate/decryption-share/v1");
    transcript.AppendDigest(c.organisation).AppendU64(c.vault).AppendU64(c.epoch);
    transcript.AppendDigest(c.ciphertext_hash).AppendDigest(c.request_hash);
    transcript.AppendU64(c.recipient).AppendPoint(statement.r);
    transcript.AppendPoint(statement.one_time_key).AppendU64(c.index.value());
    transcript.AppendPoint(statement.public_share).AppendPoint(share.u).AppendPoint(share.v);
    return transcript.AppendPoint(a[0]).AppendPoint(a[1]).AppendPoint(a[2]).Challenge();
  }
  bool EquationsHold(const ShareStatement& s, const DecryptionShare& d,
                     const std::array<Point, 3>& a) const {
    return Point::MulBase(d.z1) == a[0] + s.public_share.Mul(d.c) &&
           Point::MulBase(d.z2) == a[1] + d.u.Mul(d.c) &&
           s.r.Mul(d.z1) + s.one_time_key.Mul(d.z2) == a[2] + d.v.Mul(d.c);
  }

  // Solves for R = rB after the challenge is known. V = vB + eps T for any v that it likes.
  template <typename ChallengeOf>
  std::pair<ShareStatement, DecryptionShare> Forge(ChallengeOf challenge_of) {
    Scalar x = Known(vault_.shares[0]);
    const Point& t = recipient_.notice.key;
    Scalar k1 = U(101), k2 = U(102), alpha = U(103), v = U(104), epsilon = U(105);
    DecryptionShare share;
    share.u = Point::MulBase(epsilon);
    share.v = Point::MulBase(v) + t.Mul(epsilon);
    commitments_ = {Point::MulBase(k1), Point::MulBase(k2), Point::MulBase(alpha) + t.Mul(k2)};
    share.c = challenge_of(share, commitments_);
    share.z1 = k1 + share.c * x;
    share.z2 = k2 + share.c * epsilon;
    r_ = (alpha + share.c * v) * Must(share.z1.Invert());
    // Wrong: the item's x_i R is not what V holds.
    EXPECT_NE(Point::MulBase(r_).Mul(x), Point::MulBase(v));
    return {{vault_.public_shares[0], Point::MulBase(r_), t}, share};
  }

  std::array<Point, 3> commitments_;
  Scalar r_;
};

TEST_F(ForgerTest, AChallengeWithoutRIsForgeable) {
  auto [statement, share] =
      Forge([this](const DecryptionShare& s, const auto& a) { return WeakChallenge(s, a); });
  EXPECT_EQ(WeakChallenge(share, commitments_), share.c);
  EXPECT_TRUE(EquationsHold(statement, share, commitments_))
      << "the attack is real against the weak challenge";
  absl::Status status = VerifyShare(ContextOf(0), statement, share).status();
  EXPECT_EQ(FaultOf(status), (NamedFault{Fault::kBadDecryptionShare, At(1)}));
}

TEST_F(ForgerTest, OurChallengeMovesWithR) {
  ShareStatement guessed = StatementOf(0);
  auto [statement, share] =
      Forge([&](const DecryptionShare& s, const auto& a) { return OurChallenge(guessed, s, a); });
  EXPECT_TRUE(EquationsHold(statement, share, commitments_));
  EXPECT_NE(OurChallenge(statement, share, commitments_), share.c);
  EXPECT_FALSE(VerifyShare(ContextOf(0), statement, share).ok());
  EXPECT_FALSE(VerifyShare(ContextOf(0), guessed, share).ok());
}

TEST_F(ForgerTest, AnHonestShareCarriesOurChallenge) {
  // So the two tests above attack the real thing.
  ShareStatement statement = StatementOf(0);
  DecryptionShare share = Make(0);
  std::array<Point, 3> a = {
      Point::MulBase(share.z1) - statement.public_share.Mul(share.c),
      Point::MulBase(share.z2) - share.u.Mul(share.c),
      statement.r.Mul(share.z1) + statement.one_time_key.Mul(share.z2) - share.v.Mul(share.c)};
  EXPECT_EQ(OurChallenge(statement, share, a), share.c);
}

TEST_F(ShareTest, ARepeatingRandomSourceDoesNotRepeatEpsilonOrNonces) {
  StuckRandom stuck;
  ShareContext here = ContextOf(0);
  ShareStatement statement = StatementOf(0);
  DecryptionShare a = Must(MakeShare(here, statement, vault_.shares[0], stuck));
  // The same person deposits a second item, and asks for both: one eps for two would open theirs.
  ShareContext there = here;
  there.ciphertext_hash = D("another item");
  ShareStatement other = statement;
  other.r = Point::MulBase(U(5));
  DecryptionShare b = Must(MakeShare(there, other, vault_.shares[0], stuck));
  EXPECT_NE(a.u, b.u);
  // One k1 for two challenges would give the share of the key.
  EXPECT_NE((a.z1 - b.z1) * Must((a.c - b.c).Invert()), Known(vault_.shares[0]));
  for (int field = 0; field < 4; ++field) {
    ShareContext changed = here;
    if (field == 0) changed.request_hash = D("another request");
    if (field == 1) changed.recipient++;
    if (field == 2) changed.epoch++;
    if (field == 3) changed.vault++;
    EXPECT_NE(Must(MakeShare(changed, statement, vault_.shares[0], stuck)).u, a.u) << field;
  }
}

TEST_F(ShareTest, CombiningRefusesTooFewRepeatedOrMixedShares) {
  std::vector<VerifiedShare> two = {Verified(0), Verified(1)};
  EXPECT_INVALID(CombineShares(two, K(3), recipient_.secret));
  EXPECT_INVALID(CombineShares({}, K(1), recipient_.secret));
  EXPECT_INVALID(CombineShares(two, Threshold(), recipient_.secret));
  std::vector<VerifiedShare> repeated = {Verified(0), Verified(1), Verified(1)};
  EXPECT_INVALID(CombineShares(repeated, K(3), recipient_.secret));
  ShareContext context = ContextOf(2);
  context.request_hash = D("another request");
  DecryptionShare share = Must(MakeShare(context, StatementOf(2), vault_.shares[2], random_));
  std::vector<VerifiedShare> mixed = {Verified(0), Verified(1)};
  mixed.push_back(Must(VerifyShare(context, StatementOf(2), share)));
  EXPECT_INVALID(CombineShares(mixed, K(3), recipient_.secret));
}

TEST_F(ShareTest, FewerThanTheThresholdOpenNothing) {
  // Combined as if two were enough.
  for (const auto& subset : Subsets(5, 2)) {
    std::vector<VerifiedShare> shares = {Verified(subset[0]), Verified(subset[1])};
    SecretPoint shared = Must(CombineShares(shares, K(2), recipient_.secret));
    EXPECT_EQ(
        DecryptItem(vault_.key(), shared, label_, item_.ciphertext, item_.payload).status().code(),
        absl::StatusCode::kDataLoss);
  }
}

TEST(OneTimeKey, IsGoodInItsContextAlone) {
  SeededRandom random(2);
  OneTimeKey key = OneTimeKey::Generate(D("request 1"), random);
  EXPECT_OK(VerifyOneTimeKey(D("request 1"), key.notice));
  EXPECT_INVALID(VerifyOneTimeKey(D("request 2"), key.notice)) << "a copied T";
  EXPECT_INVALID(VerifyOneTimeKey(D("request 1"), {}));
}

}  // namespace
}  // namespace quorate::crypto
