#include <gtest/gtest.h>

#include <algorithm>

#include "custody/ledger/quota.h"
#include "tests/ledger/harness.h"

namespace quorate::ledger::testing {
namespace {

using C = RefusalCode;
using I = ItemKind;

// Vault 1 is 3 of {1..5}; 6 is an organiser without a share.
class AlarmsTest : public ::testing::Test {
 protected:
  AlarmsTest() : world_(WorldWithAccount()) {}

  C Append(uint32_t author, Statement statement) {
    return world_.Append(world_.Make(author, std::move(statement)));
  }
  Draft AlarmBy(uint32_t author, bool with_device = true) {
    Draft draft = world_.Make(author, Alarm{{1}, "page", "not us"});
    draft.with_device = with_device;
    return draft;
  }
  C Raise(uint32_t author, bool with_device = true) {
    return world_.Append(AlarmBy(author, with_device));
  }
  Draft LiftBy(uint32_t author) {
    return world_.Make(author, Lift{{1}, "page", StandingAlarms(page()), "it was us"});
  }
  C Lifts(uint32_t author) { return world_.Append(LiftBy(author)); }
  const Account& page() const { return world_.account("page"); }
  bool Frozen() const { return IsFrozen(page()); }
  size_t Lifted() const { return CountLifts(world_.state(), page()); }

