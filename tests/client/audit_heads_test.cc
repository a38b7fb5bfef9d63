// What a home knows of the log without the server.
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "client/audit/seen_heads.h"
#include "custody/base/error_info.h"
#include "tests/client/audit_testing.h"

namespace quorate::audit {
namespace {

using replica::testing::Must;
using testing::FoundedLog;
using testing::TestLog;
using testing::TrustIn;

class AuditHeads : public ::testing::Test {
 protected:
  AuditHeads() : log_(FoundedLog(8)), trust_(TrustIn(log_)) {
    std::string pattern = ::testing::TempDir() + "audit-heads-XXXXXX";
    folder_ = ::mkdtemp(pattern.data());
    path_ = folder_ + "/audited.checkpoint";
  }
  ~AuditHeads() override { std::filesystem::remove_all(folder_); }

  node::v1::NodeStatus Status() const {
    node::v1::NodeStatus status;
    status.set_organisation_id(crypto::Hex(log_.organisation().span()));
    status.set_log_size(log_.size());
    status.set_log_root(crypto::Hex(log_.tree().Root().span()));
    return status;
  }

  TestLog log_;
  Trust trust_;
  std::string folder_;
  std::string path_;
};

TEST_F(AuditHeads, TakesTheNodesSizeAndRoot) {
  const std::optional<SeenHead> seen = Must(HeadOfNode(Status(), trust_));
  ASSERT_TRUE(seen.has_value());
  EXPECT_EQ(seen->head, (TreeHead{log_.size(), log_.tree().Root()}));
  EXPECT_EQ(seen->by, "your node");
}

TEST_F(AuditHeads, TakesNothingOfANodeThatHasNoLogYet) {
  EXPECT_FALSE(Must(HeadOfNode({}, trust_)).has_value());
}

TEST_F(AuditHeads, ComparesWithNoOtherOrganisationsNode) {
  node::v1::NodeStatus status = Status();
  status.set_organisation_id(std::string(64, 'a'));
  EXPECT_EQ(base::GetReason(HeadOfNode(status, trust_).status()), "OTHER_ORGANISATION");
}

TEST_F(AuditHeads, RefusesARootThatIsNone) {
  for (const std::string root : {"", "ab", "not hexadecimal"}) {
    node::v1::NodeStatus status = Status();
    status.set_log_root(root);
    EXPECT_EQ(base::GetReason(HeadOfNode(status, trust_).status()), "BAD_ANSWER");
  }
}

TEST_F(AuditHeads, KeepsACheckpointForTheNextTime) {
  EXPECT_FALSE(Must(ReadRecordedHead(path_, trust_)).has_value());
  ASSERT_TRUE(RecordHead(path_, trust_, log_.Note()).ok());
  const std::optional<SeenHead> seen = Must(ReadRecordedHead(path_, trust_));
  ASSERT_TRUE(seen.has_value());
  EXPECT_EQ(seen->head, (TreeHead{log_.size(), log_.tree().Root()}));
}

TEST_F(AuditHeads, KeepsTheLargestCheckpoint) {
  ASSERT_TRUE(RecordHead(path_, trust_, log_.Note()).ok());
  ASSERT_TRUE(RecordHead(path_, trust_, log_.NoteAt(3)).ok());
  EXPECT_EQ(Must(ReadRecordedHead(path_, trust_))->head.size, log_.size());
  log_.Grow(2);
  ASSERT_TRUE(RecordHead(path_, trust_, log_.Note()).ok());
  EXPECT_EQ(Must(ReadRecordedHead(path_, trust_))->head.size, log_.size());
}

TEST_F(AuditHeads, RecordsNothingThatTheLogDidNotSign) {
  EXPECT_FALSE(RecordHead(path_, trust_, FoundedLog(8, /*seed=*/2).Note()).ok());
  EXPECT_FALSE(std::filesystem::exists(path_));
}

TEST_F(AuditHeads, SaysThatTheRecordIsDamagedAndReplacesItAfterwards) {
  std::ofstream(path_) << "damaged";
  const absl::Status status = ReadRecordedHead(path_, trust_).status();
  EXPECT_EQ(base::GetReason(status), "RECORD_DAMAGED");
  ASSERT_TRUE(RecordHead(path_, trust_, log_.Note()).ok());
  EXPECT_TRUE(Must(ReadRecordedHead(path_, trust_)).has_value());
}

TEST_F(AuditHeads, FindsTheForkAgainstTheLastAudit) {
  TestLog fork = FoundedLog(5);
  fork.Say(1, ledger::Deny{{}, "another history"});
  fork.Grow(10);
  ASSERT_TRUE(RecordHead(path_, trust_, log_.Note()).ok());
  testing::FakeServer server(fork);
  AuditOptions options = testing::OptionsFor(log_);
  options.seen = {*Must(ReadRecordedHead(path_, trust_))};
  const Report report = testing::AuditOf(server, options);
  EXPECT_EQ(report.verdict(), Verdict::kTampered);
  ASSERT_EQ(testing::ReasonOf(report), "SEEN_ANOTHER_LOG");
}

}  // namespace
}  // namespace quorate::audit
