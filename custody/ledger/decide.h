#ifndef QUORATE_CUSTODY_LEDGER_DECIDE_H_
#define QUORATE_CUSTODY_LEDGER_DECIDE_H_

#include <cstdint>
#include <functional>
#include <span>
#include <string_view>
#include <utility>

#include "custody/ledger/ledger.h"
#include "custody/ledger/state_table.h"

// What Ledger::Apply is made of; for this folder and its tests.
namespace quorate::ledger {

// A readable statement by a known author, signed by them, at its place in the log.
struct Placed {
  const Entry& entry;
  const Header& header;
  OrganiserNumber author;
  uint64_t now_ms = 0;                // The entry's log_time.
  bool has_device_signature = false;  // A good one.
};

// What becomes of a statement. It is decided on a state that cannot be written; only an admitted
// statement has an effect, so a refused one changes nothing. An effect refers to the statement and
// to the place that it was decided on.
class [[nodiscard]] Decision {
 public:
  using Effect = std::function<void(State&)>;

  // NOLINTNEXTLINE(google-explicit-constructor): a refusal is a whole decision.
  Decision(RefusalCode refusal) : refusal_(refusal) {}
  static Decision Admit(Effect effect) { return Decision(std::move(effect)); }

  RefusalCode refusal() const { return refusal_; }
  bool admitted() const { return refusal_ == RefusalCode::kNone; }
  // Only where admitted.
  void Enact(State& state) const { effect_(state); }

 private:
  explicit Decision(Effect effect) : effect_(std::move(effect)) {}

  RefusalCode refusal_ = RefusalCode::kNone;
  Effect effect_;
};

// The rules of each kind. Header, signatures, quotas and the organisation's stage have been judged.
Decision Decide(const State& state, const Placed& placed, const Found& found);
Decision Decide(const State& state, const Placed& placed, const Rules& rules);
Decision Decide(const State& state, const Placed& placed, const ReceivingKey& receiving_key);
Decision Decide(const State& state, const Placed& placed, const Start& start);
Decision Decide(const State& state, const Placed& placed, const Deal& deal);
Decision Decide(const State& state, const Placed& placed, const Close& close);
Decision Decide(const State& state, const Placed& placed, const Complain& complain);
Decision Decide(const State& state, const Placed& placed, const Acknowledge& acknowledge);
Decision Decide(const State& state, const Placed& placed, const Activate& activate);
Decision Decide(const State& state, const Placed& placed, const Deposit& deposit);
Decision Decide(const State& state, const Placed& placed, const Confirm& confirm);
Decision Decide(const State& state, const Placed& placed, const Request& request);
Decision Decide(const State& state, const Placed& placed, const Accept& accept);
Decision Decide(const State& state, const Placed& placed, const Approve& approve);
Decision Decide(const State& state, const Placed& placed, const Deny& deny);
Decision Decide(const State& state, const Placed& placed, const Withdraw& withdraw);
Decision Decide(const State& state, const Placed& placed, const DecryptionShares& shares);
Decision Decide(const State& state, const Placed& placed, const Opened& opened);
Decision Decide(const State& state, const Placed& placed, const Alarm& alarm);
Decision Decide(const State& state, const Placed& placed, const Lift& lift);

// Whether the signatures of an endorsement hold over `digest`.
bool EndorsementHolds(const Charter& charter, const Endorsement& endorsement, const Digest& digest,
                      std::string_view label, std::string_view device_label);

// A vault, or why the statement has no business with it.
struct VaultOrRefusal {
  const Vault* vault = nullptr;
  RefusalCode refusal = RefusalCode::kNone;
};
// For sharing statements: the vault exists, the author is a holder, the sharing is the one in
// progress, and the table admits `kind` in its stage.
VaultOrRefusal VaultForSharing(const State& state, const Placed& placed, StatementKind kind,
                               const SharingRef& ref);
// For statements that use a vault's key: the vault exists and has an epoch where `kind` needs one.
VaultOrRefusal VaultInUse(const State& state, StatementKind kind, VaultNumber number);
// Ends the sharing without an epoch; the next attempt has the next number.
void AbortSharing(Vault& vault);
// The candidates' qualified set, or an error where they make none.
absl::StatusOr<crypto::QualifiedSet> Qualify(const Sharing& sharing);
// How many receivers are enough when a stage's time is over.
size_t EnoughAfterDeadline(const VaultPolicy& policy);
bool IsStageOver(const Sharing& sharing, uint64_t now_ms);

// A request that a statement names, or why it may not be named: there is none, or the table does
// not admit `kind` in its state.
struct RequestOrRefusal {
  const RequestRecord* request = nullptr;
  RefusalCode refusal = RefusalCode::kNone;
};
RequestOrRefusal RequestFor(const State& state, const Placed& placed, StatementKind kind,
                            const LeafHash& id);

// Items that name each kind once, in ascending order, and are neither none nor too many.
bool AreItemsInOrder(std::span<const ItemVersion> items);
bool IsItemKind(ItemKind kind);

// Bounded for each author, so that nobody can bury what others did; the rest is counted.
inline constexpr uint32_t kMaxAnomaliesPerAuthor = 256;
// `author` is 0 where nobody is named.
void AddAnomaly(State& state, uint64_t index, OrganiserNumber author, AnomalyKind kind,
                RefusalCode refusal = RefusalCode::kNone);

// What Ledger::StateDigest hashes.
Digest DigestOf(const State& state);

}  // namespace quorate::ledger

#endif  // QUORATE_CUSTODY_LEDGER_DECIDE_H_
