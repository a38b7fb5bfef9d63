#include "tests/simulation/scenario.h"

#include <algorithm>
#include <array>
#include <memory>
#include <set>
#include <tuple>
#include <vector>

#include "custody/ledger/queries.h"
#include "tests/simulation/corrupt.h"
#include "tests/simulation/hostile_server.h"
#include "tests/simulation/people.h"
#include "tests/simulation/world.h"

namespace quorate::simulation {
namespace {

constexpr absl::Duration kPatience = absl::Minutes(5);

// Runs until `done`; what it waited for is the verdict where that does not come.
bool Await(World& world, const std::string& what, const std::function<bool()>& done) {
  if (!world.RunUntil(done, kPatience)) world.invariants().Violate("liveness: never " + what);
  return !world.failed();
}

bool IsAdmitted(const Host& host, const ledger::StatementId& id) {
  auto result = host.node().ResultOf(id);
  return result.has_value() && result->ok() && (*result)->outcome.admitted();
}

bool DepositAndAwait(World& world, Host& host, const std::string& account) {
  absl::StatusOr<ledger::StatementId> id = Deposit(host, account);
  if (!id.ok()) {
    world.invariants().Violate("cannot deposit: " + std::string(id.status().message()));
    return false;
  }
  return Await(world, "deposited", [&] { return IsAdmitted(host, *id); });
}

// Everyone in turn says it, until their node takes it, and the requester sees it admitted.
bool Say(World& world, Host& requester, const std::string& what,
         const std::function<absl::StatusOr<ledger::StatementId>()>& say,
         const std::function<bool(const ledger::Account&)>& seen, const std::string& account) {
  absl::Status last;
  const bool said = world.RunUntil(
      [&] {
        last = say().status();
        return last.ok();
      },
      kPatience);
  if (!said) world.invariants().Violate("cannot " + what + ": " + std::string(last.message()));
  return !world.failed() && Await(world, what, [&] {
    const ledger::Account* known = ledger::FindAccount(requester.node().state(), account);
    return known != nullptr && seen(*known);
  });
}

// An alarm, and all that may lift it do.
bool FreezeAndLift(World& world, Host& requester, const std::string& account,
                   const std::vector<uint32_t>& holders) {
  if (!Say(
          world, requester, "raise an alarm", [&] { return RaiseAlarm(requester, account); },
          ledger::IsFrozen, account)) {
    return false;
  }
  for (uint32_t holder : holders) {
    const auto lifted = [&](const ledger::Account& known) {
      return !ledger::IsFrozen(known) || known.lifts.contains(ledger::OrganiserNumber{holder});
    };
    if (!Say(
            world, requester, "lift an alarm",
            [&] { return LiftAlarms(world.host(holder), account); }, lifted, account)) {
      return false;
    }
  }
  return Await(world, "lifted", [&] {
    return !ledger::IsFrozen(*ledger::FindAccount(requester.node().state(), account));
  });
}

// `approvers` approve; the requester opens, compares and closes.
bool ReleaseOnce(World& world, Host& requester, const std::string& account,
                 const std::vector<uint32_t>& approvers) {
  absl::StatusOr<ledger::StatementId> id = Ask(requester, account);
  if (!id.ok()) {
    world.invariants().Violate("cannot ask: " + std::string(id.status().message()));
    return false;
  }
  if (!Await(world, "asked", [&] { return RequestOf(requester, *id).has_value(); })) return false;
  const ledger::LeafHash request = *RequestOf(requester, *id);
  for (uint32_t approver : approvers) {
    Host& host = world.host(approver);
    absl::Status last;
    const bool approved = world.RunUntil(
        [&] {
          last = Approve(world, host, request);
          return last.ok();
        },
        kPatience);
    if (!approved) world.invariants().Violate("cannot approve: " + std::string(last.message()));
  }
  if (!Await(world, "opened", [&] { return OpenAndCompare(world, requester, request).ok(); })) {
    return false;
  }
  absl::StatusOr<ledger::StatementId> closed =
      requester.Command([&](node::Node& node) { return node.CloseRequest(request); });
  if (!closed.ok()) {
    world.invariants().Violate("cannot close: " + std::string(closed.status().message()));
    return false;
  }
  return Await(world, "closed", [&] { return IsAdmitted(requester, *closed); });
}

bool AwaitQuiet(World& world) {
  return Await(world, "quiet", [&] { return world.IsQuiet(); });
}

// Everything that was acknowledged is still there.
void JudgeRest(World& world, bool whole_log) {
  for (uint32_t number = 1; number <= World::kHosts; ++number) {
    const Host& host = world.host(number);
    if (host.up()) {
      world.invariants().OnRest(host.node(), whole_log ? &world.truth_replica() : nullptr);
    }
  }
}

Verdict RunQuietly(World& world) {
  bool well = Await(world, "a key", [&] { return world.IsKeyActive(); });
  well = well && AwaitQuiet(world) && DepositAndAwait(world, world.host(6), "page");
  well = well && AwaitQuiet(world) && ReleaseOnce(world, world.host(1), "page", {2, 3, 4});
  well = well && AwaitQuiet(world);
  if (well) JudgeRest(world, true);
  return world.invariants().violation();
}

// Who is in a run besides honest people on bad machines.
enum class Cast : uint8_t { kHonest, kCorrupt, kHostileServer, kFork, kRollBack };

Cast CastOf(Dice& dice) {
  const uint64_t one = dice.Below(20);
  if (one < 4) return Cast::kHonest;
  if (one < 11) return Cast::kCorrupt;
  if (one < 16) return Cast::kHostileServer;
  return one < 18 ? Cast::kFork : Cast::kRollBack;
}

// holders, threshold. A sharing needs one holder more than the threshold to answer.
OrganisationSpec SpecOf(Dice& dice) {
  static constexpr std::array<std::pair<uint32_t, uint32_t>, 5> kShapes = {
      {{5, 3}, {5, 3}, {6, 3}, {5, 2}, {4, 2}}};
  OrganisationSpec spec;
  std::tie(spec.holders, spec.threshold) = kShapes[dice.Below(kShapes.size())];
  spec.cooling_off_seconds = dice.Chance(500) ? 0 : dice.Below(20);
  return spec;
}

class SeedRun {
 public:
  SeedRun(uint64_t seed, bool verbose)
      : dice_(seed ^ 0x5eed),
        cast_(CastOf(dice_)),
        world_(seed, SpecOf(dice_), FaultsOf(cast_, dice_)),
        people_(world_) {
    world_.verbose = verbose;
  }

