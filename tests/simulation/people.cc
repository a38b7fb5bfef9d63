#include "tests/simulation/people.h"

#include <algorithm>
#include <utility>

#include "custody/ledger/queries.h"
#include "tests/simulation/must.h"

namespace quorate::simulation {
namespace {

using ledger::LeafHash;
using ledger::OrganiserNumber;
using ledger::StatementId;
using ledger::VaultNumber;

constexpr VaultNumber kVault{1};

absl::Status Down() { return absl::UnavailableError("the machine is down"); }

bool Knows(const Host& host, const LeafHash& request) {
  return ledger::FindRequest(host.node().state(), request) != nullptr;
}

}  // namespace

std::string PlaintextOf(const crypto::ItemLabel& label) {
  return "secret of " + crypto::Hex(crypto::Sha256(label.Encode()).span());
}

absl::StatusOr<StatementId> Deposit(Host& host, const std::string& account) {
  if (!host.up()) return Down();
  absl::StatusOr<std::vector<crypto::ItemLabel>> labels =
      host.node().PrepareDeposit(kVault, account, {ledger::ItemKind::kPassword});
  if (!labels.ok()) return labels.status();
  const crypto::ItemLabel& label = labels->front();
  const crypto::Point key =
      ledger::FindVault(host.node().state(), kVault)->active->commitments.front();
  crypto::EncryptedItem item = Must(crypto::EncryptItem(
      key, label,
      crypto::AsBytes(host.world().wrong_plaintext ? "something else" : PlaintextOf(label)),
      host.random()));
  node::DepositDraft draft;
  draft.vault = kVault;
  draft.account = account;
  draft.title = "Our page";
  draft.username = "campaign";
  draft.url = "https://example.org";
  draft.statement_id.value = label.statement_id;
  draft.items.push_back(
      {ledger::ItemKind::kPassword, label.version, item.ciphertext, std::move(item.payload)});
  return host.Command([&](node::Node& node) { return node.CommitDeposit(draft); });
}

absl::StatusOr<StatementId> Ask(Host& host, const std::string& account,
                                const std::vector<uint32_t>& recipients) {
  if (!host.up()) return Down();
  node::RequestDraft draft;
  draft.account = account;
  draft.reason = "posting the announcement";
  draft.items = {{ledger::ItemKind::kPassword, 0}};
  for (uint32_t recipient : recipients) draft.recipients.push_back(OrganiserNumber{recipient});
  return host.Command([&](node::Node& node) { return node.CreateRequest(draft); });
}

absl::Status Approve(World& world, Host& host, const LeafHash& request) {
  if (!host.up()) return Down();
  // The word is given when the person gives it: a machine that dies may have kept it.
  const keystore::PersonKeys person = People::Get().Unlock(host.number());
  return host
      .Command([&](node::Node& node) {
        absl::StatusOr<StatementId> sent = node.Approve(request, person);
        if (sent.ok() || host.store().crashed()) {
          world.invariants().OnPersonsWord(host.number(), request, ledger::Word::kApproval);
        }
        return sent;
      })
      .status();
}

absl::Status Deny(World& world, Host& host, const LeafHash& request) {
  if (!host.up()) return Down();
  return host
      .Command([&](node::Node& node) {
        absl::StatusOr<StatementId> sent = node.Deny(request, "not today");
        if (sent.ok()) {
          world.invariants().OnPersonsWord(host.number(), request, ledger::Word::kDenial);
        }
        return sent;
      })
      .status();
}

absl::Status Withdraw(World& world, Host& host, const LeafHash& request) {
  if (!host.up()) return Down();
  return host
      .Command([&](node::Node& node) {
        absl::StatusOr<StatementId> sent = node.Withdraw(request);
        if (sent.ok()) {
          world.invariants().OnPersonsWord(host.number(), request, ledger::Word::kRetraction);
        }
        return sent;
      })
      .status();
}

absl::StatusOr<StatementId> RaiseAlarm(Host& host, const std::string& account) {
  if (!host.up()) return Down();
  return host.Command(
      [&](node::Node& node) { return node.RaiseAlarm(account, "this was not us"); });
}

absl::StatusOr<StatementId> LiftAlarms(Host& host, const std::string& account) {
  if (!host.up()) return Down();
  const ledger::Account* known = ledger::FindAccount(host.node().state(), account);
  if (known == nullptr) return absl::NotFoundError("no such account here");
  const std::vector<LeafHash> alarms = ledger::StandingAlarms(*known);
  const keystore::PersonKeys person = People::Get().Unlock(host.number());
  return host.Command(
      [&](node::Node& node) { return node.LiftAlarms(account, alarms, "it was us", person); });
}

absl::Status OpenAndCompare(World& world, Host& host, const LeafHash& request) {
  if (!host.up()) return Down();
  const crypto::WrapKey caller = crypto::WrapKey::Random(host.random());
  // The machine may die right after.
  absl::StatusOr<std::vector<node::OpenedItem>> opened = host.Command([&](node::Node& node) {
    absl::StatusOr<std::vector<node::OpenedItem>> items =
        node.OpenRequest(request, caller.public_key);
    if (items.ok()) world.invariants().OnOpened(node, request);
    return items;
  });
  if (!opened.ok()) return opened.status();
  for (const node::OpenedItem& item : *opened) {
    absl::StatusOr<crypto::Secret> point = crypto::Unseal(
        caller, crypto::CiphertextHash(item.label, item.ciphertext), item.combined_sealed);
    // What a bad depositor encrypted is theirs alone to know.
    if (!world.invariants().IsHonest(item.label.depositor)) continue;
    if (!point.ok()) {
      world.invariants().Violate("a combined point does not unseal");
      return point.status();
    }
    const crypto::SecretPoint shared = Must(crypto::SecretPoint::FromSecret(*std::move(point)));
    absl::StatusOr<crypto::Secret> plain =
        crypto::DecryptItem(item.vault_key, shared, item.label, item.ciphertext, item.payload);
    if (!plain.ok() || crypto::AsString(plain->Reveal()) != PlaintextOf(item.label)) {
      world.invariants().Violate("what was opened is not what was deposited");
      return absl::DataLossError("not what was deposited");
    }
  }
  world.Trace("person " + std::to_string(host.number()) + " opens a request");
  return absl::OkStatus();
}

std::optional<LeafHash> RequestOf(const Host& host, const StatementId& id) {
  if (!host.up()) return std::nullopt;
  auto result = host.node().ResultOf(id);
  if (!result.has_value() || !result->ok() || !(*result)->outcome.admitted()) return std::nullopt;
  return (*result)->leaf_hash;
}

void RandomPeople::Act(Host& host) {
  Dice& dice = world_.dice();
  if (!host.node().unlocked() && !dice.Chance(100)) return;
  const ledger::State& state = host.node().state();
  static const char* const kAccounts[] = {"page", "blog", "mail"};
  if (dice.Chance(40)) {
    (void)Deposit(host, kAccounts[dice.Below(3)]);
    if (!host.up()) return;
  }
  if (!state.accounts.empty() && dice.Chance(30)) {
    auto account =
        std::next(state.accounts.begin(), static_cast<int64_t>(dice.Below(state.accounts.size())));
    const std::string name = account->first;
    if (dice.Chance(400)) {
      (void)host.Command([&](node::Node& node) { return node.Confirm(name); });
    } else {
      std::vector<uint32_t> recipients;
      if (dice.Chance(300)) recipients.push_back(static_cast<uint32_t>(1 + dice.Below(6)));
      (void)Ask(host, name, recipients);
    }
    if (!host.up()) return;
  }
  if (!state.accounts.empty()) {
    ActOnAlarms(host, std::next(state.accounts.begin(),
                                static_cast<int64_t>(dice.Below(state.accounts.size())))
                          ->first);
    if (!host.up()) return;
  }
  std::vector<LeafHash> open;
  for (const auto& [id, request] : state.requests) {
    if (request.state == ledger::RequestState::kOpen) open.push_back(id);
  }
  for (const LeafHash& id : open) {
    if (!host.up()) return;
    if (!Knows(host, id)) continue;
    ActOnRequest(host, *ledger::FindRequest(host.node().state(), id));
  }
}

// Rarely raised, and lifted soon: most of a run is about what is released.
void RandomPeople::ActOnAlarms(Host& host, const std::string& account) {
  Dice& dice = world_.dice();
  const bool frozen = ledger::IsFrozen(host.node().state().accounts.at(account));
  if (dice.Chance(frozen ? 2 : 4)) {
    (void)RaiseAlarm(host, account);
  } else if (frozen && dice.Chance(200)) {
    (void)LiftAlarms(host, account);
  }
}

void RandomPeople::ActOnRequest(Host& host, const ledger::RequestRecord& request) {
  Dice& dice = world_.dice();
  const LeafHash id = request.id;
  const bool recipient =
      std::find(request.request.recipients.begin(), request.request.recipients.end(),
                host.node().me()) != request.request.recipients.end();
  if (recipient) {
    if (request.requester != host.node().me() && !request.accepts.contains(host.node().me()) &&
        dice.Chance(300)) {
      (void)host.Command([&](node::Node& node) { return node.Accept(id); });
      return;
    }
    if (dice.Chance(200) && OpenAndCompare(world_, host, id).ok()) {
      ++opened_;
      if (host.up() && dice.Chance(700)) {
        (void)host.Command([&](node::Node& node) { return node.CloseRequest(id); });
      }
      return;
    }
  }
  if (dice.Chance(recipient ? 10 : 150)) {
    (void)Approve(world_, host, id);
  } else if (dice.Chance(15)) {
    (void)Deny(world_, host, id);
  } else if (dice.Chance(15)) {
    (void)Withdraw(world_, host, id);
  }
}

}  // namespace quorate::simulation
