#ifndef QUORATE_TESTS_SIMULATION_HOST_H_
#define QUORATE_TESTS_SIMULATION_HOST_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "crypto/random.h"
#include "custody/base/clock.h"
#include "custody/base/memory_node_store.h"
#include "custody/node/node.h"
#include "tests/simulation/forge.h"

namespace quorate::simulation {

class World;

// One person's machine: its disk, its clock, and the node while it is up.
class Host {
 public:
  Host(World& world, uint32_t number, uint64_t seed);

  World& world() const { return world_; }
  uint32_t number() const { return number_; }
  bool up() const { return node_ != nullptr; }
  node::Node& node() { return *node_; }
  const node::Node& node() const { return *node_; }
  base::MemoryNodeStore& store() { return store_; }
  base::FakeClock& clock() { return clock_; }
  crypto::RandomSource& random() { return random_; }
  uint32_t boots() const { return boots_; }

  // Opens the node on what the disk holds. What can be wrong is a commit that fails in between:
  // then the machine is down again.
  void Start();
  void Crash();
  void Unlock();
  // Steps the node, sends what it wants sent, checks the invariants; may crash the machine. An
  // event for an earlier boot is dropped.
  void Deliver(const node::Event& event, uint32_t boot);
  // Runs a command of this host's person; actions go out.
  template <typename Run>
  auto Command(Run run) -> decltype(run(std::declval<node::Node&>())) {
    MaybeFailNextCommit();
    auto result = run(*node_);
    AfterStep(result.ok() ? absl::OkStatus() : absl::Status(), "command");
    return result;
  }

  // An image of the disk, and the same put back: the machine starts again from it.
  base::MemoryNodeStore::Image Image() const { return store_.Snapshot(); }
  void PutBack(base::MemoryNodeStore::Image image);

  // A statement by this person that their node did not make. The node takes it for its own.
  wire::SignedStatement Forge(const ledger::Statement& statement,
                              const std::vector<crypto::Bytes>& blobs = {});
  // The same of a body that need not mean anything, under an identifier of the caller's choice.
  wire::SignedStatement ForgeBytes(const crypto::Bytes& clear, const ledger::StatementId& id,
                                   const std::vector<ledger::BlobRef>& blobs = {});
  // What this person's disk has of keys and shares: bad people look there. See Forger.
  std::optional<ledger::DecryptionShares> ForgeShares(const ledger::RequestRecord& request,
                                                      bool to_own_key);
  std::optional<crypto::SecretScalar> StealReceivingKey(const ledger::SharingRef& sharing);

  // For the self-test: the node opens with a key that reads nothing.
  bool wrong_organisation_key = false;
  // Where the identity came back from a paper kit: what the machine has in place of the charter's.
  std::optional<crypto::PublicSigningKey> device_key;
  // What a bad node does to its own actions before they leave.
  std::function<void(Host&, std::vector<node::Action>&)> tamper;

 private:
  void MaybeFailNextCommit();
  void AfterStep(const absl::Status& status, const char* what);
  void SendActions();
  void Own(const ledger::StatementId& id);
  Forger ForgerOn(base::NodeStoreInterface& store, const keystore::PersonKeys& person);

  World& world_;
  uint32_t number_;
  base::MemoryNodeStore store_;
  base::FakeClock clock_;
  crypto::SeededRandom random_;
  std::unique_ptr<node::Node> node_;
  uint32_t boots_ = 0;
};

}  // namespace quorate::simulation

#endif  // QUORATE_TESTS_SIMULATION_HOST_H_
