// Every cell of the table in custody/ledger/state_table.h, admitted and refused: a statement that
// is good in all but the state that it meets.
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "tests/ledger/harness.h"
#include "tests/ledger/states_page.h"

namespace quorate::ledger::testing {
namespace {

using C = RefusalCode;
using I = ItemKind;
using K = StatementKind;
using O = OrganisationStage;
using R = RequestState;
using V = VaultStage;

TEST(StateTableTest, RowsStandInTheOrderOfTheStatements) {
  for (size_t i = 0; i < kStatementTable.size(); ++i) {
    EXPECT_EQ(static_cast<size_t>(kStatementTable[i].kind), i);
  }
  EXPECT_EQ(StatementName(Found{}), "found");
  EXPECT_EQ(StatementName(Activate{}), "activate");
  EXPECT_EQ(StatementName(Deposit{}), "deposit");
  EXPECT_EQ(StatementName(DecryptionShares{}), "decryption-shares");
  EXPECT_EQ(StatementName(Opened{}), "opened");
  EXPECT_EQ(StatementName(Alarm{}), "alarm");
  EXPECT_EQ(StatementName(Lift{}), "lift");
}

TEST(StateTableTest, OnlyDenialAlarmAndWithdrawalDoWithoutTheDevice) {
  for (const StatementRow& row : kStatementTable) {
    const bool is_safe = row.kind == K::kDeny || row.kind == K::kAlarm;
    const DeviceSignature expected = is_safe ? DeviceSignature::kNotNeeded
                                     : row.kind == K::kWithdraw
                                         ? DeviceSignature::kNeededAfterDenial
                                         : DeviceSignature::kNeeded;
    EXPECT_EQ(row.device_signature, expected) << row.name;
  }
}

TEST(StateTableTest, ThePageOfTheDocumentationIsUpToDate) {
  std::ifstream file(QUORATE_SOURCE_DIR "/docs/states.md");
  ASSERT_TRUE(file.is_open()) << "write it with print_states > docs/states.md";
  std::stringstream text;
  text << file.rdbuf();
  EXPECT_EQ(text.str(), StatesPage()) << "write it anew with print_states > docs/states.md";
}

// A world in which vault 1 has come to `stage`, with something left to do for each kind.
World WorldAt(V stage) {
  World world;
  world.FoundOrganisation();
  if (stage == V::kNoSharing) return world;
  world.ReceiveKeys(1, {1, 2, 3, 4});
  world.PassStage();
  if (stage == V::kReceivingKeys) return world;
  world.ReceiveKeys(1, {5});
  world.StartAndDeal(1, {1, 2, 3, 4});
  world.PassStage();
  if (stage == V::kDealing) return world;
  world.CloseAndAcknowledge(1, {1, 2, 3});
  world.PassStage();
  if (stage == V::kAcknowledging) return world;
  world.Admit(world.AcknowledgeDraft(4, 1));
  world.Admit(world.ActivateDraft(1, 1));
  return world;
}

// The best statement of a kind that somebody could make about the sharing.
Draft SharingDraft(World& world, K kind) {
  switch (kind) {
    case K::kReceivingKey:
      return world.ReceivingKeyDraft(5, 1);
    case K::kStart:
      return world.StartDraft(1, 1);
    case K::kDeal:
      return world.DealDraft(5, 1);
    case K::kClose:
      return world.CloseDraft(1, 1);
    case K::kComplain:
      return world.FalseComplainDraft(1, 2, 1);
    case K::kAcknowledge:
      return world.AcknowledgeDraft(5, 1);
    default:
      // One more acknowledgement makes enough.
      if (world.vault(1).sharing.has_value() &&
          world.vault(1).sharing->stage == SharingStage::kAcknowledging) {
        world.Admit(world.AcknowledgeDraft(4, 1));
      }
      return world.ActivateDraft(1, 1);
  }
}

TEST(StateTableTest, EverySharingStageAdmitsAndRefusesAsItSays) {
  for (const StatementRow& row : kStatementTable) {
    if (row.vault.empty()) continue;
    for (V stage : {V::kNoSharing, V::kReceivingKeys, V::kDealing, V::kAcknowledging, V::kActive}) {
      SCOPED_TRACE(::testing::Message() << row.name << " at " << static_cast<int>(stage));
      World world = WorldAt(stage);
      C expected = row.vault.Has(stage) ? C::kNone : C::kWrongStage;
      EXPECT_EQ(RefusalName(world.Append(SharingDraft(world, row.kind))), RefusalName(expected));
    }
  }
}

TEST(StateTableTest, AVaultIsUsedOnlyWithAnActiveEpoch) {
  for (const StatementRow& row : kStatementTable) {
    if (!row.needs_active_epoch) continue;
    for (V stage : {V::kNoSharing, V::kReceivingKeys, V::kDealing, V::kAcknowledging, V::kActive}) {
      SCOPED_TRACE(::testing::Message() << row.name << " at " << static_cast<int>(stage));
      World world = WorldAt(stage);
      if (stage == V::kActive) world.Admit(world.DepositDraft(6, 1, "page", {I::kPassword}));
      Draft draft = row.kind == K::kDeposit
                        ? world.DepositDraft(6, 1, "page", {I::kPassword})
                        : world.RequestDraft(1, 1, "page", {{I::kPassword, 1}}, {1});
      C expected = stage == V::kActive ? C::kNone : C::kVaultNotReady;
      EXPECT_EQ(RefusalName(world.Append(draft)), RefusalName(expected));
    }
  }
}

// A request by 1 for 1 and 2 that three have approved, with shares of `senders` out.
LeafHash RequestOf(World& world, K kind) {
  LeafHash id = world.Admit(world.RequestDraft(1, 1, "page", {{I::kPassword, 1}}, {1, 2}));
  if (kind == K::kAccept) return id;
  world.Admit(world.AcceptDraft(2, id));
  if (kind == K::kApprove) return id;
  for (uint32_t holder : {3u, 4u, 5u}) world.Admit(world.ApproveDraft(holder, id));
  if (kind != K::kOpened) return id;
  for (uint32_t holder : {3u, 4u, 5u}) world.Admit(world.SharesDraft(holder, id));
  return id;
}

// Brings the request to `state`, in whatever way there is from where it stands.
void Bring(World& world, const LeafHash& id, R state) {
  switch (state) {
    case R::kOpen:
      return;
    case R::kOpened:
      if (!world.request(id).accepts.contains({2})) world.Admit(world.AcceptDraft(2, id));
      // Not 3, whose shares are the statement under test: the late 1 and 2 send premature ones.
      for (uint32_t holder : {1u, 2u, 4u}) {
        if (world.request(id).shares.size() < 3) world.Admit(world.SharesDraft(holder, id));
      }
      world.Admit(world.Make(1, Opened{id}));
      world.Admit(world.Make(2, Opened{id}));
      return;
    case R::kWithdrawn:
      world.Admit(world.Make(1, Withdraw{id}));
      return;
    case R::kDenied:
      for (uint32_t holder : {3u, 4u, 5u}) world.Admit(world.Make(holder, Deny{id, ""}));
      return;
    case R::kExpired:
      world.now_ms += 3600 * 1000;
      return;
  }
}

Draft RequestDraftOf(World& world, K kind, const LeafHash& id) {
  switch (kind) {
    case K::kAccept:
      return world.AcceptDraft(2, id);
    case K::kApprove:
      return world.ApproveDraft(3, id);
    case K::kDeny:
      return world.Make(3, Deny{id, ""});
    case K::kWithdraw:
      return world.Make(1, Withdraw{id});
    case K::kDecryptionShares:
      return world.SharesDraft(3, id);
    default:
      return world.Make(1, Opened{id});
  }
}

TEST(StateTableTest, EveryRequestStateAdmitsAndRefusesAsItSays) {
  for (const StatementRow& row : kStatementTable) {
    if (row.request.empty()) continue;
    for (R state : {R::kOpen, R::kOpened, R::kWithdrawn, R::kDenied, R::kExpired}) {
      SCOPED_TRACE(::testing::Message() << row.name << " at " << static_cast<int>(state));
      World world = WorldWithAccount();
      LeafHash id = RequestOf(world, row.kind);
      Bring(world, id, state);
      ASSERT_EQ(EffectiveState(world.request(id), world.now_ms), state);
      C closed = state == R::kExpired ? C::kRequestExpired : C::kRequestClosed;
      C expected = row.request.Has(state) ? C::kNone : closed;
      EXPECT_EQ(RefusalName(world.Append(RequestDraftOf(world, row.kind, id))),
                RefusalName(expected));
    }
  }
}

// An alarm or a lift of it.
Draft AccountDraft(World& world, K kind) {
  if (kind == K::kAlarm) return world.Make(6, Alarm{{1}, "page", ""});
  return world.Make(1, Lift{{1}, "page", StandingAlarms(world.account("page")), ""});
}

TEST(StateTableTest, EveryAccountStageAdmitsAndRefusesAsItSays) {
  for (const StatementRow& row : kStatementTable) {
    if (row.account.empty()) continue;
    for (AccountStage stage : {AccountStage::kFree, AccountStage::kFrozen}) {
      SCOPED_TRACE(::testing::Message() << row.name << " at " << static_cast<int>(stage));
      World world = WorldWithAccount();
      if (stage == AccountStage::kFrozen) world.Admit(AccountDraft(world, K::kAlarm));
      C expected = row.account.Has(stage) ? C::kNone : C::kNotFrozen;
      EXPECT_EQ(RefusalName(world.Append(AccountDraft(world, row.kind))), RefusalName(expected));
    }
  }
}

// A good statement of any kind in a founded organisation.
Draft AnyDraft(World& world, K kind) {
  const StatementRow& row = RowOf(kind);
  if (!row.vault.empty()) return SharingDraft(world, kind);
  if (!row.request.empty()) return RequestDraftOf(world, kind, RequestOf(world, kind));
  if (kind == K::kLift) world.Admit(AccountDraft(world, K::kAlarm));
  if (!row.account.empty()) return AccountDraft(world, kind);
  switch (kind) {
    case K::kFound:
      return world.FoundDraft();
    case K::kRules:
      return world.RulesDraft(world.state().rules_version + 1, {1, 2, 3});
    case K::kDeposit:
      return world.DepositDraft(6, 1, "page", {I::kTotp});
    case K::kConfirm:
      return world.ConfirmDraft(2, "page", {{I::kPassword, 1}});
    default:
      return world.RequestDraft(1, 1, "page", {{I::kPassword, 1}}, {1});
  }
}

V FittingStage(const StatementRow& row) {
  for (V stage : {V::kNoSharing, V::kReceivingKeys, V::kDealing, V::kAcknowledging}) {
    if (row.vault.Has(stage)) return stage;
  }
  return V::kActive;
}

World FittingWorld(const StatementRow& row) {
  World world = WorldAt(FittingStage(row));
  if (row.vault.empty()) {
    world.Admit(world.AcknowledgeDraft(5, 1));
    world.Admit(world.DepositDraft(6, 1, "page", {I::kPassword}));
  }
  return world;
}

TEST(StateTableTest, AnUnfoundedOrganisationAdmitsAndRefusesAsItSays) {
  for (const StatementRow& row : kStatementTable) {
    SCOPED_TRACE(row.name);
    World founded = FittingWorld(row);
    World unfounded;
    Statement statement = AnyDraft(founded, row.kind).statement;
    Draft draft = row.kind == K::kFound ? unfounded.FoundDraft() : unfounded.Make(1, statement);
    C expected = row.organisation.Has(O::kUnfounded) ? C::kNone : C::kNotFounded;
    EXPECT_EQ(RefusalName(unfounded.Append(draft)), RefusalName(expected));
  }
}

TEST(StateTableTest, AFoundedOrganisationAdmitsAndRefusesAsItSays) {
  for (const StatementRow& row : kStatementTable) {
    SCOPED_TRACE(row.name);
    World world = FittingWorld(row);
    C expected = row.organisation.Has(O::kFounded) ? C::kNone : C::kAlreadyFounded;
    EXPECT_EQ(RefusalName(world.Append(AnyDraft(world, row.kind))), RefusalName(expected));
  }
}

TEST(StateTableTest, ASupersededOrganisationRefusesEverything) {
  for (const StatementRow& row : kStatementTable) {
    SCOPED_TRACE(row.name);
    World world = FittingWorld(row);
    Draft draft = AnyDraft(world, row.kind);
    world.Admit(world.RulesDraft(2, {1, 2, 3}));
    draft.header.rules_version = 2;
    EXPECT_FALSE(row.organisation.Has(O::kSuperseded));
    EXPECT_EQ(world.Append(draft), C::kUnknownRules);
  }
}

}  // namespace
}  // namespace quorate::ledger::testing
