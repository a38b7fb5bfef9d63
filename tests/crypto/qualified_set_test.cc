#include "crypto/qualified_set.h"

#include <algorithm>
#include <functional>

#include "crypto/feldman.h"
#include "tests/crypto/testing.h"

namespace quorate::crypto {
namespace {

std::vector<QualifiedDealing> Qualify(const TestSharing& sharing,
                                      const std::vector<size_t>& positions) {
  std::vector<QualifiedDealing> qualified;
  for (size_t i : positions) {
    qualified.push_back(QualifiedDealing::From(sharing.context, sharing.dealings[i]));
  }
  return qualified;
}

Point Combined(const TestSharing& sharing, const std::vector<size_t>& positions) {
  std::vector<IndexedSecret> shares;
  for (size_t i : positions) {
    shares.push_back({sharing.context.receivers[i].index, sharing.shares[i].Clone()});
  }
  return Point::MulBase(Must(CombineSecretForTest(shares)));
}

TEST(KeyGeneration, GivesSharesOfOneKeyThatNobodyHolds) {
  SeededRandom random(1);
  TestSharing sharing = GenerateKey(3, 5, random);
  Point sum = sharing.dealings[0].commitments[0];
  for (size_t i = 1; i < 5; ++i) sum = sum + sharing.dealings[i].commitments[0];
  EXPECT_EQ(sharing.set->public_key(), sum);
  for (const auto& subset : Subsets(5, 3)) EXPECT_EQ(Combined(sharing, subset), sum);
  for (const auto& subset : Subsets(5, 2)) EXPECT_NE(Combined(sharing, subset), sum);
}

TEST(KeyGeneration, TakesAnyDealersFromTheThresholdOn) {
  SeededRandom random(2);
  TestSharing all = GenerateKey(3, 5, random);
  TestSharing some = StartSharing(SharingKind::kKeyGeneration, 3, 5, random);
  for (uint32_t i : {5u, 1u, 4u}) {
    some.dealings.push_back(Must(Deal(some.context, At(i), nullptr, random)));
  }
  FinishSharing(some);
  EXPECT_EQ(Combined(some, {0, 2, 4}), some.set->public_key());
  EXPECT_INVALID(QualifiedSet::Create(some.context, Qualify(some, {0, 1})));
  EXPECT_INVALID(QualifiedSet::Create(some.context, {}));
}

TEST(QualifiedSet, DoesNotDependOnOrder) {
  SeededRandom random(3);
  TestSharing sharing = GenerateKey(2, 3, random);
  QualifiedSet other = Must(QualifiedSet::Create(sharing.context, Qualify(sharing, {2, 0, 1})));
  EXPECT_EQ(other.digest(), sharing.set->digest());
  EXPECT_EQ(other.commitments(), sharing.set->commitments());
  QualifiedSet fewer = Must(QualifiedSet::Create(sharing.context, Qualify(sharing, {0, 1})));
  EXPECT_NE(fewer.digest(), sharing.set->digest());
}

TEST(QualifiedSet, RefusesRepeatedDealersAndWrongNumbersOfCommitments) {
  SeededRandom random(4);
  TestSharing sharing = GenerateKey(2, 3, random);
  EXPECT_INVALID(QualifiedSet::Create(sharing.context, Qualify(sharing, {0, 1, 1})));
  std::vector<QualifiedDealing> qualified = Qualify(sharing, {0, 1});
  qualified[0].commitments.pop_back();
  EXPECT_INVALID(QualifiedSet::Create(sharing.context, qualified));
  qualified = Qualify(sharing, {0, 1});
  qualified[0].dealer = ShareIndex();
  EXPECT_INVALID(QualifiedSet::Create(sharing.context, qualified));
}

TEST(QualifiedSet, RefusesDealingsThatCancelOut) {
  SeededRandom random(5);
  TestSharing sharing = GenerateKey(2, 3, random);
  for (size_t m : {0u, 1u}) {
    std::vector<QualifiedDealing> qualified = Qualify(sharing, {0, 1});
    qualified[1].commitments[m] = Point() - qualified[0].commitments[m];
    EXPECT_INVALID(QualifiedSet::Create(sharing.context, qualified)) << m;
  }
}

TEST(Resharing, KeepsTheKeyThroughChangesOfHoldersAndThreshold) {
  SeededRandom random(6);
  TestSharing first = GenerateKey(2, 3, random);
  const Point key = first.set->public_key();
  TestSharing second = Reshare(first, {0, 2}, 3, 5, random);
  TestSharing third = Reshare(second, {4, 1, 3}, 3, 5, random);
  TestSharing fourth = Reshare(third, {0, 1, 2}, 2, 4, random);
  for (const TestSharing* sharing : {&second, &third, &fourth}) {
    EXPECT_EQ(sharing->set->public_key(), key);
    size_t k = sharing->context.threshold.value();
    for (const auto& subset : Subsets(sharing->shares.size(), k)) {
      EXPECT_EQ(Combined(*sharing, subset), key);
    }
    for (const auto& subset : Subsets(sharing->shares.size(), k - 1)) {
      EXPECT_NE(Combined(*sharing, subset), key);
    }
  }
}

TEST(Resharing, EveryQuorumOfOldHoldersGivesTheKey) {
  SeededRandom random(7);
  TestSharing old = GenerateKey(3, 5, random);
  for (const auto& subset : Subsets(5, 3)) {
    TestSharing fresh = Reshare(old, subset, 2, 3, random);
    EXPECT_EQ(fresh.set->public_key(), old.set->public_key());
  }
}

TEST(Resharing, OldAndNewSharesDoNotMix) {
  SeededRandom random(8);
  TestSharing old = GenerateKey(2, 3, random);
  TestSharing fresh = Reshare(old, {0, 1}, 2, 3, random);
  std::vector<IndexedSecret> mixed;
  mixed.push_back({At(1), old.shares[0].Clone()});
  mixed.push_back({At(2), fresh.shares[1].Clone()});
  EXPECT_NE(Point::MulBase(Must(CombineSecretForTest(mixed))), old.set->public_key());
}

TEST(Resharing, TakesExactlyTheOldThreshold) {
  SeededRandom random(9);
  TestSharing old = GenerateKey(2, 3, random);
  TestSharing fresh = StartSharing(SharingKind::kResharing, 2, 3, random, old.set->commitments());
  for (size_t i = 0; i < 3; ++i) {
    fresh.dealings.push_back(
        Must(Deal(fresh.context, At(static_cast<uint32_t>(i) + 1), &old.shares[i], random)));
  }
  EXPECT_INVALID(QualifiedSet::Create(fresh.context, Qualify(fresh, {0})));
  EXPECT_INVALID(QualifiedSet::Create(fresh.context, Qualify(fresh, {0, 1, 2})));
  EXPECT_OK(QualifiedSet::Create(fresh.context, Qualify(fresh, {0, 2})));
}

TEST(Resharing, DifferentSetsGiveSharesThatDoNotInterpolate) {
  SeededRandom random(10);
  TestSharing old = GenerateKey(2, 3, random);
  TestSharing one = StartSharing(SharingKind::kResharing, 2, 3, random, old.set->commitments());
  for (size_t i = 0; i < 3; ++i) {
    one.dealings.push_back(
        Must(Deal(one.context, At(static_cast<uint32_t>(i) + 1), &old.shares[i], random)));
  }
  auto share_under = [&](const std::vector<size_t>& positions, uint32_t receiver) {
    QualifiedSet set = Must(QualifiedSet::Create(one.context, Qualify(one, positions)));
    std::vector<IndexedSecret> sub_shares;
    for (size_t i : positions) {
      sub_shares.push_back(
          {one.dealings[i].dealer, Must(OpenSubShare(one.context, one.dealings[i], At(receiver),
                                                     one.keys[receiver - 1].secret))});
    }
    return IndexedSecret{At(receiver), Must(CombineSubShares(set, At(receiver), sub_shares))};
  };
  std::vector<IndexedSecret> same;
  same.push_back(share_under({0, 1}, 1));
  same.push_back(share_under({0, 1}, 2));
  EXPECT_EQ(Point::MulBase(Must(CombineSecretForTest(same))), old.set->public_key());
  std::vector<IndexedSecret> mixed;
  mixed.push_back(share_under({0, 1}, 1));
  mixed.push_back(share_under({0, 2}, 2));
  EXPECT_NE(Point::MulBase(Must(CombineSecretForTest(mixed))), old.set->public_key());
}

TEST(Resharing, RefusesDealingsOfAnotherKey) {
  SeededRandom random(11);
  TestSharing old = GenerateKey(2, 3, random);
  TestSharing fresh = Reshare(old, {0, 1}, 2, 3, random);
  std::vector<QualifiedDealing> qualified = Qualify(fresh, {0, 1});
  qualified[0].commitments[0] = Point::MulBase(U(5));
  EXPECT_INVALID(QualifiedSet::Create(fresh.context, qualified));
  // The weighted leading commitments cancel out.
  qualified = Qualify(fresh, {0, 1});
  qualified[1].commitments[1] = qualified[0].commitments[1].Mul(U(2));
  EXPECT_INVALID(QualifiedSet::Create(fresh.context, qualified));
}

TEST(CombineSubShares, RefusesMissingExtraRepeatedForeignAndWrongSubShares) {
  SeededRandom random(12);
  TestSharing sharing = GenerateKey(2, 3, random);
  auto open = [&](uint32_t dealer) {
    return Must(
        OpenSubShare(sharing.context, sharing.dealings[dealer - 1], At(1), sharing.keys[0].secret));
  };
  std::vector<IndexedSecret> sub_shares;
  sub_shares.push_back({At(3), open(3)});
  sub_shares.push_back({At(1), open(1)});
  EXPECT_INVALID(CombineSubShares(*sharing.set, At(1), sub_shares));
  sub_shares.push_back({At(2), open(2)});
  EXPECT_OK(CombineSubShares(*sharing.set, At(1), sub_shares));
  EXPECT_INVALID(CombineSubShares(*sharing.set, At(2), sub_shares)) << "not this holder's";
  EXPECT_INVALID(CombineSubShares(*sharing.set, ShareIndex(), sub_shares));
  sub_shares[2].index = At(1);
  EXPECT_INVALID(CombineSubShares(*sharing.set, At(1), sub_shares));
  sub_shares[2].index = At(4);
  EXPECT_INVALID(CombineSubShares(*sharing.set, At(1), sub_shares));
  sub_shares[2] = {At(2), open(2).Add(S(1))};
  EXPECT_INVALID(CombineSubShares(*sharing.set, At(1), sub_shares));
  sub_shares[2] = {At(2), open(2)};
  sub_shares.push_back({At(2), open(2)});
  EXPECT_INVALID(CombineSubShares(*sharing.set, At(1), sub_shares));
}

class AcknowledgementTest : public ::testing::Test {
 protected:
  SeededRandom random_{13};
  TestSharing sharing_ = GenerateKey(2, 3, random_);
  SchnorrProof proof_ =
      Must(Acknowledge(*sharing_.set, At(2), D("root"), sharing_.shares[1], random_));
};

TEST_F(AcknowledgementTest, HoldsForItsSetIndexAndRootAlone) {
  EXPECT_OK(VerifyAcknowledgement(*sharing_.set, At(2), D("root"), proof_));
  EXPECT_INVALID(VerifyAcknowledgement(*sharing_.set, At(1), D("root"), proof_));
  EXPECT_INVALID(VerifyAcknowledgement(*sharing_.set, ShareIndex(), D("root"), proof_));
  EXPECT_INVALID(VerifyAcknowledgement(*sharing_.set, At(2), D("fork"), proof_));
  QualifiedSet other = Must(QualifiedSet::Create(sharing_.context, Qualify(sharing_, {0, 1})));
  EXPECT_INVALID(VerifyAcknowledgement(other, At(2), D("root"), proof_));
}

TEST_F(AcknowledgementTest, IsNotMadeForAnotherShare) {
  EXPECT_INVALID(Acknowledge(*sharing_.set, At(1), D("root"), sharing_.shares[1], random_));
  EXPECT_INVALID(Acknowledge(*sharing_.set, ShareIndex(), D("root"), sharing_.shares[1], random_));
}

}  // namespace
}  // namespace quorate::crypto
