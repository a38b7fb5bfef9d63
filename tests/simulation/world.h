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
#include "custody/base/memory_node_store.h"
#include "custody/node/node.h"
#include "custody/replica/replica.h"
#include "tests/simulation/dice.h"
#include "tests/simulation/host.h"
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

// A log, and what it adds up to for somebody who reads its server's memory.
struct Log {
  explicit Log(crypto::SigningKey key) : server(std::move(key)) {}
  LogServer server;
  base::MemoryNodeStore truth_store;
  std::unique_ptr<replica::Replica> truth;
};

// A server, a host for each organiser, and the network between. Runs one event after another, by
// simulated time; everything follows from the seed.
class World {
 public:
  World(uint64_t seed, const OrganisationSpec& spec, const Faults& faults);

  // Until the time is over, `done` says so, or an invariant broke. True unless time ran out first.
  bool RunUntil(const std::function<bool()>& done, absl::Duration at_most);
  void Run(absl::Duration span);
  // Nobody reaches the server; machines and people go on, and look less often.
  void LoseServer(absl::Duration span);
  // Everybody's clock and the server's go on; messages under way arrive late.
  void Sleep(absl::Duration span);
  // No more faults: all machines up, unlocked, with the right time, and one honest server.
  void Heal();
  // Calls `act` for each host every few seconds while it is up, from now on.
  void EachTick(std::function<void(Host&)> act) { person_ = std::move(act); }

  // From here on the second half of the hosts is shown a log of its own.
  void Fork();
  bool forked() const { return fork_ != nullptr; }
  // The server loses what it has from `size` on.
  void RollBackServer(uint64_t size);
  // Shows this host what the server had at a size that its replica has, too: a node whose history
  // is another must notice.
  void ShowHistory(Host& host);

  Host& host(uint32_t number) { return *hosts_.at(number - 1); }
  const Host& host(uint32_t number) const { return *hosts_.at(number - 1); }
  static constexpr uint32_t kHosts = People::kCount;
  LogServer& server() { return log_.server; }
  const OrganisationSpec& spec() const { return spec_; }
  const Organisation& organisation() const { return organisation_; }
  Invariants& invariants() { return invariants_; }
  const Invariants& invariants() const { return invariants_; }
  Dice& dice() { return dice_; }
  Faults& faults() { return faults_; }
  absl::Time now() const { return now_; }
  uint64_t now_ms() const { return static_cast<uint64_t>(absl::ToUnixMillis(now_)); }
  const ledger::State& truth() const { return log_.truth->state(); }
  const replica::Replica& truth_replica() const { return *log_.truth; }

  bool failed() const { return invariants_.violation().has_value(); }
  std::string Failure() const { return invariants_.violation().value_or(""); }
  void Trace(const std::string& line);
  bool verbose = false;
  // For the self-test: people deposit something else than what they say.
  bool wrong_plaintext = false;
  // Of everything that the nodes did, in order.
  uint64_t trace() const { return trace_; }
  void AddToTrace(crypto::ByteSpan bytes);

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
  // Straight to the server, or to the one that this host is shown, without a network between.
  absl::Status Inject(const wire::SignedStatement& statement,
                      const std::vector<crypto::Bytes>& blobs = {}) {
    return Inject(log_, statement, blobs);
  }
  absl::Status Inject(const Host& from, const wire::SignedStatement& statement,
                      const std::vector<crypto::Bytes>& blobs = {}) {
    return Inject(LogOf(from), statement, blobs);
  }
  // Reads what a server has logged by itself.
  void ReadTruth();

  // A bad server's hands. Whether the statement goes no further, and what its author is told.
  std::function<std::optional<absl::Status>(Host&, const node::Submit&)> on_submit;
  std::function<void(Host&, LogServer::Page&)> on_page;
  std::function<void(node::BlobsArrived&)> on_blobs;

 private:
  void Advance(absl::Duration span);
  void Tick(Host& host);
  void ReadTruth(Log& log);
  void OpenTruth(Log& log);
  void TraceEntry(const replica::AppliedEntry& entry);
  Log& LogOf(const Host& host);
  absl::Status Inject(Log& log, const wire::SignedStatement& statement,
                      const std::vector<crypto::Bytes>& blobs);

  struct Pending {
    absl::Time at;
    uint64_t order = 0;
    bool operator<(const Pending& other) const {
      return at != other.at ? at < other.at : order < other.order;
    }
  };

  // First: it makes the crypto ready for what follows.
  const People& people_;
  const OrganisationSpec spec_;
  Dice dice_;
  Faults faults_;
  crypto::SeededRandom random_;
  Log log_;
  std::unique_ptr<Log> fork_;
  bool healed_ = false;
  absl::Time now_;
  absl::Time away_until_ = absl::InfinitePast();  // The server.
  Organisation organisation_;
  std::map<Pending, std::function<void()>> queue_;
  uint64_t scheduled_ = 0;
  uint64_t trace_ = 0xcbf29ce484222325ull;
  Invariants invariants_;
  std::vector<std::unique_ptr<Host>> hosts_;
  std::function<void(Host&)> person_;
};

}  // namespace quorate::simulation

#endif  // QUORATE_TESTS_SIMULATION_WORLD_H_