  Run RunAll() {
    Live();
    if (!world_.failed()) HealAndJudge();
    return {world_.invariants().violation(), world_.trace()};
  }

 private:
  static Faults FaultsOf(Cast cast, Dice& dice) {
    Faults faults =
        dice.Chance(300) && cast != Cast::kHonest ? Faults::None() : Faults::Chaos(dice);
    // Where a disk goes back, a node can notice only what it is shown: see SECURITY.md, Limits.
    if (cast == Cast::kRollBack || cast == Cast::kFork) faults.stale_page = 0;
    return faults;
  }

  void Corrupt(uint32_t number, bool blocks) {
    corrupt_.push_back(std::make_unique<simulation::Corrupt>(world_, world_.host(number),
                                                             Manners::Random(dice_, blocks)));
    corrupt_numbers_.insert(number);
  }

  // At most k-1, and so few that the others can do without them.
  void ChooseCorrupt() {
    const uint32_t spare = world_.spec().holders - world_.spec().threshold - 1;
    const uint32_t most = world_.spec().threshold - 1;
    const uint32_t count = static_cast<uint32_t>(1 + dice_.Below(most));
    for (uint32_t i = 0; i < count; ++i) {
      const uint32_t number = static_cast<uint32_t>(1 + dice_.Below(World::kHosts));
      if (!corrupt_numbers_.contains(number)) Corrupt(number, i < spare);
    }
    world_.Trace(std::to_string(corrupt_numbers_.size()) + " corrupt organisers");
  }

  void Live() {
    if (cast_ == Cast::kCorrupt) ChooseCorrupt();
    std::optional<HostileServer> hostile;
    if (cast_ == Cast::kHostileServer) {
      hostile.emplace(world_, Dice(dice_.Next()));
      if (dice_.Chance(300)) ChooseCorrupt();
    }
    world_.EachTick([&](Host& host) {
      people_.Act(host);
      ActBadly(host);
    });
    world_.Run(absl::Seconds(dice_.Between(10, 90)));
    if (dice_.Chance(200)) world_.LoseServer(absl::Hours(dice_.Between(1, 120)));
    if (cast_ == Cast::kFork && !world_.failed()) world_.Fork();
    std::optional<base::MemoryNodeStore::Image> image;
    const uint32_t victim = static_cast<uint32_t>(1 + dice_.Below(World::kHosts));
    const uint64_t old_size = world_.server().size();
    if (cast_ == Cast::kRollBack) image = world_.host(victim).Image();
    world_.Run(absl::Seconds(dice_.Between(10, 60)));
    if (cast_ == Cast::kRollBack && !world_.failed()) {
      if (dice_.Chance(500)) {
        world_.RollBackServer(old_size);
        forks_ = true;
      } else {
        world_.host(victim).PutBack(*std::move(image));
        put_back_ = victim;
      }
      world_.Run(absl::Seconds(30));
    }
    forks_ = forks_ || world_.forked();
    world_.EachTick([this](Host& host) { ActBadly(host); });
    world_.Heal();
    // Until the clocks have caught up with what the server dated ahead.
    if (cast_ == Cast::kHostileServer) world_.Sleep(absl::Minutes(15));
  }

