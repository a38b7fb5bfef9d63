#include "tests/simulation/scenario.h"

#include <vector>

#include "custody/ledger/queries.h"
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
  absl::StatusOr<ledger::StatementId> closed = requester.Command(
      [&](node::Node& node) { return node.CloseRequest(request); });
  if (!closed.ok()) {
    world.invariants().Violate("cannot close: " + std::string(closed.status().message()));
    return false;
  }
  return Await(world, "closed", [&] { return IsAdmitted(requester, *closed); });
}

bool AwaitQuiet(World& world) {
  return Await(world, "quiet", [&] { return world.IsQuiet(); });
}

}  // namespace

Verdict RunHappyPath(bool verbose) {
  World world(7, OrganisationSpec{}, Faults::None());
  world.verbose = verbose;
  bool well = Await(world, "a key", [&] { return world.IsKeyActive(); });
  well = well && AwaitQuiet(world) && DepositAndAwait(world, world.host(6), "page");
  well = well && AwaitQuiet(world) && ReleaseOnce(world, world.host(1), "page", {2, 3, 4});
  well = well && AwaitQuiet(world);
  return world.invariants().violation();
}

Verdict RunSeed(uint64_t seed, bool verbose) {
  Dice dice(seed ^ 0x5eed);
  OrganisationSpec spec;
  spec.cooling_off_seconds = dice.Chance(500) ? 0 : dice.Below(20);
  World world(seed, spec, Faults::Chaos(dice));
  world.verbose = verbose;
  RandomPeople people(world);
  world.EachTick([&](Host& host) { people.Act(host); });
  world.Run(absl::Seconds(150));
  if (world.failed()) return world.invariants().violation();

  world.EachTick({});
  world.Heal();
  // A sharing that lost somebody waits for its deadlines.
  for (int day = 0; day < 8 && !world.IsKeyActive(); ++day) {
    if (world.RunUntil([&] { return world.IsKeyActive(); }, absl::Minutes(2))) break;
    world.Sleep(absl::Hours(25));
  }
  bool well = Await(world, "a key", [&] { return world.IsKeyActive(); }) && AwaitQuiet(world);
  well = well && DepositAndAwait(world, world.host(6), "last") && AwaitQuiet(world);
  well = well && ReleaseOnce(world, world.host(1), "last", {2, 3, 4}) && AwaitQuiet(world);
  return world.invariants().violation();
}

}  // namespace quorate::simulation
