// What a person said last wins, whatever the order of crashes, servers and disks.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "custody/base/error_info.h"
#include "tests/node/group.h"
#include "tests/simulation/must.h"

namespace quorate::node {
namespace {

using base::MemoryNodeStore;
using simulation::Must;
using ::testing::AllOf;
using ::testing::Contains;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Not;

constexpr absl::Duration kLonger = absl::Seconds(6);  // Than a statement waits for its answer.
constexpr uint64_t kCoolingOffSeconds = 60;

SubmissionRefused Refusal(const ledger::StatementId& id) {
  return {id, base::MakeError(absl::StatusCode::kResourceExhausted, "STORE_FULL", "full", "wait")};
}

class Words : public ::testing::Test {
 protected:
  std::vector<std::string> Kinds(uint32_t number) { return group_.KindsOf(group_.Carry(number)); }
  // Time passes and the node looks again.
  std::vector<std::string> KindsAfter(uint32_t number, absl::Duration span) {
    group_.Pass(span);
    Must(group_.node(number).Step(Tick{}));
    return Kinds(number);
  }
  // ana asks; ben, cem and dia approve; nobody's shares have reached the server.
  ledger::LeafHash Approved() {
    const ledger::LeafHash request = group_.Ask(kAna);
    group_.Approve(kBen, request);
    group_.Approve(kCem, request);
    Must(group_.node(kDia).Approve(request, Group::PersonOf(kDia)).status());
    group_.Carry(kDia);
    return request;
  }

