#include <gtest/gtest.h>

#include "tests/ledger/harness.h"

namespace quorate::ledger::testing {
namespace {

using C = RefusalCode;
using I = ItemKind;

class ReleasesTest : public ::testing::Test {
 protected:
  ReleasesTest() : world_(SharedWorld()) {
    world_.Admit(world_.DepositDraft(6, 1, "page", {I::kPassword, I::kTotp}));
    id_ =
        world_.Admit(world_.RequestDraft(1, 1, "page", {{I::kPassword, 1}, {I::kTotp, 1}}, {1, 6}));
  }

  void ApproveAll() {
    world_.Admit(world_.AcceptDraft(6, id_));
    for (uint32_t holder : {2u, 3u, 4u}) world_.Admit(world_.ApproveDraft(holder, id_));
  }
  template <typename Bend>
  C Shared(uint32_t author, Bend bend) {
    Draft draft = world_.SharesDraft(author, id_);
    DecryptionShares shares = std::get<DecryptionShares>(draft.statement);
    bend(shares);
    draft.statement = shares;
    return world_.Append(draft);
  }
  C Opened(uint32_t author) { return world_.Append(world_.Make(author, ledger::Opened{id_})); }
  ShareRegularity RegularityOf(uint32_t holder) {
    return world_.request(id_).shares.at(OrganiserNumber{holder}).regularity;
  }

