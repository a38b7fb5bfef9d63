#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "custody/base/error_info.h"
#include "custody/ledger/queries.h"
#include "tests/node/group.h"
#include "tests/simulation/must.h"

// What a node answers its own person, and what it must never do for them.
namespace quorate::node {
namespace {

using base::MemoryNodeStore;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr absl::Duration kCoolingOff = absl::Seconds(11);

template <typename T>
std::string ReasonOf(const absl::StatusOr<T>& result) {
  return base::GetReason(result.status());
}

RequestDraft Draft(const std::string& account = "page") {
  RequestDraft draft;
  draft.account = account;
  draft.reason = "tonight's call";
  draft.items = {{ledger::ItemKind::kPassword, 0}};
  return draft;
}

class CommandsTest : public ::testing::Test {
 protected:
  absl::StatusOr<ledger::StatementId> Approve(uint32_t number, const ledger::LeafHash& request) {
    return group_.node(number).Approve(request, Group::PersonOf(number));
  }
  // The time comes, everybody has heard the log lately and looks what is due.
  void LetTheGatesDecide() {
    group_.Pass(kCoolingOff);
    group_.Settle();
  }
  bool SharesAreOut(uint32_t number, const ledger::LeafHash& request) {
    return group_.Truth(request).shares.contains(ledger::OrganiserNumber{number});
  }

