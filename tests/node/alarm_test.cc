// Alarms at the nodes: what they hold back, and who may raise and lift them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "custody/base/error_info.h"
#include "tests/node/group.h"
#include "tests/simulation/must.h"

namespace quorate::node {
namespace {

using simulation::Must;
using ::testing::AllOf;
using ::testing::Contains;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Not;

constexpr absl::Duration kLonger = absl::Seconds(6);  // Than a statement waits for its answer.
constexpr char kPage[] = "page";

class Alarms : public ::testing::Test {
 protected:
  std::vector<std::string> Kinds(uint32_t number) { return group_.KindsOf(group_.Carry(number)); }
  std::vector<std::string> KindsAfter(uint32_t number, absl::Duration span) {
    group_.Pass(span);
    Must(group_.node(number).Step(Tick{}));
    return Kinds(number);
  }
  void Raise(uint32_t number) {
    Must(group_.node(number).RaiseAlarm(kPage, "not us").status());
    group_.Carry(number);
  }
  absl::StatusOr<ledger::StatementId> Lift(uint32_t number) {
    Must(group_.Read(number));
    Node& node = group_.node(number);
    return node.LiftAlarms(kPage, ledger::StandingAlarms(node.state().accounts.at(kPage)), "it was",
                           Group::PersonOf(number));
  }
  bool Frozen() { return ledger::IsFrozen(group_.world().truth().accounts.at(kPage)); }

