#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <memory>

#include "custody/base/clock.h"
#include "custody/base/error_info.h"
#include "custody/base/file_lock.h"
#include "custody/base/status_macros.h"
#include "custody/base/unverified.h"
#include "tests/log/testing.h"

namespace quorate::base {
namespace {

TEST(FakeClockTest, MovesOnlyWhenTold) {
  FakeClock clock;
  const absl::Time start = clock.Now();
  EXPECT_EQ(clock.Now(), start);
  clock.Advance(absl::Seconds(90));
  EXPECT_EQ(clock.Now() - start, absl::Seconds(90));
  EXPECT_EQ(clock.Monotonic(), absl::Seconds(90));
}

TEST(FakeClockTest, KeepsSpansWhenTheWallClockJumps) {
  FakeClock clock;
  clock.Advance(absl::Seconds(5));
  clock.SetNow(absl::UnixEpoch());
  EXPECT_EQ(clock.Now(), absl::UnixEpoch());
  EXPECT_EQ(clock.Monotonic(), absl::Seconds(5));
  clock.Advance(absl::Seconds(-5));
  EXPECT_EQ(clock.Monotonic(), absl::Seconds(5));
}

TEST(SystemClockTest, NeverRunsBackwards) {
  const SystemClock clock;
  absl::Duration last = clock.Monotonic();
  for (int i = 0; i < 1000; ++i) {
    const absl::Duration now = clock.Monotonic();
    EXPECT_GE(now, last);
    last = now;
  }
  EXPECT_GT(clock.Now(), absl::FromUnixSeconds(1704067200));
}

TEST(ErrorInfoTest, CarriesReasonCulpritAndNextStep) {
  const absl::Status status = WithCulprit(
      MakeError(absl::StatusCode::kAborted, "STALE", "it is stale", "read again"), "organiser 3");
  EXPECT_EQ(status.code(), absl::StatusCode::kAborted);
  EXPECT_EQ(status.message(), "it is stale");
  EXPECT_EQ(GetReason(status), "STALE");
  EXPECT_EQ(GetCulprit(status), "organiser 3");
  EXPECT_EQ(GetNext(status), "read again");
  EXPECT_EQ(GetNext(WithNext(status, "wait")), "wait");
}

TEST(ErrorInfoTest, HasNoDetailsOnOtherStatuses) {
  EXPECT_EQ(GetReason(absl::NotFoundError("x")), "");
  EXPECT_EQ(GetCulprit(absl::NotFoundError("x")), "");
  EXPECT_EQ(GetNext(absl::OkStatus()), "");
  EXPECT_TRUE(WithCulprit(absl::OkStatus(), "someone").ok());
}

TEST(ErrorInfoTest, WritesJson) {
  const absl::Status status =
      WithCulprit(MakeError(absl::StatusCode::kNotFound, "GONE", "no \"x\"\n", "look\\up"), "7");
  EXPECT_EQ(ErrorJson(status),
            R"({"code":"NOT_FOUND","reason":"GONE","culprit":"7","message":"no \"x\"\u000a",)"
            R"("next":"look\\up"})");
  EXPECT_EQ(ErrorJson(absl::OkStatus()), R"({"code":"OK"})");
}

TEST(ErrorInfoTest, WritesJsonWhateverTheMessageHolds) {
  const struct {
    std::string message;
    std::string json;
  } cases[] = {
      {"ä€😀", "ä€😀"},
      {"\x80", "\\ufffd"},
      {"a\xC3", "a\\ufffd"},
      {"\xC0\x80", "\\ufffd\\ufffd"},
      {"\xED\xA0\x80", "\\ufffd\\ufffd\\ufffd"},
      {"\xF4\x90\x80\x80", "\\ufffd\\ufffd\\ufffd\\ufffd"},
      {"\x7F\x1B", "\\u007f\\u001b"},
  };
  for (const auto& c : cases) {
    EXPECT_EQ(ErrorJson(absl::InternalError(c.message)),
              "{\"code\":\"INTERNAL\",\"message\":\"" + c.json + "\"}");
  }
}

absl::StatusOr<std::unique_ptr<int>> Half(int value) {
  if (value % 2 != 0) return absl::InvalidArgumentError("odd");
  return std::make_unique<int>(value / 2);
}

absl::StatusOr<int> Quarter(int value, int& reached) {
  QUORATE_ASSIGN_OR_RETURN(const std::unique_ptr<int> half, Half(value));
  ++reached;
  std::unique_ptr<int> quarter;
  QUORATE_ASSIGN_OR_RETURN(quarter, Half(*half));
  ++reached;
  QUORATE_RETURN_IF_ERROR(*quarter == 0 ? absl::OutOfRangeError("zero") : absl::OkStatus());
  ++reached;
  return *quarter;
}

TEST(StatusMacrosTest, LeaveAtTheFirstError) {
  int reached = 0;
  EXPECT_EQ(*Quarter(8, reached), 2);
  EXPECT_EQ(reached, 3);
  reached = 0;
  EXPECT_EQ(Quarter(7, reached).status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(reached, 0);
  EXPECT_EQ(Quarter(6, reached).status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(reached, 1);
  reached = 0;
  EXPECT_EQ(Quarter(0, reached).status().code(), absl::StatusCode::kOutOfRange);
  EXPECT_EQ(reached, 2);
}

TEST(UnverifiedTest, HandsTheValueOverOnlyWhenTheCheckAdmitsIt) {
  auto admit = [](const std::string& text) {
    return text == "good" ? absl::OkStatus() : absl::PermissionDeniedError("no");
  };
  EXPECT_EQ(*Unverified(std::string("good")).Verify(admit), "good");
  EXPECT_EQ(Unverified(std::string("bad")).Verify(admit).status().code(),
            absl::StatusCode::kPermissionDenied);
  EXPECT_EQ(Unverified(std::string("bad")).UnverifiedValue(), "bad");
  static_assert(!std::is_convertible_v<Unverified<std::string>, std::string>);
  static_assert(!std::is_convertible_v<std::string, Unverified<std::string>>);
}

TEST(FileLockTest, KeepsOutASecondHolder) {
  const log::TemporaryFolder folder;
  auto first = FileLock::Acquire(folder.File("lock"));
  ASSERT_TRUE(first.ok()) << first.status();
  const auto second = FileLock::Acquire(folder.File("lock"));
  EXPECT_EQ(second.status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(GetReason(second.status()), "ALREADY_RUNNING");
  first->reset();
  EXPECT_TRUE(FileLock::Acquire(folder.File("lock")).ok());
}

TEST(FileLockTest, KeepsOutAnotherProcessUntilThisOneEnds) {
  const log::TemporaryFolder folder;
  const std::string path = folder.File("lock");
  // The child takes the lock, is refused nothing, and ends without letting go of it by itself.
  const pid_t child = fork();
  if (child == 0) {
    auto lock = FileLock::Acquire(path);
    _exit(lock.ok() ? 0 : 1);
  }
  int result = 0;
  ASSERT_EQ(waitpid(child, &result, 0), child);
  EXPECT_EQ(result, 0);
  auto mine = FileLock::Acquire(path);
  ASSERT_TRUE(mine.ok());
  const pid_t other = fork();
  if (other == 0) _exit(GetReason(FileLock::Acquire(path).status()) == "ALREADY_RUNNING" ? 0 : 1);
  ASSERT_EQ(waitpid(other, &result, 0), other);
  EXPECT_EQ(result, 0);
}

TEST(FileLockTest, ReportsAMissingFolder) {
  EXPECT_EQ(FileLock::Acquire("/nonexistent-folder/lock").status().code(),
            absl::StatusCode::kNotFound);
}

}  // namespace
}  // namespace quorate::base
