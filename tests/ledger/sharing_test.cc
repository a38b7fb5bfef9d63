#include <gtest/gtest.h>

#include <algorithm>

#include "custody/ledger/decide.h"
#include "tests/ledger/harness.h"

namespace quorate::ledger::testing {
namespace {

using C = RefusalCode;

class SharingTest : public ::testing::Test {
 protected:
  SharingTest() { world_.FoundOrganisation(); }

  template <typename T, typename Bend>
  static Draft Bent(Draft draft, Bend bend) {
    T statement = std::get<T>(draft.statement);
    bend(statement);
    draft.statement = statement;
    return draft;
  }
  const Sharing& sharing() const { return *world_.vault(1).sharing; }

  World world_;
};

TEST_F(SharingTest, MakesAnEpochThatEveryHolderHasAShareOf) {
  world_.Share(1);
  const ActiveEpoch& active = *world_.vault(1).active;
  EXPECT_EQ(active.epoch, Epoch{1});
  EXPECT_EQ(active.threshold, 3u);
  EXPECT_EQ(active.commitments.size(), 3u);
  EXPECT_EQ(active.public_shares.size(), 5u);
  EXPECT_EQ(active.acknowledged.size(), 5u);
  EXPECT_EQ(sharing().stage, SharingStage::kActive);
  EXPECT_TRUE(world_.state().anomalies.empty());
  // Five receiving keys and five ephemeral keys.
  EXPECT_EQ(world_.state().points_seen.size(), 10u);
}

TEST_F(SharingTest, RefusesWhatNamesAnotherVaultHolderOrAttempt) {
  Draft draft = world_.ReceivingKeyDraft(1, 1);
  auto with_ref = [&](SharingRef ref) {
    Draft bent = Bent<ReceivingKey>(draft, [ref](ReceivingKey& key) { key.sharing = ref; });
    return world_.Make(1, bent.statement);
  };
  EXPECT_EQ(world_.Append(with_ref({{3}, {1}, 1})), C::kUnknownVault);
  EXPECT_EQ(world_.Append(with_ref({{0}, {1}, 1})), C::kUnknownVault);
  EXPECT_EQ(world_.Append(with_ref({{1}, {2}, 1})), C::kWrongSharing);
  EXPECT_EQ(world_.Append(with_ref({{1}, {1}, 2})), C::kWrongSharing);
  EXPECT_EQ(world_.Append(with_ref({{1}, {1}, 0})), C::kWrongSharing);
  EXPECT_EQ(world_.Append(world_.ReceivingKeyDraft(6, 1)), C::kNotAHolder);
}

TEST_F(SharingTest, RefusesAReceivingKeyThatIsRepeatedForeignOrUnproved) {
  Draft first = world_.ReceivingKeyDraft(1, 1);
  world_.Admit(first);
  EXPECT_EQ(world_.Append(world_.ReceivingKeyDraft(1, 1)), C::kRepeated);
  EXPECT_EQ(world_.Append(world_.Make(2, first.statement)), C::kValueSeenBefore);
  Draft draft = world_.ReceivingKeyDraft(2, 1);
  EXPECT_EQ(world_.Append(world_.Make(3, draft.statement)), C::kBadProof)
      << "a proof is its author's alone";
}

TEST_F(SharingTest, StartsAtAllKeysOrAtTheDeadlineWithEnough) {
  world_.ReceiveKeys(1, {1, 2, 3});
  EXPECT_EQ(world_.Append(world_.StartDraft(1, 1)), C::kTooEarly);
  world_.now_ms += kSharingStageMs - 1;
  EXPECT_EQ(world_.Append(world_.StartDraft(1, 1)), C::kTooEarly);
  world_.now_ms += 1;
  EXPECT_EQ(world_.Append(world_.StartDraft(1, 1)), C::kTooFew);
  world_.ReceiveKeys(1, {4});
  EXPECT_EQ(world_.Append(world_.StartDraft(1, 1)), C::kNone);
  EXPECT_EQ(sharing().context->receivers.size(), 4u);
}

TEST_F(SharingTest, BindsTheContextToTheStartEntry) {
  world_.ReceiveKeys(1, {1, 2, 3, 4, 5});
  LeafHash start = world_.Admit(world_.StartDraft(2, 1));
  EXPECT_EQ(sharing().context->session, start);
  EXPECT_EQ(sharing().context->epoch, 1u);
  EXPECT_EQ(sharing().context->kind, crypto::SharingKind::kKeyGeneration);
  EXPECT_TRUE(sharing().context->previous_commitments.empty());
}

TEST_F(SharingTest, RefusesAStartWithOtherReceivers) {
  world_.ReceiveKeys(1, {1, 2, 3, 4, 5});
  auto bent = [this](auto bend) {
    return Bent<Start>(world_.StartDraft(1, 1), [bend](Start& start) { bend(start.receivers); });
  };
  EXPECT_EQ(world_.Append(bent([](auto& list) { list.pop_back(); })), C::kReceiversChanged);
  EXPECT_EQ(world_.Append(bent([](auto& list) { list.push_back({6}); })), C::kReceiversChanged);
  EXPECT_EQ(world_.Append(bent([](auto& list) { std::swap(list[0], list[1]); })),
            C::kReceiversChanged);
}

TEST_F(SharingTest, RefusesASecondOrForeignDealing) {
  world_.now_ms += 1;
  world_.ReceiveKeys(1, {1, 2, 3, 4});
  world_.PassStage();
  world_.Admit(world_.StartDraft(1, 1));
  world_.Admit(world_.DealDraft(1, 1));
  EXPECT_EQ(world_.Append(world_.DealDraft(1, 1)), C::kRepeated);
  EXPECT_EQ(world_.Append(world_.DealDraft(5, 1)), C::kNotAHolder) << "no receiver of this sharing";
}

TEST_F(SharingTest, RefusesADealingThatFailsWhatEveryoneCanCheck) {
  world_.ReceiveKeys(1, {1, 2, 3, 4, 5});
  world_.Admit(world_.StartDraft(1, 1));
  auto bent = [this](auto bend) { return Bent<Deal>(world_.DealDraft(2, 1), bend); };
  EXPECT_EQ(world_.Append(bent([](Deal& deal) { deal.commitments.pop_back(); })), C::kBadProof);
  EXPECT_EQ(world_.Append(bent([](Deal& deal) { deal.challenge = {}; })), C::kBadProof);
  EXPECT_EQ(world_.Append(bent([](Deal& deal) { deal.commitments[0] = {}; })), C::kBadProof);
  Draft draft = world_.DealDraft(2, 1);
  EXPECT_EQ(world_.Append(world_.Make(3, draft.statement, draft.header.blobs)), C::kBadProof)
      << "another's dealing";
  draft = world_.DealDraft(2, 1);
  draft.header.blobs.pop_back();
  EXPECT_EQ(world_.Append(draft), C::kBlobsMismatch);
  draft = world_.DealDraft(2, 1);
  draft.header.blobs[0].length += 1;
  EXPECT_EQ(world_.Append(draft), C::kBlobsMismatch);
  draft = world_.DealDraft(2, 1);
  std::swap(draft.header.blobs[0], draft.header.blobs[1]);
  EXPECT_EQ(world_.Append(draft), C::kBadProof);
}

TEST_F(SharingTest, RefusesAnEphemeralKeyThatIsOnTheLog) {
  world_.ReceiveKeys(1, {1, 2, 3, 4, 5});
  world_.Admit(world_.StartDraft(1, 1));
  Draft honest = world_.DealDraft(2, 1);
  Draft copy = world_.DealDraft(3, 1);
  copy = Bent<Deal>(
      copy, [&](Deal& deal) { deal.ephemeral = std::get<Deal>(honest.statement).ephemeral; });
  // Refused before the honest dealing is there, it does not stand in its way.
  EXPECT_EQ(world_.Append(copy), C::kBadProof);
  world_.Admit(honest);
  EXPECT_EQ(world_.Append(world_.Make(3, copy.statement, copy.header.blobs)), C::kValueSeenBefore);
}

TEST_F(SharingTest, ClosesAtAllDealingsOrAtTheDeadline) {
  world_.ReceiveKeys(1, {1, 2, 3, 4, 5});
  world_.StartAndDeal(1, {1, 2, 3, 4});
  EXPECT_EQ(world_.Append(world_.CloseDraft(2, 1)), C::kTooEarly);
  world_.PassStage();
  EXPECT_EQ(world_.Append(world_.CloseDraft(2, 1)), C::kNone);
  EXPECT_EQ(sharing().stage, SharingStage::kAcknowledging);
  EXPECT_EQ(sharing().qualified->dealers().size(), 4u);
  EXPECT_EQ(sharing().close_index, world_.state().size - 1);
}

TEST_F(SharingTest, AbortsWhereTooFewDealtByTheDeadline) {
  world_.ReceiveKeys(1, {1, 2, 3, 4, 5});
  world_.StartAndDeal(1, {1, 2});
  world_.PassStage();
  world_.Admit(world_.CloseDraft(1, 1));
  EXPECT_FALSE(world_.vault(1).sharing.has_value());
  EXPECT_EQ(CurrentSharing(world_.vault(1)), (SharingRef{{1}, {1}, 2}));
  world_.Share(1);
  EXPECT_EQ(world_.vault(1).active->attempt, 2u);
}

TEST_F(SharingTest, AbortsWhereDealingsCancelOut) {
  world_.ReceiveKeys(2, {1, 2, 3});
  world_.StartAndDeal(2, {1, 2, 3});
  // No dealer can bring this about alone, so the state is bent instead of the statements.
  Sharing bent = *world_.vault(2).sharing;
  std::vector<crypto::Point> sum = bent.dealings.at({1}).dealing.commitments;
  bent.dealings.at({3}).dealing.commitments[1] =
      crypto::Point() - sum[1] - bent.dealings.at({2}).dealing.commitments[1];
  EXPECT_FALSE(Qualify(bent).ok());
  EXPECT_TRUE(Qualify(*world_.vault(2).sharing).ok());
}

TEST_F(SharingTest, AbortsWhereTooFewAcknowledgedByTheDeadline) {
  world_.ReceiveKeys(1, {1, 2, 3, 4, 5});
  world_.StartAndDeal(1, {1, 2, 3, 4, 5});
  world_.CloseAndAcknowledge(1, {1, 2, 3});
  EXPECT_EQ(world_.Append(world_.CloseDraft(1, 1)), C::kTooEarly);
  world_.PassStage();
  EXPECT_EQ(world_.Append(world_.ActivateDraft(1, 1)), C::kTooFew);
  EXPECT_EQ(world_.Append(world_.CloseDraft(1, 1)), C::kNone);
  EXPECT_FALSE(world_.vault(1).sharing.has_value());
  EXPECT_EQ(world_.vault(1).next_attempt, 2u);
}

TEST_F(SharingTest, DoesNotAbortWhatCanBeActivated) {
  world_.ReceiveKeys(1, {1, 2, 3, 4, 5});
  world_.StartAndDeal(1, {1, 2, 3, 4, 5});
  world_.CloseAndAcknowledge(1, {1, 2, 3, 4});
  world_.PassStage();
  EXPECT_EQ(world_.Append(world_.CloseDraft(5, 1)), C::kWrongStage);
}

TEST_F(SharingTest, ActivatesAtTheDeadlineWithEnoughAndSaysWhoIsShareless) {
  world_.ReceiveKeys(1, {1, 2, 3, 4, 5});
  world_.StartAndDeal(1, {1, 2, 3, 4, 5});
  world_.CloseAndAcknowledge(1, {1, 2, 3, 4});
  EXPECT_EQ(world_.Append(world_.ActivateDraft(1, 1)), C::kTooEarly);
  world_.PassStage();
  auto bent = [this](auto bend) { return Bent<Activate>(world_.ActivateDraft(1, 1), bend); };
  EXPECT_EQ(world_.Append(bent([](Activate& activate) { activate.shareless.clear(); })),
            C::kReceiversChanged);
  EXPECT_EQ(world_.Append(bent([](Activate& activate) { activate.qualified_digest = {}; })),
            C::kWrongQualifiedSet);
  EXPECT_EQ(world_.Append(world_.ActivateDraft(1, 1)), C::kNone);
  EXPECT_EQ(world_.vault(1).active->acknowledged.size(), 4u);
  // The late one gets on.
  world_.Admit(world_.AcknowledgeDraft(5, 1));
  EXPECT_EQ(world_.vault(1).active->acknowledged.size(), 5u);
  EXPECT_EQ(world_.Append(world_.AcknowledgeDraft(5, 1)), C::kRepeated);
}

TEST_F(SharingTest, ActivationNamesAlsoWhoMissedTheStart) {
  world_.ReceiveKeys(1, {1, 2, 3, 4});
  world_.PassStage();
  world_.StartAndDeal(1, {1, 2, 3, 4});
  world_.CloseAndAcknowledge(1, {1, 2, 3, 4});
  auto bent = Bent<Activate>(world_.ActivateDraft(1, 1), [](Activate& a) { a.shareless.clear(); });
  EXPECT_EQ(world_.Append(bent), C::kReceiversChanged);
  Draft activate = world_.ActivateDraft(1, 1);
  EXPECT_EQ(std::get<Activate>(activate.statement).shareless,
            std::vector<OrganiserNumber>{OrganiserNumber{5}});
  EXPECT_EQ(world_.Append(activate), C::kNone) << "every receiver has acknowledged: no waiting";
}

TEST_F(SharingTest, RefusesAnAcknowledgementThatProvesNothing) {
  world_.ReceiveKeys(1, {1, 2, 3, 4, 5});
  world_.StartAndDeal(1, {1, 2, 3, 4, 5});
  world_.Admit(world_.CloseDraft(1, 1));
  auto bent = [this](auto bend) { return Bent<Acknowledge>(world_.AcknowledgeDraft(2, 1), bend); };
  EXPECT_EQ(world_.Append(bent([](Acknowledge& a) { a.qualified_digest = {}; })),
            C::kWrongQualifiedSet);
  EXPECT_EQ(world_.Append(bent([](Acknowledge& a) { a.proof.z = {}; })), C::kBadProof);
  EXPECT_EQ(world_.Append(world_.Make(3, world_.AcknowledgeDraft(2, 1).statement)), C::kBadProof);
  Draft stale = world_.AcknowledgeDraft(2, 1);
  stale.header.verified_size = sharing().close_index;
  EXPECT_EQ(world_.Append(stale), C::kTooEarly);
  Draft other_root = world_.AcknowledgeDraft(2, 1);
  other_root.header.verified_root = world_.RootAt(1);
  EXPECT_EQ(world_.Append(other_root), C::kBadProof);
  world_.Admit(world_.AcknowledgeDraft(2, 1));
  EXPECT_EQ(world_.Append(world_.AcknowledgeDraft(2, 1)), C::kRepeated);
}

TEST_F(SharingTest, RefusesAnAcknowledgementByAHolderWhoIsNoReceiver) {
  world_.ReceiveKeys(1, {1, 2, 3, 4});
  world_.PassStage();
  world_.StartAndDeal(1, {1, 2, 3, 4});
  world_.Admit(world_.CloseDraft(1, 1));
  EXPECT_EQ(world_.Append(world_.AcknowledgeDraft(5, 1)), C::kNotAHolder);
  Draft complaint = world_.FalseComplainDraft(1, 2, 1);
  EXPECT_EQ(world_.Append(world_.Make(5, complaint.statement)), C::kNotAHolder);
}

// Dealer 5 sends noise to holders 1, 2 and 3.
class ComplaintTest : public SharingTest {
 protected:
  ComplaintTest() {
    world_.ReceiveKeys(1, {1, 2, 3, 4, 5});
    world_.StartAndDeal(1, {1, 2, 3, 4});
    world_.Admit(world_.BadDealDraft(5, 1, {1, 2, 3}));
    world_.Admit(world_.CloseDraft(1, 1));
  }
};

TEST_F(ComplaintTest, ExpelsADealerWhoIsProvedBad) {
  Digest before = sharing().qualified->digest();
  world_.Admit(world_.TrueComplainDraft(1, 5, 1));
  EXPECT_TRUE(sharing().dealings.at({5}).expelled);
  EXPECT_EQ(sharing().qualified->dealers().size(), 4u);
  EXPECT_NE(sharing().qualified->digest(), before);
  ASSERT_EQ(world_.state().anomalies.size(), 1u);
  EXPECT_EQ(world_.state().anomalies[0].author, OrganiserNumber{5});
  EXPECT_EQ(world_.Append(world_.TrueComplainDraft(2, 5, 1)), C::kRepeated);
  for (uint32_t holder = 1; holder <= 5; ++holder) {
    world_.Admit(world_.AcknowledgeDraft(holder, 1));
  }
  world_.Admit(world_.ActivateDraft(1, 1));
  EXPECT_EQ(world_.vault(1).active->acknowledged.size(), 5u);
}

TEST_F(ComplaintTest, VoidsAcknowledgementsAndGivesTheStageItsTimeAgain) {
  world_.Admit(world_.AcknowledgeDraft(4, 1));
  world_.Admit(world_.AcknowledgeDraft(5, 1));
  EXPECT_EQ(sharing().acknowledged.size(), 2u);
  world_.PassStage();
  world_.Admit(world_.TrueComplainDraft(1, 5, 1));
  EXPECT_TRUE(sharing().acknowledged.empty());
  EXPECT_EQ(world_.Append(world_.CloseDraft(5, 1)), C::kTooEarly);
  EXPECT_EQ(world_.Append(world_.ActivateDraft(5, 1)), C::kTooEarly);
  EXPECT_EQ(world_.Append(world_.AcknowledgeDraft(4, 1)), C::kNone) << "under the new set";
}

TEST_F(ComplaintTest, NamesAFalseComplainantOnceAndChangesNothingElse) {
  Digest before = sharing().qualified->digest();
  world_.Admit(world_.FalseComplainDraft(2, 3, 1));
  EXPECT_EQ(sharing().qualified->digest(), before);
  EXPECT_FALSE(sharing().dealings.at({3}).expelled);
  ASSERT_EQ(world_.state().anomalies.size(), 1u);
  EXPECT_EQ(world_.state().anomalies[0].author, OrganiserNumber{2});
  EXPECT_EQ(world_.Append(world_.FalseComplainDraft(2, 3, 1)), C::kRepeated);
  EXPECT_EQ(world_.Append(world_.FalseComplainDraft(4, 3, 1)), C::kNone);
}

TEST_F(ComplaintTest, AFalseProofDoesNotExpelEvenABadDealer) {
  world_.Admit(world_.FalseComplainDraft(2, 5, 1));
  EXPECT_FALSE(sharing().dealings.at({5}).expelled);
  world_.Admit(world_.TrueComplainDraft(3, 5, 1));
  EXPECT_TRUE(sharing().dealings.at({5}).expelled);
}

TEST_F(ComplaintTest, RefusesAComplaintAboutOtherBytesOrNoDealing) {
  Draft other = Bent<Complain>(world_.TrueComplainDraft(1, 5, 1),
                               [](Complain& complain) { complain.sub_share_ciphertext[0] ^= 1; });
  EXPECT_EQ(world_.Append(other), C::kFalseComplaint);
  EXPECT_EQ(world_.Append(world_.FalseComplainDraft(1, 6, 1)), C::kUnknownDealing);
  EXPECT_EQ(world_.Append(world_.TrueComplainDraft(1, 5, 1)), C::kNone);
}

TEST_F(ComplaintTest, AnothersComplaintIsNotOnesOwn) {
  Draft draft = world_.TrueComplainDraft(1, 5, 1);
  EXPECT_EQ(world_.Append(world_.Make(2, draft.statement)), C::kFalseComplaint);
}

TEST_F(ComplaintTest, AfterActivationOnlyNames) {
  // Four acknowledge without complaining: their sub-shares are good.
  World world;
  world.FoundOrganisation();
  world.ReceiveKeys(1, {1, 2, 3, 4, 5});
  world.StartAndDeal(1, {1, 2, 3, 4});
  world.Admit(world.BadDealDraft(5, 1, {1}));
  world.CloseAndAcknowledge(1, {2, 3, 4, 5});
  world.PassStage();
  world.Admit(world.ActivateDraft(2, 1));
  Digest set = world.vault(1).active->qualified_digest;
  world.Admit(world.TrueComplainDraft(1, 5, 1));
  ASSERT_EQ(world.state().anomalies.size(), 1u);
  EXPECT_EQ(world.state().anomalies[0].author, OrganiserNumber{5});
  EXPECT_EQ(world.vault(1).active->qualified_digest, set);
  EXPECT_EQ(world.vault(1).active->acknowledged.size(), 4u);
  EXPECT_FALSE(world.vault(1).sharing->dealings.at({5}).expelled);
}

TEST(ExpulsionTest, AbortsWhereTooFewDealersAreLeft) {
  World world;
  world.FoundOrganisation();
  world.ReceiveKeys(2, {1, 2, 3});
  world.StartAndDeal(2, {1});
  world.Admit(world.BadDealDraft(2, 2, {1}));
  world.Admit(world.BadDealDraft(3, 2, {1}));
  world.Admit(world.CloseDraft(1, 2));
  world.Admit(world.TrueComplainDraft(1, 3, 2));
  ASSERT_TRUE(world.vault(2).sharing.has_value()) << "two dealers are k";
  world.Admit(world.TrueComplainDraft(1, 2, 2));
  EXPECT_FALSE(world.vault(2).sharing.has_value());
  EXPECT_EQ(world.vault(2).next_attempt, 2u);
  EXPECT_EQ(world.state().anomalies.size(), 2u);
}

}  // namespace
}  // namespace quorate::ledger::testing
