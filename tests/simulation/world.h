#ifndef QUORATE_TESTS_SIMULATION_WORLD_H_
#define QUORATE_TESTS_SIMULATION_WORLD_H_

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/time/time.h"
#include "custody/base/clock.h"
#include "custody/base/memory_node_store.h"
#include "custody/node/node.h"
#include "custody/replica/replica.h"
#include "tests/simulation/dice.h"
#include "tests/simulation/invariants.h"
#include "tests/simulation/log_server.h"
#include "tests/simulation/organisation.h"

namespace quorate::simulation {

// How bad the world is. Chances are per mille.
struct Faults {
  uint32_t drop = 0;       // Of each message.
  uint32_t duplicate = 0;  // Of each message.
  int64_t max_delay_ms = 20;
  uint32_t small_page = 0;     // The server sends only some of the entries.
  uint32_t stale_page = 0;     // The server sends what the log was some time ago.
  uint32_t misaligned = 0;     // A page reaches a node that is further already.
  uint32_t corrupt_blob = 0;   // A blob comes with other bytes.
  uint32_t lose_commit = 0;    // The machine dies in a commit, before it is durable.
  uint32_t keep_commit = 0;    // The same, after.
  uint32_t refuse_commit = 0;  // A full disk.
  uint32_t crash = 0;          // The machine dies after a step, before its actions left.
  uint32_t clock_jump = 0;     // At each tick.
  uint32_t refuse = 0;         // The server turns a statement down for good, without cause.

  static Faults None() { return {}; }
  static Faults Chaos(Dice& dice);
};

class World;

// One person's machine: its disk, its clock, and the node while it is up.
class Host {
 public:
  Host(World& world, uint32_t number, uint64_t seed);

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
  // A statement by this person that their node did not make.
  wire::SignedStatement Forge(const ledger::Statement& statement,
                              const std::vector<crypto::Bytes>& blobs = {});

  // What a bad node does to its own actions before they leave.
  std::function<void(Host&, std::vector<node::Action>&)> tamper;

 private:
  void MaybeFailNextCommit();
  void AfterStep(const absl::Status& status, const char* what);
  void SendActions();

  World& world_;
  uint32_t number_;
  base::MemoryNodeStore store_;
  base::FakeClock clock_;
  crypto::SeededRandom random_;
  std::unique_ptr<node::Node> node_;
  uint32_t boots_ = 0;
};

// A server, a host for each organiser, and the network between. Runs one event after another, by
// simulated time; everything follows from the seed. Host 6 is an organiser without a share.
class World {
 public:
  World(uint64_t seed, const OrganisationSpec& spec, const Faults& faults);

  // Until the time is over, `done` says so, or an invariant broke. True unless time ran out first.
  bool RunUntil(const std::function<bool()>& done, absl::Duration at_most);
  void Run(absl::Duration span);
  // Everybody's clock and the server's go on; messages under way arrive late.
  void Sleep(absl::Duration span);
  // No more faults: all machines up, unlocked, with the right time.
  void Heal();
  // Calls `act` for this host every few seconds while it is up, from now on.
  void EachTick(std::function<void(Host&)> act) { person_ = std::move(act); }

  Host& host(uint32_t number) { return *hosts_.at(number - 1); }
  static constexpr uint32_t kHosts = People::kCount;
  LogServer& server() { return server_; }
  const Organisation& organisation() const { return organisation_; }
  Invariants& invariants() { return invariants_; }
  Dice& dice() { return dice_; }
  Faults& faults() { return faults_; }
  absl::Time now() const { return now_; }
  uint64_t now_ms() const { return static_cast<uint64_t>(absl::ToUnixMillis(now_)); }
  // What the log adds up to, by somebody who reads the server's memory.
  const ledger::State& truth() const { return truth_->state(); }
  const replica::Replica& truth_replica() const { return *truth_; }
  bool clocks_jumped() const { return clocks_jumped_; }

  bool failed() const { return invariants_.violation().has_value(); }
  std::string Failure() const { return invariants_.violation().value_or(""); }
  void Trace(const std::string& line);
  bool verbose = false;

  // All honest hosts have read the whole log and have nothing left to send.
  bool IsQuiet();
  bool IsKeyActive() const;

  // For Host.
  void Schedule(int64_t delay_ms, std::function<void()> what);
  void Send(std::function<void()> deliver);
  void Submit(Host& from, const node::Submit& submit);
  void FetchBlobs(Host& from, const std::vector<crypto::Digest>& digests);
  void Poll(Host& from);
  node::NodeOptions OptionsFor(Host& host);
  // Straight to the server, without a network between.
  absl::Status Inject(const wire::SignedStatement& statement,
                      const std::vector<crypto::Bytes>& blobs = {});

 private:
  void Advance(absl::Duration span);
  void Tick(Host& host);
  void ReadTruth();

  struct Pending {
    absl::Time at;
    uint64_t order = 0;
    bool operator<(const Pending& other) const {
      return at != other.at ? at < other.at : order < other.order;
    }
  };

  // First: it makes the crypto ready for what follows.
  const People& people_;
  Dice dice_;
  Faults faults_;
  crypto::SeededRandom random_;
  LogServer server_;
  absl::Time now_;
  Organisation organisation_;
  std::map<Pending, std::function<void()>> queue_;
  uint64_t scheduled_ = 0;
  base::MemoryNodeStore truth_store_;
  std::unique_ptr<replica::Replica> truth_;
  Invariants invariants_;
  std::vector<std::unique_ptr<Host>> hosts_;
  std::function<void(Host&)> person_;
  bool clocks_jumped_ = false;
};

}  // namespace quorate::simulation

#endif  // QUORATE_TESTS_SIMULATION_WORLD_H_
