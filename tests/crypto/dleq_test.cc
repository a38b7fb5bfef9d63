#include "crypto/dleq.h"

#include "tests/crypto/testing.h"

namespace quorate::crypto {
namespace {

// RFC 9497 appendix A.1.2: ristretto255-SHA512, VOPRF mode.
struct RfcCase {
  std::vector<const char*> blinded;
  std::vector<const char*> evaluated;
  const char* nonce;
  const char* c;
  const char* s;
};
constexpr char kSecret[] = "e6f73f344b79b379f1a0dd37e07ff62e38d9f71345ce62ae3a9bc60b04ccd909";
constexpr char kKey[] = "c803e2cc6b05fc15064549b5920659ca4a77b2cca6f04f6b357009335476ad4e";
const RfcCase kRfcCases[] = {{{"863f330cc1a1259ed5a5998a23acfd37fb4351a793a5b3c090b642ddc439b945"},
                              {"aa8fa048764d5623868679402ff6108d2521884fa138cd7f9c7669a9a014267e"},
                              "222a5e897cf59db8145db8d16e597e8facb80ae7d4e26d9881aa6f61d645fc0e",
                              "ddef93772692e535d1a53903db24367355cc2cc78de93b3be5a8ffcc6985dd06",
                              "6d4346421d17bf5117a2a1ff0fcb2a759f58a539dfbe857a40bce4cf49ec600d"},
                             {{"863f330cc1a1259ed5a5998a23acfd37fb4351a793a5b3c090b642ddc439b945",
                               "90a0145ea9da29254c3a56be4fe185465ebb3bf2a1801f7124bbbadac751e654"},
                              {"aa8fa048764d5623868679402ff6108d2521884fa138cd7f9c7669a9a014267e",
                               "cc5ac221950a49ceaa73c8db41b82c20372a4c8d63e5dded2db920b7eee36a2a"},
                              "419c4f4f5052c53c45f3da494d2b67b220d02118e0857cdbcf037f9ea84bbe0c",
                              "cc203910175d786927eeb44ea847328047892ddf8590e723c37205cb74600b0a",
                              "5ab5337c8eb4ceae0494c2cf89529dcf94572ed267473d567aeed6ab873dee08"}};

Bytes RfcContext() {
  Bytes context = ToBytes("OPRFV1-");
  context.push_back(1);
  Bytes suite = ToBytes("-ristretto255-SHA512");
  context.insert(context.end(), suite.begin(), suite.end());
  return context;
}

std::vector<Point> Points(const std::vector<const char*>& hexes) {
  std::vector<Point> points;
  for (const char* hex : hexes) points.push_back(P(hex));
  return points;
}

TEST(Dleq, FollowsTheRfc) {
  Bytes context = RfcContext();
  for (const RfcCase& rfc : kRfcCases) {
    std::vector<Point> c = Points(rfc.blinded);
    std::vector<Point> d = Points(rfc.evaluated);
    DleqStatement statement{context, Point::Base(), P(kKey), c, d};
    DleqProof expected{Sc(rfc.c), Sc(rfc.s)};
    DleqProof proof = Must(ProveDleqWithNonce(statement, SecretScalar::FromPublic(Sc(kSecret)),
                                              SecretScalar::FromPublic(Sc(rfc.nonce))));
    EXPECT_EQ(proof, expected);
    EXPECT_OK(VerifyDleq(statement, expected));
  }
}

class DleqTest : public ::testing::Test {
 protected:
  DleqStatement Statement() { return {context_, Point::Base(), b_, c_, d_}; }

  SeededRandom random_{1};
  Bytes context_ = ToBytes("here");
  SecretScalar secret_ = SecretScalar::Random(random_);
  Point b_ = Point::MulBase(secret_);
  std::vector<Point> c_ = {RandomPoint(random_)};
  std::vector<Point> d_ = {c_[0].MulToPublic(secret_)};
  DleqProof proof_ = Must(ProveDleq(Statement(), secret_, random_));
};

TEST_F(DleqTest, AcceptsAProof) { EXPECT_OK(VerifyDleq(Statement(), proof_)); }

TEST_F(DleqTest, RefusesEveryChangeOfTheStatement) {
  Bytes other_context = ToBytes("there");
  std::vector<Point> other = {RandomPoint(random_)};
  DleqStatement statement = Statement();
  statement.context = other_context;
  EXPECT_INVALID(VerifyDleq(statement, proof_));
  statement = Statement();
  statement.a = other[0];
  EXPECT_INVALID(VerifyDleq(statement, proof_));
  statement = Statement();
  statement.b = other[0];
  EXPECT_INVALID(VerifyDleq(statement, proof_));
  statement = Statement();
  statement.c = other;
  EXPECT_INVALID(VerifyDleq(statement, proof_));
  statement = Statement();
  statement.d = other;
  EXPECT_INVALID(VerifyDleq(statement, proof_));
}

TEST_F(DleqTest, RecomputesTheChallenge) {
  EXPECT_INVALID(VerifyDleq(Statement(), {proof_.c + U(1), proof_.s}));
  EXPECT_INVALID(VerifyDleq(Statement(), {proof_.c, proof_.s + U(1)}));
  EXPECT_INVALID(VerifyDleq(Statement(), {U(1), U(1)}));
}

TEST_F(DleqTest, RefusesAProofOfAFalseStatement) {
  d_[0] = RandomPoint(random_);
  EXPECT_INVALID(VerifyDleq(Statement(), Must(ProveDleq(Statement(), secret_, random_))));
}

TEST_F(DleqTest, RefusesIdentitiesAndMalformedLists) {
  std::vector<Point> identity = {Point()};
  std::vector<Point> two = {c_[0], c_[0]};
  Bytes long_context(kMaxDleqContext + 1);
  DleqStatement statement = Statement();
  statement.b = Point();
  EXPECT_INVALID(VerifyDleq(statement, proof_));
  statement = Statement();
  statement.a = Point();
  EXPECT_INVALID(VerifyDleq(statement, proof_));
  statement = Statement();
  statement.c = statement.d = identity;
  EXPECT_INVALID(VerifyDleq(statement, proof_));
  statement = Statement();
  statement.c = two;
  EXPECT_INVALID(VerifyDleq(statement, proof_));
  EXPECT_INVALID(ProveDleq(statement, secret_, random_));
  statement.c = statement.d = {};
  EXPECT_INVALID(VerifyDleq(statement, proof_));
  statement = Statement();
  statement.context = long_context;
  EXPECT_INVALID(VerifyDleq(statement, proof_));
}

TEST_F(DleqTest, ARepeatingRandomSourceDoesNotShowTheSecret) {
  StuckRandom stuck;
  DleqProof a = Must(ProveDleq(Statement(), secret_, stuck));
  Bytes other_context = ToBytes("there");
  DleqStatement statement = Statement();
  statement.context = other_context;
  DleqProof b = Must(ProveDleq(statement, secret_, stuck));
  EXPECT_NE((b.s - a.s) * Must((a.c - b.c).Invert()), Known(secret_));
}

}  // namespace
}  // namespace quorate::crypto
