#include <algorithm>

#include "custody/base/error_info.h"
#include "custody/base/status_macros.h"
#include "custody/node/node.h"
#include "custody/node/refuse.h"

// What a node's own person says against an account, and how that is taken back.
namespace quorate::node {
namespace {

using ledger::RefusalCode;
using ledger::StatementId;
using Purpose = Outbox::Purpose;

std::string AlarmName(const std::string& account) {
  return std::string(Outbox::kAlarmPrefix) + account;
}

absl::Status CheckReason(const std::string& reason) {
  if (!reason.empty() && ledger::IsValidText(reason, ledger::kMaxReasonBytes)) {
    return absl::OkStatus();
  }
  return Refuse(RefusalCode::kBadText, "say why, in plain text: --reason \"...\"");
}

}  // namespace

absl::StatusOr<const ledger::Account*> Node::KnownAccount(const std::string& name) const {
  QUORATE_RETURN_IF_ERROR(RequireReadable());
  const ledger::Account* account = ledger::FindAccount(state(), name);
  if (account == nullptr) return Refuse(RefusalCode::kUnknownAccount, "run: quorate accounts");
  return account;
}

absl::Status Node::ValidateAlarm(const std::string& name, const std::string& reason) const {
  QUORATE_ASSIGN_OR_RETURN(const ledger::Account* account, KnownAccount(name));
  QUORATE_RETURN_IF_ERROR(CheckReason(reason));
  if (outbox_.Find(Purpose::kRefusal, AlarmName(name)) != nullptr) return absl::OkStatus();
  // An own lift, logged or on its way, has taken the word back.
  const auto& own = kit_only_ ? account->kit_alarms : account->alarms;
  const bool stands = own.contains(options_.me) && !account->lifts.contains(options_.me) &&
                      outbox_.Find(Purpose::kLift, name) == nullptr;
  if (stands) {
    return Refuse(RefusalCode::kAlreadySaid, "the account is frozen; see: quorate show " + name);
  }
  const uint64_t now_ms =
      static_cast<uint64_t>(std::max<int64_t>(0, absl::ToUnixMillis(options_.clock->Now())));
  if (!ledger::MayRaiseAlarm(*account, options_.me, !kit_only_,
                             std::max(now_ms, state().last_log_time_ms))) {
    return Refuse(RefusalCode::kQuotaExceeded, "ask another organiser to raise it");
  }
  return absl::OkStatus();
}

absl::StatusOr<StatementId> Node::RaiseAlarm(const std::string& name, const std::string& reason) {
  QUORATE_RETURN_IF_ERROR(ValidateAlarm(name, reason));
  QUORATE_RETURN_IF_ERROR(RequireUnlocked());
  // A second call while the first is on its way is the same alarm.
  if (const Outbox::Item* queued = outbox_.Find(Purpose::kRefusal, AlarmName(name))) {
    return queued->statement.id;
  }
  QUORATE_ASSIGN_OR_RETURN(const ledger::Account* account, KnownAccount(name));
  // An own lift that has not left goes with it.
  base::WriteBatch batch;
  std::optional<StatementId> moot;
  if (const Outbox::Item* lift = outbox_.Find(Purpose::kLift, name)) {
    moot = lift->statement.id;
    outbox_.Remove(batch, *moot);
  }
  QUORATE_ASSIGN_OR_RETURN(StatementId id,
                           Send(*person_, ledger::Alarm{account->vault, name, reason},
                                wire::RandomStatementId(*options_.random), {}, std::move(batch),
                                Purpose::kRefusal, AlarmName(name)));
  if (moot.has_value()) outbox_.Removed(*moot);
  return id;
}

absl::Status Node::ValidateLift(const std::string& name,
                                const std::vector<ledger::LeafHash>& alarms,
                                const std::string& reason) const {
  QUORATE_RETURN_IF_ERROR(RequireUsable());
  QUORATE_ASSIGN_OR_RETURN(const ledger::Account* account, KnownAccount(name));
  QUORATE_RETURN_IF_ERROR(CheckReason(reason));
  const ledger::Vault* vault = ledger::FindVault(state(), account->vault);
  if (!ledger::IsHolder(vault->policy, options_.me)) {
    return Refuse(RefusalCode::kNotAHolder, "ask the holders of this vault");
  }
  if (!vault->active.has_value() || !vault->active->acknowledged.contains(options_.me)) {
    return Refuse(RefusalCode::kNoShare, "ask the other holders of this vault");
  }
  if (outbox_.Find(Purpose::kRefusal, AlarmName(name)) != nullptr) {
    return base::MakeError(absl::StatusCode::kFailedPrecondition, "REFUSAL_ON_ITS_WAY",
                           "your own alarm has not reached the log yet",
                           "wait until this node is connected, then lift it");
  }
  if (!ledger::IsFrozen(*account)) {
    return Refuse(RefusalCode::kNotFrozen, "run: quorate accounts");
  }
  if (alarms != ledger::StandingAlarms(*account)) {
    return Refuse(RefusalCode::kAlarmsChanged, "see: quorate show " + name);
  }
  if (account->lifts.contains(options_.me)) {
    return Refuse(RefusalCode::kAlreadySaid, "the others are awaited; see: quorate show " + name);
  }
  return absl::OkStatus();
}

absl::StatusOr<StatementId> Node::LiftAlarms(const std::string& name,
                                             const std::vector<ledger::LeafHash>& alarms,
                                             const std::string& reason,
                                             const keystore::PersonKeys& person) {
  QUORATE_RETURN_IF_ERROR(ValidateLift(name, alarms, reason));
  QUORATE_ASSIGN_OR_RETURN(const ledger::Account* account, KnownAccount(name));
  if (const Outbox::Item* queued = outbox_.Find(Purpose::kLift, name)) return queued->statement.id;
  return Send(person, ledger::Lift{account->vault, name, alarms, reason},
              wire::RandomStatementId(*options_.random), {}, {}, Purpose::kLift, name);
}

}  // namespace quorate::node