  Group group_{{.cooling_off_seconds = 0}};
};

TEST_F(Alarms, SharesThatWaitAreHeldBackAndGoOnceAQuorumHasLifted) {
  const ledger::LeafHash request = group_.Ask(kAna);
  group_.Approve(kBen, request);
  group_.Approve(kCem, request);
  Must(group_.node(kDia).Approve(request, Group::PersonOf(kDia)).status());
  group_.Carry(kDia);
  Must(group_.Read(kBen));
  ASSERT_THAT(group_.KindsOf(group_.Take(kBen)), ElementsAre("decryption-shares"));
  Raise(kFay);
  Must(group_.Read(kBen));
  EXPECT_THAT(KindsAfter(kBen, kLonger), IsEmpty());
  EXPECT_TRUE(group_.node(kBen).IsArmed(request)) << "they wait, and are not destroyed";
  EXPECT_EQ(group_.node(kBen).WhyNotReleased(request).value_or(""), "an alarm freezes the account");
  for (uint32_t holder : {kBen, kCem, kDia}) {
    EXPECT_TRUE(Frozen());
    Must(Lift(holder).status());
    EXPECT_THAT(Kinds(holder), ElementsAre("lift"));
  }
  EXPECT_FALSE(Frozen());
  Must(group_.Read(kBen));
  EXPECT_THAT(Kinds(kBen), ElementsAre("decryption-shares"));
  group_.Settle();
  Must(simulation::OpenAndCompare(group_.world(), group_.world().host(kAna), request));
}

TEST_F(Alarms, ARestartUnderAnAlarmLetsNothingThrough) {
  const ledger::LeafHash request = group_.Ask(kAna);
  Raise(kFay);
  group_.Settle();
  for (uint32_t holder : {kBen, kCem, kDia}) group_.Approve(holder, request);
  group_.Restart(kBen);
  Must(group_.Read(kBen));
  EXPECT_THAT(KindsAfter(kBen, kLonger), IsEmpty());
  EXPECT_TRUE(group_.Truth(request).shares.empty());
  EXPECT_TRUE(group_.node(kBen).IsArmed(request));
}

TEST_F(Alarms, AnAlarmLeavesBeforeAllElseAndNoServersAnswerEndsIt) {
  Must(group_.node(kBen).Confirm(kPage).status());
  const ledger::StatementId alarm = Must(group_.node(kBen).RaiseAlarm(kPage, "not us"));
  group_.Take(kBen);
  Must(group_.node(kBen).Step(SubmissionRefused{
      alarm, base::MakeError(absl::StatusCode::kResourceExhausted, "STORE_FULL", "full", "wait")}));
  EXPECT_EQ(group_.node(kBen).ResultOf(alarm), std::nullopt);
  group_.Restart(kBen);
  Must(group_.Read(kBen));
  EXPECT_THAT(Kinds(kBen), ElementsAre("alarm", "confirm"));
}

// A server that keeps an alarm back cannot make its author's own node release.
TEST_F(Alarms, OnesOwnAlarmHoldsOnesOwnSharesBeforeTheLogHasIt) {
  const ledger::LeafHash request = group_.Ask(kAna);
  group_.Approve(kBen, request);
  group_.Approve(kCem, request);
  Must(group_.node(kBen).RaiseAlarm(kPage, "not us").status());
  group_.node(kBen).TakeActions();
  Must(group_.node(kDia).Approve(request, Group::PersonOf(kDia)).status());
  group_.Carry(kDia);
  Must(group_.Read(kBen));
  EXPECT_THAT(group_.KindsOf(group_.Take(kBen)), Not(Contains("decryption-shares")));
  EXPECT_EQ(group_.node(kBen).WhyNotReleased(request).value_or(""),
            "your own alarm is on its way to the log");
  EXPECT_TRUE(group_.node(kBen).IsArmed(request));
}

TEST_F(Alarms, AnAlarmTakesAlongALiftOfOnesOwnThatHasNotLeft) {
  Raise(kFay);
  Must(Lift(kBen).status());
  Must(group_.node(kBen).RaiseAlarm(kPage, "it is not well").status());
  group_.node(kBen).TakeActions();
  group_.Restart(kBen);
  Must(group_.Read(kBen));
  EXPECT_THAT(Kinds(kBen), ElementsAre("alarm"));
}

TEST_F(Alarms, EverybodysProgramsAreTold) {
  Raise(kFay);
  group_.node(kBen).TakeActions();
  const auto told = [&](const char* kind) {
    Must(group_.Read(kBen));
    for (const Action& action : group_.node(kBen).TakeActions()) {
      const auto* notice = std::get_if<Notice>(&action);
      if (notice != nullptr && notice->kind == kind && notice->subject == kPage) {
        return notice->text;
      }
    }
    return std::string("nothing");
  };
  EXPECT_THAT(told("alarm"), ::testing::EndsWith("raised an alarm: page is frozen"));
  Must(Lift(kCem).status());
  group_.Carry(kCem);
  EXPECT_THAT(told("lifted"), ::testing::EndsWith("lifted the alarms for page"));
}

TEST_F(Alarms, ARestoredCopyRaisesAnAlarmAndLiftsNone) {
  const base::MemoryNodeStore::Image backup = group_.store(kBen).Snapshot();
  Must(group_.node(kBen).Confirm(kPage).status());
  group_.Carry(kBen);
  group_.Restore(kBen, backup);
  Must(group_.node(kBen).RaiseAlarm(kPage, "my machine is gone").status());
  EXPECT_THAT(Kinds(kBen), AllOf(Contains("alarm"), Each("alarm"))) << "before it has read";
  Must(group_.Read(kBen));
  ASSERT_TRUE(group_.node(kBen).restored_copy());
  EXPECT_TRUE(Frozen());
  EXPECT_EQ(base::GetReason(Lift(kBen).status()), "HALTED");
  EXPECT_THAT(KindsAfter(kBen, kLonger), Not(Contains("lift")));
}

TEST_F(Alarms, AnAlarmIsSaidOnceAndAgainAfterOnesOwnLift) {
  const ledger::StatementId first = Must(group_.node(kBen).RaiseAlarm(kPage, "not us"));
  EXPECT_EQ(Must(group_.node(kBen).RaiseAlarm(kPage, "not us")), first) << "it is on its way";
  EXPECT_EQ(base::GetReason(Lift(kBen).status()), "REFUSAL_ON_ITS_WAY");
  group_.Settle();
  EXPECT_EQ(base::GetReason(group_.node(kBen).RaiseAlarm(kPage, "x").status()), "ALREADY_SAID");
  Must(Lift(kBen).status());
  EXPECT_EQ(Must(Lift(kBen)), *Lift(kBen)) << "it is on its way";
  // Whichever of the two the log has first, the alarm is the last word.
  Must(group_.node(kBen).RaiseAlarm(kPage, "it is not well").status());
  group_.Settle();
  const ledger::Account& page = group_.world().truth().accounts.at(kPage);
  EXPECT_EQ(page.alarms.at(ledger::OrganiserNumber{kBen}).reason, "it is not well");
  EXPECT_TRUE(page.lifts.empty());
}

TEST_F(Alarms, WhoMayNotLiftIsToldAtOnce) {
  Node& cem = group_.node(kCem);
  const auto lift = [&](const std::string& account, const std::vector<ledger::LeafHash>& alarms,
                        const std::string& reason) {
    return base::GetReason(cem.LiftAlarms(account, alarms, reason, Group::PersonOf(kCem)).status());
  };
  EXPECT_EQ(lift("none", {}, "well"), "UNKNOWN_ACCOUNT");
  EXPECT_EQ(lift(kPage, {}, "well"), "NOT_FROZEN");
  Raise(kFay);
  Must(group_.Read(kCem));
  const std::vector<ledger::LeafHash> read = ledger::StandingAlarms(cem.state().accounts.at(kPage));
  EXPECT_EQ(lift(kPage, read, ""), "BAD_TEXT");
  // Another alarm comes while the person reads the first.
  Raise(kEva);
  Must(group_.Read(kCem));
  EXPECT_EQ(lift(kPage, read, "well"), "ALARMS_CHANGED");
  EXPECT_EQ(base::GetReason(Lift(kFay).status()), "NOT_A_HOLDER");
  Must(Lift(kCem).status());
  group_.Settle();
  EXPECT_EQ(base::GetReason(Lift(kCem).status()), "ALREADY_SAID");
  EXPECT_THAT(group_.node(kCem).TakeActions(), IsEmpty());
}

}  // namespace
}  // namespace quorate::node
