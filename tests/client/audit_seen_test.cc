// Whether the log that the server shows is the one that others saw, and how old its end is.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/client/audit_testing.h"

namespace quorate::audit {
namespace {

using testing::AuditOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using testing::FakeServer;
using testing::FoundedLog;
using ::testing::HasSubstr;
using testing::HeadAt;
using testing::LogDay;
using ::testing::Not;
using testing::OptionsFor;
using testing::TestLog;

constexpr uint64_t kEntries = 12;

class AuditSeen : public ::testing::Test {
 protected:
  AuditSeen() : log_(FoundedLog(kEntries - 1)), server_(log_), options_(OptionsFor(log_)) {}

  Report Run() { return AuditOf(server_, options_); }

  // The same organisation and log key with another history from the sixth entry on.
  static TestLog Fork(size_t more) {
    TestLog fork = FoundedLog(5);
    fork.Say(1, ledger::Deny{{}, "another history"});
    fork.Grow(more);
    return fork;
  }

  TestLog log_;
  FakeServer server_;
  AuditOptions options_;
};

TEST_F(AuditSeen, VerifiesWhereTheNodeSawTheSameLogOrItsBeginning) {
  for (const uint64_t size : {uint64_t{1}, uint64_t{5}, kEntries}) {
    options_.seen = {HeadAt(log_, size)};
    const Report report = Run();
    EXPECT_EQ(report.verdict(), Verdict::kVerified);
    ASSERT_EQ(report.comparisons.size(), 1u);
    EXPECT_TRUE(report.comparisons[0].same);
  }
}

TEST_F(AuditSeen, CallsAForkAgainstTheNodeTampered) {
  const TestLog fork = Fork(20);
  for (const uint64_t size : {uint64_t{7}, kEntries, uint64_t{20}}) {
    options_.seen = {HeadAt(fork, size)};
    const Report report = Run();
    EXPECT_EQ(report.verdict(), Verdict::kTampered);
    ASSERT_EQ(testing::ReasonOf(report), "SEEN_ANOTHER_LOG");
    EXPECT_THAT(report.fault->what, HasSubstr("your node saw at " + std::to_string(size)));
    EXPECT_FALSE(report.comparisons[0].same);
  }
}

TEST_F(AuditSeen, VerifiesAForkThatDiffersOnlyAfterWhatTheNodeSaw) {
  options_.seen = {HeadAt(Fork(20), 6)};
  EXPECT_EQ(Run().verdict(), Verdict::kVerified);
}

TEST_F(AuditSeen, CallsALogWithoutItsProvenEndIncomplete) {
  const SeenHead seen = HeadAt(log_, kEntries);
  server_.entries.resize(9);
  server_.note = log_.NoteAt(9);
  options_.seen = {seen};
  const Report report = Run();
  EXPECT_EQ(report.verdict(), Verdict::kIncomplete);
  ASSERT_EQ(testing::ReasonOf(report), "END_WITHHELD");
  EXPECT_EQ(report.fault->index, 9u);
  EXPECT_EQ(report.entries, 9u);
}

TEST_F(AuditSeen, CallsAShorterLogTamperedWhereTheServerCannotShowThatItIsTheSame) {
  const TestLog shorter = FoundedLog(8);
  FakeServer server(shorter);
  options_.seen = {HeadAt(log_, kEntries)};
  const Report report = AuditOf(server, options_);
  EXPECT_EQ(report.verdict(), Verdict::kTampered);
  ASSERT_EQ(testing::ReasonOf(report), "SEEN_ANOTHER_LOG");
}

TEST_F(AuditSeen, VerifiesNothingWhereTheComparisonCannotBeMadeNow) {
  options_.seen = {HeadAt(log_, kEntries)};
  server_.entries.resize(9);
  server_.note = log_.NoteAt(9);
  server_.proof_error = absl::UnavailableError("gone");
  EXPECT_EQ(Run().verdict(), Verdict::kUnreachable);
  server_.proof_error = absl::ResourceExhaustedError("too many calls");
  EXPECT_EQ(Run().verdict(), Verdict::kIncomplete);
}

TEST_F(AuditSeen, CallsTwoContradictingCheckpointsOfOneReadingTampered) {
  const TestLog fork = Fork(20);
  for (const uint64_t size : {kEntries, uint64_t{20}}) {
    server_.on_read = [&](uint64_t start) {
      LogPage page = server_.Page(start);
      if (start > 0) page.checkpoint = fork.NoteAt(size);
      return page;
    };
    const Report report = Run();
    EXPECT_EQ(report.verdict(), Verdict::kTampered);
    ASSERT_EQ(testing::ReasonOf(report), "FORKED_LOG");
  }
}

TEST_F(AuditSeen, NamesTheBadEntryRatherThanTheComparisonThatItSpoils) {
  options_.seen = {HeadAt(log_, 3), HeadAt(log_, kEntries)};
  server_.entries[7].body.back() ^= 1;
  const Report report = Run();
  ASSERT_EQ(testing::ReasonOf(report), "BODY_CHANGED");
  ASSERT_EQ(report.comparisons.size(), 2u);
  EXPECT_TRUE(report.comparisons[0].same);
  EXPECT_FALSE(report.comparisons[1].same);
}

TEST_F(AuditSeen, CallsAForkTamperedThoughABodyIsMissingToo) {
  options_.seen = {HeadAt(Fork(20), 9)};
  server_.entries[10].body.clear();
  const Report report = Run();
  EXPECT_EQ(report.verdict(), Verdict::kTampered);
  ASSERT_EQ(testing::ReasonOf(report), "SEEN_ANOTHER_LOG");
}

TEST_F(AuditSeen, SaysWhereThereWasNothingToCompareWith) {
  EXPECT_THAT(Run().remarks, Contains(HasSubstr("nothing to compare with")));
  options_.seen = {HeadAt(log_, 3)};
  EXPECT_THAT(Run().remarks, Not(Contains(HasSubstr("nothing to compare with"))));
}

TEST_F(AuditSeen, SaysHowLongAgoTheLogEndsWhereThatIsLong) {
  options_.seen = {HeadAt(log_, 3)};
  options_.now = LogDay() + absl::Hours(23);
  EXPECT_TRUE(Run().remarks.empty());
  options_.now = LogDay() + absl::Hours(49);
  const Report report = Run();
  EXPECT_EQ(report.verdict(), Verdict::kVerified) << "a quiet log is no fault";
  EXPECT_THAT(report.remarks, ElementsAre(HasSubstr("the log ends 2 days ago")));
}

TEST_F(AuditSeen, SaysWhereTheLogIsAheadOfTheClock) {
  options_.seen = {HeadAt(log_, 3)};
  options_.now = LogDay() - absl::Hours(3);
  EXPECT_THAT(Run().remarks, ElementsAre(HasSubstr("dated in 3 hours")));
}

}  // namespace
}  // namespace quorate::audit
