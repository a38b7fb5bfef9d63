#include "tests/simulation/invariants.h"

#include <algorithm>

#include "custody/log/checkpoint.h"
#include "custody/log/evidence.h"
#include "custody/wire/read_entry.h"
#include "custody/wire/statement.h"

namespace quorate::simulation {
namespace {

using ledger::OrganiserNumber;
using ledger::RefusalCode;

std::string NodeName(uint32_t host) { return "node " + std::to_string(host); }

// What anyone who keeps the log could have done to an entry: nobody is named for it.
bool IsTheServers(const ledger::Outcome& outcome) {
  return !outcome.signed_by_author || outcome.refusal == RefusalCode::kRepeatedStatementId ||
         outcome.refusal == RefusalCode::kTimeRanBackwards;
}

// What happens to honest people who speak at the same time, or late.
bool IsARace(RefusalCode refusal) {
  switch (refusal) {
    case RefusalCode::kNone:
    case RefusalCode::kWrongSharing:
    case RefusalCode::kWrongStage:
    case RefusalCode::kReceiversChanged:
    case RefusalCode::kTooEarly:
    case RefusalCode::kTooFew:
    case RefusalCode::kRepeated:
    case RefusalCode::kWrongQualifiedSet:
    case RefusalCode::kVaultNotReady:
    case RefusalCode::kAccountInOtherVault:
    case RefusalCode::kVersionNotNext:
    case RefusalCode::kUnknownVersion:
    case RefusalCode::kKnowsExposedVersion:
    case RefusalCode::kAlreadyConfirmed:
    case RefusalCode::kRequestClosed:
    case RefusalCode::kRequestExpired:
    case RefusalCode::kTooFewHolders:
    case RefusalCode::kUnusualVersion:
    case RefusalCode::kAlreadyAccepted:
    case RefusalCode::kTooLateToAccept:
    case RefusalCode::kAlreadyApproved:
    case RefusalCode::kAcceptsMissing:
    case RefusalCode::kAlreadySaid:
    case RefusalCode::kNothingToWithdraw:
    case RefusalCode::kNotOpenable:
    case RefusalCode::kOvertaken:
    case RefusalCode::kNotFrozen:
    case RefusalCode::kAlarmsChanged:
      return true;
    default:
      return false;
  }
}

// Whether this very entry put somebody on the record.
bool Names(const ledger::State& state, uint64_t index, OrganiserNumber author) {
  for (auto anomaly = state.anomalies.rbegin();
       anomaly != state.anomalies.rend() && anomaly->index == index; ++anomaly) {
    if (anomaly->author == author) return true;
  }
  return false;
}

}  // namespace

Invariants::Invariants(const ledger::OrganisationId& organisation,
                       const crypto::Secret& organisation_key)
    : organisation_(organisation) {
  keys_.Add(1, organisation_key.Clone());
}

void Invariants::Violate(const std::string& what) {
  if (!violation_.has_value()) violation_ = what;
}

ledger::Entry Invariants::Decode(const wire::SignedStatement& statement) const {
  const crypto::Bytes leaf =
      wire::EncodeLeaf({0, statement.header, statement.signature, statement.device_signature});
  return wire::ReadEntry(0, leaf, statement.body, keys_,
                         [](uint64_t, const crypto::Digest&) { return true; });
}

void Invariants::JudgeFate(const replica::AppliedEntry& entry, bool named) {
  auto fate = fates_.find({entry.entry.header->author, entry.entry.header->statement_id});
  if (fate == fates_.end() || IsTheServers(entry.outcome)) return;
  const std::string who = "I7: a cheat of " + std::to_string(entry.entry.header->author.value);
  const bool admitted = entry.outcome.admitted();
  if (fate->second == Fate::kRefused && admitted) Violate(who + " was admitted");
  // What the order of the log alone can bring about, a repetition for one, names nobody.
  const bool provable = admitted || (ledger::IsProvenByBytes(entry.outcome.refusal) &&
                                     entry.entry.leaf.device_signature.has_value());
  if (fate->second == Fate::kNamed && provable && !named) Violate(who + " went unnamed");
  if (fate->second == Fate::kWithoutEffect && admitted && !named) Violate(who + " had its way");
}

void Invariants::JudgeHonest(const replica::AppliedEntry& entry, bool named) {
  const RefusalCode refusal = entry.outcome.refusal;
  const std::string who = "I4: honest " + std::to_string(entry.entry.header->author.value);
  if (entry.outcome.admitted() && named) Violate(who + " is named as a cheat");
  if (IsTheServers(entry.outcome)) {
    if (named) Violate(who + " is named for what the log did");
    return;
  }
  // What was said in one history and logged in another is no cheat, but nobody there can know.
  if (forks_) return;
  if (!IsARace(refusal)) {
    Violate(who + " is refused for " + std::string(ledger::RefusalName(refusal)));
  }
}

void Invariants::JudgeSharings(const replica::AppliedEntry& entry, const ledger::State& state) {
  for (const auto& [number, vault] : state.vaults) {
    if (!vault.sharing.has_value()) continue;
    for (const auto& [dealer, dealing] : vault.sharing->dealings) {
      if (dealing.expelled && IsHonest(dealer.value)) {
        Violate("I4: honest dealer " + std::to_string(dealer.value) + " is expelled");
      }
    }
  }
  const auto* acknowledge = std::get_if<ledger::Acknowledge>(&*entry.entry.statement);
  if (acknowledge == nullptr) return;
  const uint32_t holder = entry.entry.header->author.value;
  const ledger::Vault& vault = state.vaults.at(acknowledge->sharing.vault);
  for (crypto::ShareIndex dealer : vault.sharing->qualified->dealers()) {
    auto bad = bad_dealings_.find({acknowledge->sharing, dealer.value()});
    if (bad != bad_dealings_.end() && IsHonest(holder) && bad->second.contains(holder)) {
      Violate("I7: honest " + std::to_string(holder) + " acknowledged a bad dealing");
    }
  }
}

// Counted apart from what the ledger says.
void Invariants::JudgeAlarms(const replica::AppliedEntry& entry, const ledger::State& state) {
  if (const auto* alarm = std::get_if<ledger::Alarm>(&*entry.entry.statement)) {
    lifted_[alarm->account].clear();
  }
  const auto* lift = std::get_if<ledger::Lift>(&*entry.entry.statement);
  if (lift == nullptr) return;
  std::set<OrganiserNumber>& lifted = lifted_[lift->account];
  lifted.insert(entry.entry.header->author);
  const ledger::Account& account = state.accounts.at(lift->account);
  const size_t needed = state.vaults.at(account.vault).active->threshold;
  // Where there are two histories, an alarm of one is none in the other.
  if (!forks_ && account.alarms.empty() && lifted.size() < needed) {
    Violate("I1: an alarm is over that " + std::to_string(lifted.size()) + " lifted");
  }
}

void Invariants::OnLogged(const replica::AppliedEntry& entry, const replica::Replica& truth) {
  auto [state, is_new] = states_.try_emplace(truth.root(), truth.StateDigest());
  if (!is_new && state->second != truth.StateDigest()) Violate("I2: one root, two states");
  if (!entry.entry.header.has_value()) return;
  const OrganiserNumber author = entry.entry.header->author;
  const bool named = Names(truth.state(), entry.entry.index, author);
  JudgeFate(entry, named);
  if (entry.entry.index > 0 && IsHonest(author.value)) {
    JudgeHonest(entry, named && (entry.outcome.admitted() || IsTheServers(entry.outcome)));
  }
  if (!entry.outcome.admitted()) return;
  JudgeSharings(entry, truth.state());
  JudgeAlarms(entry, truth.state());
  if (const auto* approve = std::get_if<ledger::Approve>(&*entry.entry.statement)) {
    approved_[approve->request].insert(author);
  } else if (const auto* shares = std::get_if<ledger::DecryptionShares>(&*entry.entry.statement)) {
    const ledger::RequestRecord& request = truth.state().requests.at(shares->request);
    if (ApprovedOutside(request) < request.threshold && !named) {
      Violate("I7: shares without a quorum went unnamed");
    }
  } else if (const auto* complain = std::get_if<ledger::Complain>(&*entry.entry.statement)) {
    if (IsHonest(author.value) && IsHonest(complain->dealer.value)) {
      Violate("I4: an honest holder complains of an honest dealer");
    }
    if (IsHonest(complain->dealer.value) &&
        Names(truth.state(), entry.entry.index, complain->dealer)) {
      Violate("I4: an honest dealer is named");
    }
  }
}

// A node has stopped: either its log lied, which anyone can check, or its disk was put back.
void Invariants::JudgeHalt(const node::Node& node) {
  if (node.halted_because().empty() || !IsHonest(node.me().value)) return;
  if (node.restored_copy() && put_back_.contains(node.me().value)) return;
  if (node.evidence().has_value()) {
    absl::StatusOr<log::NoteKey> key = log::NoteKey::Create(
        log::OriginOf(organisation_.span()), log::NoteKeyType::kEd25519, *node.replica().log_key());
    if (key.ok() && log::VerifyEvidence(*node.evidence(), *key).ok()) return;
  }
  Violate("I8: " + NodeName(node.me().value) +
          " has stopped without evidence: " + node.halted_because());
}

void Invariants::OnStep(const node::Node& node) {
  JudgeHalt(node);
  const uint32_t host = node.me().value;
  const uint64_t size = node.replica().size();
  auto [known, is_new] = sizes_.try_emplace(host, 0);
  if (size < known->second) {
    Violate("I3: the ledger of " + NodeName(host) + " went from " + std::to_string(known->second) +
            " entries to " + std::to_string(size));
  }
  if (size == known->second) return;
  known->second = size;
  auto state = states_.find(node.replica().root());
  if (state == states_.end()) {
    Violate("I2: " + NodeName(host) + " has a log that no server signed");
  } else if (state->second != node.replica().StateDigest()) {
    Violate("I2: " + NodeName(host) + " has another state at size " + std::to_string(size));
  }
  for (auto sent = sent_.lower_bound({host, {}}); sent != sent_.end() && sent->first.first == host;
       ++sent) {
    if (node.replica().FindStatement(node.me(), sent->first.second) != nullptr) {
      acknowledged_.insert(sent->first);
    }
  }
}

void Invariants::OnRest(const node::Node& node, const replica::Replica* truth) {
  const uint32_t host = node.me().value;
  if (!IsHonest(host)) return;
  for (auto kept = acknowledged_.lower_bound({host, {}});
       kept != acknowledged_.end() && kept->first == host; ++kept) {
    if (node.replica().FindStatement(node.me(), kept->second) == nullptr ||
        (truth != nullptr && truth->FindStatement(node.me(), kept->second) == nullptr)) {
      Violate("I3: a statement of " + NodeName(host) + " is gone from the log");
    }
  }
  for (const auto& [number, vault] : node.state().vaults) {
    if (vault.active.has_value() && vault.active->acknowledged.contains(node.me()) &&
        !node.HoldsShare(number) && !put_back_.contains(host)) {
      Violate("I3: " + NodeName(host) + " has lost the share that it acknowledged");
    }
  }
}

size_t Invariants::ApprovedOutside(const ledger::RequestRecord& request) const {
  auto approved = approved_.find(request.id);
  if (approved == approved_.end()) return 0;
  const std::vector<OrganiserNumber>& recipients = request.request.recipients;
  return static_cast<size_t>(
      std::count_if(approved->second.begin(), approved->second.end(), [&](OrganiserNumber holder) {
        return holder != request.requester &&
               std::find(recipients.begin(), recipients.end(), holder) == recipients.end();
      }));
}

// Counted apart from what any ledger says of it: shares of one item combine across requests.
void Invariants::CountExposure(uint32_t host, const ledger::RequestRecord& request,
                               const ledger::State& state) {
  const ledger::ActiveEpoch& epoch = *state.vaults.at(request.request.vault).active;
  for (const ledger::ItemVersion& item : request.request.items) {
    Release& release = releases_[{request.request.account, item}];
    release.holders.insert(host);
    release.had_quorum = release.had_quorum || ApprovedOutside(request) >= epoch.threshold;
    const auto bad =
        std::count_if(epoch.public_shares.begin(), epoch.public_shares.end(),
                      [&](const auto& holder) { return !IsHonest(holder.first.value); });
    if (!release.had_quorum &&
        release.holders.size() + static_cast<size_t>(bad) >= epoch.threshold) {
      Violate("I1: an item can be opened that no quorum approved");
    }
  }
}

void Invariants::JudgeShares(const node::Node& node, const ledger::DecryptionShares& shares,
                             absl::Time now) {
  const uint32_t host = node.me().value;
  const std::string who = "I1: " + NodeName(host) + " sends shares ";
  const ledger::State& state = node.state();
  const ledger::RequestRecord* request = ledger::FindRequest(state, shares.request);
  if (request == nullptr) return Violate(who + "for no request");
  if (!node.halted_because().empty()) Violate(who + "though it has stopped");
  if (node.replica().log_size() > node.replica().size()) {
    Violate(who + "though it knows that there is more to read");
  }
  const std::vector<ledger::ItemVersion>& items = request->request.items;
  const bool recovers = std::all_of(items.begin(), items.end(), [](const auto& item) {
    return item.kind == ledger::ItemKind::kRecoveryCodes;
  });
  const ledger::Account& account = state.accounts.at(request->request.account);
  if ((!account.alarms.empty() || !account.kit_alarms.empty()) && !recovers) {
    Violate(who + "of an account that an alarm freezes");
  }
  if (request->state != ledger::RequestState::kOpen ||
      state.last_log_time_ms >= request->expires_ms) {
    Violate(who + "for a request that is over");
  }
  const size_t approvals = ledger::CountApprovals(state, *request);
  const absl::Time logged = absl::FromUnixMillis(static_cast<int64_t>(request->log_time_ms));
  if (ApprovedOutside(*request) < request->threshold || approvals < request->threshold) {
    Violate(who + "that only " + std::to_string(approvals) + " approve");
  }
  if (ledger::CountDenials(*request) >= request->denials_to_block) {
    Violate(who + "that enough holders deny");
  }
  if (now < logged + absl::Seconds(static_cast<int64_t>(request->cooling_off_seconds))) {
    Violate(who + "before the cooling-off is over");
  }
  auto word = last_word_.find({host, shares.request});
  if (word == last_word_.end()) return Violate(who + "that its person never approved");
  if (word->second != ledger::Word::kApproval) {
    Violate(who + "after its person took the approval back");
  }
  CountExposure(host, *request, state);
}

void Invariants::OnSubmit(const node::Node& node, const node::Submit& submit, absl::Time now) {
  const uint32_t host = node.me().value;
  if (!IsHonest(host)) return;
  const ledger::Entry entry = Decode(submit.statement);
  if (!entry.statement.has_value() || entry.header->author.value != host) {
    return Violate(NodeName(host) + " sends what is no statement of its own");
  }
  crypto::Bytes all = wire::EncodeSigned(submit.statement);
  for (const crypto::Bytes& blob : submit.blobs) all.insert(all.end(), blob.begin(), blob.end());
  const crypto::Digest digest = crypto::Sha256(all);
  auto [sent, is_new] = sent_.try_emplace({host, submit.statement.id}, digest);
  if (!is_new && sent->second != digest) {
    Violate("I5: " + NodeName(host) + " sends other bytes under a used identifier");
  }
  const auto only_once = [&](auto& made, const ledger::SharingRef& sharing, const char* what) {
    auto [made_first, is_first] = made.try_emplace({host, sharing}, submit.statement.id);
    if (is_first || made_first->second == submit.statement.id) return;
    // What the log refused is as if it had never been said.
    const replica::EntryRecord* first = node.replica().FindStatement(node.me(), made_first->second);
    if (first == nullptr || first->outcome.admitted()) {
      Violate("I6: " + NodeName(host) + " makes two " + what);
    }
  };
  if (const auto* deal = std::get_if<ledger::Deal>(&*entry.statement)) {
    only_once(dealt_, deal->sharing, "dealings");
  } else if (const auto* key = std::get_if<ledger::ReceivingKey>(&*entry.statement)) {
    only_once(keyed_, key->sharing, "receiving keys");
  } else if (const auto* shares = std::get_if<ledger::DecryptionShares>(&*entry.statement)) {
    JudgeShares(node, *shares, now);
  }
}

void Invariants::OnPersonsWord(uint32_t host, const ledger::LeafHash& request, ledger::Word word) {
  last_word_[{host, request}] = word;
}

void Invariants::OnOpened(const node::Node& node, const ledger::LeafHash& id) {
  const ledger::RequestRecord* request = ledger::FindRequest(node.state(), id);
  if (request == nullptr || ApprovedOutside(*request) < request->threshold) {
    Violate("I1: a request opened without a quorum");
  }
}

}  // namespace quorate::simulation
