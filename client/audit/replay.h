#ifndef QUORATE_CLIENT_AUDIT_REPLAY_H_
#define QUORATE_CLIENT_AUDIT_REPLAY_H_

#include <string>
#include <vector>

#include "crypto/bytes.h"
#include "crypto/secret.h"
#include "custody/ledger/ledger.h"
#include "custody/log/tree.h"
#include "custody/replica/replica.h"
#include "custody/wire/key_ring.h"

namespace quorate::audit {

// What the charter calls its people and vaults, fit to show. A number without a name gets one such
// as "organiser 7".
class Names {
 public:
  Names() = default;
  // `key` is the organisation key.
  Names(const ledger::Charter& charter, const crypto::Secret& key);

  std::string Organiser(ledger::OrganiserNumber number) const;
  std::string Vault(ledger::VaultNumber number) const;

 private:
  std::vector<std::string> organisers_;
  std::vector<std::string> vaults_;
};

// Runs the rules over entries that are known to be the log's: the same state, after each entry, as
// every node has. For entries from CheckTree alone: it takes what it is given. Not thread-safe.
class Replay {
 public:
  // `key` is the organisation key, version 1.
  Replay(const ledger::OrganisationId& organisation, const crypto::Secret& key);

  // The next entry.
  replica::AppliedEntry Append(const replica::RawEntry& raw);

  const ledger::State& state() const { return ledger_.state(); }
  [[nodiscard]] crypto::Digest StateDigest() const { return ledger_.StateDigest(); }
  // Nobody's before the founding.
  const Names& names() const { return names_; }
  // The twelve words that founders read to each other; none before the founding.
  const std::vector<std::string>& words() const { return words_; }

 private:
  ledger::Ledger ledger_;
  wire::KeyRing keys_;
  log::Tree tree_;
  Names names_;
  std::vector<std::string> words_;
};

}  // namespace quorate::audit

#endif  // QUORATE_CLIENT_AUDIT_REPLAY_H_
