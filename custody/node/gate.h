#ifndef QUORATE_CUSTODY_NODE_GATE_H_
#define QUORATE_CUSTODY_NODE_GATE_H_

#include <array>
#include <optional>
#include <string>
#include <string_view>

#include "absl/time/time.h"
#include "crypto/bytes.h"
#include "custody/ledger/state.h"

// The release gate: nothing leaves this node for a request unless all seven checks hold, on the
// newest state that the node has applied. None takes the server's word for anything. Pure.
namespace quorate::node {

// What the person approved on this node, kept from then on. The prepared shares themselves lie
// sealed beside it.
struct Armed {
  ledger::LeafHash request;
  std::vector<ledger::LeafHash> accepts;
  ledger::StatementId approval;
  ledger::StatementId shares;
  ledger::Epoch epoch;
  uint32_t charter_version = 0;
  uint32_t rules_version = 0;
  // CiphertextHash of each item, in the request's order.
  std::vector<crypto::Digest> ciphertexts;
};

struct GateInput {
  const ledger::State& state;
  const ledger::RequestRecord& request;
  const Armed& armed;
  ledger::OrganiserNumber me;
  absl::Time now;                // This node's clock.
  absl::Time first_seen;         // When this node first saw the request, by its own clock.
  absl::Time last_heard;         // When a checkpoint of exactly this state last reached this node.
  uint64_t checkpoint_size = 0;  // The largest size that the log has signed and this node has seen.
  // Where this node's own approval stands on the log, once it does.
  std::optional<ledger::LeafHash> own_approval;
  // Whether this node's own person has raised an alarm that the log does not show yet.
  bool own_alarm_waits = false;
};

// How old the newest checkpoint may be when shares leave.
inline constexpr absl::Duration kCheckpointFreshness = absl::Minutes(5);

// Each is absent where the check holds, else a sentence that says what is missing.
using GateVerdict = std::optional<std::string>;

// 1. The request is valid, open, of an active organiser, for a version that it may ask for; every
//    recipient has a one-time key; enough holders stand outside it.
GateVerdict CheckRequestIsValid(const GateInput& input);
// 2. This node's own person approved this very leaf and these accepts, and the log says so.
GateVerdict CheckOwnApproval(const GateInput& input);
// 3. A quorum of current acknowledged holders approves, none of them a party to the request, and
//    denials are below the limit. Every holder's last word counts.
GateVerdict CheckQuorum(const GateInput& input);
// 4. Cooling-off is over, from when this node first saw the request, and expiry is not reached, by
//    log time and by this node's clock.
GateVerdict CheckTime(const GateInput& input);
// 5. The newest state is covered by a checkpoint that reached this node within the last five
//    minutes, and covers request, accepts and approvals.
GateVerdict CheckFreshness(const GateInput& input);
// 6. What was prepared is for the ciphertexts that the request names, label and proof included.
GateVerdict CheckCiphertexts(const GateInput& input);
// 7. Epoch, charter and rules are those that the approval was given under, and no alarm freezes the
//    account, the own person's included that the server has not logged yet.
GateVerdict CheckVersions(const GateInput& input);

// Why what was prepared will never be released: the versions of check 7, without the alarm, which
// can be lifted.
GateVerdict WhyVoid(const GateInput& input);

struct GateCheck {
  std::string_view name;
  GateVerdict (*check)(const GateInput& input);
};
// In order.
extern const std::array<GateCheck, 7> kGate;

// The first check that does not hold; absent where the gate is open.
GateVerdict WhyClosed(const GateInput& input);

}  // namespace quorate::node

#endif  // QUORATE_CUSTODY_NODE_GATE_H_
