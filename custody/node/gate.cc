#include "custody/node/gate.h"

#include <algorithm>

#include "crypto/threshold_encryption.h"
#include "custody/ledger/queries.h"

namespace quorate::node {
namespace {

using ledger::RequestState;

std::string Count(size_t have, size_t want) {
  return std::to_string(have) + " of " + std::to_string(want);
}

}  // namespace

GateVerdict CheckRequestIsValid(const GateInput& input) {
  const ledger::RequestRecord& request = input.request;
  if (request.state != RequestState::kOpen) return "the request is closed";
  if (!input.state.charter.has_value() || request.requester.value == 0 ||
      request.requester.value > input.state.charter->organisers.size()) {
    return "the requester is no active organiser";
  }
  const ledger::Account* account = ledger::FindAccount(input.state, request.request.account);
  if (account == nullptr || account->vault != request.request.vault) {
    return "the account is not in this vault";
  }
  for (const ledger::ItemVersion& wanted : request.request.items) {
    auto item = account->items.find(wanted.kind);
    if (item == account->items.end() || ledger::FindVersion(*account, wanted) == nullptr) {
      return "an item that it asks for does not exist";
    }
    // A version confirmed since then is the better one: the requester asks anew.
    if (!request.request.unusual_version &&
        ledger::DefaultVersion(item->second) != wanted.version) {
      return "a newer version has been confirmed since it was made";
    }
  }
  for (ledger::OrganiserNumber recipient : request.request.recipients) {
    if (!request.one_time_keys.contains(recipient)) return "a recipient has not accepted yet";
  }
  if (ledger::MayApprove(input.state, request).size() < request.threshold) {
    return "too few holders stand outside the request";
  }
  return std::nullopt;
}

GateVerdict CheckOwnApproval(const GateInput& input) {
  if (input.armed.request != input.request.id) return "another request was approved here";
  std::vector<ledger::LeafHash> accepts;
  for (const auto& [recipient, accept] : input.request.accepts) accepts.push_back(accept);
  if (accepts != input.armed.accepts) return "the recipients changed after the approval";
  auto word = input.request.words.find(input.me);
  if (word == input.request.words.end()) return "our approval is not on the log yet";
  if (word->second.word != ledger::Word::kApproval) return "our approval has been taken back";
  if (word->second.leaf_hash != input.own_approval) {
    return "the approval on the log was not given on this node";
  }
  return std::nullopt;
}

GateVerdict CheckQuorum(const GateInput& input) {
  const size_t approvals = ledger::CountApprovals(input.state, input.request);
  if (approvals < input.request.threshold) {
    return Count(approvals, input.request.threshold) + " approvals";
  }
  if (ledger::CountDenials(input.request) >= input.request.denials_to_block) {
    return "too many holders deny it";
  }
  return std::nullopt;
}

GateVerdict CheckTime(const GateInput& input) {
  const absl::Duration cooling_off =
      absl::Seconds(static_cast<int64_t>(input.request.cooling_off_seconds));
  const absl::Time logged = absl::FromUnixMillis(static_cast<int64_t>(input.request.log_time_ms));
  // The server could date a request back; this node could have been away. The later one counts.
  if (input.now < std::max(input.first_seen, logged) + cooling_off) {
    return "the cooling-off is not over";
  }
  const absl::Time expiry = absl::FromUnixMillis(static_cast<int64_t>(input.request.expires_ms));
  if (input.now >= expiry || input.state.last_log_time_ms >= input.request.expires_ms) {
    return "the request has expired";
  }
  return std::nullopt;
}

GateVerdict CheckFreshness(const GateInput& input) {
  // Behind what the log has signed, denials may wait that have not been read.
  if (input.checkpoint_size != input.state.size || input.state.size <= input.request.index) {
    return "this node has not read all that the log has signed";
  }
  // A clock that was set back makes the last checkpoint seem to come from the future.
  if (input.now - input.last_heard > kCheckpointFreshness ||
      input.last_heard - input.now > kCheckpointFreshness) {
    return "the newest checkpoint is more than five minutes old";
  }
  return std::nullopt;
}

GateVerdict CheckCiphertexts(const GateInput& input) {
  const ledger::Account* account = ledger::FindAccount(input.state, input.request.request.account);
  if (account == nullptr) return "the account is gone";
  const std::vector<ledger::ItemVersion>& items = input.request.request.items;
  if (items.size() != input.armed.ciphertexts.size()) return "other items were approved here";
  for (size_t i = 0; i < items.size(); ++i) {
    const ledger::VersionRecord* version = ledger::FindVersion(*account, items[i]);
    if (version == nullptr) return "an item that was approved does not exist";
    const crypto::ItemLabel label = ledger::LabelOf(input.state, *account, *version);
    if (crypto::CiphertextHash(label, ledger::CiphertextOf(*version)) !=
        input.armed.ciphertexts[i]) {
      return "an item is not the one that was approved here";
    }
  }
  return std::nullopt;
}

GateVerdict WhyVoid(const GateInput& input) {
  const ledger::Vault* vault = ledger::FindVault(input.state, input.request.request.vault);
  if (vault == nullptr || !vault->active.has_value() || vault->active->epoch != input.armed.epoch) {
    return "the vault's key has been shared anew: approve again";
  }
  if (input.state.charter_version != input.armed.charter_version) {
    return "the charter has changed: approve again";
  }
  if (input.state.rules_version != input.armed.rules_version) {
    return "the rules have changed: approve again";
  }
  return std::nullopt;
}

GateVerdict CheckVersions(const GateInput& input) {
  if (GateVerdict stale = WhyVoid(input); stale.has_value()) return stale;
  if (ledger::IsHeldByAlarm(input.state, input.request)) return "an alarm freezes the account";
  if (input.own_alarm_waits && !ledger::AsksForRecoveryCodesAlone(input.request)) {
    return "your own alarm is on its way to the log";
  }
  return std::nullopt;
}

const std::array<GateCheck, 7> kGate = {{
    {"request", CheckRequestIsValid},
    {"own approval", CheckOwnApproval},
    {"quorum", CheckQuorum},
    {"time", CheckTime},
    {"freshness", CheckFreshness},
    {"ciphertexts", CheckCiphertexts},
    {"versions", CheckVersions},
}};

GateVerdict WhyClosed(const GateInput& input) {
  for (const GateCheck& gate : kGate) {
    if (GateVerdict verdict = gate.check(input); verdict.has_value()) return verdict;
  }
  return std::nullopt;
}

}  // namespace quorate::node
