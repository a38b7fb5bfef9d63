#ifndef QUORATE_TESTS_SIMULATION_FORGE_H_
#define QUORATE_TESTS_SIMULATION_FORGE_H_

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "crypto/dealing.h"
#include "crypto/random.h"
#include "custody/base/node_store.h"
#include "custody/keystore/keystore.h"
#include "custody/node/node.h"
#include "custody/wire/statement_seal.h"

namespace quorate::simulation {

// What somebody with an organiser's keys and disk can say that their node never would. Only makes
// statements; sends nothing and tells the node nothing. What it points to outlives it.
struct Forger {
  const node::Node& node;
  base::NodeStoreInterface& store;  // Only read.
  ledger::OrganisationId organisation;
  const crypto::Secret& organisation_key;
  const keystore::PersonKeys& person;
  crypto::RandomSource& random;

  wire::SignedStatement Seal(const ledger::Statement& statement, const ledger::StatementId& id,
                             const std::vector<crypto::Bytes>& blobs) const;
  // The same of a body that need not mean anything. `alter` sees the header before it is signed.
  wire::SignedStatement SealBytes(const crypto::Bytes& clear, const ledger::StatementId& id,
                                  const std::vector<ledger::BlobRef>& blobs,
                                  const std::function<void(ledger::Header&)>& alter = {}) const;

  // This person's share of the vault's key and their receiving key, where their disk has one.
  std::optional<crypto::SecretScalar> OwnShare(ledger::VaultNumber vault) const;
  std::optional<crypto::SecretScalar> OwnReceivingKey(const ledger::SharingRef& sharing) const;
  // What this holder's gate would have to hold back; for a key of their own where `to_own_key`.
  std::optional<ledger::DecryptionShares> Shares(const ledger::RequestRecord& request,
                                                 bool to_own_key) const;

 private:
  std::optional<crypto::SecretScalar> Open(const std::string& space, const std::string& name) const;
};

std::vector<ledger::BlobRef> RefsOf(const std::vector<crypto::Bytes>& blobs);
ledger::Deal DealOf(const ledger::SharingRef& ref, const crypto::Dealing& dealing);

}  // namespace quorate::simulation

#endif  // QUORATE_TESTS_SIMULATION_FORGE_H_