  World world_;
  LeafHash id_;
};

TEST_F(ReleasesTest, AQuorumOpensAnItemForItsRecipients) {
  ApproveAll();
  EXPECT_EQ(CountApprovals(world_.state(), world_.request(id_)), 3u);
  for (uint32_t holder : {2u, 3u}) world_.Admit(world_.SharesDraft(holder, id_));
  EXPECT_FALSE(world_.Decrypt(1, id_, I::kPassword).ok()) << "two shares of three";
  EXPECT_EQ(Opened(1), C::kNotOpenable);
  world_.Admit(world_.SharesDraft(4, id_));
  for (uint32_t recipient : {1u, 6u}) {
    for (I kind : {I::kPassword, I::kTotp}) {
      absl::StatusOr<std::string> opened = world_.Decrypt(recipient, id_, kind);
      ASSERT_TRUE(opened.ok()) << opened.status();
      EXPECT_EQ(*opened, World::Plaintext(kind, 1));
    }
  }
  EXPECT_EQ(Opened(3), C::kNotARecipient);
  EXPECT_EQ(Opened(1), C::kNone);
  EXPECT_EQ(Opened(1), C::kRepeated);
  EXPECT_EQ(world_.request(id_).state, RequestState::kOpen) << "one recipient is still to open";
  EXPECT_EQ(Opened(6), C::kNone);
  EXPECT_EQ(world_.request(id_).state, RequestState::kOpened);
  EXPECT_EQ(Opened(6), C::kRequestClosed);
}

TEST_F(ReleasesTest, CountsSharesOverAllRequests) {
  ApproveAll();
  world_.Admit(world_.SharesDraft(2, id_));
  LeafHash other = world_.Admit(world_.RequestDraft(5, 1, "page", {{I::kPassword, 1}}, {5}));
  world_.Admit(world_.SharesDraft(2, other));
  world_.Admit(world_.SharesDraft(3, other));
  EXPECT_EQ(SharesOut(world_.state(), "page", {I::kPassword, 1}), 2u);
  EXPECT_EQ(SharesOut(world_.state(), "page", {I::kTotp, 1}), 1u);
  EXPECT_EQ(SharesOut(world_.state(), "page", {I::kTotp, 2}), 0u);
  EXPECT_EQ(SharesOut(world_.state(), "other", {I::kTotp, 1}), 0u);
}

TEST_F(ReleasesTest, ExposureBeginsAtTheFirstShare) {
  ApproveAll();
  EXPECT_TRUE(world_.version("page", I::kTotp, 1).exposed_to.empty());
  world_.Admit(world_.SharesDraft(2, id_));
  std::set<OrganiserNumber> recipients = {{1}, {6}};
  EXPECT_EQ(world_.version("page", I::kPassword, 1).exposed_to, recipients);
  EXPECT_EQ(world_.version("page", I::kTotp, 1).exposed_to, recipients);
}

TEST_F(ReleasesTest, RegularSharesAreNoAnomaly) {
  ApproveAll();
  world_.Admit(world_.SharesDraft(2, id_));
  EXPECT_EQ(RegularityOf(2), ShareRegularity::kRegular);
  EXPECT_TRUE(world_.state().anomalies.empty());
}

TEST_F(ReleasesTest, SharesWithoutAQuorumAreOutAndNameTheirHolder) {
  world_.Admit(world_.AcceptDraft(6, id_));
  world_.Admit(world_.ApproveDraft(2, id_));
  world_.Admit(world_.SharesDraft(2, id_));
  EXPECT_EQ(RegularityOf(2), ShareRegularity::kPremature);
  ASSERT_EQ(world_.state().anomalies.size(), 1u);
  EXPECT_EQ(world_.state().anomalies[0].author, OrganiserNumber{2});
  EXPECT_FALSE(world_.version("page", I::kTotp, 1).exposed_to.empty());
}

TEST_F(ReleasesTest, SharesOfAHolderWhoHasNotApprovedArePremature) {
  ApproveAll();
  world_.Admit(world_.SharesDraft(5, id_));
  EXPECT_EQ(RegularityOf(5), ShareRegularity::kPremature);
}

TEST_F(ReleasesTest, SharesThatPassTheirHoldersDenialOnTheWayAreLateAndNameNobody) {
  ApproveAll();
  world_.Admit(world_.Make(2, Deny{id_, ""}));
  world_.Admit(world_.SharesDraft(2, id_));
  EXPECT_EQ(RegularityOf(2), ShareRegularity::kLate) << "the last word counts";
  world_.Admit(world_.SharesDraft(3, id_));
  EXPECT_EQ(RegularityOf(3), ShareRegularity::kLate) << "another's counts, too";
  EXPECT_TRUE(world_.state().anomalies.empty());
}

TEST_F(ReleasesTest, SharesOfAnApproverWithoutAQuorumStayPrematureAfterItStands) {
  world_.Admit(world_.AcceptDraft(6, id_));
  for (uint32_t holder : {2u, 3u}) world_.Admit(world_.ApproveDraft(holder, id_));
  world_.Admit(world_.Make(2, Withdraw{id_}));
  for (uint32_t holder : {4u, 5u}) world_.Admit(world_.ApproveDraft(holder, id_));
  world_.Admit(world_.SharesDraft(2, id_));
  EXPECT_EQ(RegularityOf(2), ShareRegularity::kPremature) << "never in a quorum";
}

// The gates of those who were in a quorum may have opened: what somebody says afterwards, in the
// order that the server chose, makes no cheats of them and burns no shares.
TEST_F(ReleasesTest, SharesBehindARetractionStillOpenAndNameNobody) {
  ApproveAll();
  world_.Admit(world_.Make(4, Withdraw{id_}));
  world_.Admit(world_.Make(2, Deny{id_, ""}));
  for (uint32_t holder : {2u, 3u, 4u}) {
    world_.Admit(world_.SharesDraft(holder, id_));
    EXPECT_EQ(RegularityOf(holder), ShareRegularity::kLate);
  }
  EXPECT_TRUE(world_.state().anomalies.empty());
  EXPECT_TRUE(world_.Decrypt(1, id_, I::kPassword).ok());
}

TEST_F(ReleasesTest, SharesOfRequesterOrRecipientArePremature) {
  ApproveAll();
  world_.Admit(world_.SharesDraft(1, id_));
  EXPECT_EQ(RegularityOf(1), ShareRegularity::kPremature);
}

TEST_F(ReleasesTest, SharesAfterClosingOrExpiryAreLate) {
  ApproveAll();
  world_.now_ms += 3600 * 1000;
  world_.Admit(world_.SharesDraft(2, id_));
  EXPECT_EQ(RegularityOf(2), ShareRegularity::kLate);
  EXPECT_FALSE(world_.version("page", I::kTotp, 1).exposed_to.empty());
}

TEST_F(ReleasesTest, SharesAfterWithdrawalAreLate) {
  ApproveAll();
  world_.Admit(world_.Make(1, Withdraw{id_}));
  world_.Admit(world_.SharesDraft(2, id_));
  EXPECT_EQ(RegularityOf(2), ShareRegularity::kLate);
}

TEST_F(ReleasesTest, RefusesSharesWhoseProofDoesNotHoldAndNamesTheirAuthor) {
  ApproveAll();
  EXPECT_EQ(Shared(2, [](DecryptionShares& s) { s.shares[3].share.z1 = {}; }), C::kBadShare);
  ASSERT_EQ(world_.state().anomalies.size(), 1u);
  EXPECT_EQ(world_.state().anomalies[0].author, OrganiserNumber{2});
  EXPECT_TRUE(world_.version("page", I::kTotp, 1).exposed_to.empty());
  EXPECT_EQ(Shared(2, [](DecryptionShares& s) { std::swap(s.shares[0].share, s.shares[1].share); }),
            C::kBadShare);
  EXPECT_EQ(Shared(2, [](DecryptionShares& s) { s.shares[0].share.u = {}; }), C::kBadShare);
  EXPECT_EQ(world_.Append(world_.Make(3, world_.SharesDraft(2, id_).statement)), C::kBadShare)
      << "another holder's shares";
  EXPECT_EQ(Shared(2, [](DecryptionShares&) {}), C::kNone) << "and may send good ones after that";
  EXPECT_EQ(Shared(2, [](DecryptionShares&) {}), C::kRepeated);
}

TEST_F(ReleasesTest, RefusesSharesThatAreNotExactlyThoseAskedFor) {
  ApproveAll();
  auto refused = [this](auto bend) {
    return Shared(2, [bend](DecryptionShares& s) { bend(s.shares); });
  };
  EXPECT_EQ(refused([](auto& list) { list.pop_back(); }), C::kSharesIncomplete);
  EXPECT_EQ(refused([](auto& list) { list.clear(); }), C::kSharesIncomplete);
  EXPECT_EQ(refused([](auto& list) { list.push_back(list[0]); }), C::kSharesIncomplete);
  EXPECT_EQ(refused([](auto& list) { std::swap(list[0], list[1]); }), C::kSharesIncomplete);
  EXPECT_EQ(refused([](auto& list) { std::swap(list[0], list[2]); }), C::kSharesIncomplete);
  EXPECT_EQ(refused([](auto& list) { list[0].part = 1; }), C::kSharesIncomplete);
  EXPECT_EQ(refused([](auto& list) { list[0].version = 2; }), C::kSharesIncomplete);
  EXPECT_EQ(refused([](auto& list) { list[0].recipient.value = 3; }), C::kSharesIncomplete);
}

TEST_F(ReleasesTest, RefusesSharesOfAnotherEpochRequestOrHolder) {
  EXPECT_EQ(Shared(2, [](DecryptionShares&) {}), C::kAcceptsMissing)
      << "a recipient without a one-time key";
  ApproveAll();
  EXPECT_EQ(Shared(2, [](DecryptionShares& s) { s.epoch.value = 2; }), C::kWrongEpoch);
  EXPECT_EQ(Shared(2, [](DecryptionShares& s) { s.request = {}; }), C::kUnknownRequest);
  EXPECT_EQ(world_.Append(world_.Make(6, world_.SharesDraft(2, id_).statement)), C::kNotAHolder);
  EXPECT_EQ(world_.Append(world_.Make(1, ledger::Opened{LeafHash{}})), C::kUnknownRequest);
}

TEST(NoShareTest, RefusesSharesOfAHolderWhoNeverReceivedOne) {
  World world;
  world.FoundOrganisation();
  world.ReceiveKeys(1, {1, 2, 3, 4});
  world.PassStage();
  world.StartAndDeal(1, {1, 2, 3, 4});
  world.CloseAndAcknowledge(1, {1, 2, 3, 4});
  world.Admit(world.ActivateDraft(1, 1));
  world.Admit(world.DepositDraft(6, 1, "page", {I::kPassword}));
  LeafHash id = world.Admit(world.RequestDraft(6, 1, "page", {{I::kPassword, 1}}, {6}));
  EXPECT_EQ(world.Append(world.Make(5, world.SharesDraft(2, id).statement)), C::kNoShare);
}

}  // namespace
}  // namespace quorate::ledger::testing
