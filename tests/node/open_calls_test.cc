#include "custody/node/daemon/open_calls.h"

#include <gtest/gtest.h>

namespace quorate::node {
namespace {

constexpr absl::Duration kLimit = absl::Seconds(75);

TEST(OpenCalls, EndsAStreamThatIsSilentForItsLimit) {
  base::FakeClock clock;
  OpenCalls calls(&clock);
  int cancelled = 0;
  auto stream = calls.Add([&] { ++cancelled; }, kLimit);
  clock.Advance(kLimit - absl::Seconds(1));
  calls.EndSilent();
  EXPECT_EQ(cancelled, 0);
  clock.Advance(absl::Seconds(1));
  calls.EndSilent();
  EXPECT_EQ(cancelled, 1);
}

TEST(OpenCalls, EveryMessageBeginsTheSilenceAnew) {
  base::FakeClock clock;
  OpenCalls calls(&clock);
  int cancelled = 0;
  auto stream = calls.Add([&] { ++cancelled; }, kLimit);
  for (int i = 0; i < 5; ++i) {
    clock.Advance(kLimit - absl::Seconds(1));
    stream->Heard();
    calls.EndSilent();
  }
  EXPECT_EQ(cancelled, 0);
}

TEST(OpenCalls, WorkOnALongMessageIsNotTheServersSilence) {
  base::FakeClock clock;
  OpenCalls calls(&clock);
  int cancelled = 0;
  auto stream = calls.Add([&] { ++cancelled; }, kLimit);
  stream->Busy();
  clock.Advance(10 * kLimit);
  calls.EndSilent();
  EXPECT_EQ(cancelled, 0);
  stream->Heard();
  clock.Advance(kLimit);
  calls.EndSilent();
  EXPECT_EQ(cancelled, 1);
}

TEST(OpenCalls, NeitherSilenceNorEndStreamsEndsAnOrdinaryCall) {
  base::FakeClock clock;
  OpenCalls calls(&clock);
  int cancelled = 0;
  auto call = calls.Add([&] { ++cancelled; });
  clock.Advance(10 * kLimit);
  calls.EndSilent();
  calls.EndStreams();
  EXPECT_EQ(cancelled, 0);
}

TEST(OpenCalls, StoppingEndsEverythingAndLetsNothingBegin) {
  base::FakeClock clock;
  OpenCalls calls(&clock);
  int cancelled = 0;
  auto call = calls.Add([&] { ++cancelled; });
  auto stream = calls.Add([&] { ++cancelled; }, kLimit);
  calls.EndAll();
  EXPECT_EQ(cancelled, 2);
  EXPECT_EQ(calls.Add([] {}), nullptr);
}

TEST(OpenCalls, NothingIsCancelledAfterItsEnd) {
  base::FakeClock clock;
  OpenCalls calls(&clock);
  int cancelled = 0;
  calls.Add([&] { ++cancelled; }, kLimit).reset();
  clock.Advance(kLimit);
  calls.EndSilent();
  calls.EndAll();
  EXPECT_EQ(cancelled, 0);
}

}  // namespace
}  // namespace quorate::node
