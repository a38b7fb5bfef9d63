#include "tests/simulation/organisation.h"

#include <stdlib.h>

#include <filesystem>
#include <utility>

#include "crypto/init.h"
#include "tests/simulation/must.h"

namespace quorate::simulation {
namespace {

crypto::Secret Passphrase() { return crypto::Secret::Copy(crypto::AsBytes("simulated people")); }

}  // namespace

People::People() {
  Must(crypto::InitCrypto());
  std::string name = (std::filesystem::temp_directory_path() / "quorate-people-XXXXXX").string();
  if (::mkdtemp(name.data()) == nullptr) Die("cannot make a temporary folder");
  folder_ = name;
  crypto::SeededRandom random(uint64_t{1});
  for (const std::string& person : Names()) {
    keystores_.push_back(Must(keystore::Keystore::Create(
        keystore::Home{folder_ + "/" + person}, {person, "", crypto::kArgon2idParamsForTest},
        Passphrase(), random)));
  }
}

People::~People() {
  std::error_code ignored;
  std::filesystem::remove_all(folder_, ignored);
}

const People& People::Get() {
  static const People people;
  return people;
}

keystore::PersonKeys People::Unlock(uint32_t number) const {
  return Must(keystore(number).Unlock(Passphrase()));
}

crypto::Secret People::Seed(uint32_t number) const {
  return Must(keystore(number).OpenSeed(Passphrase()));
}

std::vector<std::string> People::Names() { return {"ana", "ben", "cem", "dia", "eva", "fay"}; }

wire::Draft DraftOf(const OrganisationSpec& spec) {
  const std::vector<std::string> names = People::Names();
  wire::Draft draft;
  draft.author = names.front();
  draft.organisation = "The campaign";
  draft.governance_threshold = 3;
  draft.organisers = names;
  wire::DraftVault vault;
  vault.name = "social";
  vault.threshold = spec.threshold;
  vault.holders.assign(names.begin(), names.begin() + spec.holders);
  vault.cooling_off_seconds = spec.cooling_off_seconds;
  vault.request_lifetime_seconds = spec.request_lifetime_seconds;
  vault.denials_to_block = spec.denials_to_block;
  draft.vaults.push_back(std::move(vault));
  return draft;
}

std::map<std::string, wire::Card> CardsFor(const crypto::Digest& draft_id) {
  std::map<std::string, wire::Card> cards;
  for (uint32_t number = 1; number <= People::kCount; ++number) {
    const keystore::Keystore& keystore = People::Get().keystore(number);
    cards.emplace(keystore.name(),
                  node::MakeCard(draft_id, keystore, People::Get().Unlock(number)));
  }
  return cards;
}

Organisation FoundOrganisation(const OrganisationSpec& spec, const node::ServerKeys& server,
                               crypto::RandomSource& random) {
  const People& people = People::Get();
  crypto::Digest draft_id;
  random.Fill(draft_id.value);
  const wire::Draft draft = Must(node::CheckDraft(DraftOf(spec)));
  const std::map<std::string, wire::Card> cards = CardsFor(draft_id);
  const crypto::Secret key = crypto::Secret::Random(crypto::kOrganisationKeySize, random);
  const wire::FoundingDocument document =
      Must(node::BuildFounding(draft_id, draft, cards, server, key));

  std::vector<ledger::Endorsement> endorsements;
  std::vector<node::CheckedFounding> checked;
  for (uint32_t number = 1; number <= People::kCount; ++number) {
    const keystore::Keystore& keystore = people.keystore(number);
    const keystore::PersonKeys person = people.Unlock(number);
    checked.push_back(Must(node::CheckFounding(draft_id, draft, cards, server, document,
                                               keystore.name(), keystore.card(), person.wrap)));
    endorsements.push_back(node::SignFounding(checked.back().digest, checked.back().me, person));
    if (!node::CheckFounderSignature(checked.back().digest, checked.back().charter,
                                     endorsements.back())) {
      Die("a founder's signature does not hold");
    }
  }
  Organisation out;
  out.founding =
      Must(node::SealFounding(checked.front(), document, endorsements, people.Unlock(1), random));
  out.id = checked.front().organisation;
  out.charter = checked.front().charter;
  out.organisation_key = key.Clone();
  return out;
}

}  // namespace quorate::simulation
