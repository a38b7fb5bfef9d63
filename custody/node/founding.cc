#include "custody/node/founding.h"

#include <algorithm>
#include <set>
#include <utility>

#include "crypto/transcript.h"
#include "crypto/words.h"
#include "crypto/wrap.h"
#include "custody/base/error_info.h"
#include "custody/base/status_macros.h"
#include "custody/ledger/queries.h"
#include "custody/wire/sealed_name.h"
#include "custody/wire/statement.h"

namespace quorate::node {
namespace {

using ledger::OrganiserNumber;

constexpr char kCardLabel[] = "quorate/card/v1";
constexpr uint64_t kShortestLifetime = 60;
constexpr uint64_t kLongestLifetime = 30ull * 24 * 3600;

absl::Status BadCharter(const std::string& what) {
  return base::MakeError(absl::StatusCode::kInvalidArgument, "BAD_CHARTER", what,
                         "correct the charter and draft it again");
}

bool HasRepeats(std::vector<std::string> names) {
  std::sort(names.begin(), names.end());
  return std::adjacent_find(names.begin(), names.end()) != names.end();
}

bool Contains(const std::vector<std::string>& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

absl::Status CheckNames(const std::vector<std::string>& names, const std::string& what,
                        const std::vector<std::string>* known) {
  if (HasRepeats(names)) return BadCharter("a name stands twice among the " + what);
  for (const std::string& name : names) {
    if (!ledger::IsValidName(name, ledger::kMaxNameBytes)) {
      return BadCharter("among the " + what +
                        " is no usable name: use a-z, 0-9 and . _ @ + -, a letter or digit first");
    }
    if (known != nullptr && !Contains(*known, name)) {
      return BadCharter("\"" + name + "\" is among the " + what + " but not among the organisers");
    }
  }
  return absl::OkStatus();
}

absl::Status CheckVault(wire::DraftVault& vault, const std::vector<std::string>& organisers) {
  if (!ledger::IsValidName(vault.name, ledger::kMaxNameBytes)) {
    return BadCharter("a vault has no usable name: use a-z, 0-9 and . _ @ + -");
  }
  const std::string of = " of vault \"" + vault.name + "\"";
  QUORATE_RETURN_IF_ERROR(CheckNames(vault.holders, "holders" + of, &organisers));
  const size_t n = vault.holders.size();
  const size_t k = vault.threshold;
  if (k < 2)
    return BadCharter("the threshold" + of + " is below 2: one person could open it alone");
  if (k > n) return BadCharter("the threshold" + of + " is larger than the number of its holders");
  if (k == n) {
    return BadCharter("the threshold" + of +
                      " is the number of its holders: a holder who asks cannot approve, so nothing "
                      "would ever open; lower it or add a holder");
  }
  if (vault.request_lifetime_seconds < kShortestLifetime ||
      vault.request_lifetime_seconds > kLongestLifetime) {
    return BadCharter("the request lifetime" + of + " is not between a minute and thirty days");
  }
  if (vault.cooling_off_seconds >= vault.request_lifetime_seconds) {
    return BadCharter("the cooling-off" + of + " is not shorter than the request lifetime");
  }
  if (vault.denials_to_block == 0) {
    vault.denials_to_block =
        ledger::DefaultDenialsToBlock(vault.threshold, static_cast<uint32_t>(n));
  }
  if (vault.denials_to_block > n - k + 1) {
    return BadCharter("denials_to_block" + of +
                      " is larger than n - k + 1 = " + std::to_string(n - k + 1));
  }
  return absl::OkStatus();
}

std::vector<OrganiserNumber> NumbersOf(const std::vector<std::string>& names,
                                       const std::vector<std::string>& organisers) {
  std::vector<OrganiserNumber> numbers;
  for (const std::string& name : names) {
    auto place = std::find(organisers.begin(), organisers.end(), name);
    numbers.push_back({static_cast<uint32_t>(place - organisers.begin()) + 1});
  }
  std::sort(numbers.begin(), numbers.end());
  return numbers;
}

crypto::Bytes CardBytes(const crypto::Digest& draft_id, const wire::Card& card) {
  crypto::Transcript transcript(kCardLabel);
  transcript.AppendDigest(draft_id).AppendText(card.name);
  transcript.Append(card.signing_key.span()).Append(card.tls_key.span());
  transcript.AppendPoint(card.wrap_key);
  transcript.Append(card.device_key.span()).Append(card.witness_key.span());
  return transcript.encoding();
}

absl::Status BadFounding(const std::string& what) {
  return base::MakeError(absl::StatusCode::kInvalidArgument, "BAD_FOUNDING", what,
                         "do not sign; talk to the other founders and start a new draft");
}

uint32_t LargestThreshold(const wire::Draft& draft) {
  uint32_t largest = 0;
  for (const wire::DraftVault& vault : draft.vaults) largest = std::max(largest, vault.threshold);
  return largest;
}

}  // namespace

absl::StatusOr<wire::Draft> CheckDraft(wire::Draft draft) {
  if (draft.organisation.empty() ||
      !ledger::IsValidText(draft.organisation, ledger::kMaxTitleBytes)) {
    return BadCharter("the organisation has no usable name");
  }
  const size_t n = draft.organisers.size();
  if (n < 3 || n > ledger::kMaxOrganisers) {
    return BadCharter("an organisation has between 3 and 200 organisers");
  }
  QUORATE_RETURN_IF_ERROR(CheckNames(draft.organisers, "organisers", nullptr));
  if (!Contains(draft.organisers, draft.author)) {
    return BadCharter("\"" + draft.author + "\", whose draft this is, is not among the organisers");
  }
  if (draft.governance_threshold < 2 || draft.governance_threshold > n) {
    return BadCharter("governance_threshold is not between 2 and the number of organisers");
  }
  if (draft.vaults.empty()) return BadCharter("there is no vault");
  if (draft.vaults.size() > ledger::kMaxVaults) return BadCharter("there are too many vaults");
  std::vector<std::string> vault_names;
  std::set<std::string> holders;
  for (wire::DraftVault& vault : draft.vaults) {
    QUORATE_RETURN_IF_ERROR(CheckVault(vault, draft.organisers));
    vault_names.push_back(vault.name);
    holders.insert(vault.holders.begin(), vault.holders.end());
  }
  if (HasRepeats(vault_names)) return BadCharter("two vaults have one name");
  if (draft.witnesses.empty()) draft.witnesses.assign(holders.begin(), holders.end());
  QUORATE_RETURN_IF_ERROR(CheckNames(draft.witnesses, "witnesses", &draft.organisers));
  return draft;
}

std::vector<std::string> DraftWarnings(const wire::Draft& draft) {
  std::vector<std::string> warnings;
  const uint32_t witnesses = static_cast<uint32_t>(draft.witnesses.size());
  const uint32_t largest = LargestThreshold(draft);
  const ledger::WitnessPolicy policy = ledger::DefaultWitnessPolicy(witnesses, largest);
  if (policy.faults + 1 < largest) {
    warnings.push_back("witnessing stands " + std::to_string(policy.faults) +
                       " bad witnesses, not " + std::to_string(largest - 1) +
                       ": that many together with the server could hide a denial");
  }
  const uint32_t may_sleep = witnesses - policy.quorum;
  for (const wire::DraftVault& vault : draft.vaults) {
    const uint32_t n = static_cast<uint32_t>(vault.holders.size());
    if (may_sleep < n - vault.threshold) {
      warnings.push_back("vault " + vault.name + ": " + std::to_string(n - vault.threshold) +
                         " holders may be away but only " + std::to_string(may_sleep) +
                         " witnesses: add an always-on witness");
    }
    if (may_sleep >= vault.denials_to_block) {
      warnings.push_back("vault " + vault.name +
                         ": the witnesses that may be away could be all who deny a request");
    }
  }
  return warnings;
}

wire::Card MakeCard(const crypto::Digest& draft_id, const keystore::Keystore& keystore,
                    const keystore::PersonKeys& person) {
  wire::Card card;
  card.name = keystore.name();
  card.signing_key = keystore.card().signing;
  card.tls_key = keystore.card().tls;
  card.wrap_key = keystore.card().wrap;
  card.device_key = keystore.card().device;
  card.witness_key = keystore.card().witness;
  const crypto::Bytes bytes = CardBytes(draft_id, card);
  card.signature = person.signing.Sign(kCardLabel, bytes);
  card.device_signature = person.device.Sign(kCardLabel, bytes);
  card.witness_signature = keystore.witness().Sign(kCardLabel, bytes);
  return card;
}

absl::Status CheckCard(const crypto::Digest& draft_id, const std::string& expected_name,
                       const wire::Card& card) {
  const crypto::Bytes bytes = CardBytes(draft_id, card);
  const bool good_points =
      crypto::IsSigningPoint(card.signing_key) && crypto::IsSigningPoint(card.tls_key) &&
      crypto::IsSigningPoint(card.device_key) && crypto::IsSigningPoint(card.witness_key);
  if (good_points && card.name == expected_name &&
      crypto::VerifySignature(card.signing_key, kCardLabel, bytes, card.signature) &&
      crypto::VerifySignature(card.device_key, kCardLabel, bytes, card.device_signature) &&
      crypto::VerifySignature(card.witness_key, kCardLabel, bytes, card.witness_signature)) {
    return absl::OkStatus();
  }
  return base::MakeError(
      absl::StatusCode::kInvalidArgument, "BAD_CARD",
      "the card in the name of \"" + expected_name + "\" is not signed by the keys that it shows",
      "start a new draft and send its link in another way");
}

absl::StatusOr<wire::FoundingDocument> BuildFounding(const crypto::Digest& draft_id,
                                                     const wire::Draft& given,
                                                     const std::map<std::string, wire::Card>& cards,
                                                     const ServerKeys& server,
                                                     const crypto::Secret& key) {
  QUORATE_ASSIGN_OR_RETURN(wire::Draft draft, CheckDraft(given));
  ledger::Charter charter;
  charter.salt = draft_id;
  charter.rules_version = ledger::kRulesVersion;
  charter.governance_threshold = draft.governance_threshold;
  charter.organisation_name_sealed =
      wire::SealName(key, wire::kOrganisationRole, 0, draft.organisation);
  uint32_t number = 0;
  for (const std::string& name : draft.organisers) {
    auto card = cards.find(name);
    if (card == cards.end()) return BadFounding("the card of \"" + name + "\" is missing");
    QUORATE_RETURN_IF_ERROR(CheckCard(draft_id, name, card->second));
    const wire::Card& keys = card->second;
    charter.organisers.push_back({wire::SealName(key, wire::kOrganiserRole, ++number, name),
                                  keys.signing_key, keys.tls_key, keys.wrap_key, keys.device_key,
                                  keys.witness_key});
  }
  number = 0;
  for (const wire::DraftVault& vault : draft.vaults) {
    charter.vaults.push_back({wire::SealName(key, wire::kVaultRole, ++number, vault.name),
                              vault.threshold, NumbersOf(vault.holders, draft.organisers),
                              vault.cooling_off_seconds, vault.request_lifetime_seconds,
                              vault.denials_to_block});
  }
  charter.witnesses = NumbersOf(draft.witnesses, draft.organisers);
  const ledger::WitnessPolicy policy = ledger::DefaultWitnessPolicy(
      static_cast<uint32_t>(charter.witnesses.size()), LargestThreshold(draft));
  charter.witness_faults = policy.faults;
  charter.witness_quorum = policy.quorum;
  charter.log_key = server.log_key;
  charter.server_certificate_digest = server.certificate_digest;
  charter.organisation_key_commitment = crypto::CommitToOrganisationKey(key);
  if (std::optional<std::string> problem = ledger::CharterProblem(charter); problem.has_value()) {
    return BadCharter(*problem);
  }
  wire::FoundingDocument document;
  document.charter = wire::EncodeCharter(charter);
  const ledger::OrganisationId organisation = ledger::OrganisationIdOf(document.charter);
  for (uint32_t i = 0; i < charter.organisers.size(); ++i) {
    QUORATE_ASSIGN_OR_RETURN(crypto::Bytes wrap,
                             crypto::WrapOrganisationKey(key, 1, crypto::Digest{organisation.value},
                                                         i + 1, charter.organisers[i].wrap_key));
    document.wraps.push_back(std::move(wrap));
  }
  return document;
}

absl::StatusOr<CheckedFounding> CheckFounding(
    const crypto::Digest& draft_id, const wire::Draft& draft,
    const std::map<std::string, wire::Card>& cards, const ServerKeys& server,
    const wire::FoundingDocument& document, const std::string& my_name,
    const keystore::CardKeys& my_keys, const crypto::WrapKey& my_wrap) {
  CheckedFounding checked;
  QUORATE_ASSIGN_OR_RETURN(checked.charter, wire::DecodeCharter(document.charter));
  checked.organisation = ledger::OrganisationIdOf(document.charter);
  const auto place = std::find(draft.organisers.begin(), draft.organisers.end(), my_name);
  const size_t position = static_cast<size_t>(place - draft.organisers.begin());
  if (place == draft.organisers.end() || position >= document.wraps.size() ||
      position >= checked.charter.organisers.size()) {
    return BadFounding("you are not in the charter");
  }
  checked.me.value = static_cast<uint32_t>(position) + 1;
  const ledger::Organiser& mine = checked.charter.organisers[position];
  if (mine.signing_key != my_keys.signing || mine.tls_key != my_keys.tls ||
      mine.wrap_key != my_keys.wrap || mine.device_key != my_keys.device ||
      mine.witness_key != my_keys.witness) {
    return BadFounding("the charter has other keys in your name than yours");
  }
  QUORATE_ASSIGN_OR_RETURN(
      checked.organisation_key,
      crypto::UnwrapOrganisationKey(document.wraps[position], 1,
                                    crypto::Digest{checked.organisation.value}, checked.me.value,
                                    my_wrap, checked.charter.organisation_key_commitment));
  QUORATE_ASSIGN_OR_RETURN(wire::FoundingDocument again,
                           BuildFounding(draft_id, draft, cards, server, checked.organisation_key));
  if (!(again == document)) {
    return BadFounding("the charter is not what the draft and the cards that you see give");
  }
  checked.digest = ledger::FoundingDigest(document.charter, document.wraps);
  checked.words = crypto::FingerprintWords(checked.digest, kFoundingWords);
  return checked;
}

ledger::Endorsement SignFounding(const crypto::Digest& digest, OrganiserNumber me,
                                 const keystore::PersonKeys& person) {
  return {me, person.signing.Sign(ledger::kFoundingLabel, digest.span()),
          person.device.Sign(ledger::kFoundingDeviceLabel, digest.span())};
}

bool CheckFounderSignature(const crypto::Digest& digest, const ledger::Charter& charter,
                           const ledger::Endorsement& endorsement) {
  const uint32_t number = endorsement.organiser.value;
  if (number == 0 || number > charter.organisers.size()) return false;
  const ledger::Organiser& founder = charter.organisers[number - 1];
  return crypto::VerifySignature(founder.signing_key, ledger::kFoundingLabel, digest.span(),
                                 endorsement.signature) &&
         crypto::VerifySignature(founder.device_key, ledger::kFoundingDeviceLabel, digest.span(),
                                 endorsement.device_signature);
}

absl::StatusOr<wire::SignedStatement> SealFounding(const CheckedFounding& founding,
                                                   const wire::FoundingDocument& document,
                                                   std::vector<ledger::Endorsement> endorsements,
                                                   const keystore::PersonKeys& person,
                                                   crypto::RandomSource& random) {
  std::sort(endorsements.begin(), endorsements.end(),
            [](const auto& a, const auto& b) { return a.organiser < b.organiser; });
  ledger::Found found{founding.charter, document.charter, document.wraps, std::move(endorsements)};
  wire::StatementContext context;
  context.organisation = founding.organisation;
  context.charter_version = 1;
  context.rules_version = founding.charter.rules_version;
  context.verified_size = 0;
  context.verified_root = crypto::Sha256({});
  return wire::SealStatement(found, wire::RandomStatementId(random), {}, context, nullptr,
                             {founding.me, person.signing, &person.device}, random);
}

}  // namespace quorate::node
