// What a reading comes to when the server is slow, broken or hostile: it always ends.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/client/audit_testing.h"

namespace quorate::audit {
namespace {

using testing::AuditOf;
using testing::FakeServer;
using testing::FoundedLog;
using testing::OptionsFor;
using testing::TestLog;
using testing::TrustIn;

constexpr uint64_t kEntries = 12;

class AuditRead : public ::testing::Test {
 protected:
  AuditRead() : log_(FoundedLog(kEntries - 1)), server_(log_) {}

  LogCopy Read(const ReadLimits& limits = {}) {
    return ReadLog(server_, TrustIn(log_), clock_, limits);
  }
  void ExpectFault(const Report& report, Verdict verdict, std::string_view reason) {
    EXPECT_EQ(report.verdict(), verdict);
    ASSERT_EQ(testing::ReasonOf(report), reason);
  }
  Report Run() { return AuditOf(server_, OptionsFor(log_)); }

  base::FakeClock clock_;
  TestLog log_;
  FakeServer server_;
};

TEST_F(AuditRead, TakesPagesUntilTheCheckpointIsCovered) {
  const LogCopy copy = Read();
  EXPECT_FALSE(copy.stopped.has_value());
  EXPECT_EQ(copy.entries.size(), kEntries);
  EXPECT_EQ(server_.reads, 3u);
}

TEST_F(AuditRead, StopsAtTheFirstCheckpointWhileTheLogGrows) {
  server_.on_read = [&](uint64_t start) {
    log_.Grow(6);
    server_.entries = log_.entries();
    server_.note = log_.Note();
    return server_.Page(start);
  };
  const Report report = Run();
  EXPECT_EQ(report.verdict(), Verdict::kVerified);
  EXPECT_EQ(report.entries, kEntries + 6);
  EXPECT_LT(server_.reads, 10u);
}

TEST_F(AuditRead, CallsAnEmptyPageIncomplete) {
  server_.entries.resize(6);
  const Report report = Run();
  ExpectFault(report, Verdict::kIncomplete, "ENTRIES_WITHHELD");
  EXPECT_EQ(report.fault->index, 6u);
  EXPECT_EQ(report.entries, 6u) << "what is there is shown to be under the checkpoint";
}

TEST_F(AuditRead, ReadsNothingOfWithheldEntriesWhereTheServerProvesNothing) {
  server_.entries.resize(6);
  server_.proof_error = absl::InternalError("no");
  const Report report = Run();
  ExpectFault(report, Verdict::kIncomplete, "ENTRIES_WITHHELD");
  EXPECT_EQ(report.entries, 0u);
}

TEST_F(AuditRead, CallsAnEmptyLogIncomplete) {
  server_.entries.clear();
  server_.note = log_.NoteOf(0, log::EmptyRoot());
  ExpectFault(Run(), Verdict::kIncomplete, "LOG_EMPTY");
}

TEST_F(AuditRead, CallsEntriesBeyondTheirCheckpointTampered) {
  server_.note = log_.NoteAt(3);
  const Report report = Run();
  ExpectFault(report, Verdict::kTampered, "UNSIGNED_ENTRIES");
  EXPECT_EQ(report.fault->index, 3u);
}

TEST_F(AuditRead, CallsACheckpointOfAnotherKeyTampered) {
  const TestLog other = FoundedLog(kEntries - 1, /*seed=*/2);
  server_.note = other.Note();
  ExpectFault(Run(), Verdict::kTampered, "BAD_CHECKPOINT");
  server_.note = crypto::ToBytes("no note");
  ExpectFault(Run(), Verdict::kTampered, "BAD_CHECKPOINT");
  server_.note = {};
  ExpectFault(Run(), Verdict::kTampered, "BAD_CHECKPOINT");
}

TEST_F(AuditRead, CallsACheckpointOfAnotherKeyOnALaterPageTampered) {
  const TestLog other = FoundedLog(kEntries - 1, /*seed=*/2);
  server_.on_read = [&](uint64_t start) {
    LogPage page = server_.Page(start);
    if (start > 0) page.checkpoint = other.Note();
    return page;
  };
  ExpectFault(Run(), Verdict::kTampered, "BAD_CHECKPOINT");
}

TEST_F(AuditRead, EndsWhereOnePageComesForEver) {
  server_.on_read = [&](uint64_t) { return server_.Page(0); };
  const Report report = Run();
  ExpectFault(report, Verdict::kTampered, "ENTRY_REPEATED");
  EXPECT_EQ(report.fault->index, 4u);
  EXPECT_EQ(server_.reads, 3u);
}

TEST_F(AuditRead, TakesNoMoreThanItsLimits) {
  ReadLimits limits;
  limits.max_entries = kEntries - 1;
  EXPECT_EQ(testing::ReasonOf(Read(limits)), "LOG_TOO_LARGE");
  EXPECT_EQ(server_.reads, 1u);
  limits = {};
  limits.max_bytes = 3000;
  const LogCopy copy = Read(limits);
  ASSERT_EQ(testing::ReasonOf(copy), "LOG_TOO_LARGE");
  EXPECT_EQ(copy.stopped->verdict, Verdict::kIncomplete);
  EXPECT_LT(copy.entries.size(), kEntries);
}

TEST_F(AuditRead, BelievesNoSizeThatItWouldHaveToReadForEver) {
  server_.note = log_.NoteOf(log::kMaxTreeSize, log_.tree().Root());
  ExpectFault(Run(), Verdict::kIncomplete, "LOG_TOO_LARGE");
  EXPECT_EQ(server_.reads, 1u);
}

TEST_F(AuditRead, GivesUpOnAServerThatDrips) {
  server_.page_size = 1;
  server_.on_read = [&](uint64_t start) {
    clock_.Advance(absl::Minutes(4));
    return server_.Page(start);
  };
  const LogCopy copy = Read();
  ASSERT_EQ(testing::ReasonOf(copy), "READING_TOO_SLOW");
  EXPECT_EQ(server_.reads, 4u);
}

TEST_F(AuditRead, CutsAPageThatHoldsMoreThanTheCheckpointCovers) {
  server_.page_size = 1000;
  server_.note = log_.Note();
  TestLog longer = FoundedLog(kEntries + 20);
  server_.on_read = [&](uint64_t start) {
    LogPage page = server_.Page(start);
    page.entries.resize(600, page.entries.back());
    return page;
  };
  ExpectFault(Run(), Verdict::kTampered, "UNSIGNED_ENTRIES");
}

TEST_F(AuditRead, TakesNoEntryOfAnImpossibleSize) {
  server_.entries[5].leaf.clear();
  ExpectFault(Run(), Verdict::kIncomplete, "BAD_ENTRY");
  server_.entries = log_.entries();
  server_.entries[5].body.resize(ledger::kMaxBodyBytes + 1);
  ExpectFault(Run(), Verdict::kIncomplete, "BAD_ENTRY");
}

TEST_F(AuditRead, KeepsAFewCheckpointsWhateverComes) {
  server_.page_size = 1;
  server_.on_read = [&](uint64_t start) {
    LogPage page = server_.Page(start);
    page.checkpoint = start == 0 ? log_.Note() : log_.NoteOf(kEntries + start, log_.tree().Root());
    return page;
  };
  ReadLimits limits;
  limits.max_other_heads = 3;
  EXPECT_EQ(Read(limits).other_heads.size(), 3u);
}

TEST_F(AuditRead, TellsASilentServerFromOneThatRefuses) {
  server_.on_read = [](uint64_t) { return absl::UnavailableError("connection refused"); };
  Report report = Run();
  ExpectFault(report, Verdict::kUnreachable, "SERVER_UNREACHABLE");
  EXPECT_EQ(VerdictExitCode(report.verdict()), 4);
  server_.on_read = [](uint64_t) { return absl::DeadlineExceededError("too late"); };
  ExpectFault(Run(), Verdict::kUnreachable, "SERVER_UNREACHABLE");
  server_.on_read = [](uint64_t) {
    return base::MakeError(absl::StatusCode::kPermissionDenied, "NOT_A_MEMBER", "no", "");
  };
  report = Run();
  ExpectFault(report, Verdict::kIncomplete, "NOT_A_MEMBER");
  EXPECT_EQ(VerdictExitCode(report.verdict()), 6);
  EXPECT_NE(report.fault->next, "");
  server_.on_read = [](uint64_t) {
    return base::MakeError(absl::StatusCode::kUnauthenticated, "WRONG_SERVER_CERTIFICATE", "no",
                           "");
  };
  ExpectFault(Run(), Verdict::kTampered, "WRONG_SERVER_CERTIFICATE");
}

TEST_F(AuditRead, FindsTamperingEvenWhereTheServerGoesAwayInBetween) {
  server_.entries[2].body.back() ^= 1;
  server_.on_read = [&](uint64_t start) -> absl::StatusOr<LogPage> {
    if (start > 4) return absl::UnavailableError("gone");
    return server_.Page(start);
  };
  const Report report = Run();
  ExpectFault(report, Verdict::kTampered, "BODY_CHANGED");
}

}  // namespace
}  // namespace quorate::audit
