#include "custody/ledger/quota.h"

#include <gmock/gmock.h>

#include <deque>

#include "tests/server/testing.h"

namespace quorate::server::testing {
namespace {

using absl::StatusCode;

constexpr size_t kBodiesADay = ledger::kDailyQuotaWithoutDevice.bytes / ledger::kMaxBodyBytes;

class QuotaTest : public CustodianTest {
 protected:
  absl::StatusOr<pb::AppendResponse> Append(const Group& group, const Submission& submission) {
    return custodian_->Append(group.id(), submission);
  }
  static Submission WithoutDevice(Group& group, size_t bytes) {
    return group.SayLarge(bytes, false);
  }
  // Fills what a kit without its device has on a day.
  void UseUp(Group& group) {
    for (size_t i = 0; i < kBodiesADay; ++i) {
      const auto taken = Append(group, WithoutDevice(group, ledger::kMaxBodyBytes));
      ASSERT_TRUE(taken.ok()) << taken.status();
    }
  }
  void Tomorrow() { clock_.Advance(absl::Hours(24)); }
};

TEST_F(QuotaTest, StoresNothingThatEveryNodeWouldRefuseForItsAuthorsQuota) {
  Group group = Founded();
  UseUp(group);
  const uint64_t size = Size(group);
  const auto refused = Append(group, WithoutDevice(group, ledger::kLargestDenial + 1));
  EXPECT_EQ(refused.status().code(), StatusCode::kResourceExhausted);
  EXPECT_EQ(Reason(refused), "DAILY_QUOTA");
  EXPECT_EQ(Size(group), size);
}

TEST_F(QuotaTest, WhatAStolenKitUsesUpIsNotItsOwnersDevicesNorAnyoneElses) {
  Group group = Founded();
  UseUp(group);
  for (uint32_t author : {1u, 2u}) {
    const Submission statement = group.Say(author);
    ASSERT_TRUE(statement.device_signature.has_value());
    EXPECT_TRUE(Append(group, statement).ok());
  }
}

TEST_F(QuotaTest, HasRoomForADenialWhereTheQuotaIsUsedUp) {
  Group group = Founded();
  UseUp(group);
  EXPECT_TRUE(Append(group, WithoutDevice(group, ledger::kLargestDenial)).ok());
}

TEST_F(QuotaTest, TheRoomForDenialsEndsToo) {
  limits_.queued = 1000;
  limits_.queued_per_log = 1000;
  ASSERT_EQ(Reopen(), absl::OkStatus());
  Group group = Founded();
  constexpr size_t kMost =
      ledger::kDailyQuotaWithoutDevice.statements + ledger::kReservedForDenials;
  std::deque<Answer> answers(kMost + 1);
  for (Answer& answer : answers) {
    custodian_->Append(group.id(), WithoutDevice(group, 1), answer.Done());
  }
  for (size_t i = 0; i < kMost; ++i) {
    const auto taken = answers[i].Wait();
    ASSERT_TRUE(taken.ok()) << i << ": " << taken.status();
  }
  EXPECT_EQ(Reason(answers[kMost].Wait()), "DAILY_QUOTA");
}

TEST_F(QuotaTest, CountsWithinOneBatch) {
  Group group = Founded();
  store_->Hold();
  std::deque<Answer> answers(kBodiesADay + 2);
  custodian_->Append(group.id(), group.Say(), answers[0].Done());
  ASSERT_TRUE(store_->AwaitHeld());
  for (size_t i = 1; i < answers.size(); ++i) {
    custodian_->Append(group.id(), WithoutDevice(group, ledger::kMaxBodyBytes), answers[i].Done());
  }
  store_->LetGo();
  for (size_t i = 0; i + 1 < answers.size(); ++i) EXPECT_TRUE(answers[i].Wait().ok());
  EXPECT_EQ(Reason(answers.back().Wait()), "DAILY_QUOTA");
}

TEST_F(QuotaTest, RemembersOverARestartAndForgetsTheNextDay) {
  Group group = Founded();
  Tomorrow();
  UseUp(group);
  ASSERT_EQ(Reopen(), absl::OkStatus());
  const Submission large = WithoutDevice(group, ledger::kMaxBodyBytes);
  EXPECT_EQ(Reason(Append(group, large)), "DAILY_QUOTA");
  Tomorrow();
  const auto taken = Append(group, large);
  EXPECT_TRUE(taken.ok()) << taken.status();
  ASSERT_EQ(Reopen(), absl::OkStatus());
  // The new day has only what came on it.
  for (size_t i = 1; i < kBodiesADay; ++i) {
    EXPECT_TRUE(Append(group, WithoutDevice(group, ledger::kMaxBodyBytes)).ok());
  }
  EXPECT_EQ(Reason(Append(group, WithoutDevice(group, ledger::kMaxBodyBytes))), "DAILY_QUOTA");
}

TEST_F(QuotaTest, ABatchThatFailsUsesNothingUp) {
  Group group = Founded();
  for (size_t i = 0; i < kBodiesADay + 1; ++i) {
    store_->FailNextAppend(absl::ResourceExhaustedError("full"));
    EXPECT_EQ(Reason(Append(group, WithoutDevice(group, ledger::kMaxBodyBytes))), "DISK_FULL");
  }
  UseUp(group);
}

TEST_F(QuotaTest, StillGivesAStatementItsOneEntryWhereTheQuotaIsUsedUp) {
  Group group = Founded();
  const Submission first = WithoutDevice(group, ledger::kMaxBodyBytes);
  const auto before = Append(group, first);
  ASSERT_TRUE(before.ok());
  while (Append(group, WithoutDevice(group, ledger::kMaxBodyBytes)).ok()) {
  }
  const auto again = Append(group, first);
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_EQ(again->index(), before->index());
}

}  // namespace
}  // namespace quorate::server::testing
