#include "custody/node/daemon/passphrase_gate.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>
#include <vector>

#include "custody/base/error_info.h"

namespace quorate::node {
namespace {

TEST(PassphraseGate, LetsOneInAtATimeAndAllInTheEnd) {
  PassphraseGate gate;
  std::atomic<int> inside = 0;
  std::atomic<int> most = 0;
  std::atomic<int> entered = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < PassphraseGate::kMaxWaiting; ++i) {
    threads.emplace_back([&] {
      if (!gate.Enter().ok()) return;
      most = std::max(most.load(), ++inside);
      ++entered;
      --inside;
      gate.Leave();
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(most, 1);
  EXPECT_EQ(entered, PassphraseGate::kMaxWaiting);
}

TEST(PassphraseGate, TurnsAwayWhoWouldWaitTooLong) {
  PassphraseGate gate(absl::ZeroDuration());
  ASSERT_TRUE(gate.Enter().ok());
  EXPECT_EQ(base::GetReason(gate.Enter()), "TOO_MANY_PASSPHRASES");
  gate.Leave();
  EXPECT_TRUE(gate.Enter().ok());
}

TEST(PassphraseGate, TurnsAwayWhoWouldMakeTheQueueTooLong) {
  PassphraseGate gate(absl::InfiniteDuration());
  ASSERT_TRUE(gate.Enter().ok());
  constexpr int kMore = 3;
  std::atomic<int> turned_away = 0;
  std::vector<std::thread> threads;
  absl::Mutex done;
  for (int i = 0; i < PassphraseGate::kMaxWaiting + kMore; ++i) {
    threads.emplace_back([&] {
      const bool in = gate.Enter().ok();
      absl::MutexLock lock(&done);
      if (in) {
        gate.Leave();
      } else {
        ++turned_away;
      }
    });
  }
  done.LockWhen(absl::Condition(
      +[](std::atomic<int>* count) { return *count == kMore; }, &turned_away));
  done.Unlock();
  gate.Leave();
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(turned_away, kMore);
}

TEST(PassphraseGate, LetsNobodyInOnceTheNodeStops) {
  PassphraseGate gate(absl::InfiniteDuration());
  ASSERT_TRUE(gate.Enter().ok());
  std::thread waiting([&] { EXPECT_EQ(base::GetReason(gate.Enter()), "STOPPING"); });
  gate.Close();
  waiting.join();
  gate.Leave();
  EXPECT_FALSE(gate.Enter().ok());
}

}  // namespace
}  // namespace quorate::node