  void ActBadly(Host& host) {
    for (size_t i = 0; i < corrupt_.size() && host.up(); ++i) corrupt_[i]->Act(host);
  }

  void HealAndJudge() {
    if (forks_) return JudgeForks();
    // A sharing that lost somebody waits for its deadlines.
    for (int day = 0; day < 8 && !world_.IsKeyActive(); ++day) {
      if (world_.RunUntil([&] { return world_.IsKeyActive(); }, absl::Minutes(2))) break;
      world_.Sleep(absl::Hours(25));
    }
    bool well = Await(world_, "a key", [&] { return world_.IsKeyActive(); }) && AwaitRest();
    const std::vector<uint32_t> able = AbleHolders();
    const uint32_t requester = Requester(able);
    std::vector<uint32_t> approvers;
    for (uint32_t number : able) {
      if (number != requester && approvers.size() < world_.spec().threshold) {
        approvers.push_back(number);
      }
    }
    if (approvers.size() < world_.spec().threshold)
      return world_.invariants().Violate("liveness: too few honest holders have a share");
    well = well && DepositAndAwait(world_, world_.host(requester), "last") && AwaitRest();
    well = well && FreezeAndLift(world_, world_.host(requester), "last", approvers) && AwaitRest();
    well = well && ReleaseOnce(world_, world_.host(requester), "last", approvers) && AwaitRest();
    if (well) JudgeRest(world_, true);
  }

  // Honest holders with a share, on machines that go on.
  std::vector<uint32_t> AbleHolders() const {
    std::vector<uint32_t> able;
    const auto& active = world_.truth().vaults.begin()->second.active;
    if (!active.has_value()) return able;
    for (ledger::OrganiserNumber holder : active->acknowledged) {
      if (IsAble(holder.value)) able.push_back(holder.value);
    }
    return able;
  }
  bool IsAble(uint32_t number) const {
    return world_.invariants().IsHonest(number) &&
           world_.host(number).node().halted_because().empty();
  }
  // Rather somebody without a share, so that as many as can be may approve.
  uint32_t Requester(const std::vector<uint32_t>& able) const {
    for (uint32_t number = World::kHosts; number >= 1; --number) {
      if (IsAble(number) && std::find(able.begin(), able.end(), number) == able.end()) {
        return number;
      }
    }
    return able.empty() ? 1 : able.back();
  }

  bool AwaitRest() {
    return Await(world_, "at rest", [&] {
      for (uint32_t number = 1; number <= World::kHosts; ++number) {
        if (!world_.invariants().IsHonest(number)) continue;
        const Host& host = world_.host(number);
        if (!host.up()) return false;
        if (!host.node().halted_because().empty()) continue;
        if (host.node().unsent() > 0 ||
            host.node().replica().size() + kAlmost < world_.server().size()) {
          return false;
        }
      }
      return true;
    });
  }

  // Whoever has seen another history must stop, with evidence, for good; the others go on.
  void JudgeForks() {
    world_.Run(absl::Seconds(20));
    for (uint32_t number = 1; number <= World::kHosts && !world_.failed(); ++number) {
      Host& host = world_.host(number);
      world_.ShowHistory(host);
      if (!host.up()) return world_.invariants().Violate("a machine is down in a healed world");
      const node::Node& node = host.node();
      const uint64_t size = std::min(node.replica().size(), world_.server().size());
      const bool other = node.replica().RootAt(size) != world_.truth_replica().RootAt(size);
      // One that has stopped has evidence (I8): it may have seen no more than a checkpoint of the
      // other history.
      if (other && node.halted_because().empty()) {
        return world_.invariants().Violate("I8: node " + std::to_string(number) +
                                           " goes on in another history");
      }
      host.Crash();
    }
    world_.Run(absl::Minutes(2));
    JudgeRest(world_, false);
  }

  static constexpr uint64_t kAlmost = 0;

  Dice dice_;
  const Cast cast_;
  World world_;
  RandomPeople people_;
  std::vector<std::unique_ptr<simulation::Corrupt>> corrupt_;
  std::set<uint32_t> corrupt_numbers_;
  bool forks_ = false;
  std::optional<uint32_t> put_back_;
};

}  // namespace

Run RunSeed(uint64_t seed, bool verbose) {
  if (seed != 0) return SeedRun(seed, verbose).RunAll();
  World world(7, OrganisationSpec{}, Faults::None());
  world.verbose = verbose;
  const Verdict verdict = RunQuietly(world);
  return {verdict, world.trace()};
}

Verdict RunPlanted(const std::function<void(World&)>& plant, bool verbose) {
  World world(7, OrganisationSpec{}, Faults::None());
  world.verbose = verbose;
  plant(world);
  return RunQuietly(world);
}

}  // namespace quorate::simulation
