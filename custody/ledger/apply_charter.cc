// Founding, and raising the rules.
#include <optional>
#include <string_view>

#include "custody/ledger/decide.h"
#include "custody/ledger/queries.h"

namespace quorate::ledger {
namespace {

// A name of the length that it may have, its nonce, tag and padding.
constexpr size_t kMaxSealedNameBytes = kMaxNameBytes + 64;
constexpr size_t kMaxSealedTitleBytes = kMaxTitleBytes + 64;

bool AreSealedNamesBounded(const Charter& charter) {
  if (charter.organisation_name_sealed.size() > kMaxSealedTitleBytes) return false;
  for (const Organiser& organiser : charter.organisers) {
    if (organiser.name_sealed.size() > kMaxSealedNameBytes) return false;
  }
  for (const VaultPolicy& vault : charter.vaults) {
    if (vault.name_sealed.size() > kMaxSealedNameBytes) return false;
  }
  return true;
}

bool AreWrapsWellFormed(const Found& found) {
  if (found.wraps.size() != found.charter.organisers.size()) return false;
  for (const Bytes& wrap : found.wraps) {
    if (wrap.size() != crypto::kOrganisationKeyWrapSize) return false;
  }
  return true;
}

// Each known, ascending, both signatures good.
bool DoEndorsementsHold(const Charter& charter, const std::vector<Endorsement>& endorsements,
                        const Digest& digest, std::string_view label,
                        std::string_view device_label) {
  uint32_t last = 0;
  for (const Endorsement& endorsement : endorsements) {
    if (endorsement.organiser.value <= last) return false;
    last = endorsement.organiser.value;
    if (!EndorsementHolds(charter, endorsement, digest, label, device_label)) return false;
  }
  return true;
}

}  // namespace

bool EndorsementHolds(const Charter& charter, const Endorsement& endorsement, const Digest& digest,
                      std::string_view label, std::string_view device_label) {
  const Organiser* organiser = FindOrganiser(charter, endorsement.organiser);
  return organiser != nullptr &&
         crypto::VerifySignature(organiser->signing_key, label, digest.span(),
                                 endorsement.signature) &&
         crypto::VerifySignature(organiser->device_key, device_label, digest.span(),
                                 endorsement.device_signature);
}

Decision Decide(const State& state, const Placed& placed, const Found& found) {
  // The identifier is a hash of the charter, so no log can be founded for another's.
  if (OrganisationIdOf(found.charter_bytes) != state.organisation) {
    return RefusalCode::kWrongOrganisation;
  }
  if (placed.header.verified_size != 0) return RefusalCode::kForeignRoot;
  if (CharterProblem(found.charter).has_value() || !AreSealedNamesBounded(found.charter) ||
      !AreWrapsWellFormed(found)) {
    return RefusalCode::kBadCharter;
  }
  Digest digest = FoundingDigest(found.charter_bytes, found.wraps);
  if (!DoEndorsementsHold(found.charter, found.founders, digest, kFoundingLabel,
                          kFoundingDeviceLabel)) {
    return RefusalCode::kBadEndorsement;
  }
  if (found.founders.size() != found.charter.organisers.size()) {
    return RefusalCode::kNotEnoughEndorsements;
  }
  return Decision::Admit([&found](State& next) {
    next.rules_version = found.charter.rules_version;
    next.charter_version = 1;
    next.charter = found.charter;
    next.wraps = found.wraps;
    uint32_t number = 0;
    for (const VaultPolicy& policy : found.charter.vaults) {
      Vault vault;
      vault.number = VaultNumber{++number};
      vault.policy = policy;
      next.vaults.emplace(vault.number, std::move(vault));
    }
  });
}

Decision Decide(const State& state, const Placed& placed, const Rules& rules) {
  static_cast<void>(placed);
  // One at a time: a number out of reach would stop the organisation for ever.
  if (rules.rules_version != state.rules_version + 1) return RefusalCode::kUnknownRules;
  Digest digest = RulesDigest(state.organisation, state.charter_version, rules.rules_version);
  if (!DoEndorsementsHold(*state.charter, rules.endorsements, digest, kRulesLabel,
                          kRulesDeviceLabel)) {
    return RefusalCode::kBadEndorsement;
  }
  if (rules.endorsements.size() < state.charter->governance_threshold) {
    return RefusalCode::kNotEnoughEndorsements;
  }
  return Decision::Admit([&rules](State& next) { next.rules_version = rules.rules_version; });
}

}  // namespace quorate::ledger
