#ifndef QUORATE_CUSTODY_NODE_FOUNDING_H_
#define QUORATE_CUSTODY_NODE_FOUNDING_H_

#include <map>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "crypto/random.h"
#include "crypto/secret.h"
#include "custody/keystore/keystore.h"
#include "custody/ledger/types.h"
#include "custody/wire/draft.h"
#include "custody/wire/statement_seal.h"

// How an organisation comes to be: a draft, a card of every founder, a charter that all of them
// sign. Pure; the daemon carries the documents to and from the server.
//
// The server sees sealed bytes alone. Someone with the link could still put a card of their own in
// another's place; so every founder's node checks that its own card is in the charter, and the
// founders compare words of one digest over all of it, read aloud.
namespace quorate::node {

inline constexpr size_t kFoundingWords = 12;
inline constexpr size_t kWordsToType = 3;

// InvalidArgument BAD_CHARTER with a sentence for people: names, thresholds, unknown holders,
// times. Fills defaults in: denials_to_block, witnesses (all holders).
[[nodiscard]] absl::StatusOr<wire::Draft> CheckDraft(wire::Draft draft);

// What the proposal does not cover, each a sentence.
[[nodiscard]] std::vector<std::string> DraftWarnings(const wire::Draft& draft);

[[nodiscard]] wire::Card MakeCard(const crypto::Digest& draft_id,
                                  const keystore::Keystore& keystore,
                                  const keystore::PersonKeys& person);
// InvalidArgument BAD_CARD unless it is signed by each of its Ed25519 keys for this draft and is in
// the name of `expected_name`.
[[nodiscard]] absl::Status CheckCard(const crypto::Digest& draft_id,
                                     const std::string& expected_name, const wire::Card& card);

// What the server contributes to a charter.
struct ServerKeys {
  crypto::PublicSigningKey log_key;
  crypto::Digest certificate_digest;
  bool operator==(const ServerKeys&) const = default;
};

// The charter and its wraps, from everyone's cards; deterministic in its arguments. Cards by name.
[[nodiscard]] absl::StatusOr<wire::FoundingDocument> BuildFounding(
    const crypto::Digest& draft_id, const wire::Draft& draft,
    const std::map<std::string, wire::Card>& cards, const ServerKeys& server,
    const crypto::Secret& organisation_key);

// A founding document that a founder may sign.
struct CheckedFounding {
  ledger::OrganisationId organisation;
  ledger::OrganiserNumber me;
  crypto::Digest digest;           // What founders sign.
  std::vector<std::string> words;  // Of the digest.
  crypto::Secret organisation_key;
  ledger::Charter charter;
};

// Opens this founder's wrap, builds the whole document again from draft, cards and key, and
// compares every byte. InvalidArgument BAD_FOUNDING where anything differs: somebody shows founders
// different things.
[[nodiscard]] absl::StatusOr<CheckedFounding> CheckFounding(
    const crypto::Digest& draft_id, const wire::Draft& draft,
    const std::map<std::string, wire::Card>& cards, const ServerKeys& server,
    const wire::FoundingDocument& document, const std::string& my_name,
    const keystore::CardKeys& my_keys, const crypto::WrapKey& my_wrap);

[[nodiscard]] ledger::Endorsement SignFounding(const crypto::Digest& digest,
                                               ledger::OrganiserNumber me,
                                               const keystore::PersonKeys& person);
[[nodiscard]] bool CheckFounderSignature(const crypto::Digest& digest,
                                         const ledger::Charter& charter,
                                         const ledger::Endorsement& endorsement);

// The first entry of the log. `endorsements` of all founders, in any order.
[[nodiscard]] absl::StatusOr<wire::SignedStatement> SealFounding(
    const CheckedFounding& founding, const wire::FoundingDocument& document,
    std::vector<ledger::Endorsement> endorsements, const keystore::PersonKeys& person,
    crypto::RandomSource& random);

}  // namespace quorate::node

#endif  // QUORATE_CUSTODY_NODE_FOUNDING_H_
