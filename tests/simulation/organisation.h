#ifndef QUORATE_TESTS_SIMULATION_ORGANISATION_H_
#define QUORATE_TESTS_SIMULATION_ORGANISATION_H_

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "crypto/random.h"
#include "custody/keystore/keystore.h"
#include "custody/node/founding.h"
#include "custody/wire/draft.h"
#include "custody/wire/statement_seal.h"

// People with keys, and the organisations that they found.
namespace quorate::simulation {

// The same six people in every run, with keystores in a folder that goes when the program ends.
class People {
 public:
  static const People& Get();

  static constexpr uint32_t kCount = 6;
  const keystore::Keystore& keystore(uint32_t number) const { return keystores_.at(number - 1); }
  keystore::PersonKeys Unlock(uint32_t number) const;
  // What their paper kit brings back.
  crypto::Secret Seed(uint32_t number) const;
  static std::vector<std::string> Names();

 private:
  People();
  ~People();
  std::string folder_;
  std::vector<keystore::Keystore> keystores_;
};

// ana..eva (1 to 5) hold the vault "social", 3 of 5; fay (6) is an organiser without a share.
struct OrganisationSpec {
  uint32_t holders = 5;
  uint32_t threshold = 3;
  uint64_t cooling_off_seconds = 10;
  uint64_t request_lifetime_seconds = 7200;
  uint32_t denials_to_block = 0;  // 0: the default.
};

wire::Draft DraftOf(const OrganisationSpec& spec);
std::map<std::string, wire::Card> CardsFor(const crypto::Digest& draft_id);

struct Organisation {
  ledger::OrganisationId id;
  ledger::Charter charter;
  crypto::Secret organisation_key;
  wire::SignedStatement founding;
};

// By the same steps as people take: draft, cards, every founder's check and signature.
Organisation FoundOrganisation(const OrganisationSpec& spec, const node::ServerKeys& server,
                               crypto::RandomSource& random);

}  // namespace quorate::simulation

#endif  // QUORATE_TESTS_SIMULATION_ORGANISATION_H_