  World world_;
};

TEST_F(AlarmsTest, AnyOrganisersAlarmFreezesTheAccountAndThresholdManyHoldersLiftIt) {
  EXPECT_FALSE(Frozen());
  const LeafHash alarm = world_.Admit(AlarmBy(6));
  EXPECT_TRUE(Frozen());
  EXPECT_EQ(page().alarms.at({6}).leaf_hash, alarm);
  EXPECT_EQ(page().alarms.at({6}).reason, "not us");
  EXPECT_EQ(Lifts(1), C::kNone);
  EXPECT_EQ(Lifts(2), C::kNone);
  EXPECT_TRUE(Frozen());
  EXPECT_EQ(Lifted(), 2u);
  EXPECT_EQ(Lifts(3), C::kNone);
  EXPECT_FALSE(Frozen());
  EXPECT_TRUE(page().lifts.empty());
  EXPECT_EQ(Append(4, Lift{{1}, "page", {alarm}, ""}), C::kNotFrozen);
}

TEST_F(AlarmsTest, RefusesAlarmsForWhatIsNotThere) {
  EXPECT_EQ(Append(6, Alarm{{3}, "page", ""}), C::kUnknownVault);
  EXPECT_EQ(Append(6, Alarm{{2}, "page", ""}), C::kAccountInOtherVault);
  EXPECT_EQ(Append(6, Alarm{{1}, "none", ""}), C::kUnknownAccount);
  EXPECT_EQ(Append(6, Alarm{{1}, "page", "\x1b"}), C::kBadText);
  EXPECT_EQ(Append(6, Alarm{{1}, "page", std::string(1001, 'x')}), C::kBadText);
  EXPECT_FALSE(Frozen());
}

TEST_F(AlarmsTest, RefusesLiftsByThoseWithoutAShareTwiceOrOfOtherAlarms) {
  const LeafHash first = world_.Admit(AlarmBy(6));
  EXPECT_EQ(Lifts(6), C::kNotAHolder);
  EXPECT_EQ(Append(1, Lift{{3}, "page", {first}, ""}), C::kUnknownVault);
  EXPECT_EQ(Append(1, Lift{{2}, "page", {first}, ""}), C::kAccountInOtherVault);
  EXPECT_EQ(Append(1, Lift{{1}, "none", {first}, ""}), C::kUnknownAccount);
  EXPECT_EQ(Append(1, Lift{{1}, "page", {first}, "\x1b"}), C::kBadText);
  EXPECT_EQ(Append(1, Lift{{1}, "page", {}, ""}), C::kAlarmsChanged);
  EXPECT_EQ(Append(1, Lift{{1}, "page", {LeafHash{}}, ""}), C::kAlarmsChanged);
  EXPECT_EQ(Append(1, Lift{{1}, "page", {first, first}, ""}), C::kAlarmsChanged);
  const LeafHash second = world_.Admit(AlarmBy(2));
  EXPECT_EQ(Append(1, Lift{{1}, "page", {first}, ""}), C::kAlarmsChanged);
  EXPECT_EQ(Append(1, Lift{{1}, "page", {std::max(first, second), std::min(first, second)}, ""}),
            C::kAlarmsChanged)
      << "not ascending";
  EXPECT_EQ(Lifts(1), C::kNone);
  EXPECT_EQ(Lifts(1), C::kAlreadySaid);
  EXPECT_EQ(Lifted(), 1u);
}

TEST_F(AlarmsTest, AHolderWithoutAShareDoesNotLift) {
  World world;
  world.FoundOrganisation();
  world.ReceiveKeys(1, {1, 2, 3, 4, 5});
  world.StartAndDeal(1, {1, 2, 3, 4, 5});
  world.CloseAndAcknowledge(1, {1, 2, 3, 4});
  world.PassStage();
  world.Admit(world.ActivateDraft(1, 1));
  world.Admit(world.DepositDraft(6, 1, "page", {I::kPassword}));
  const LeafHash alarm = world.Admit(world.Make(5, Alarm{{1}, "page", ""}));
  EXPECT_EQ(world.Append(world.Make(5, Lift{{1}, "page", {alarm}, ""})), C::kNoShare);
}

// Whoever lifts cannot outrun those who still see something wrong.
TEST_F(AlarmsTest, AnotherAlarmVoidsTheLiftsSoFar) {
  world_.Admit(AlarmBy(6));
  EXPECT_EQ(Lifts(1), C::kNone);
  EXPECT_EQ(Lifts(2), C::kNone);
  const Draft kept_back = LiftBy(3);
  world_.Admit(AlarmBy(4));
  EXPECT_EQ(Lifted(), 0u);
  EXPECT_EQ(world_.Append(kept_back), C::kAlarmsChanged);
  for (uint32_t holder : {1u, 2u, 3u}) EXPECT_EQ(Lifts(holder), C::kNone);
  EXPECT_FALSE(Frozen());
}

// Whoever orders the log may log a lift behind the alarm that its author raised since.
TEST_F(AlarmsTest, ALiftThatItsAuthorsLaterAlarmOvertookIsRefused) {
  world_.Admit(AlarmBy(3));
  for (uint32_t holder : {1u, 2u}) EXPECT_EQ(Lifts(holder), C::kNone);
  const Draft kept_back = LiftBy(3);
  EXPECT_EQ(Raise(3), C::kNone) << "in place of the one before";
  EXPECT_EQ(page().alarms.size(), 1u);
  EXPECT_EQ(world_.Append(kept_back), C::kAlarmsChanged);
  EXPECT_TRUE(Frozen());
  EXPECT_EQ(Lifted(), 0u);
  EXPECT_TRUE(world_.state().anomalies.empty() ||
              world_.state().anomalies.back().author == OrganiserNumber{});
}

// A thief of the kit could else put other words in its owner's mouth.
TEST_F(AlarmsTest, AKitsAlarmStandsBesideItsOwnersAndNeverReplacesIt) {
  const LeafHash by_owner = world_.Admit(AlarmBy(6));
  const LeafHash by_kit = world_.Admit(AlarmBy(6, false));
  EXPECT_EQ(page().alarms.at({6}).leaf_hash, by_owner);
  EXPECT_EQ(page().kit_alarms.at({6}).leaf_hash, by_kit);
  EXPECT_EQ(StandingAlarms(page()).size(), 2u);
  EXPECT_EQ(Append(1, Lift{{1}, "page", {by_kit}, ""}), C::kAlarmsChanged);
  for (uint32_t holder : {1u, 2u, 3u}) EXPECT_EQ(Lifts(holder), C::kNone);
  EXPECT_FALSE(Frozen());
  EXPECT_EQ(Raise(6, false), C::kNone);
  EXPECT_TRUE(Frozen());
}

TEST_F(AlarmsTest, WhoRaisesItMayLiftItToo) {
  world_.Admit(AlarmBy(1));
  for (uint32_t holder : {1u, 2u, 3u}) EXPECT_EQ(Lifts(holder), C::kNone);
  EXPECT_FALSE(Frozen());
}

// Raising an alarm is the safe direction: a restored kit may. Ending one is not.
TEST_F(AlarmsTest, AnAlarmTakesNoDeviceAndALiftDoes) {
  EXPECT_EQ(Raise(6, false), C::kNone);
  EXPECT_TRUE(Frozen());
  Draft lift = LiftBy(1);
  lift.with_device = false;
  EXPECT_EQ(world_.Append(lift), C::kBadDeviceSignature);
  Entry forged = world_.Place(LiftBy(1));
  forged.leaf.device_signature->value[0] ^= 1;
  EXPECT_EQ(world_.Apply(forged), C::kBadDeviceSignature);
  EXPECT_EQ(Lifted(), 0u);
}

// Nobody locks the others out for ever: k lifts cost no more than as many alarms.
TEST_F(AlarmsTest, AnAuthorRaisesAFewAlarmsADayAndAThiefOfTheKitSpendsNoneOfThem) {
  for (uint32_t i = 0; i < kMaxDailyAlarms; ++i) EXPECT_EQ(Raise(6, false), C::kNone);
  EXPECT_FALSE(MayRaiseAlarm(page(), {6}, false, world_.now_ms));
  EXPECT_EQ(Raise(6, false), C::kQuotaExceeded);
  for (uint32_t i = 0; i < kMaxDailyAlarms; ++i) EXPECT_EQ(Raise(6), C::kNone);
  EXPECT_EQ(Raise(6), C::kQuotaExceeded);
  EXPECT_EQ(Raise(5), C::kNone);
  for (uint32_t holder : {1u, 2u, 3u}) EXPECT_EQ(Lifts(holder), C::kNone);
  EXPECT_EQ(Raise(6), C::kQuotaExceeded);
  EXPECT_FALSE(Frozen());
  world_.now_ms += kDayMs;
  EXPECT_EQ(Raise(6), C::kNone);
  EXPECT_EQ(page().alarm_counts.at({6}).with_device, 1u);
  EXPECT_EQ(page().alarm_counts.at({6}).without_device, 0u);
  EXPECT_EQ(Raise(6, false), C::kNone);
}

TEST_F(AlarmsTest, NoDailyQuotaSilencesAnAlarm) {
  for (uint64_t i = 0; i < kDailyQuotaWithoutDevice.statements; ++i) {
    Draft noise = world_.Make(6, Withdraw{});
    noise.with_device = false;
    ASSERT_EQ(world_.Append(noise), C::kUnknownRequest);
  }
  Draft noise = world_.Make(6, Withdraw{});
  noise.with_device = false;
  EXPECT_EQ(world_.Append(noise), C::kQuotaExceeded);
  EXPECT_EQ(Raise(6, false), C::kNone);
}

TEST_F(AlarmsTest, HoldsRequestsButForRecoveryCodesAndRefusesNone) {
  world_.Admit(world_.DepositDraft(6, 1, "page", {I::kRecoveryCodes}));
  world_.Admit(AlarmBy(6));
  const auto request = [&](const std::vector<ItemVersion>& items) {
    return world_.Admit(world_.RequestDraft(1, 1, "page", items, {1}));
  };
  const LeafHash password = request({{I::kPassword, 1}});
  const LeafHash codes = request({{I::kRecoveryCodes, 1}});
  const LeafHash both = request({{I::kPassword, 1}, {I::kRecoveryCodes, 1}});
  EXPECT_TRUE(IsHeldByAlarm(world_.state(), world_.request(password)));
  EXPECT_FALSE(IsHeldByAlarm(world_.state(), world_.request(codes)));
  EXPECT_TRUE(IsHeldByAlarm(world_.state(), world_.request(both)));
  for (uint32_t holder : {3u, 4u, 5u}) world_.Admit(world_.ApproveDraft(holder, password));
  // Where they stand in the log, an alarm that came between names nobody.
  world_.Admit(world_.SharesDraft(3, password));
  EXPECT_EQ(world_.request(password).shares.at({3}).regularity, ShareRegularity::kRegular);
  EXPECT_TRUE(world_.state().anomalies.empty());
  for (uint32_t holder : {1u, 2u, 3u}) EXPECT_EQ(Lifts(holder), C::kNone);
  EXPECT_FALSE(IsHeldByAlarm(world_.state(), world_.request(password)));
}

TEST_F(AlarmsTest, FreezesNoOtherAccount) {
  world_.Admit(world_.DepositDraft(6, 1, "blog", {I::kPassword}));
  world_.Admit(AlarmBy(6));
  EXPECT_FALSE(IsFrozen(world_.account("blog")));
}

}  // namespace
}  // namespace quorate::ledger::testing
