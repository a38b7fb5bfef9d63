#include "crypto/feldman.h"

#include "tests/crypto/testing.h"

namespace quorate::crypto {
namespace {

TEST(Feldman, AcceptsEveryShareAndGivesItsPublicValue) {
  SeededRandom random(1);
  TestVault vault = MakeVault(3, 5, random);
  for (size_t i = 0; i < 5; ++i) {
    EXPECT_TRUE(VerifyShare(vault.commitments, vault.indices[i], vault.shares[i]));
    EXPECT_EQ(Must(PublicShare(vault.commitments, vault.indices[i])), vault.public_shares[i]);
  }
}

TEST(Feldman, RefusesAnotherShareOrIndex) {
  SeededRandom random(1);
  TestVault vault = MakeVault(3, 5, random);
  EXPECT_FALSE(VerifyShare(vault.commitments, At(2), vault.shares[0]));
  EXPECT_FALSE(VerifyShare(vault.commitments, At(1), vault.shares[0].Add(S(1))));
  EXPECT_FALSE(VerifyShare({}, At(1), vault.shares[0]));
  EXPECT_FALSE(VerifyShare(vault.commitments, ShareIndex(), vault.shares[0]));
  EXPECT_INVALID(PublicShare({}, At(1)));
  EXPECT_INVALID(PublicShare(vault.commitments, ShareIndex()));
}

TEST(Feldman, AcceptsAShareOfZero) {
  // f(x) = 6 - 3x is zero at 2.
  std::vector<Point> commitments = {Point::MulBase(U(6)), Point::MulBase(U(3).Negate())};
  EXPECT_TRUE(Must(PublicShare(commitments, At(2))).IsIdentity());
  EXPECT_TRUE(VerifyShare(commitments, At(2), SecretScalar::Zero()));
  EXPECT_FALSE(VerifyShare(commitments, At(2), S(1)));
}

TEST(Feldman, AcceptsTheIdentityInsideHorner) {
  // f(x) = 5 - 2x + x^2: at 2 the inner sum -2 + 1*2 is zero, the share is 5.
  std::vector<Point> commitments = {Point::MulBase(U(5)), Point::MulBase(U(2).Negate()),
                                    Point::MulBase(U(1))};
  EXPECT_EQ(Must(PublicShare(commitments, At(2))), Point::MulBase(U(5)));
  EXPECT_TRUE(VerifyShare(commitments, At(2), S(5)));
}

}  // namespace
}  // namespace quorate::crypto
