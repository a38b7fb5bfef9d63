#include <algorithm>
#include <iterator>

#include "crypto/decryption_share.h"
#include "crypto/threshold_encryption.h"
#include "custody/ledger/queries.h"
#include "custody/wire/statement.h"
#include "tests/simulation/corrupt.h"
#include "tests/simulation/must.h"

namespace quorate::simulation {
namespace {

using ledger::LeafHash;
using ledger::OrganiserNumber;

constexpr ledger::VaultNumber kVault{1};

bool IsRecipient(const ledger::RequestRecord& request, OrganiserNumber number) {
  const std::vector<OrganiserNumber>& recipients = request.request.recipients;
  return std::find(recipients.begin(), recipients.end(), number) != recipients.end();
}

ledger::OneTimeKey KeyFor(const World& world, OrganiserNumber author,
                          crypto::RandomSource& random) {
  // Bound to a statement that is not the one it goes with.
  const crypto::OneTimeKey key = crypto::OneTimeKey::Generate(
      ledger::OneTimeKeyContext(world.organisation().id, author, ledger::StatementId{}, {}),
      random);
  return {key.notice.key, key.notice.proof};
}

}  // namespace

const ledger::RequestRecord* Corrupt::AnyRequest(bool open) {
  const auto& requests = host_.node().state().requests;
  if (requests.empty()) return nullptr;
  const auto& [id, request] =
      *std::next(requests.begin(), static_cast<int64_t>(dice_.Below(requests.size())));
  return !open || request.state == ledger::RequestState::kOpen ? &request : nullptr;
}

void Corrupt::CheatWithShares() {
  const ledger::RequestRecord* request = AnyRequest(/*open=*/false);
  if (request == nullptr) return;
  const uint64_t manner = dice_.Below(6);
  if (manner == 0) {
    // Valid, and as early as can be: JudgeShares of the log counts the approvals.
    std::optional<ledger::DecryptionShares> shares = host_.ForgeShares(*request, false);
    if (shares.has_value()) Say(*shares, std::nullopt);
    return;
  }
  std::optional<ledger::DecryptionShares> shares = host_.ForgeShares(*request, manner == 1);
  const ledger::RequestRecord* other = AnyRequest(/*open=*/false);
  if (manner == 2 && shares.has_value()) {
    crypto::Point& v = shares->shares.front().share.v;
    v = v + crypto::Point::Base();
  } else if (manner == 3 && other != nullptr && other != request && !other->shares.empty()) {
    // From another request, its own or somebody else's.
    shares =
        ledger::DecryptionShares{request->id, request->epoch, other->shares.begin()->second.shares};
  } else if (manner == 4 && !request->shares.empty() &&
             request->shares.begin()->first != host_.node().me()) {
    shares = ledger::DecryptionShares{request->id, request->epoch,
                                      request->shares.begin()->second.shares};
  } else if (manner == 5 && shares.has_value()) {
    shares->epoch.value += 1;
  } else if (manner != 1) {
    return;
  }
  if (shares.has_value()) Say(*shares, Fate::kRefused);
}

// Lifts of what does not stand, and alarms as a nuisance, as often as the quota has it. Not for the
// account that is opened at the end.
void Corrupt::CheatWithAlarms() {
  const ledger::State& state = host_.node().state();
  auto account = state.accounts.find(dice_.Chance(500) ? "page" : "blog");
  if (account == state.accounts.end()) return;
  const auto lift = [&](std::vector<LeafHash> alarms) {
    return ledger::Lift{kVault, account->first, std::move(alarms), "well"};
  };
  std::vector<LeafHash> alarms = ledger::StandingAlarms(account->second);
  switch (dice_.Below(4)) {
    case 0:
      return Say(lift({}), Fate::kRefused);
    case 1:
      host_.random().Fill(alarms.emplace_back().value);
      std::sort(alarms.begin(), alarms.end());
      return Say(lift(alarms), Fate::kRefused);
    case 2:
      return Say(lift(alarms), std::nullopt);
    default:
      return Say(ledger::Alarm{kVault, account->first, "boo"}, std::nullopt);
  }
}

void Corrupt::CheatWithWords() {
  if (dice_.Chance(150)) return CheatWithAlarms();
  const OrganiserNumber me = host_.node().me();
  const ledger::RequestRecord* request = AnyRequest(/*open=*/false);
  LeafHash nothing;
  host_.random().Fill(nothing.value);
  if (request == nullptr || dice_.Chance(150)) {
    return Say(ledger::Approve{nothing, {}}, Fate::kRefused);
  }
  const bool party = request->requester == me || IsRecipient(*request, me);
  switch (dice_.Below(6)) {
    case 0:
      if (party) Say(ledger::Approve{request->id, {}}, Fate::kRefused);
      return;
    case 1:
      return Say(ledger::Approve{request->id, {nothing}}, Fate::kRefused);
    case 2:
      if (!IsRecipient(*request, me)) Say(ledger::Opened{request->id}, Fate::kRefused);
      return;
    case 3:
      return Say(ledger::Accept{request->id, KeyFor(world_, me, host_.random())}, Fate::kRefused);
    case 4: {
      // In another's name, with a key of one's own; or with another's key in one's own name.
      ledger::Request asked = request->request;
      asked.recipients = {OrganiserNumber{me.value % World::kHosts + 1}};
      if (!request->one_time_keys.empty() && dice_.Chance(500)) asked.recipients = {me};
      asked.one_time_key = KeyFor(world_, me, host_.random());
      if (!request->one_time_keys.empty()) {
        asked.one_time_key->key = request->one_time_keys.begin()->second;
      }
      return Say(asked, Fate::kRefused);
    }
    default:
      // Allowed, and a nuisance: denials, whatever came before.
      return Say(ledger::Deny{request->id, "no"}, std::nullopt);
  }
}

void Corrupt::CheatWithItems() {
  const ledger::State& state = host_.node().state();
  const ledger::Vault& vault = state.vaults.at(kVault);
  if (!vault.active.has_value()) return;
  ledger::Deposit deposit{kVault, "stolen", "Ours", "campaign", "https://example.org", {}};
  if (!state.accounts.empty() && dice_.Chance(500)) {
    // Somebody's ciphertext under another account's name: an oracle, were it opened there.
    const ledger::ItemRecord& item = state.accounts.begin()->second.items.begin()->second;
    const ledger::VersionRecord& version = item.versions.front();
    const crypto::Bytes* payload = world_.server().FindBlob(version.payload.digest);
    if (payload == nullptr) return;
    deposit.items = {version.item};
    deposit.items.front().version = 1;
    return Say(deposit, Fate::kRefused, {*payload});
  }
  // Encrypted to a key of the depositor's.
  crypto::ItemLabel label;
  label.organisation = crypto::Digest{world_.organisation().id.value};
  label.account = deposit.account;
  const crypto::Point own = crypto::Point::MulBase(crypto::SecretScalar::Random(host_.random()));
  const crypto::EncryptedItem item =
      Must(crypto::EncryptItem(own, label, crypto::AsBytes("garbage"), host_.random()));
  deposit.items = {{ledger::ItemKind::kPassword, 1, 0, item.ciphertext.r, item.ciphertext.r_hat,
                    item.ciphertext.e, item.ciphertext.f}};
  Say(deposit, Fate::kRefused, {item.payload});
}

void Corrupt::Flood() {
  for (uint64_t left = dice_.Below(6); left > 0; --left) {
    ledger::StatementId id = wire::RandomStatementId(host_.random());
    // An identifier that somebody else has used belongs to them alone.
    const auto& used = host_.node().state().statement_ids;
    if (!used.empty() && dice_.Chance(300)) {
      const auto& [author, squatted] =
          *std::next(used.begin(), static_cast<int64_t>(dice_.Below(used.size())));
      if (author != host_.node().me()) id = squatted;
    }
    crypto::Bytes body(dice_.Chance(30) ? 100'000 : 1 + dice_.Below(300));
    host_.random().Fill(body);
    if (dice_.Chance(400)) {
      body = wire::EncodeStatement(ledger::Deny{LeafHash{}, "no"});
      if (dice_.Chance(500)) {
        body.resize(body.size() - 1 - dice_.Below(body.size() - 1));
      } else {
        body.insert(body.end(), {0xfa, 0x7f, 0x01, 0x00});  // A field that nobody knows.
      }
    }
    const wire::SignedStatement forged = host_.ForgeBytes(body, id);
    world_.invariants().Expect(host_.number(), id, Fate::kRefused);
    world_.Submit(host_, node::Submit{forged, {}});
  }
}

}  // namespace quorate::simulation
