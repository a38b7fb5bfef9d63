#include "custody/server/callers.h"

#include <gtest/gtest.h>

#include <vector>

#include "custody/base/error_info.h"

namespace quorate::server {
namespace {

crypto::PublicSigningKey KeyOf(uint8_t fill) {
  crypto::PublicSigningKey key;
  key.value.fill(fill);
  return key;
}

class CallersTest : public ::testing::Test {
 protected:
  CallersTest() {
    limits_.call_burst = 3;
    limits_.calls_per_second = 2;
    limits_.byte_burst = 1000;
    limits_.bytes_per_second = 100;
    limits_.callers = 2;
    limits_.streams = 3;
    limits_.streams_per_caller = 2;
    callers_ = std::make_unique<Callers>(&clock_, limits_);
  }
  bool Call(uint8_t caller, uint64_t bytes = 0) {
    const absl::Status status = callers_->AdmitCall(KeyOf(caller), bytes);
    if (!status.ok()) {
      EXPECT_EQ(status.code(), absl::StatusCode::kResourceExhausted);
      EXPECT_EQ(base::GetReason(status), "TOO_MANY_CALLS");
      EXPECT_FALSE(base::GetNext(status).empty());
    }
    return status.ok();
  }

  base::FakeClock clock_;
  Limits limits_;
  std::unique_ptr<Callers> callers_;
};

TEST_F(CallersTest, AdmitsABurstAndThenARate) {
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(Call(1));
  EXPECT_FALSE(Call(1));
  clock_.Advance(absl::Milliseconds(499));
  EXPECT_FALSE(Call(1));
  clock_.Advance(absl::Milliseconds(1));
  EXPECT_TRUE(Call(1));
  EXPECT_FALSE(Call(1));
}

TEST_F(CallersTest, NeverSavesUpMoreThanTheBurst) {
  EXPECT_TRUE(Call(1));
  clock_.Advance(absl::Hours(1));
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(Call(1));
  EXPECT_FALSE(Call(1));
}

TEST_F(CallersTest, IsNotMovedByTheWallClock) {
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(Call(1));
  clock_.SetNow(clock_.Now() + absl::Hours(1));
  EXPECT_FALSE(Call(1));
}

TEST_F(CallersTest, CountsCallersApart) {
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(Call(1));
  EXPECT_FALSE(Call(1));
  EXPECT_TRUE(Call(2));
}

TEST_F(CallersTest, MakesACallerPayForBytesBothWays) {
  EXPECT_TRUE(Call(1, 1000));
  callers_->ChargeAnswer(KeyOf(1), 150);
  EXPECT_FALSE(Call(1));
  clock_.Advance(absl::Milliseconds(1499));
  EXPECT_FALSE(Call(1));
  clock_.Advance(absl::Milliseconds(1));
  EXPECT_TRUE(Call(1));
}

TEST_F(CallersTest, BoundsStreamsOfOneCallerAndOfAll) {
  auto one = callers_->OpenStream(KeyOf(1));
  auto two = callers_->OpenStream(KeyOf(1));
  ASSERT_TRUE(one.ok() && two.ok());
  const auto refused = callers_->OpenStream(KeyOf(1));
  EXPECT_EQ(base::GetReason(refused.status()), "TOO_MANY_STREAMS");
  auto three = callers_->OpenStream(KeyOf(2));
  ASSERT_TRUE(three.ok());
  EXPECT_EQ(base::GetReason(callers_->OpenStream(KeyOf(2)).status()), "TOO_MANY_STREAMS");
  EXPECT_EQ(callers_->streams(), 3u);
  three->reset();
  EXPECT_TRUE(callers_->OpenStream(KeyOf(2)).ok());
  one->reset();
  EXPECT_TRUE(callers_->OpenStream(KeyOf(1)).ok());
}

TEST_F(CallersTest, RemembersNoMoreCallersThanItMay) {
  EXPECT_TRUE(Call(1));
  EXPECT_TRUE(Call(2));
  // Whoever comes while it is full shares one allowance with everybody else who does.
  for (uint8_t caller = 3; caller <= 5; ++caller) EXPECT_TRUE(Call(caller));
  EXPECT_FALSE(Call(6));
  EXPECT_EQ(callers_->callers(), 2u);
  // Those who have rested make room.
  clock_.Advance(absl::Seconds(10));
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(Call(7));
  EXPECT_FALSE(Call(7));
  EXPECT_EQ(callers_->callers(), 1u);
}

TEST_F(CallersTest, ForgetsNobodyWithAnOpenStream) {
  auto one = callers_->OpenStream(KeyOf(1));
  auto two = callers_->OpenStream(KeyOf(2));
  ASSERT_TRUE(one.ok() && two.ok());
  clock_.Advance(absl::Hours(1));
  auto three = callers_->OpenStream(KeyOf(3));
  ASSERT_TRUE(three.ok());
  EXPECT_EQ(callers_->callers(), 2u);
  three->reset();
  one->reset();
  two->reset();
  EXPECT_EQ(callers_->streams(), 0u);
}

}  // namespace
}  // namespace quorate::server
