#ifndef QUORATE_TESTS_SIMULATION_INVARIANTS_H_
#define QUORATE_TESTS_SIMULATION_INVARIANTS_H_

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>

#include "crypto/secret.h"
#include "custody/node/node.h"
#include "custody/replica/replica.h"
#include "custody/wire/key_ring.h"

namespace quorate::simulation {

// What must hold after every step, whatever happens. Keeps the first thing that did not.
//
// I1  Nothing opens, and no share leaves an honest node, unless k holders outside the request have
//     approved it and the node's own person has, as their last word on it.
// I2  Nodes at one size of the log have one root and one state.
// I3  What a node has seen admitted stays: no restart loses an entry that was there before it.
// I4  No node's ledger gets smaller.
// I5  A statement that is sent again is the same bytes.
// I6  A node makes one dealing for a sharing, one receiving key that is in use, one set of shares
//     for an approval.
class Invariants {
 public:
  Invariants(const ledger::OrganisationId& organisation, const crypto::Secret& organisation_key);

  // The log went on: `entry` is in it now.
  void OnLogged(const replica::AppliedEntry& entry, const replica::Replica& truth);
  void OnStep(const node::Node& node);
  void OnSubmit(uint32_t host, const node::Submit& submit, const replica::Replica& truth);
  // What the host's person told it last about a request.
  void OnPersonsWord(uint32_t host, const ledger::LeafHash& request, ledger::Word word);
  void OnOpened(const ledger::LeafHash& request, const replica::Replica& truth);

  // Bad nodes: what they send is not judged. What they have read still is.
  void Distrust(uint32_t host) { distrusted_.insert(host); }
  bool IsHonest(uint32_t host) const { return !distrusted_.contains(host); }
  // This host's disk was put back on purpose.
  void ExpectRegress(uint32_t host) { sizes_.erase(host); }

  void Violate(const std::string& what);
  const std::optional<std::string>& violation() const { return violation_; }
  ledger::Entry Decode(const wire::SignedStatement& statement) const;

 private:
  size_t ApprovedOutside(const ledger::RequestRecord& request) const;
  void JudgeShares(uint32_t host, const ledger::DecryptionShares& shares,
                   const replica::Replica& truth);

  ledger::OrganisationId organisation_;
  wire::KeyRing keys_;
  std::set<uint32_t> distrusted_;
  std::map<uint64_t, std::pair<crypto::Digest, crypto::Digest>> states_;  // size -> root, state
  std::map<uint32_t, uint64_t> sizes_;
  std::map<std::pair<uint32_t, ledger::StatementId>, crypto::Digest> sent_;
  std::map<std::pair<uint32_t, ledger::SharingRef>, ledger::StatementId> dealt_;
  std::map<ledger::LeafHash, std::set<ledger::OrganiserNumber>> approved_;
  std::map<std::pair<uint32_t, ledger::LeafHash>, ledger::Word> last_word_;
  std::optional<std::string> violation_;
};

}  // namespace quorate::simulation

#endif  // QUORATE_TESTS_SIMULATION_INVARIANTS_H_
