// An identity that came back from a paper kit: its keys are the charter's, its device is not.
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
using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr absl::Duration kLonger = absl::Seconds(6);  // Than a statement waits for its answer.

class KitNode : public ::testing::Test {
 protected:
  // ben's machine is gone; what his kit brings back starts on an empty disk.
  void RestoreBen() {
    crypto::SeededRandom random(uint64_t{77});
    group_.world().host(kBen).device_key = crypto::SigningKey::Random(random).public_key();
    group_.Restore(kBen, {});
    Must(group_.Read(kBen));
  }
  std::vector<std::string> KindsAfter(uint32_t number, absl::Duration span) {
    group_.Pass(span);
    Must(group_.node(number).Step(Tick{}));
    return group_.KindsOf(group_.Carry(number));
  }
  template <typename T>
  static std::string Reason(const absl::StatusOr<T>& result) {
    return base::GetReason(result.status());
  }

  Group group_{{.cooling_off_seconds = 0}};
};

TEST_F(KitNode, ReadsAndDeniesAndTheDenialCounts) {
  const ledger::LeafHash request = group_.Ask(kAna);
  RestoreBen();
  Node& ben = group_.node(kBen);
  EXPECT_TRUE(ben.kit_only());
  EXPECT_FALSE(ben.restored_copy());
  EXPECT_EQ(ben.halted_because(), "");
  Must(ben.Deny(request, "not tonight").status());
  EXPECT_THAT(group_.KindsOf(group_.Carry(kBen)), ElementsAre("deny"));
  group_.Settle();
  EXPECT_EQ(group_.Truth(request).words.at(ledger::OrganiserNumber{kBen}).word,
            ledger::Word::kDenial);
}

TEST_F(KitNode, WhatTakesTheDeviceIsRefusedBeforeItLeaves) {
  const ledger::LeafHash request = group_.Ask(kAna);
  const ledger::LeafHash for_ben = group_.Ask(kAna, {kBen});
  RestoreBen();
  Node& ben = group_.node(kBen);
  const keystore::PersonKeys person = Group::PersonOf(kBen);
  EXPECT_EQ(Reason(ben.Approve(request, person)), "DEVICE_NEEDED");
  EXPECT_EQ(base::GetReason(ben.ReadyToApprove(request)), "DEVICE_NEEDED");
  EXPECT_EQ(Reason(ben.Accept(for_ben)), "DEVICE_NEEDED");
  EXPECT_EQ(Reason(ben.Confirm("page")), "DEVICE_NEEDED");
  EXPECT_EQ(Reason(ben.CreateRequest({"page", "why not", {}, {}})), "DEVICE_NEEDED");
  EXPECT_EQ(
      Reason(ben.PrepareDeposit(ledger::VaultNumber{1}, "page", {ledger::ItemKind::kPassword})),
      "DEVICE_NEEDED");
  EXPECT_EQ(Reason(ben.CommitDeposit({})), "DEVICE_NEEDED");
  EXPECT_EQ(Reason(ben.OpenRequest(for_ben, person.wrap.public_key)), "DEVICE_NEEDED");
  EXPECT_EQ(Reason(ben.CloseRequest(for_ben)), "DEVICE_NEEDED");
  EXPECT_THAT(KindsAfter(kBen, kLonger), IsEmpty());
}

TEST_F(KitNode, WithdrawsAnApprovalAndItsOwnRequestAndNoDenial) {
  const ledger::LeafHash approved = group_.Ask(kAna);
  const ledger::LeafHash denied = group_.Ask(kAna);
  const ledger::LeafHash own = group_.Ask(kBen);
  group_.Approve(kBen, approved);
  Must(group_.node(kBen).Deny(denied, "no").status());
  group_.Settle();
  RestoreBen();
  Node& ben = group_.node(kBen);
  EXPECT_EQ(Reason(ben.Withdraw(denied)), "DEVICE_NEEDED");
  Must(ben.Withdraw(approved).status());
  Must(ben.Withdraw(own).status());
  group_.Settle();
  const ledger::OrganiserNumber me{kBen};
  EXPECT_EQ(group_.Truth(approved).words.at(me).word, ledger::Word::kRetraction);
  EXPECT_EQ(group_.Truth(denied).words.at(me).word, ledger::Word::kDenial);
  EXPECT_EQ(group_.Truth(own).state, ledger::RequestState::kWithdrawn);
}

