#ifndef QUORATE_CUSTODY_LEDGER_LEDGER_H_
#define QUORATE_CUSTODY_LEDGER_LEDGER_H_

#include <cstdint>
#include <optional>

#include "custody/ledger/refusal.h"
#include "custody/ledger/state.h"
#include "custody/ledger/types.h"

namespace quorate::ledger {

// One entry of the log, read but not yet judged. The replica makes these; what it could not read is
// absent and says why.
struct Entry {
  uint64_t index = 0;
  LeafHash leaf_hash;
  Leaf leaf;
  std::optional<Header> header;        // Absent: kMalformedHeader.
  std::optional<Statement> statement;  // Absent: `unreadable` says why.
  RefusalCode unreadable = RefusalCode::kNone;
  // Whether the header's verified size and root are this tree's: only the replica can know.
  bool root_is_this_trees = false;
};

struct Outcome {
  RefusalCode refusal = RefusalCode::kNone;
  // Whether the author that the header names signed this very statement, with their device too
  // where its kind needs that. Where not, anyone who
  // writes the log could have made it, so nothing may be concluded about its author.
  bool signed_by_author = false;
  bool admitted() const { return refusal == RefusalCode::kNone; }
};

// The state machine that every node, the audit reader and the simulator run over the log. Pure: no
// I/O, no clock, no randomness, no detached bytes. A statement that breaks a rule changes nothing
// but the record that it was there. Not thread-safe; copyable.
class Ledger {
 public:
  explicit Ledger(const OrganisationId& organisation);

  // Entries come in order: entry.index must be state().size.
  Outcome Apply(const Entry& entry);

  const State& state() const { return state_; }

  // SHA-256 over the state in a fixed order: equal at one size for all honest readers, whatever
  // release of the software they run. What only a body or blob holds and nothing is derived from
  // (texts, shares, proofs) goes in as the leaf hash of its statement, so that the digest outlives
  // it. Costs the size of the state.
  [[nodiscard]] Digest StateDigest() const;

 private:
  State state_;
};

}  // namespace quorate::ledger

#endif  // QUORATE_CUSTODY_LEDGER_LEDGER_H_
