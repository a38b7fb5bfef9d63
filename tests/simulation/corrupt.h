#ifndef QUORATE_TESTS_SIMULATION_CORRUPT_H_
#define QUORATE_TESTS_SIMULATION_CORRUPT_H_

#include <cstdint>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "tests/simulation/world.h"

namespace quorate::simulation {

// What a bad organiser does to a sharing.
enum class DealingManner : uint8_t {
  kHonest,
  kBadForSome,
  kBadForAll,
  kCopied,  // Another's dealing, or their ephemeral key, under this dealer's name.
  kTwice,   // A second dealing after the first.
  kWithheld,
};

struct Manners {
  DealingManner dealing = DealingManner::kHonest;
  bool withholds_key = false;  // Of the sharing: no receiving key.
  bool copies_key = false;     // Logs somebody else's receiving key as their own.
  bool withholds_acknowledgement = false;
  bool repeats_acknowledgement = false;
  bool complains = false;  // Of honest dealers.
  bool meddles = false;    // Starts, closes and activates out of turn.
  bool cheats_with_shares = false;
  bool cheats_with_words = false;  // Approvals, accepts, requests, openings.
  bool cheats_with_items = false;
  bool floods = false;

  // `blocks`: may keep back what a sharing cannot do without.
  static Manners Random(Dice& dice, bool blocks);
};

// An organiser who breaks the protocol with their own keys and an otherwise working node. Says of
// each cheat what must become of it: see Invariants::Expect.
class Corrupt {
 public:
  // Takes the host's node over; it is no longer honest. Outlives the world's last step.
  Corrupt(World& world, Host& host, const Manners& manners);

  // At a tick of `host`, which is up: where it is this one, a cheat or none, as chance has it.
  void Act(const Host& host);

 private:
  // What the node itself would send.
  void Tamper(std::vector<node::Action>& actions);
  bool TamperWith(node::Submit& submit);
  bool ReplaceDealing(const ledger::Deal& deal, node::Submit& submit);

  void Say(const ledger::Statement& statement, std::optional<Fate> fate,
           const std::vector<crypto::Bytes>& blobs = {});

  // corrupt_sharing.cc
  void CheatInSharing();
  void CopyKey(const ledger::Sharing& sharing);
  void CopyDealing(const ledger::Sharing& sharing);
  void DealAgain(const ledger::Sharing& sharing);
  void AcknowledgeAgain(const ledger::Sharing& sharing);
  void ComplainFalsely(const ledger::Sharing& sharing);
  void Meddle(const ledger::Vault& vault);

  // corrupt_requests.cc
  void CheatWithShares();
  void CheatWithWords();
  void CheatWithItems();
  void CheatWithAlarms();
  void Flood();
  const ledger::RequestRecord* AnyRequest(bool open);

  World& world_;
  Host& host_;
  Dice dice_;
  const Manners manners_;
  std::set<ledger::SharingRef> dealt_;
  std::set<std::pair<ledger::SharingRef, uint32_t>> complained_;
  std::vector<ledger::Acknowledge> acknowledgements_;
};

}  // namespace quorate::simulation

#endif  // QUORATE_TESTS_SIMULATION_CORRUPT_H_
