#ifndef QUORATE_CUSTODY_LEDGER_STATE_TABLE_H_
#define QUORATE_CUSTODY_LEDGER_STATE_TABLE_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <string_view>
#include <variant>

#include "custody/ledger/state.h"
#include "custody/ledger/types.h"

// Which statement is admitted in which state: what Apply consults before the rules of each kind,
// and what the tests and docs/states.md are made from. A statement that the table admits may still
// be refused for what it says; one that the table does not admit is always refused.
namespace quorate::ledger {

// In the order of Statement's alternatives.
enum class StatementKind : uint8_t {
  kFound = 0,
  kRules = 1,
  kReceivingKey = 2,
  kStart = 3,
  kDeal = 4,
  kClose = 5,
  kComplain = 6,
  kAcknowledge = 7,
  kActivate = 8,
  kDeposit = 9,
  kConfirm = 10,
  kRequest = 11,
  kAccept = 12,
  kApprove = 13,
  kDeny = 14,
  kWithdraw = 15,
  kDecryptionShares = 16,
  kOpened = 17,
  kAlarm = 18,
  kLift = 19,
};
inline constexpr size_t kStatementKinds = std::variant_size_v<Statement>;

enum class OrganisationStage : uint8_t {
  kUnfounded = 0,
  kFounded = 1,
  kSuperseded = 2,  // Its rules are newer than this software.
};

// SharingStage with a place for a vault that has no sharing.
enum class VaultStage : uint8_t {
  kNoSharing = 0,
  kReceivingKeys = 1,
  kDealing = 2,
  kAcknowledging = 3,
  kActive = 4,
};

enum class AccountStage : uint8_t {
  kFree = 0,
  kFrozen = 1,  // An alarm stands.
};

// A set of stages: one bit for each number.
struct StageSet {
  uint8_t bits = 0;

  template <typename Stage>
  static constexpr StageSet Of(std::initializer_list<Stage> stages) {
    StageSet set;
    for (Stage stage : stages) {
      set.bits = static_cast<uint8_t>(set.bits | (1u << static_cast<unsigned>(stage)));
    }
    return set;
  }
  template <typename Stage>
  constexpr bool Has(Stage stage) const {
    return ((bits >> static_cast<unsigned>(stage)) & 1u) != 0;
  }
  constexpr bool empty() const { return bits == 0; }
};

// A person's kit alone, without their device, may do what needs no device signature.
enum class DeviceSignature : uint8_t {
  kNeeded = 0,
  kNeededAfterDenial =
      1,  // Where the author's standing word is a denial, which it would take back.
  kNotNeeded = 2,
};

struct StatementRow {
  StatementKind kind;
  std::string_view name;
  DeviceSignature device_signature;
  bool has_clear_body;
  StageSet organisation;
  // Of the vault named in a sharing statement; empty where the statement names no sharing.
  StageSet vault;
  // Whether it names a vault to use, which must have an epoch in use.
  bool needs_active_epoch;
  // Of the request named; empty where the statement names none.
  StageSet request;
  // Of the account named by an alarm or lift; empty for all else, which no alarm refuses.
  StageSet account = {};
};

namespace table_internal {

using O = OrganisationStage;
using V = VaultStage;
using R = RequestState;
using A = AccountStage;

inline constexpr StageSet kNone;
inline constexpr StageSet kUnfounded = StageSet::Of({O::kUnfounded});
inline constexpr StageSet kFounded = StageSet::Of({O::kFounded});

inline constexpr StageSet kBeforeStart = StageSet::Of({V::kNoSharing, V::kReceivingKeys});
inline constexpr StageSet kKeys = StageSet::Of({V::kReceivingKeys});
inline constexpr StageSet kDealing = StageSet::Of({V::kDealing});
inline constexpr StageSet kUnfinished = StageSet::Of({V::kDealing, V::kAcknowledging});
inline constexpr StageSet kAcknowledging = StageSet::Of({V::kAcknowledging});
inline constexpr StageSet kClosed = StageSet::Of({V::kAcknowledging, V::kActive});

inline constexpr StageSet kOpen = StageSet::Of({R::kOpen});
// Opened means that every recipient has said so.
inline constexpr StageSet kNotOpened =
    StageSet::Of({R::kOpen, R::kWithdrawn, R::kDenied, R::kExpired});
// What is out is out: the log takes note of it whatever became of the request.
inline constexpr StageSet kEver =
    StageSet::Of({R::kOpen, R::kOpened, R::kWithdrawn, R::kDenied, R::kExpired});

inline constexpr StageSet kAnyAccount = StageSet::Of({A::kFree, A::kFrozen});
inline constexpr StageSet kFrozen = StageSet::Of({A::kFrozen});

using K = StatementKind;
using D = DeviceSignature;

}  // namespace table_internal

// Indexed by StatementKind.
inline constexpr std::array<StatementRow, kStatementKinds> kStatementTable = [] {
  using namespace table_internal;  // NOLINT(google-build-using-namespace)
  return std::array<StatementRow, kStatementKinds>{{
      // kind, name, device signature, clear body, organisation, vault, active epoch, request
      {K::kFound, "found", D::kNeeded, true, kUnfounded, kNone, false, kNone},
      {K::kRules, "rules", D::kNeeded, true, kFounded, kNone, false, kNone},
      {K::kReceivingKey, "receiving-key", D::kNeeded, false, kFounded, kBeforeStart, false, kNone},
      {K::kStart, "start", D::kNeeded, false, kFounded, kKeys, false, kNone},
      {K::kDeal, "deal", D::kNeeded, false, kFounded, kDealing, false, kNone},
      {K::kClose, "close", D::kNeeded, false, kFounded, kUnfinished, false, kNone},
      {K::kComplain, "complain", D::kNeeded, false, kFounded, kClosed, false, kNone},
      {K::kAcknowledge, "acknowledge", D::kNeeded, false, kFounded, kClosed, false, kNone},
      {K::kActivate, "activate", D::kNeeded, false, kFounded, kAcknowledging, false, kNone},
      {K::kDeposit, "deposit", D::kNeeded, false, kFounded, kNone, true, kNone},
      {K::kConfirm, "confirm", D::kNeeded, false, kFounded, kNone, false, kNone},
      {K::kRequest, "request", D::kNeeded, false, kFounded, kNone, true, kNone},
      {K::kAccept, "accept", D::kNeeded, false, kFounded, kNone, false, kOpen},
      {K::kApprove, "approve", D::kNeeded, false, kFounded, kNone, false, kOpen},
      {K::kDeny, "deny", D::kNotNeeded, false, kFounded, kNone, false, kOpen},
      {K::kWithdraw, "withdraw", D::kNeededAfterDenial, false, kFounded, kNone, false, kOpen},
      {K::kDecryptionShares, "decryption-shares", D::kNeeded, false, kFounded, kNone, false, kEver},
      {K::kOpened, "opened", D::kNeeded, false, kFounded, kNone, false, kNotOpened},
      {K::kAlarm, "alarm", D::kNotNeeded, false, kFounded, kNone, false, kNone, kAnyAccount},
      {K::kLift, "lift", D::kNeeded, false, kFounded, kNone, false, kNone, kFrozen},
  }};
}();

constexpr const StatementRow& RowOf(StatementKind kind) {
  return kStatementTable[static_cast<size_t>(kind)];
}
inline StatementKind KindOf(const Statement& statement) {
  return static_cast<StatementKind>(statement.index());
}

}  // namespace quorate::ledger

#endif  // QUORATE_CUSTODY_LEDGER_STATE_TABLE_H_
