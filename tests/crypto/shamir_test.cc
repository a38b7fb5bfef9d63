#include "crypto/shamir.h"

#include <algorithm>

#include "tests/crypto/testing.h"

namespace quorate::crypto {
namespace {

std::vector<IndexedSecret> Pick(const TestVault& vault, const std::vector<size_t>& subset) {
  std::vector<IndexedSecret> picked;
  for (size_t i : subset) picked.push_back({vault.indices[i], vault.shares[i].Clone()});
  return picked;
}

TEST(ShareIndex, IsBetween1And255) {
  EXPECT_FALSE(ShareIndex::From(0).has_value());
  EXPECT_TRUE(ShareIndex::From(1).has_value());
  EXPECT_TRUE(ShareIndex::From(255).has_value());
  EXPECT_FALSE(ShareIndex::From(256).has_value());
  EXPECT_FALSE(ShareIndex::From(0xffffffff).has_value());
  EXPECT_FALSE(ShareIndex().valid());
}

TEST(Polynomial, EvaluatesByHand) {
  // 7 + 2x + 3x^2
  Secret coefficients = Secret::Zero(96);
  coefficients.RevealMutable()[0] = 7;
  coefficients.RevealMutable()[32] = 2;
  coefficients.RevealMutable()[64] = 3;
  Polynomial polynomial = Must(Polynomial::FromCoefficients(std::move(coefficients)));
  EXPECT_EQ(Known(Must(polynomial.Evaluate(At(1)))), U(12));
  EXPECT_EQ(Known(Must(polynomial.Evaluate(At(255)))), U(7 + 2 * 255 + 3 * 255 * 255));
  EXPECT_EQ(Known(polynomial.Coefficient(2)), U(3));
}

TEST(Polynomial, RefusesToShowTheSecretAsAShare) {
  SeededRandom random(1);
  Polynomial polynomial = Must(Polynomial::Random(K(2), S(5), random));
  EXPECT_INVALID(polynomial.Evaluate(ShareIndex()));
}

TEST(Polynomial, RefusesBadThresholdsAndCoefficients) {
  SeededRandom random(1);
  EXPECT_INVALID(Polynomial::Random(Threshold(), S(5), random));
  EXPECT_INVALID(Polynomial::FromCoefficients(Secret::Zero(0)));
  EXPECT_INVALID(Polynomial::FromCoefficients(Secret::Copy(Bytes(33, 1))));
  EXPECT_INVALID(Polynomial::FromCoefficients(Secret::Copy(Bytes(32, 0xff))));
  EXPECT_INVALID(Polynomial::FromCoefficients(Secret::Zero(256 * 32)));
  // A leading zero would lower the threshold.
  EXPECT_INVALID(Polynomial::FromCoefficients(Secret::Zero(64)));
}

TEST(Lagrange, WeighsSharesByHand) {
  // For indices 1, 2, 3: 3, -3, 1.
  std::vector<ShareIndex> indices = {At(1), At(2), At(3)};
  std::vector<Scalar> expected = {U(3), U(3).Negate(), U(1)};
  EXPECT_EQ(Must(LagrangeCoefficients(indices)), expected);
  std::vector<ShareIndex> one = {At(9)};
  EXPECT_EQ(Must(LagrangeCoefficients(one)), std::vector<Scalar>{U(1)});
}

TEST(Lagrange, RefusesNoZeroRepeatedOrTooManyIndices) {
  EXPECT_INVALID(LagrangeCoefficients({}));
  EXPECT_INVALID(LagrangeCoefficients(std::vector<ShareIndex>{At(1), ShareIndex()}));
  EXPECT_INVALID(LagrangeCoefficients(std::vector<ShareIndex>{At(1), At(2), At(1)}));
  EXPECT_INVALID(LagrangeCoefficients(std::vector<ShareIndex>(256, At(1))));
}

TEST(Shamir, EverySubsetOfTheThresholdAgreesAndNoSmallerOneDoes) {
  SeededRandom random(2);
  for (uint32_t n = 1; n <= 7; ++n) {
    for (uint32_t k = 1; k <= std::min(n, 5u); ++k) {
      TestVault vault = MakeVault(k, n, random);
      for (const auto& subset : Subsets(n, k)) {
        SecretScalar secret = Must(CombineSecretForTest(Pick(vault, subset)));
        EXPECT_EQ(Point::MulBase(secret), vault.key());
      }
      if (k == 1) continue;
      for (const auto& subset : Subsets(n, k - 1)) {
        SecretScalar secret = Must(CombineSecretForTest(Pick(vault, subset)));
        EXPECT_NE(Point::MulBase(secret), vault.key());
      }
    }
  }
}

TEST(Shamir, RandomSubsetsOfLargeVaultsAgree) {
  SeededRandom random(3);
  const std::pair<uint32_t, uint32_t> sizes[] = {
      {2, 100}, {9, 20}, {34, 67}, {51, 100}, {100, 100}};
  for (const auto& [k, n] : sizes) {
    TestVault vault = MakeVault(k, n, random);
    for (int round = 0; round < 8; ++round) {
      std::vector<size_t> order(n);
      for (size_t i = 0; i < n; ++i) order[i] = i;
      for (size_t i = n; i > 1; --i) {
        std::array<uint8_t, 4> bytes;
        random.Fill(bytes);
        std::swap(order[i - 1], order[(bytes[0] | bytes[1] << 8) % i]);
      }
      order.resize(k);
      EXPECT_EQ(Point::MulBase(Must(CombineSecretForTest(Pick(vault, order)))), vault.key());
      order.resize(k - 1);
      EXPECT_NE(Point::MulBase(Must(CombineSecretForTest(Pick(vault, order)))), vault.key());
    }
  }
}

}  // namespace
}  // namespace quorate::crypto
