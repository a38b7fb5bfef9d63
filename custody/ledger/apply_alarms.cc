// Alarms and what ends them.
#include <algorithm>

#include "custody/ledger/decide.h"
#include "custody/ledger/queries.h"
#include "custody/ledger/quota.h"

namespace quorate::ledger {
namespace {

uint64_t DayOf(uint64_t now_ms) { return now_ms / kDayMs; }

uint32_t& CountOf(AlarmCount& count, bool has_device_signature) {
  return has_device_signature ? count.with_device : count.without_device;
}

void Count(AlarmCount& count, const Placed& placed) {
  if (count.day != DayOf(placed.now_ms)) count = {DayOf(placed.now_ms)};
  ++CountOf(count, placed.has_device_signature);
}

AlarmWord Say(const Placed& placed, const std::string& reason) {
  return {placed.entry.leaf_hash, placed.entry.index, placed.now_ms, reason};
}

struct AccountOrRefusal {
  const Account* account = nullptr;
  RefusalCode refusal = RefusalCode::kNone;
};

AccountOrRefusal AccountIn(const State& state, StatementKind kind, VaultNumber vault,
                           const std::string& name) {
  auto [known, unusable] = VaultInUse(state, kind, vault);
  if (known == nullptr) return {nullptr, unusable};
  const Account* account = FindAccount(state, name);
  if (account == nullptr) return {nullptr, RefusalCode::kUnknownAccount};
  if (account->vault != vault) return {nullptr, RefusalCode::kAccountInOtherVault};
  AccountStage stage = IsFrozen(*account) ? AccountStage::kFrozen : AccountStage::kFree;
  if (!RowOf(kind).account.Has(stage)) return {nullptr, RefusalCode::kNotFrozen};
  return {account, RefusalCode::kNone};
}

RefusalCode CheckLift(const State& state, const Account& account, const Placed& placed,
                      const Lift& lift) {
  const Vault& vault = state.vaults.at(account.vault);
  if (!IsHolder(vault.policy, placed.author)) return RefusalCode::kNotAHolder;
  if (!vault.active->acknowledged.contains(placed.author)) return RefusalCode::kNoShare;
  if (!IsValidText(lift.reason, kMaxReasonBytes)) return RefusalCode::kBadText;
  // A leaf hash is known to nobody before its entry is logged: whoever names all that stand has
  // read them, their own last one too. So no lift that was kept back overtakes its author's later
  // alarm.
  if (lift.alarms != StandingAlarms(account)) return RefusalCode::kAlarmsChanged;
  return account.lifts.contains(placed.author) ? RefusalCode::kAlreadySaid : RefusalCode::kNone;
}

}  // namespace

bool MayRaiseAlarm(const Account& account, OrganiserNumber author, bool has_device_signature,
                   uint64_t now_ms) {
  auto found = account.alarm_counts.find(author);
  if (found == account.alarm_counts.end() || found->second.day != DayOf(now_ms)) return true;
  AlarmCount count = found->second;
  return CountOf(count, has_device_signature) < kMaxDailyAlarms;
}

// An author's later alarm takes the place of the one before (by the device, or without it): else a
// lift that they made earlier, and that was kept back, would count against what they said last.
Decision Decide(const State& state, const Placed& placed, const Alarm& alarm) {
  auto [account, unusable] = AccountIn(state, StatementKind::kAlarm, alarm.vault, alarm.account);
  if (account == nullptr) return unusable;
  if (!IsValidText(alarm.reason, kMaxReasonBytes)) return RefusalCode::kBadText;
  if (!MayRaiseAlarm(*account, placed.author, placed.has_device_signature, placed.now_ms)) {
    return RefusalCode::kQuotaExceeded;
  }
  return Decision::Admit([&placed, &alarm](State& next) {
    Account& frozen = next.accounts.at(alarm.account);
    auto& standing = placed.has_device_signature ? frozen.alarms : frozen.kit_alarms;
    standing[placed.author] = Say(placed, alarm.reason);
    frozen.lifts.clear();
    Count(frozen.alarm_counts[placed.author], placed);
  });
}

Decision Decide(const State& state, const Placed& placed, const Lift& lift) {
  auto [account, unusable] = AccountIn(state, StatementKind::kLift, lift.vault, lift.account);
  if (account == nullptr) return unusable;
  RefusalCode refusal = CheckLift(state, *account, placed, lift);
  if (refusal != RefusalCode::kNone) return refusal;
  return Decision::Admit([&placed, &lift](State& next) {
    Account& lifted = next.accounts.at(lift.account);
    lifted.lifts[placed.author] = Say(placed, lift.reason);
    if (CountLifts(next, lifted) < next.vaults.at(lift.vault).active->threshold) return;
    lifted.alarms.clear();
    lifted.kit_alarms.clear();
    lifted.lifts.clear();
  });
}

}  // namespace quorate::ledger
