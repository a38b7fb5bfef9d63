#include <algorithm>
#include <array>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "custody/ledger/queries.h"

namespace quorate::ledger {
namespace {

using Problem = std::optional<std::string>;

constexpr char kBadSigningKey[] =
    "A signing key is no good point; whoever brought it made it so that readers disagree.";
constexpr uint64_t kMinLifetimeSeconds = 60;
constexpr uint64_t kMaxLifetimeSeconds = 30ull * 24 * 3600;

uint32_t WitnessQuorum(uint32_t witnesses, uint32_t faults) { return (witnesses + faults) / 2 + 1; }

bool AreAscendingAndKnown(const std::vector<OrganiserNumber>& numbers, size_t organisers) {
  uint32_t last = 0;
  for (OrganiserNumber number : numbers) {
    if (number.value <= last || number.value > organisers) return false;
    last = number.value;
  }
  return true;
}

Problem SizeProblem(const Charter& charter) {
  if (charter.rules_version != kRulesVersion) {
    return "The charter is for other rules than this software's; use the same version everywhere.";
  }
  if (charter.organisers.size() < 2) return "An organisation needs at least two organisers.";
  if (charter.organisers.size() > kMaxOrganisers) return "The charter has too many organisers.";
  if (charter.vaults.empty()) return "The charter needs at least one vault.";
  if (charter.vaults.size() > kMaxVaults) return "The charter has too many vaults.";
  if (charter.governance_threshold < 2 ||
      charter.governance_threshold > charter.organisers.size()) {
    return "The governance threshold must be at least two and at most the number of organisers.";
  }
  return std::nullopt;
}

// One key in two places would let one signature, or one loss, count twice.
Problem KeyProblem(const Charter& charter) {
  std::set<std::array<uint8_t, 32>> keys = {charter.log_key.value};
  if (!crypto::IsSigningPoint(charter.log_key)) return kBadSigningKey;
  for (const Organiser& organiser : charter.organisers) {
    if (organiser.wrap_key.IsIdentity()) return "An organiser's wrap key is the identity.";
    for (const PublicKey& key :
         {organiser.signing_key, organiser.tls_key, organiser.device_key, organiser.witness_key}) {
      if (!crypto::IsSigningPoint(key)) return kBadSigningKey;
    }
    std::array<uint8_t, 32> wrap;
    std::copy_n(organiser.wrap_key.data(), wrap.size(), wrap.begin());
    for (const std::array<uint8_t, 32>& key :
         {organiser.signing_key.value, organiser.tls_key.value, wrap, organiser.device_key.value,
          organiser.witness_key.value}) {
      if (!keys.insert(key).second) return "A key stands in the charter twice.";
    }
  }
  return std::nullopt;
}

Problem WitnessProblem(const Charter& charter) {
  size_t count = charter.witnesses.size();
  if (count == 0) return "The charter needs at least one witness.";
  if (!AreAscendingAndKnown(charter.witnesses, charter.organisers.size())) {
    return "The witnesses must be organisers, in ascending order, each once.";
  }
  if (charter.witness_faults >= count) return "Not all witnesses may be counted as bad.";
  uint32_t quorum = WitnessQuorum(static_cast<uint32_t>(count), charter.witness_faults);
  if (charter.witness_quorum != quorum) {
    return "The witness quorum is not the one that follows from the number of witnesses.";
  }
  if (quorum > count) return "The witness quorum is more than there are witnesses.";
  return std::nullopt;
}

Problem VaultProblem(const VaultPolicy& policy, size_t organisers) {
  if (!AreAscendingAndKnown(policy.holders, organisers)) {
    return "A vault's holders must be organisers, in ascending order, each once.";
  }
  size_t holders = policy.holders.size();
  if (policy.threshold < 2 || policy.threshold >= holders) {
    return "A vault's threshold must be at least two and less than the number of its holders.";
  }
  if (policy.denials_to_block < 1 || policy.denials_to_block > holders - policy.threshold + 1) {
    return "A vault's denials to block must be at least one and leave its holders a veto.";
  }
  if (policy.request_lifetime_seconds < kMinLifetimeSeconds ||
      policy.request_lifetime_seconds > kMaxLifetimeSeconds) {
    return "A vault's requests must live from one minute to thirty days.";
  }
  if (policy.cooling_off_seconds >= policy.request_lifetime_seconds) {
    return "A vault's cooling-off must be shorter than the life of its requests.";
  }
  return std::nullopt;
}

}  // namespace

std::optional<std::string> CharterProblem(const Charter& charter) {
  for (auto check : {SizeProblem, KeyProblem, WitnessProblem}) {
    if (Problem problem = check(charter); problem.has_value()) return problem;
  }
  for (const VaultPolicy& policy : charter.vaults) {
    Problem problem = VaultProblem(policy, charter.organisers.size());
    if (problem.has_value()) return problem;
  }
  return std::nullopt;
}

WitnessPolicy DefaultWitnessPolicy(uint32_t witnesses, uint32_t largest_threshold) {
  if (witnesses == 0) return {};
  uint32_t faults = largest_threshold > 0 ? largest_threshold - 1 : 0;
  // One witness may sleep; where that is not to be had, as many faults as a majority stands.
  if (faults >= witnesses || WitnessQuorum(witnesses, faults) > witnesses - 1) {
    faults = (witnesses - 1) / 2;
  }
  return {faults, WitnessQuorum(witnesses, faults)};
}

uint32_t DefaultDenialsToBlock(uint32_t threshold, uint32_t holders) {
  if (holders < threshold) return threshold;
  return std::min(threshold, holders - threshold + 1);
}

}  // namespace quorate::ledger
