#include "crypto/transcript.h"

#include "tests/crypto/testing.h"

namespace quorate::crypto {
namespace {

TEST(Transcript, EncodesLabelAndFieldsWithLengths) {
  Transcript transcript("ab");
  transcript.AppendText("c").AppendU64(258);
  EXPECT_EQ(Hex(transcript.encoding()),
            "0200000000000000"
            "6162"
            "0100000000000000"
            "63"
            "0800000000000000"
            "0201000000000000");
}

TEST(Transcript, TellsFieldBoundariesApart) {
  EXPECT_NE(Transcript("l").AppendText("ab").AppendText("c").Hash(),
            Transcript("l").AppendText("a").AppendText("bc").Hash());
  EXPECT_NE(Transcript("l").AppendText("").Hash(), Transcript("l").Hash());
  EXPECT_NE(Transcript("la").Hash(), Transcript("l").AppendText("a").Hash());
  std::vector<Point> one = {Point::Base()};
  EXPECT_NE(Transcript("l").AppendPoints(one).Hash(),
            Transcript("l").AppendPoint(Point::Base()).Hash());
}

TEST(Transcript, ReducesSha512ToAChallenge) {
  Transcript transcript("l");
  EXPECT_EQ(transcript.Challenge(), Scalar::FromWide(transcript.WideHash()));
  EXPECT_NE(transcript.Challenge(), Transcript("m").Challenge());
}

TEST(HedgedNonce, DiffersForEachStatementSecretAndNumberThoughRandomnessRepeats) {
  StuckRandom random;
  Transcript statement("one");
  Scalar nonce = Known(HedgedNonce(random, S(5), statement));
  EXPECT_EQ(nonce, Known(HedgedNonce(random, S(5), statement)));
  EXPECT_NE(nonce, Known(HedgedNonce(random, S(5), Transcript("two"))));
  EXPECT_NE(nonce, Known(HedgedNonce(random, S(6), statement)));
  EXPECT_NE(nonce, Known(HedgedNonce(random, S(5), statement, 1)));
}

TEST(HedgedNonce, DiffersEachTimeWithGoodRandomness) {
  SeededRandom random(1);
  Transcript statement("one");
  EXPECT_NE(Known(HedgedNonce(random, S(5), statement)),
            Known(HedgedNonce(random, S(5), statement)));
}

TEST(DeriveKey, DependsOnKeyInfoAndSize) {
  Secret key = Secret::Copy(Bytes(32, 1));
  Secret derived = DeriveKey(key, Transcript("a"), 32);
  EXPECT_TRUE(SecretsEqual(derived, DeriveKey(key, Transcript("a"), 32)));
  EXPECT_FALSE(SecretsEqual(derived, DeriveKey(key, Transcript("b"), 32)));
  EXPECT_FALSE(SecretsEqual(derived, DeriveKey(Secret::Copy(Bytes(32, 2)), Transcript("a"), 32)));
  EXPECT_FALSE(SecretsEqual(derived, DeriveKey(key, Transcript("a"), 64).Slice(0, 32)));
}

}  // namespace
}  // namespace quorate::crypto