  Group group_{{.cooling_off_seconds = 0}};
};

TEST_F(Words, ADenialTakesAnApprovalAlongThatHasNotLeft) {
  const ledger::LeafHash request = group_.Ask(kAna);
  Must(group_.node(kBen).Approve(request, Group::PersonOf(kBen)).status());
  Must(group_.node(kBen).Deny(request, "on second thoughts").status());
  group_.Take(kBen);
  EXPECT_FALSE(group_.node(kBen).IsArmed(request));
  EXPECT_THAT(KindsAfter(kBen, kLonger), ElementsAre("deny"));
  group_.Restart(kBen);
  Must(group_.Read(kBen));
  EXPECT_THAT(KindsAfter(kBen, kLonger), IsEmpty());
}

TEST_F(Words, AnApprovalWaitsUntilADenialIsOnTheLog) {
  const ledger::LeafHash request = group_.Ask(kAna);
  Must(group_.node(kBen).Deny(request, "no").status());
  const auto early = group_.node(kBen).Approve(request, Group::PersonOf(kBen));
  EXPECT_EQ(base::GetReason(early.status()), "REFUSAL_ON_ITS_WAY");
  group_.Settle();
  Must(group_.node(kBen).Approve(request, Group::PersonOf(kBen)).status());
}

TEST_F(Words, NoCrashInADenialLetsSharesThrough) {
  for (const auto fault :
       {MemoryNodeStore::CommitFault::kLoseBatch, MemoryNodeStore::CommitFault::kKeepBatch}) {
    Group group({.cooling_off_seconds = 0});
    const ledger::LeafHash request = group.Ask(kAna);
    for (uint32_t number : {kBen, kCem, kDia}) {
      Must(group.node(number).Approve(request, Group::PersonOf(number)).status());
      group.Carry(number);
    }
    Must(group.Read(kBen));
    ASSERT_THAT(group.KindsOf(group.Take(kBen)), Contains("decryption-shares"));
    group.store(kBen).FailNextCommit(fault);
    EXPECT_FALSE(group.node(kBen).Deny(request, "stop").ok());
    group.Restart(kBen);
    const bool kept = fault == MemoryNodeStore::CommitFault::kKeepBatch;
    EXPECT_EQ(group.node(kBen).IsArmed(request), !kept);
    Must(group.Read(kBen));
    group.Pass(kLonger);
    Must(group.node(kBen).Step(Tick{}));
    const std::vector<std::string> kinds = group.KindsOf(group.Carry(kBen));
    if (kept) {
      EXPECT_THAT(kinds, AllOf(Contains("deny"), Each("deny")));
    } else {
      EXPECT_THAT(kinds, Not(Contains("deny")));
    }
  }
}

TEST_F(Words, SharesThatWaitPassTheGateEachTimeTheyLeave) {
  const ledger::LeafHash request = Approved();
  Must(group_.Read(kBen));
  ASSERT_THAT(group_.KindsOf(group_.Take(kBen)), ElementsAre("decryption-shares"));
  Must(group_.Read(kCem));
  group_.Take(kCem);
  Must(group_.node(kCem).Withdraw(request).status());
  group_.Carry(kCem);
  Must(group_.Read(kBen));
  EXPECT_THAT(KindsAfter(kBen, kLonger), IsEmpty());
  group_.Approve(kEva, request);
  EXPECT_TRUE(group_.Truth(request).shares.contains(ledger::OrganiserNumber{kBen}));
}

TEST_F(Words, BehindWhatTheLogHasSignedTheGateIsShut) {
  Group group({.cooling_off_seconds = kCoolingOffSeconds});
  const ledger::LeafHash request = group.Ask(kAna);
  for (uint32_t number : {kBen, kCem, kDia}) group.Approve(number, request);
  // Two take their word back while ben's machine sleeps.
  for (uint32_t number : {kCem, kDia}) {
    Must(group.node(number).Withdraw(request).status());
    group.Carry(number);
  }
  group.Pass(absl::Seconds(2 * kCoolingOffSeconds));
  const uint64_t next = group.node(kBen).replica().next_index();
  const auto none = group.world().server().Read(next, 0);
  Must(group.node(kBen).Step(LogAdvanced{none.note, none.entries}));
  Must(group.node(kBen).Step(Tick{}));
  EXPECT_THAT(group.KindsOf(group.Take(kBen)), IsEmpty());
  EXPECT_EQ(group.node(kBen).WhyNotReleased(request).value_or(""),
            "this node has not read all that the log has signed");
  Must(group.Read(kBen));
  EXPECT_EQ(group.node(kBen).WhyNotReleased(request).value_or(""), "1 of 3 approvals");
}

TEST_F(Words, AnOldCheckpointIsNotFresh) {
  Group group({.cooling_off_seconds = 600});
  const ledger::LeafHash request = group.Ask(kAna);
  for (uint32_t number : {kBen, kCem, kDia}) group.Approve(number, request);
  group.Pass(absl::Seconds(601));
  const uint64_t size = group.node(kBen).replica().size();
  const auto old = group.world().server().ReadAt(size, size - 1);
  Must(group.node(kBen).Step(LogAdvanced{old.note, {}}));
  EXPECT_EQ(group.node(kBen).WhyNotReleased(request).value_or(""),
            "the newest checkpoint is more than five minutes old");
  Must(group.Read(kBen));
  EXPECT_THAT(group.KindsOf(group.Take(kBen)), ElementsAre("decryption-shares"));
}

TEST_F(Words, ARestoredCopySendsNothingButARefusal) {
  const ledger::LeafHash request = group_.Ask(kAna);
  Must(group_.node(kBen).Approve(request, Group::PersonOf(kBen)).status());
  group_.Take(kBen);
  const MemoryNodeStore::Image backup = group_.store(kBen).Snapshot();
  Must(group_.node(kBen).Deny(request, "no").status());
  group_.Carry(kBen);

  group_.Restore(kBen, backup);
  EXPECT_THAT(KindsAfter(kBen, kLonger), IsEmpty());
  Must(group_.Read(kBen));
  EXPECT_TRUE(group_.node(kBen).restored_copy());
  EXPECT_THAT(KindsAfter(kBen, kLonger), IsEmpty());
  const ledger::LeafHash next = group_.Ask(kAna);
  EXPECT_EQ(base::GetReason(group_.node(kBen).Approve(next, Group::PersonOf(kBen)).status()),
            "HALTED");
  Must(group_.node(kBen).Deny(next, "still no").status());
  EXPECT_THAT(Kinds(kBen), ElementsAre("deny"));
}

TEST_F(Words, AServersNoDoesNotEndADenial) {
  const ledger::LeafHash request = group_.Ask(kAna);
  const ledger::StatementId denial = Must(group_.node(kBen).Deny(request, "no"));
  group_.Take(kBen);
  Must(group_.node(kBen).Step(Refusal(denial)));
  EXPECT_EQ(group_.node(kBen).ResultOf(denial), std::nullopt);
  group_.Restart(kBen);
  EXPECT_THAT(KindsAfter(kBen, kLonger), ElementsAre("deny"));
}

TEST_F(Words, AnApprovalThatWasRefusedCanBeGivenAgain) {
  const ledger::LeafHash request = group_.Ask(kAna);
  const ledger::StatementId first = Must(group_.node(kBen).Approve(request, Group::PersonOf(kBen)));
  group_.Take(kBen);
  Must(group_.node(kBen).Step(Refusal(first)));
  EXPECT_FALSE(group_.node(kBen).IsArmed(request));
  EXPECT_FALSE((*group_.node(kBen).ResultOf(first)).ok());
  EXPECT_NE(Must(group_.node(kBen).Approve(request, Group::PersonOf(kBen))), first);
}

TEST_F(Words, RefusedSharesAreOfferedAgainAfterAWhile) {
  Approved();
  Must(group_.Read(kBen));
  const std::vector<Submit> shares = group_.Take(kBen);
  ASSERT_EQ(shares.size(), 1u);
  Must(group_.node(kBen).Step(Refusal(shares[0].statement.id)));
  EXPECT_THAT(Kinds(kBen), IsEmpty());
  EXPECT_THAT(KindsAfter(kBen, kLonger), IsEmpty());
  EXPECT_THAT(KindsAfter(kBen, absl::Seconds(30)), ElementsAre("decryption-shares"));
}

TEST_F(Words, ASecondAcceptOnTheWayIsTheFirst) {
  const ledger::LeafHash request = group_.Ask(kAna, {kAna, kFay});
  const ledger::StatementId first = Must(group_.node(kFay).Accept(request));
  EXPECT_EQ(Must(group_.node(kFay).Accept(request)), first);
  group_.Settle();
  for (uint32_t number : {kBen, kCem, kDia}) group_.Approve(number, request);
  Must(simulation::OpenAndCompare(group_.world(), group_.world().host(kFay), request));
}

TEST_F(Words, EntriesFromTheFutureWaitForTheClock) {
  const absl::Time now = group_.world().now();
  group_.world().host(kBen).clock().SetNow(now - absl::Hours(1));
  const uint64_t size = group_.node(kBen).replica().size();
  Must(group_.node(kAna).Confirm("page").status());
  group_.Carry(kAna);
  Must(group_.Read(kBen));
  EXPECT_EQ(group_.node(kBen).replica().size(), size);
  group_.node(kBen).TakeActions();
  Must(group_.node(kBen).Step(Tick{}));
  EXPECT_THAT(group_.node(kBen).TakeActions(), IsEmpty());

  group_.world().host(kBen).clock().SetNow(now);
  Must(group_.node(kBen).Step(Tick{}));
  EXPECT_THAT(group_.node(kBen).TakeActions(),
              Contains(::testing::VariantWith<FetchEntries>(::testing::_)));
  Must(group_.Read(kBen));
  EXPECT_EQ(group_.node(kBen).replica().size(), size + 1);
}

TEST_F(Words, AnExpiredRequestCostsNoMoreWrites) {
  group_.Ask(kAna);
  group_.Pass(absl::Hours(24 * 60));
  // The log's own time moves with the next statement.
  Must(group_.node(kBen).Confirm("page").status());
  group_.Settle();
  Must(group_.node(kCem).Step(Tick{}));
  const uint64_t commits = group_.store(kCem).commits();
  for (int i = 0; i < 10; ++i) {
    group_.Pass(absl::Seconds(1));
    Must(group_.node(kCem).Step(Tick{}));
    Must(group_.Read(kCem));
  }
  EXPECT_EQ(group_.store(kCem).commits(), commits);
}

}  // namespace
}  // namespace quorate::node
