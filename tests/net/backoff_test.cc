#include "custody/net/backoff.h"

#include <gtest/gtest.h>

#include "crypto/init.h"

namespace quorate::net {
namespace {

class BackoffTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() { ASSERT_TRUE(crypto::InitCrypto().ok()); }

  base::FakeClock clock_;
  crypto::SeededRandom random_{uint64_t{4}};
};

TEST_F(BackoffTest, EachFailureWaitsUpToTwiceAsLongButNeverPastTheLongest) {
  Backoff backoff(clock_, random_);
  absl::Duration full = absl::Milliseconds(200);
  for (int i = 0; i < 100; ++i) {
    const absl::Duration wait = backoff.OnFailure();
    EXPECT_GE(wait, full / 2);
    EXPECT_LE(wait, full);
    full = std::min(full * 2, absl::Seconds(60));
  }
  EXPECT_EQ(backoff.failures(), 100u);
}

TEST_F(BackoffTest, TwoMachinesDoNotComeBackInStep) {
  Backoff one(clock_, random_);
  Backoff other(clock_, random_);
  int same = 0;
  for (int i = 0; i < 20; ++i) same += one.OnFailure() == other.OnFailure() ? 1 : 0;
  EXPECT_LE(same, 1);
}

TEST_F(BackoffTest, TheNextTryIsDueWhenTheTimeHasPassedHoweverTheWallClockJumps) {
  Backoff backoff(clock_, random_);
  const absl::Duration wait = backoff.OnFailure();
  EXPECT_EQ(backoff.Remaining(), wait);
  clock_.SetNow(clock_.Now() + absl::Hours(5));
  EXPECT_EQ(backoff.Remaining(), wait);
  clock_.SetNow(clock_.Now() - absl::Hours(50));
  clock_.Advance(wait - absl::Milliseconds(1));
  EXPECT_EQ(backoff.Remaining(), absl::Milliseconds(1));
  clock_.Advance(absl::Milliseconds(1));
  EXPECT_EQ(backoff.Remaining(), absl::ZeroDuration());
}

TEST_F(BackoffTest, AConnectionThatWorkedForAWhileStartsOver) {
  Backoff backoff(clock_, random_);
  for (int i = 0; i < 10; ++i) backoff.OnFailure();
  backoff.OnSuccess();
  EXPECT_EQ(backoff.Remaining(), absl::ZeroDuration());
  clock_.Advance(absl::Minutes(2));
  EXPECT_LE(backoff.OnFailure(), absl::Milliseconds(200));
}

TEST_F(BackoffTest, AConnectionThatBreaksAtOnceDoesNot) {
  Backoff backoff(clock_, random_);
  for (int i = 0; i < 20; ++i) {
    backoff.OnFailure();
    backoff.OnSuccess();
    clock_.Advance(absl::Seconds(1));
  }
  EXPECT_GE(backoff.OnFailure(), absl::Seconds(30));
}

}  // namespace
}  // namespace quorate::net