TEST_F(KitNode, RaisesAnAlarmAndLiftsNone) {
  RestoreBen();
  Node& ben = group_.node(kBen);
  Must(ben.RaiseAlarm("page", "my machine is gone").status());
  group_.Settle();
  const ledger::Account* account = ledger::FindAccount(group_.node(kAna).state(), "page");
  ASSERT_NE(account, nullptr);
  EXPECT_TRUE(ledger::IsFrozen(*account));
  EXPECT_EQ(Reason(ben.LiftAlarms("page", ledger::StandingAlarms(*account), "well",
                                  Group::PersonOf(kBen))),
            "DEVICE_NEEDED");
}

TEST_F(KitNode, SaysNothingByItselfAndStaysSoAfterARestart) {
  const ledger::LeafHash request = group_.Ask(kAna);
  group_.Approve(kBen, request);
  RestoreBen();
  EXPECT_THAT(KindsAfter(kBen, kLonger), IsEmpty());
  group_.Restart(kBen);
  Must(group_.Read(kBen));
  EXPECT_TRUE(group_.node(kBen).kit_only());
  EXPECT_FALSE(group_.node(kBen).restored_copy());
  EXPECT_EQ(group_.node(kBen).halted_because(), "");
  EXPECT_THAT(KindsAfter(kBen, kLonger), IsEmpty());
  EXPECT_FALSE(group_.node(kAna).kit_only());
}

// Whoever finds a kit may deny in its owner's name, and must not be able to stop their node.
TEST_F(KitNode, AWordFromTheKitDoesNotStopTheMachineThatIsStillThere) {
  const ledger::LeafHash request = group_.Ask(kAna);
  const keystore::PersonKeys person = Group::PersonOf(kBen);
  crypto::SeededRandom random(uint64_t{79});
  const replica::Replica& replica = group_.node(kBen).replica();
  const wire::StatementContext context{group_.world().organisation().id,
                                       1,
                                       ledger::kRulesVersion,
                                       1,
                                       replica.size(),
                                       replica.root()};
  Must(group_.world().Inject(
      Must(wire::SealStatement(ledger::Deny{request, "found it"}, wire::RandomStatementId(random),
                               {}, context, &group_.world().organisation().organisation_key,
                               {ledger::OrganiserNumber{kBen}, person.signing, nullptr}, random)),
      {}));
  group_.Settle();
  Node& ben = group_.node(kBen);
  EXPECT_TRUE(ben.kit_used());
  EXPECT_FALSE(ben.restored_copy());
  EXPECT_EQ(ben.halted_because(), "");
  EXPECT_FALSE(group_.node(kAna).kit_used());
  // Its owner has the last word.
  group_.Approve(kBen, request);
  EXPECT_EQ(group_.Truth(request).words.at(ledger::OrganiserNumber{kBen}).word,
            ledger::Word::kApproval);
  group_.Restart(kBen);
  EXPECT_TRUE(group_.node(kBen).kit_used());
  EXPECT_EQ(group_.node(kBen).halted_because(), "");
}

// Nor does it make a receiving key, deal or acknowledge while the vault's key is made.
TEST(KitNodeInKeyGeneration, TakesNoPart) {
  simulation::World world(3, {}, simulation::Faults::None());
  crypto::SeededRandom random(uint64_t{78});
  world.host(kBen).device_key = crypto::SigningKey::Random(random).public_key();
  world.host(kBen).Crash();
  world.host(kBen).Start();
  world.host(kBen).Unlock();
  const auto keys = [&] {
    const ledger::Vault& vault = world.truth().vaults.at(ledger::VaultNumber{1});
    return vault.sharing.has_value() ? vault.sharing->receiving_keys.size() : 0;
  };
  ASSERT_TRUE(world.RunUntil([&] { return keys() == 4; }, absl::Minutes(2)));
  EXPECT_FALSE(world.RunUntil([&] { return keys() > 4; }, absl::Minutes(1)));
}

}  // namespace
}  // namespace quorate::node
