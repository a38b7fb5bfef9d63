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

struct StatementRow {
  StatementKind kind;
  std::string_view name;
  // A person's kit alone, without their device, may do what needs no device signature.
  bool needs_device_signature;
  bool has_clear_body;
  StageSet organisation;
  // Of the vault named in a sharing statement; empty where the statement names no sharing.
  StageSet vault;
  // Whether the vault must have an epoch in use.
  bool needs_active_epoch;
  // Of the request named; empty where the statement names none.
  StageSet request;
};

namespace table_internal {

using O = OrganisationStage;
using V = VaultStage;
using R = RequestState;
inline constexpr StageSet kFounded = StageSet::Of({O::kFounded});
inline constexpr StageSet kNone;
inline constexpr StageSet kOpen = StageSet::Of({R::kOpen});
inline constexpr StageSet kEver =
    StageSet::Of({R::kOpen, R::kOpened, R::kWithdrawn, R::kDenied, R::kExpired});

}  // namespace table_internal

// Indexed by StatementKind.
// clang-format off
inline constexpr std::array<StatementRow, kStatementKinds> kStatementTable = [] {
  using namespace table_internal;
  using K = StatementKind;
  return std::array<StatementRow, kStatementKinds>{{
  // kind               name                 device clear  organisation                   vault                                                   epoch  request
  {K::kFound,           "found",             true,  true,  StageSet::Of({O::kUnfounded}), kNone,                                                  false, kNone},
  {K::kRules,           "rules",             true,  true,  kFounded,                      kNone,                                                  false, kNone},
  {K::kReceivingKey,    "receiving-key",     true,  false, kFounded,                      StageSet::Of({V::kNoSharing, V::kReceivingKeys}),       false, kNone},
  {K::kStart,           "start",             true,  false, kFounded,                      StageSet::Of({V::kReceivingKeys}),                      false, kNone},
  {K::kDeal,            "deal",              true,  false, kFounded,                      StageSet::Of({V::kDealing}),                            false, kNone},
  {K::kClose,           "close",             true,  false, kFounded,                      StageSet::Of({V::kDealing, V::kAcknowledging}),         false, kNone},
  {K::kComplain,        "complain",          true,  false, kFounded,                      StageSet::Of({V::kAcknowledging, V::kActive}),          false, kNone},
  {K::kAcknowledge,     "acknowledge",       true,  false, kFounded,                      StageSet::Of({V::kAcknowledging, V::kActive}),          false, kNone},
  {K::kActivate,        "activate",          true,  false, kFounded,                      StageSet::Of({V::kAcknowledging}),                      false, kNone},
  {K::kDeposit,         "deposit",           true,  false, kFounded,                      kNone,                                                  true,  kNone},
  {K::kConfirm,         "confirm",           true,  false, kFounded,                      kNone,                                                  true,  kNone},
  {K::kRequest,         "request",           true,  false, kFounded,                      kNone,                                                  true,  kNone},
  {K::kAccept,          "accept",            true,  false, kFounded,                      kNone,                                                  true,  kOpen},
  {K::kApprove,         "approve",           true,  false, kFounded,                      kNone,                                                  true,  kOpen},
  {K::kDeny,            "deny",              false, false, kFounded,                      kNone,                                                  true,  kOpen},
  {K::kWithdraw,        "withdraw",          false, false, kFounded,                      kNone,                                                  true,  kOpen},
  {K::kDecryptionShares, "decryption-shares", true, false, kFounded,                      kNone,                                                  true,  kEver},
  {K::kOpened,          "opened",            true,  false, kFounded,                      kNone,                                                  true,  kEver},
  }};
}();
// clang-format on

constexpr const StatementRow& RowOf(StatementKind kind) {
  return kStatementTable[static_cast<size_t>(kind)];
}
inline StatementKind KindOf(const Statement& statement) {
  return static_cast<StatementKind>(statement.index());
}

}  // namespace quorate::ledger

#endif  // QUORATE_CUSTODY_LEDGER_STATE_TABLE_H_
