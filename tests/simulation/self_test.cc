#include <array>
#include <cstdio>
#include <functional>
#include <string_view>

#include "custody/ledger/queries.h"
#include "custody/wire/statement.h"
#include "tests/ledger/bad_dealing.h"
#include "tests/simulation/must.h"
#include "tests/simulation/people.h"
#include "tests/simulation/scenario.h"

// A check that cannot fail is none. Each plant here makes one thing go wrong on a machine that
// counts as honest, and names the invariant that must say so.
namespace quorate::simulation {
namespace {

const ledger::Statement* StatementOf(World& world, const node::Submit& submit,
                                     ledger::Entry& entry) {
  entry = world.invariants().Decode(submit.statement);
  return entry.statement.has_value() ? &*entry.statement : nullptr;
}

// Calls `change` for each statement of kind T that this host's node sends; what it answers goes out
// in its place.
template <typename T, typename Change>
void Rewrite(World& world, uint32_t number, Change change) {
  world.host(number).tamper = [&world, change](Host& host, std::vector<node::Action>& actions) {
    std::vector<node::Action> out;
    for (node::Action& action : actions) {
      const auto* submit = std::get_if<node::Submit>(&action);
      ledger::Entry entry;
      const ledger::Statement* statement =
          submit == nullptr ? nullptr : StatementOf(world, *submit, entry);
      const T* kind = statement == nullptr ? nullptr : std::get_if<T>(statement);
      if (kind == nullptr) {
        out.push_back(std::move(action));
      } else {
        for (node::Submit& changed : change(host, *submit, *kind)) out.emplace_back(changed);
      }
    }
    actions = std::move(out);
  };
}

// Once `ready` says so.
void When(World& world, std::function<bool()> ready, std::function<void()> what) {
  world.Schedule(1, [&world, ready = std::move(ready), what = std::move(what)] {
    if (ready()) return what();
    When(world, ready, what);
  });
}

void WhenActive(World& world, std::function<void()> what) {
  When(
      world, [&world] { return world.IsKeyActive(); }, std::move(what));
}

void SendShares(World& world, Host& host, const ledger::LeafHash& request) {
  world.Submit(host, {host.Forge(ledger::DecryptionShares{request, ledger::Epoch{1}, {}}), {}});
}

// The gate of one node is broken: its shares go out with its approval.
void SendSharesAtOnce(World& world) {
  Rewrite<ledger::Approve>(
      world, 2, [&world](Host& host, const node::Submit& submit, const ledger::Approve& approve) {
        SendShares(world, host, approve.request);
        return std::vector<node::Submit>{submit};
      });
}

void SendSharesBeforeTime(World& world) {
  const auto ready = [&world] {
    const auto& requests = world.host(2).node().state().requests;
    return !requests.empty() &&
           ledger::CountApprovals(world.host(2).node().state(), requests.begin()->second) >= 3;
  };
  When(world, ready, [&world] {
    Host& host = world.host(2);
    SendShares(world, host, host.node().state().requests.begin()->first);
  });
}

void TakeBackSilently(World& world) {
  Rewrite<ledger::Approve>(
      world, 3, [&world](Host& host, const node::Submit& submit, const ledger::Approve& approve) {
        world.Schedule(0, [&world, number = host.number(), id = approve.request] {
          world.invariants().OnPersonsWord(number, id, ledger::Word::kDenial);
        });
        return std::vector<node::Submit>{submit};
      });
}

// One node knows of the alarm and does not heed it.
void SendSharesOfAFrozenAccount(World& world) {
  When(
      world, [&world] { return world.host(6).node().state().requests.size() == 1; },
      [&world] { (void)RaiseAlarm(world.host(6), "page"); });
  const auto frozen = [&world] {
    const auto& accounts = world.host(2).node().state().accounts;
    return !accounts.empty() && ledger::IsFrozen(accounts.begin()->second);
  };
  When(world, frozen, [&world] {
    Host& host = world.host(2);
    SendShares(world, host, host.node().state().requests.begin()->first);
  });
}

// As if the ledger had taken one lift for enough.
void LiftAlone(World& world) {
  When(
      world, [&world] { return world.truth().accounts.contains("page"); },
      [&world] {
        ledger::Entry entry;
        entry.index = 1;
        entry.header.emplace().author = ledger::OrganiserNumber{2};
        entry.statement = ledger::Lift{ledger::VaultNumber{1}, "page", {}, ""};
        world.invariants().OnLogged({entry, {ledger::RefusalCode::kNone, true}},
                                    world.truth_replica());
      });
}

void ReadAnotherState(World& world) {
  // With another organisation key all bodies read differently.
  world.host(5).wrong_organisation_key = true;
  world.host(5).PutBack(world.host(5).Image());
}

void LoseTheDisk(World& world) {
  WhenActive(world, [&world] {
    Host& host = world.host(4);
    host.store().Restore({});
    host.Crash();
  });
}

void DealBadly(World& world) {
  Rewrite<ledger::Deal>(
      world, 4, [](Host& host, const node::Submit& submit, const ledger::Deal& deal) {
        const auto& sharing = host.node().state().vaults.at(deal.sharing.vault).sharing;
        if (!sharing.has_value() || !sharing->context.has_value()) {
          return std::vector<node::Submit>{submit};
        }
        const crypto::Dealing dealing = ledger::testing::BadDealing(
            *sharing->context, *crypto::ShareIndex::From(4), {1, 2}, host.random());
        return std::vector<node::Submit>{
            {host.Forge(ledger::Deal{deal.sharing, dealing.commitments, dealing.ephemeral,
                                     dealing.c, dealing.z1, dealing.z2},
                        dealing.ciphertexts),
             dealing.ciphertexts}};
      });
}

void SayNonsense(World& world) {
  WhenActive(world, [&world] {
    Host& host = world.host(2);
    const wire::SignedStatement forged =
        host.ForgeBytes({1, 2, 3}, wire::RandomStatementId(host.random()));
    (void)world.Inject(host, forged);
  });
}

void ChangeBytes(World& world) {
  Rewrite<ledger::Acknowledge>(world, 2,
                               [](Host&, const node::Submit& submit, const ledger::Acknowledge&) {
                                 node::Submit other = submit;
                                 other.statement.device_signature.reset();
                                 return std::vector<node::Submit>{submit, other};
                               });
}

void DealTwice(World& world) {
  Rewrite<ledger::Deal>(
      world, 2, [](Host& host, const node::Submit& submit, const ledger::Deal& deal) {
        return std::vector<node::Submit>{submit, {host.Forge(deal, submit.blobs), submit.blobs}};
      });
}

void TwoReceivingKeys(World& world) {
  Rewrite<ledger::ReceivingKey>(
      world, 2, [](Host& host, const node::Submit& submit, const ledger::ReceivingKey& key) {
        return std::vector<node::Submit>{submit, {host.Forge(key), {}}};
      });
}

// What is no cheat is said to be one: the log does not name its author.
void CheatUnnoticed(World& world, Fate fate) {
  world.invariants().Distrust(5);
  Rewrite<ledger::Acknowledge>(
      world, 5, [&world, fate](Host&, const node::Submit& submit, const ledger::Acknowledge&) {
        world.invariants().Expect(5, submit.statement.id, fate);
        return std::vector<node::Submit>{submit};
      });
}

void AcknowledgeABadDealing(World& world) {
  world.Schedule(1, [&world] {
    world.invariants().OnBadDealing(4, {ledger::VaultNumber{1}, ledger::Epoch{1}, 1}, {1, 2});
  });
}

// A statement in its name that this node never made.
void StopForNothing(World& world) {
  WhenActive(world, [&world] {
    Host& host = world.host(2);
    const wire::SignedStatement forged =
        host.Forge(ledger::Close{{ledger::VaultNumber{1}, ledger::Epoch{1}, 1}});
    base::WriteBatch batch;
    batch.Delete("own", base::NodeBytes(forged.id.value.begin(), forged.id.value.end()));
    Must(host.store().Commit(batch));
    (void)world.Inject(host, forged);
  });
}

void LoseEntries(World& world) {
  WhenActive(world, [&world] { world.RollBackServer(world.server().size() - 2); });
}

void LoseAShare(World& world) {
  WhenActive(world, [&world] {
    Host& host = world.host(5);
    base::WriteBatch batch;
    batch.Delete("share", crypto::ToBytes("1/1/1"));
    Must(host.store().Commit(batch));
  });
}

void DropEverything(World& world) {
  world.server().censor = [](const ledger::Header&) { return true; };
}

void OpenWithoutApprovals(World& world) {
  const auto ready = [&world] { return !world.host(1).node().state().requests.empty(); };
  When(world, ready, [&world] {
    const node::Node& node = world.host(1).node();
    world.invariants().OnOpened(node, node.state().requests.begin()->first);
  });
}

void EncryptSomethingElse(World& world) { world.wrong_plaintext = true; }

struct Plant {
  std::string_view what;
  std::string_view expected;  // How the verdict begins.
  void (*plant)(World&);
};

constexpr std::array<Plant, 21> kPlants = {{
    {"shares that leave before the quorum", "I1: node 2 sends shares that only", SendSharesAtOnce},
    {"shares that leave before the time", "I1: node 2 sends shares before", SendSharesBeforeTime},
    {"shares after the person's denial", "I1: node 3 sends shares after", TakeBackSilently},
    {"shares of a frozen account", "I1: node 2 sends shares of an account",
     SendSharesOfAFrozenAccount},
    {"an alarm that one person ends", "I1: an alarm is over that 1 lifted", LiftAlone},
    {"an opening without approvals", "I1: a request opened", OpenWithoutApprovals},
    {"a node with another state", "I2: node 5", ReadAnotherState},
    {"a disk that loses the log", "I3: the ledger of node 4", LoseTheDisk},
    {"a server that loses entries", "liveness: never", LoseEntries},
    {"a share that is lost", "I3: node 5 has lost the share", LoseAShare},
    {"an honest dealer who is expelled", "I4: ", DealBadly},
    {"an honest author who says nonsense", "I4: honest 2 is refused", SayNonsense},
    {"other bytes under a used identifier", "I5: node 2", ChangeBytes},
    {"a second dealing", "I6: node 2 makes two dealings", DealTwice},
    {"a second receiving key", "I6: node 2 makes two receiving keys", TwoReceivingKeys},
    {"a cheat that is admitted", "I7: a cheat of 5 was admitted",
     [](World& world) { CheatUnnoticed(world, Fate::kRefused); }},
    {"a cheat that goes unnamed", "I7: a cheat of 5 went unnamed",
     [](World& world) { CheatUnnoticed(world, Fate::kNamed); }},
    {"a bad dealing that is acknowledged", "I7: honest", AcknowledgeABadDealing},
    {"a node that stops for nothing", "I8: node 2", StopForNothing},
    {"a server that logs nothing", "liveness: never a key", DropEverything},
    {"an item that is not what was deposited", "what was opened is not", EncryptSomethingElse},
}};

}  // namespace

bool RunSelfTest(bool verbose) {
  bool well = true;
  for (const Plant& plant : kPlants) {
    const Verdict verdict = RunPlanted(plant.plant, verbose);
    const bool noticed = verdict.has_value() && verdict->starts_with(plant.expected);
    well = well && noticed;
    std::printf("%s: %s: %s\n", noticed ? "noticed" : "MISSED", std::string(plant.what).c_str(),
                verdict.value_or("nothing").c_str());
  }
  return well;
}

}  // namespace quorate::simulation
