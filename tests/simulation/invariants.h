#ifndef QUORATE_TESTS_SIMULATION_INVARIANTS_H_
#define QUORATE_TESTS_SIMULATION_INVARIANTS_H_

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/time/time.h"
#include "crypto/secret.h"
#include "custody/node/node.h"
#include "custody/replica/replica.h"
#include "custody/wire/key_ring.h"

namespace quorate::simulation {

// What must become of a cheat's statement once it is on the log.
enum class Fate : uint8_t {
  kRefused = 1,  // It changes nothing.
  // Its author is named for it, unless it is refused for what the log's order decides.
  kNamed = 2,
  kWithoutEffect = 3,  // Refused, or admitted for what it is, with its author named.
};

// What must hold after every step, whatever happens. Keeps the first thing that did not.
//
// I1  Nothing opens, and no share leaves an honest node, unless k holders outside the request
//     approve it in the newest state that this node has, its own person among them as their last
//     word, denials are below the limit, cooling-off is over and the request is open. Nothing
//     leaves a node whose own state has the account frozen, or that has stopped, or that knows of
//     entries that it has not read. Of one item and epoch, shares of honest nodes and of all bad
//     ones never make a quorum that no request had. No account that an alarm froze is free again
//     before k holders have lifted it since the last alarm.
// I2  One root, one state; and every root is one that a server signed.
// I3  What a node has seen on the log stays: no restart loses an entry, an own statement, or a
//     share that its holder has acknowledged.
// I4  No honest node is named as a cheat, expelled, or refused for what only a cheat says.
// I5  A statement that is sent again is the same bytes.
// I6  A node makes one dealing and one receiving key for a sharing.
// I7  A cheat changes nothing but its author's record; who deals badly is found out by every honest
//     victim.
// I8  A node stops only for evidence that anyone can check, or because its disk was put back.
class Invariants {
 public:
  Invariants(const ledger::OrganisationId& organisation, const crypto::Secret& organisation_key);

  // A log went on: `entry` is in it now.
  void OnLogged(const replica::AppliedEntry& entry, const replica::Replica& truth);
  void OnStep(const node::Node& node);
  // `now` by the clock of the node's machine.
  void OnSubmit(const node::Node& node, const node::Submit& submit, absl::Time now);
  // What the host's person told it last about a request.
  void OnPersonsWord(uint32_t host, const ledger::LeafHash& request, ledger::Word word);
  void OnOpened(const node::Node& node, const ledger::LeafHash& request);
  // At rest: all that the node acknowledged is there. `truth` is null where the log was put back.
  void OnRest(const node::Node& node, const replica::Replica* truth);

  // Bad nodes: what they send is not judged. What they have read still is.
  void Distrust(uint32_t host) { distrusted_.insert(host); }
  bool IsHonest(uint32_t host) const { return !distrusted_.contains(host); }
  // What the bad node `author` is about to say under this identifier is a cheat.
  void Expect(uint32_t author, const ledger::StatementId& id, Fate fate) {
    fates_[{ledger::OrganiserNumber{author}, id}] = fate;
  }
  // The dealer sealed bad sub-shares to these holders.
  void OnBadDealing(uint32_t dealer, const ledger::SharingRef& sharing,
                    std::set<uint32_t> victims) {
    bad_dealings_[{sharing, dealer}] = std::move(victims);
  }
  // This host's disk was put back on purpose.
  void ExpectRegress(uint32_t host) {
    sizes_.erase(host);
    put_back_.insert(host);
  }
  // More than one history is about: who speaks from one is refused in the other.
  void ExpectForks() { forks_ = true; }

  void Violate(const std::string& what);
  const std::optional<std::string>& violation() const { return violation_; }
  ledger::Entry Decode(const wire::SignedStatement& statement) const;

 private:
  using Sent = std::pair<uint32_t, ledger::StatementId>;
  struct Release {
    std::set<uint32_t> holders;  // Honest ones whose shares have left.
    bool had_quorum = false;     // In one of the requests.
  };

  size_t ApprovedOutside(const ledger::RequestRecord& request) const;
  void JudgeFate(const replica::AppliedEntry& entry, bool named);
  void JudgeHonest(const replica::AppliedEntry& entry, bool named);
  void JudgeSharings(const replica::AppliedEntry& entry, const ledger::State& state);
  void JudgeAlarms(const replica::AppliedEntry& entry, const ledger::State& state);
  void JudgeHalt(const node::Node& node);
  void JudgeShares(const node::Node& node, const ledger::DecryptionShares& shares, absl::Time now);
  void CountExposure(uint32_t host, const ledger::RequestRecord& request,
                     const ledger::State& state);

  ledger::OrganisationId organisation_;
  wire::KeyRing keys_;
  std::set<uint32_t> distrusted_;
  std::set<uint32_t> put_back_;
  bool forks_ = false;
  std::map<crypto::Digest, crypto::Digest> states_;  // Root -> state.
  std::map<uint32_t, uint64_t> sizes_;
  std::map<Sent, crypto::Digest> sent_;
  std::set<Sent> acknowledged_;
  std::map<std::pair<uint32_t, ledger::SharingRef>, ledger::StatementId> dealt_;
  std::map<std::pair<uint32_t, ledger::SharingRef>, ledger::StatementId> keyed_;
  std::map<ledger::LeafHash, std::set<ledger::OrganiserNumber>> approved_;
  std::map<std::pair<uint32_t, ledger::LeafHash>, ledger::Word> last_word_;
  std::map<std::pair<ledger::OrganiserNumber, ledger::StatementId>, Fate> fates_;
  std::map<std::pair<ledger::SharingRef, uint32_t>, std::set<uint32_t>> bad_dealings_;
  std::map<std::pair<std::string, ledger::ItemVersion>, Release> releases_;
  // Who has, since the account's last alarm.
  std::map<std::string, std::set<ledger::OrganiserNumber>> lifted_;
  std::optional<std::string> violation_;
};

}  // namespace quorate::simulation

#endif  // QUORATE_TESTS_SIMULATION_INVARIANTS_H_