  Group group_;
};

TEST_F(CommandsTest, ThreeApprovalsReleaseAfterTheCoolingOffAndNotBefore) {
  const ledger::LeafHash request = group_.Ask(kAna);
  for (uint32_t number : {kBen, kCem, kDia}) group_.Approve(number, request);
  group_.Pass(absl::Seconds(9));
  group_.Settle();
  EXPECT_TRUE(group_.Truth(request).shares.empty());
  LetTheGatesDecide();
  for (uint32_t number : {kBen, kCem, kDia}) EXPECT_TRUE(SharesAreOut(number, request));
  EXPECT_FALSE(SharesAreOut(kEva, request));
  EXPECT_TRUE(simulation::OpenAndCompare(group_.world(), group_.world().host(kAna), request).ok());
}

TEST_F(CommandsTest, TwoApprovalsReleaseNothingHoweverLongItTakes) {
  const ledger::LeafHash request = group_.Ask(kAna);
  for (uint32_t number : {kBen, kCem}) group_.Approve(number, request);
  group_.Pass(absl::Hours(1));
  group_.Settle();
  EXPECT_TRUE(group_.Truth(request).shares.empty());
}

TEST_F(CommandsTest, ThoseWhoAskOrReceiveCannotApprove) {
  const ledger::LeafHash request = group_.Ask(kAna, {kAna, kBen});
  EXPECT_EQ(ReasonOf(Approve(kAna, request)), "OWN_REQUEST");
  EXPECT_EQ(ReasonOf(Approve(kBen, request)), "RECIPIENT_MAY_NOT_APPROVE");
  EXPECT_EQ(ReasonOf(Approve(kFay, request)), "NO_SHARE");
  for (uint32_t number : {kAna, kBen, kFay}) EXPECT_THAT(group_.Take(number), IsEmpty());
}

TEST_F(CommandsTest, ApprovingTwiceIsOneApproval) {
  const ledger::LeafHash request = group_.Ask(kAna);
  const ledger::StatementId first = simulation::Must(Approve(kBen, request));
  EXPECT_EQ(simulation::Must(Approve(kBen, request)), first);
  EXPECT_THAT(group_.KindsOf(group_.Carry(kBen)), ElementsAre("approve"));
  group_.Settle();
  EXPECT_EQ(ReasonOf(Approve(kBen, request)), "ALREADY_APPROVED");
}

TEST_F(CommandsTest, AnApprovalThatTheServerRefusedForGoodCanBeGivenAgain) {
  const ledger::LeafHash request = group_.Ask(kAna);
  const ledger::StatementId first = simulation::Must(Approve(kBen, request));
  group_.Take(kBen);
  ASSERT_TRUE(group_.node(kBen)
                  .Step(SubmissionRefused{first, absl::InvalidArgumentError("not today")})
                  .ok());
  const ledger::StatementId second = simulation::Must(Approve(kBen, request));
  EXPECT_NE(second, first);
  group_.Settle();
  EXPECT_TRUE(group_.Truth(request).words.contains(ledger::OrganiserNumber{kBen}));
}

TEST_F(CommandsTest, AnApprovalNeedsTheKeysOfItsOwnPerson) {
  const ledger::LeafHash request = group_.Ask(kAna);
  // Another person's passphrase opens other keys: ben's share does not open under them.
  const auto result = group_.node(kBen).Approve(request, Group::PersonOf(kCem));
  EXPECT_EQ(result.status().code(), absl::StatusCode::kDataLoss);
  EXPECT_FALSE(group_.node(kBen).IsArmed(request));
  EXPECT_THAT(group_.Take(kBen), IsEmpty());
}

TEST_F(CommandsTest, AnApprovalCountsThoughTheNodeIsLockedSinceItBringsItsOwnKeys) {
  const ledger::LeafHash request = group_.Ask(kAna);
  group_.node(kBen).Lock();
  EXPECT_TRUE(Approve(kBen, request).ok());
  EXPECT_FALSE(group_.node(kBen).unlocked());
}

TEST_F(CommandsTest, ALockedNodeActsForNobody) {
  const ledger::LeafHash request = group_.Ask(kAna, {kAna, kFay});
  const ledger::LeafHash own = group_.Ask(kBen);
  for (uint32_t number : {kBen, kFay}) group_.node(number).Lock();
  Node& ben = group_.node(kBen);
  Node& fay = group_.node(kFay);
  EXPECT_EQ(ReasonOf(ben.CreateRequest(Draft())), "LOCKED");
  EXPECT_EQ(ReasonOf(ben.Deny(request, "no")), "LOCKED");
  EXPECT_EQ(ReasonOf(ben.Withdraw(own)), "LOCKED");
  EXPECT_EQ(ReasonOf(ben.Confirm("page")), "LOCKED");
  EXPECT_EQ(ReasonOf(ben.CloseRequest(own)), "LOCKED");
  EXPECT_EQ(ReasonOf(fay.Accept(request)), "LOCKED");
  EXPECT_EQ(ReasonOf(fay.OpenRequest(request, crypto::Point())), "LOCKED");
  DepositDraft deposit;
  deposit.vault = ledger::VaultNumber{1};
  EXPECT_EQ(ReasonOf(ben.CommitDeposit(deposit)), "LOCKED");
  for (uint32_t number : {kBen, kFay}) EXPECT_THAT(group_.Take(number), IsEmpty());
}

TEST_F(CommandsTest, ArmedSharesLeaveALockedAndRestartedNodeAtTheirTime) {
  const ledger::LeafHash request = group_.Ask(kAna);
  for (uint32_t number : {kBen, kCem, kDia}) group_.Approve(number, request);
  group_.Restart(kBen, /*unlock=*/false);
  LetTheGatesDecide();
  EXPECT_TRUE(SharesAreOut(kBen, request));
}

TEST_F(CommandsTest, ADenialDisarmsAnEarlierApprovalForEver) {
  const ledger::LeafHash request = group_.Ask(kAna);
  for (uint32_t number : {kBen, kCem, kDia, kEva}) group_.Approve(number, request);
  ASSERT_TRUE(group_.node(kBen).Deny(request, "that was not ana").ok());
  EXPECT_FALSE(group_.node(kBen).IsArmed(request));
  // The denial is on its way and reaches nobody; three others approve.
  group_.Take(kBen);
  group_.Restart(kBen);
  EXPECT_FALSE(group_.node(kBen).IsArmed(request));
  group_.Pass(kCoolingOff);
  ASSERT_TRUE(group_.Read(kBen).ok());
  EXPECT_THAT(group_.KindsOf(group_.Carry(kBen)), ElementsAre("deny"));
  group_.Settle();
  EXPECT_FALSE(SharesAreOut(kBen, request));
}

TEST_F(CommandsTest, ADenialThatTheDiskRefusesStillKeepsTheSharesIn) {
  const ledger::LeafHash request = group_.Ask(kAna);
  for (uint32_t number : {kBen, kCem, kDia}) group_.Approve(number, request);
  group_.store(kBen).FailNextCommit(MemoryNodeStore::CommitFault::kRefuseOnce);
  EXPECT_EQ(group_.node(kBen).Deny(request, "no").status().code(),
            absl::StatusCode::kResourceExhausted);
  LetTheGatesDecide();
  EXPECT_FALSE(SharesAreOut(kBen, request));
  EXPECT_TRUE(SharesAreOut(kCem, request));
  // Said again once there is room, it is on the log.
  ASSERT_TRUE(group_.node(kBen).Deny(request, "no").ok());
  group_.Settle();
  EXPECT_EQ(group_.Truth(request).words.at(ledger::OrganiserNumber{kBen}).word,
            ledger::Word::kDenial);
  EXPECT_FALSE(SharesAreOut(kBen, request));
}

TEST_F(CommandsTest, AWithdrawalThatTheDiskRefusesStillKeepsTheSharesIn) {
  const ledger::LeafHash request = group_.Ask(kAna);
  for (uint32_t number : {kBen, kCem, kDia}) group_.Approve(number, request);
  group_.store(kBen).FailNextCommit(MemoryNodeStore::CommitFault::kRefuseOnce);
  EXPECT_FALSE(group_.node(kBen).Withdraw(request).ok());
  LetTheGatesDecide();
  EXPECT_FALSE(SharesAreOut(kBen, request));
  // Its person changes their mind once more: the approval on the log stands again.
  EXPECT_EQ(ReasonOf(Approve(kBen, request)), "ALREADY_APPROVED");
  ASSERT_TRUE(group_.node(kBen).Withdraw(request).ok());
  group_.Settle();
  group_.Approve(kBen, request);
  group_.Settle();
  EXPECT_TRUE(SharesAreOut(kBen, request));
}

TEST_F(CommandsTest, SharesThatWaitForTheServerAreTakenBackByADenialAndACrash) {
  const ledger::LeafHash request = group_.Ask(kAna);
  for (uint32_t number : {kBen, kCem, kDia}) group_.Approve(number, request);
  group_.Pass(kCoolingOff);
  ASSERT_TRUE(group_.Read(kBen).ok());
  ASSERT_THAT(group_.KindsOf(group_.Take(kBen)), ElementsAre("decryption-shares"));
  // They were lost on the way. The machine dies at the very commit that takes them back.
  group_.store(kBen).FailNextCommit(MemoryNodeStore::CommitFault::kKeepBatch);
  EXPECT_FALSE(group_.node(kBen).Deny(request, "no").ok());
  group_.Restart(kBen);
  ASSERT_TRUE(group_.Read(kBen).ok());
  EXPECT_THAT(group_.KindsOf(group_.Carry(kBen)), ElementsAre("deny"));
  group_.Settle();
  EXPECT_FALSE(SharesAreOut(kBen, request));
}

TEST_F(CommandsTest, ADenialAfterAnApprovalIsTheLastWordWhateverWasLost) {
  // Statement ids are random: whatever orders by them fails for one of these.
  for (int i = 0; i < 6; ++i) {
    const ledger::LeafHash request = group_.Ask(kAna);
    simulation::Must(Approve(kBen, request).status());
    simulation::Must(group_.node(kBen).Deny(request, "no").status());
    group_.Take(kBen);  // The connection was lost.
    group_.Restart(kBen);
    ASSERT_TRUE(group_.Read(kBen).ok());
    EXPECT_THAT(group_.KindsOf(group_.Carry(kBen)), ElementsAre("deny"));
    group_.Settle();
    EXPECT_EQ(group_.Truth(request).words.at(ledger::OrganiserNumber{kBen}).word,
              ledger::Word::kDenial);
  }
}

TEST_F(CommandsTest, AWithdrawnRequestReleasesNothingMore) {
  const ledger::LeafHash request = group_.Ask(kAna);
  for (uint32_t number : {kBen, kCem, kDia}) group_.Approve(number, request);
  ASSERT_TRUE(group_.node(kAna).Withdraw(request).ok());
  LetTheGatesDecide();
  EXPECT_TRUE(group_.Truth(request).shares.empty());
  for (uint32_t number : {kBen, kCem, kDia}) EXPECT_FALSE(group_.node(number).IsArmed(request));
  EXPECT_EQ(ReasonOf(Approve(kEva, request)), "REQUEST_CLOSED");
  EXPECT_EQ(ReasonOf(group_.node(kAna).Withdraw(request)), "REQUEST_CLOSED");
}

TEST_F(CommandsTest, NobodyWithdrawsWhatTheyNeverSaid) {
  const ledger::LeafHash request = group_.Ask(kAna);
  EXPECT_EQ(ReasonOf(group_.node(kEva).Withdraw(request)), "NOTHING_TO_WITHDRAW");
  EXPECT_EQ(ReasonOf(group_.node(kAna).Deny(request, "no")), "OWN_REQUEST");
  EXPECT_EQ(ReasonOf(group_.node(kFay).Deny(request, "no")), "NOT_A_HOLDER");
  EXPECT_EQ(ReasonOf(group_.node(kBen).Deny(request, "")), "BAD_TEXT");
  EXPECT_EQ(ReasonOf(group_.node(kBen).Accept(request)), "NOT_A_RECIPIENT");
  EXPECT_EQ(ReasonOf(group_.node(kBen).OpenRequest(request, crypto::Point())), "NOT_A_RECIPIENT");
}

TEST_F(CommandsTest, ARequestThatNobodyCouldOpenIsNotMade) {
  // ana asks for herself, ben and cem: two holders are left of the three that it takes.
  RequestDraft draft = Draft();
  for (uint32_t number : {kAna, kBen, kCem}) {
    draft.recipients.push_back(ledger::OrganiserNumber{number});
  }
  EXPECT_EQ(ReasonOf(group_.node(kAna).CreateRequest(draft)), "TOO_FEW_HOLDERS");
  EXPECT_EQ(base::GetReason(group_.node(kAna).ValidateRequest(draft)), "TOO_FEW_HOLDERS");
  EXPECT_THAT(group_.Take(kAna), IsEmpty());
}

TEST_F(CommandsTest, ARequestNamesWhatThereIs) {
  Node& ana = group_.node(kAna);
  EXPECT_EQ(ReasonOf(ana.CreateRequest(Draft("blog"))), "UNKNOWN_ACCOUNT");
  RequestDraft draft = Draft();
  draft.items = {{ledger::ItemKind::kTotp, 0}};
  EXPECT_EQ(ReasonOf(ana.CreateRequest(draft)), "UNKNOWN_VERSION");
  draft.items = {{ledger::ItemKind::kPassword, 2}};
  EXPECT_EQ(ReasonOf(ana.CreateRequest(draft)), "UNKNOWN_VERSION");
  draft = Draft();
  draft.reason.clear();
  EXPECT_EQ(ReasonOf(ana.CreateRequest(draft)), "BAD_TEXT");
  draft.reason = std::string(1001, 'a');
  EXPECT_EQ(ReasonOf(ana.CreateRequest(draft)), "BAD_TEXT");
  EXPECT_THAT(group_.Take(kAna), IsEmpty());
}

TEST_F(CommandsTest, UnknownRecipientsAreRefused) {
  for (const std::vector<uint32_t>& recipients : {std::vector<uint32_t>{0}, {7}, {kFay, 7}}) {
    RequestDraft draft = Draft();
    for (uint32_t number : recipients) {
      draft.recipients.push_back(ledger::OrganiserNumber{number});
    }
    const auto result = group_.node(kAna).CreateRequest(draft);
    EXPECT_EQ(ReasonOf(result), "UNKNOWN_ORGANISER") << recipients.front();
    EXPECT_THAT(group_.Take(kAna), IsEmpty());
  }
}

TEST_F(CommandsTest, ARecipientOrItemNamedTwiceIsOne) {
  RequestDraft draft = Draft();
  draft.items = {{ledger::ItemKind::kPassword, 0}, {ledger::ItemKind::kPassword, 1}};
  draft.recipients = {ledger::OrganiserNumber{kFay}, ledger::OrganiserNumber{kFay}};
  const auto id = group_.node(kAna).CreateRequest(draft);
  ASSERT_TRUE(id.ok()) << id.status();
  group_.Settle();
  const auto result = simulation::Must(*group_.node(kAna).ResultOf(*id));
  ASSERT_TRUE(result.outcome.admitted()) << ledger::RefusalName(result.outcome.refusal);
  EXPECT_EQ(group_.Truth(result.leaf_hash).request.recipients.size(), 1u);
  EXPECT_EQ(group_.Truth(result.leaf_hash).request.items.size(), 1u);
}

TEST_F(CommandsTest, NobodyApprovesBeforeEveryRecipientHasAccepted) {
  const ledger::LeafHash request = group_.Ask(kAna, {kAna, kFay});
  EXPECT_EQ(ReasonOf(Approve(kBen, request)), "ACCEPTS_MISSING");
  ASSERT_TRUE(group_.node(kFay).Accept(request).ok());
  group_.Settle();
  EXPECT_EQ(ReasonOf(group_.node(kFay).Accept(request)), "ALREADY_ACCEPTED");
  for (uint32_t number : {kBen, kCem, kDia}) group_.Approve(number, request);
  LetTheGatesDecide();
  for (uint32_t number : {kAna, kFay}) {
    EXPECT_TRUE(
        simulation::OpenAndCompare(group_.world(), group_.world().host(number), request).ok());
  }
}

TEST_F(CommandsTest, AnApprovalWaitsForTheItemAndTakesNoOther) {
  const ledger::LeafHash request = group_.Ask(kAna);
  group_.Restart(kBen);  // What it had fetched is gone.
  ASSERT_TRUE(group_.Read(kBen).ok());
  Node& ben = group_.node(kBen);
  EXPECT_EQ(ReasonOf(Approve(kBen, request)), "BLOB_MISSING");
  EXPECT_EQ(base::GetReason(ben.ReadyToApprove(request)), "BLOB_MISSING");
  std::vector<crypto::Digest> wanted;
  for (const Action& action : ben.TakeActions()) {
    if (const auto* fetch = std::get_if<FetchBlobs>(&action)) {
      wanted.insert(wanted.end(), fetch->digests.begin(), fetch->digests.end());
    }
  }
  ASSERT_EQ(wanted.size(), 1u);
  const crypto::Bytes blob = *group_.world().server().FindBlob(wanted[0]);
  crypto::Bytes corrupt = blob;
  corrupt.back() ^= 1;
  ASSERT_TRUE(ben.Step(BlobsArrived{{corrupt, {}}}).ok());
  EXPECT_EQ(ReasonOf(Approve(kBen, request)), "BLOB_MISSING");
  EXPECT_FALSE(ben.IsArmed(request));
  // It is not asked for at once again, but after a while.
  auto asks = [&] {
    (void)ben.ReadyToApprove(request);
    bool asked = false;
    for (const Action& action : ben.TakeActions()) {
      asked = asked || std::holds_alternative<FetchBlobs>(action);
    }
    return asked;
  };
  EXPECT_FALSE(asks());
  group_.Pass(absl::Seconds(6));
  EXPECT_TRUE(asks());
  ASSERT_TRUE(ben.Step(BlobsArrived{{blob}}).ok());
  EXPECT_TRUE(ben.ReadyToApprove(request).ok());
  EXPECT_TRUE(Approve(kBen, request).ok());
}

TEST_F(CommandsTest, AnExpiredRequestTakesNoMoreWords) {
  const ledger::LeafHash request = group_.Ask(kAna);
  for (uint32_t number : {kBen, kCem}) group_.Approve(number, request);
  group_.Pass(absl::Hours(3));
  EXPECT_EQ(ReasonOf(Approve(kDia, request)), "REQUEST_EXPIRED");
  EXPECT_EQ(ReasonOf(group_.node(kDia).Deny(request, "no")), "REQUEST_EXPIRED");
  EXPECT_EQ(ReasonOf(group_.node(kAna).Withdraw(request)), "REQUEST_EXPIRED");
}

TEST_F(CommandsTest, ARequestThatExpiredCostsNoMoreCommits) {
  const ledger::LeafHash request = group_.Ask(kAna);
  group_.Pass(absl::Hours(3));
  simulation::Must(group_.node(kFay).CreateRequest(Draft()).status());
  group_.Settle();
  ASSERT_TRUE(group_.node(kBen).Step(Tick{}).ok());
  const uint64_t commits = group_.store(kBen).commits();
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(group_.node(kBen).Step(Tick{}).ok());
  EXPECT_EQ(group_.store(kBen).commits(), commits);
  EXPECT_EQ(ledger::EffectiveState(group_.Truth(request), group_.world().now_ms()),
            ledger::RequestState::kExpired);
}

TEST_F(CommandsTest, OneTimeKeysGoWhenTheRequestCloses) {
  const ledger::LeafHash request = group_.Ask(kAna, {kAna, kFay});
  ASSERT_TRUE(group_.node(kFay).Accept(request).ok());
  group_.Settle();
  for (uint32_t number : {kAna, kFay}) {
    EXPECT_EQ(group_.store(number).List("one-time-key")->size(), 1u);
  }
  ASSERT_TRUE(group_.node(kAna).Withdraw(request).ok());
  group_.Settle();
  for (uint32_t number : {kAna, kFay}) {
    EXPECT_THAT(*group_.store(number).List("one-time-key"), IsEmpty());
  }
}

TEST_F(CommandsTest, AStateThatTheServerWithholdsHoldsTheSharesBack) {
  const ledger::LeafHash request = group_.Ask(kAna);
  for (uint32_t number : {kBen, kCem, kDia}) group_.Approve(number, request);
  ASSERT_TRUE(group_.node(kEva).Deny(request, "no").ok());
  group_.Carry(kEva);
  group_.Pass(kCoolingOff);
  // ben's node sees that there is one more entry, not which.
  simulation::LogServer::Page page =
      group_.world().server().Read(group_.node(kBen).replica().next_index(), 1000);
  ASSERT_TRUE(group_.node(kBen).Step(LogAdvanced{page.note, {}}).ok());
  ASSERT_TRUE(group_.node(kBen).Step(Tick{}).ok());
  EXPECT_THAT(group_.KindsOf(group_.Take(kBen)), IsEmpty());
  EXPECT_EQ(group_.node(kBen).WhyNotReleased(request),
            "this node has not read all that the log has signed");
}

TEST_F(CommandsTest, AnOldCheckpointShownAgainDoesNotCountAsNews) {
  const ledger::LeafHash request = group_.Ask(kAna);
  for (uint32_t number : {kBen, kCem, kDia}) group_.Approve(number, request);
  group_.Pass(absl::Minutes(6));
  const uint64_t size = group_.node(kBen).replica().size();
  const simulation::LogServer::Page old = group_.world().server().ReadAt(size - 1, size - 1);
  ASSERT_TRUE(group_.node(kBen).Step(LogAdvanced{old.note, {}}).ok());
  ASSERT_TRUE(group_.node(kBen).Step(Tick{}).ok());
  EXPECT_THAT(group_.KindsOf(group_.Take(kBen)), IsEmpty());
  EXPECT_EQ(group_.node(kBen).WhyNotReleased(request),
            "the newest checkpoint is more than five minutes old");
  ASSERT_TRUE(group_.Read(kBen).ok());
  EXPECT_THAT(group_.KindsOf(group_.Take(kBen)), ElementsAre("decryption-shares"));
}

}  // namespace
}  // namespace quorate::node
