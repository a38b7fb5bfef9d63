#include "custody/node/daemon/views.h"

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <tuple>
#include <utility>

#include "crypto/words.h"
#include "custody/base/error_info.h"
#include "custody/base/status_macros.h"
#include "custody/node/daemon/protection.h"

namespace quorate::node {
namespace {

using ledger::OrganiserNumber;

constexpr size_t kShownDigits = 10;
constexpr size_t kMostAwaited = 2;

constexpr std::array<std::pair<ledger::ItemKind, std::string_view>, 5> kKinds = {{
    {ledger::ItemKind::kPassword, "password"},
    {ledger::ItemKind::kTotp, "totp"},
    {ledger::ItemKind::kRecoveryCodes, "recovery-codes"},
    {ledger::ItemKind::kToken, "token"},
    {ledger::ItemKind::kNote, "note"},
}};

int64_t Millis(absl::Time time) {
  return time == absl::InfiniteFuture() || time == absl::InfinitePast() ? 0
                                                                        : absl::ToUnixMillis(time);
}

std::string_view StateName(ledger::RequestState state) {
  switch (state) {
    case ledger::RequestState::kOpen:
      return "open";
    case ledger::RequestState::kOpened:
      return "opened";
    case ledger::RequestState::kWithdrawn:
      return "withdrawn";
    case ledger::RequestState::kDenied:
      return "denied";
    case ledger::RequestState::kExpired:
      return "expired";
  }
  return "";
}

std::string_view StageName(const ledger::Vault& vault) {
  if (vault.active.has_value()) return "active";
  if (!vault.sharing.has_value()) return "receiving-keys";
  switch (vault.sharing->stage) {
    case ledger::SharingStage::kReceivingKeys:
      return "receiving-keys";
    case ledger::SharingStage::kDealing:
      return "dealing";
    case ledger::SharingStage::kAcknowledging:
      return "acknowledging";
    case ledger::SharingStage::kActive:
      return "active";
  }
  return "";
}

// Whom key generation waits for.
bool IsAwaited(const ledger::Vault& vault, OrganiserNumber holder) {
  if (vault.active.has_value()) return !vault.active->acknowledged.contains(holder);
  if (!vault.sharing.has_value()) return true;
  const ledger::Sharing& sharing = *vault.sharing;
  switch (sharing.stage) {
    case ledger::SharingStage::kReceivingKeys:
      return !sharing.receiving_keys.contains(holder);
    case ledger::SharingStage::kDealing:
      return !sharing.dealings.contains(holder);
    default:
      return !sharing.acknowledged.contains(holder);
  }
}

uint64_t NowMs(absl::Time now) {
  return static_cast<uint64_t>(std::max<int64_t>(0, absl::ToUnixMillis(now)));
}

std::string ShortId(const ledger::LeafHash& id) {
  return crypto::Hex(id.span()).substr(0, kShownDigits);
}

bool Contains(const std::vector<OrganiserNumber>& list, OrganiserNumber number) {
  return std::find(list.begin(), list.end(), number) != list.end();
}

// Those that combine: of the epoch in use, however they came.
size_t UsableShares(const ledger::State& state, const ledger::RequestRecord& request) {
  const ledger::Vault* vault = ledger::FindVault(state, request.request.vault);
  if (vault == nullptr || !vault->active.has_value()) return 0;
  return static_cast<size_t>(std::count_if(
      request.shares.begin(), request.shares.end(),
      [vault](const auto& sent) { return sent.second.epoch == vault->active->epoch; }));
}

// A time as short as it can be told: by the clock, or by the day where that is far off.
std::string Clock(absl::Time time, absl::Time now) {
  const bool near = absl::AbsDuration(now - time) < absl::Hours(20);
  return absl::FormatTime(near ? "%H:%M" : "%Y-%m-%d", time, absl::LocalTimeZone());
}

// Who is awaited and when their nodes last said something: whether to wait or to call them up.
std::string Awaited(const Node& node, std::vector<OrganiserNumber> holders, absl::Time now) {
  std::stable_sort(holders.begin(), holders.end(), [&](OrganiserNumber a, OrganiserNumber b) {
    return node.LastSeen(a) > node.LastSeen(b);
  });
  std::string text;
  for (size_t i = 0; i < std::min(holders.size(), kMostAwaited); ++i) {
    const absl::Time seen = node.LastSeen(holders[i]);
    text += (text.empty() ? "" : ", ") + node.OrganiserName(holders[i]);
    if (seen == absl::InfinitePast()) {
      text += " (node never seen)";
    } else {
      text += " (node last seen " + Clock(seen, now) + ")";
    }
  }
  if (holders.size() > kMostAwaited) {
    text += " and " + std::to_string(holders.size() - kMostAwaited) + " more";
  }
  return text;
}

// What a request waits for, with whom it could come from.
std::string WaitingLine(const Node& node, const ledger::RequestRecord& request,
                        const pb::Request& view, absl::Time now) {
  if (view.approvals() >= view.threshold()) return view.waiting_for();
  std::vector<OrganiserNumber> silent;
  for (OrganiserNumber holder : ledger::MayApprove(node.state(), request)) {
    auto word = request.words.find(holder);
    const bool approved =
        word != request.words.end() && word->second.word == ledger::Word::kApproval;
    const bool denied = word != request.words.end() && word->second.word == ledger::Word::kDenial;
    if (!approved && !denied && holder != node.me()) silent.push_back(holder);
  }
  if (silent.empty()) return view.waiting_for();
  return view.waiting_for() + "; awaited: " + Awaited(node, std::move(silent), now);
}

std::string WaitingFor(const Node& node, const ledger::RequestRecord& request, size_t approvals,
                       absl::Time cooled_off, absl::Time now) {
  if (approvals < request.threshold) {
    std::string text = std::to_string(approvals) + " of " + std::to_string(request.threshold);
    std::string approved;
    for (const auto& [holder, word] : request.words) {
      if (word.word != ledger::Word::kApproval) continue;
      approved += (approved.empty() ? "" : ", ") + node.OrganiserName(holder);
    }
    return approved.empty() ? text : text + "; " + approved + " approved";
  }
  if (now < cooled_off) return "the cooling-off, until " + Clock(cooled_off, now);
  if (node.IsArmed(request.id)) {
    if (GateVerdict why = node.WhyNotReleased(request.id); why.has_value()) return *why;
  }
  const size_t shares = UsableShares(node.state(), request);
  if (shares < request.threshold) {
    return "the nodes of " + std::to_string(request.threshold - shares) +
           " who approved have not sent their share yet";
  }
  return "";
}

// What an open request asks of somebody who has nothing but their paper kit.
void AddForKit(const Node& node, const ledger::RequestRecord& request, const pb::Request& view,
               pb::NodeStatus& status) {
  const ledger::Vault* vault = ledger::FindVault(node.state(), request.request.vault);
  const bool spoke = request.words.contains(node.me()) &&
                     request.words.at(node.me()).word != ledger::Word::kRetraction;
  if (view.mine() || spoke || vault == nullptr || !Contains(vault->policy.holders, node.me())) {
    return;
  }
  pb::StatusLine& line = *status.add_needs_you();
  line.set_text(view.requester() + " asks for " + view.account() + ": " + view.reason() +
                "; you may deny it");
  line.set_command("quorate deny " + view.id() + " --reason \"...\"");
  line.set_deadline_ms(view.expires_ms());
}

}  // namespace

std::string_view KindName(ledger::ItemKind kind) {
  for (const auto& [value, name] : kKinds) {
    if (value == kind) return name;
  }
  return "";
}

absl::StatusOr<ledger::ItemKind> KindByName(const std::string& name) {
  for (const auto& [value, known] : kKinds) {
    if (known == name) return value;
  }
  return base::MakeError(absl::StatusCode::kInvalidArgument, "UNKNOWN_ITEM",
                         "there is no such item",
                         "items are password, totp, recovery-codes, token and note");
}

bool SharesOutIndex::Version::operator<(const Version& other) const {
  return std::tie(account, item.kind, item.version) <
         std::tie(other.account, other.item.kind, other.item.version);
}

SharesOutIndex::SharesOutIndex(const ledger::State& state) {
  for (const auto& [id, request] : state.requests) {
    if (request.shares.empty()) continue;
    const ledger::Account* account = ledger::FindAccount(state, request.request.account);
    const ledger::Vault* vault =
        account == nullptr ? nullptr : ledger::FindVault(state, account->vault);
    if (vault == nullptr || !vault->active.has_value()) continue;
    for (const ledger::ItemVersion& item : request.request.items) {
      std::set<OrganiserNumber>& holders = holders_[{request.request.account, item}];
      for (const auto& [holder, sent] : request.shares) {
        if (sent.epoch == vault->active->epoch) holders.insert(holder);
      }
    }
  }
}

uint32_t SharesOutIndex::Of(const std::string& account, const ledger::ItemVersion& item) const {
  auto found = holders_.find({account, item});
  return found == holders_.end() ? 0 : static_cast<uint32_t>(found->second.size());
}

pb::Vault VaultView(const Node& node, const ledger::Vault& vault) {
  pb::Vault out;
  out.set_name(node.VaultName(vault.number));
  out.set_number(vault.number.value);
  out.set_threshold(vault.active.has_value() ? vault.active->threshold : vault.policy.threshold);
  for (OrganiserNumber holder : vault.policy.holders) {
    out.add_holders(node.OrganiserName(holder));
    if (IsAwaited(vault, holder)) out.add_waiting_for(node.OrganiserName(holder));
  }
  out.set_cooling_off_seconds(vault.policy.cooling_off_seconds);
  out.set_request_lifetime_seconds(vault.policy.request_lifetime_seconds);
  out.set_denials_to_block(vault.policy.denials_to_block);
  out.set_state(std::string(StageName(vault)));
  if (vault.active.has_value()) {
    out.set_epoch(vault.active->epoch.value);
    out.set_public_key(crypto::AsString(vault.active->commitments.front().span()));
    for (OrganiserNumber holder : vault.active->acknowledged) {
      out.add_acknowledged(node.OrganiserName(holder));
    }
  }
  uint32_t accounts = 0;
  for (const auto& [name, account] : node.state().accounts) {
    accounts += account.vault == vault.number ? 1 : 0;
  }
  out.set_accounts(accounts);
  return out;
}

bool IsOpen(const Node& node, const ledger::RequestRecord& request, absl::Time now) {
  return ledger::EffectiveState(request, std::max(NowMs(now), node.state().last_log_time_ms)) ==
         ledger::RequestState::kOpen;
}

pb::Request RequestView(const Node& node, const ledger::RequestRecord& request, absl::Time now,
                        const SharesOutIndex& shares_out) {
  const ledger::State& state = node.state();
  pb::Request out;
  out.set_id(ShortId(request.id));
  out.set_leaf_hash(crypto::Hex(request.id.span()));
  out.set_account(request.request.account);
  out.set_vault(node.VaultName(request.request.vault));
  out.set_requester(node.OrganiserName(request.requester));
  out.set_reason(request.request.reason);
  for (OrganiserNumber recipient : request.request.recipients) {
    out.add_recipients(node.OrganiserName(recipient));
    if (recipient != request.requester && !request.accepts.contains(recipient)) {
      out.add_not_accepted(node.OrganiserName(recipient));
    }
  }
  const ledger::Account* account = ledger::FindAccount(state, request.request.account);
  for (const ledger::ItemVersion& item : request.request.items) {
    pb::RequestItemView& view = *out.add_items();
    view.set_kind(std::string(KindName(item.kind)));
    view.set_version(item.version);
    const ledger::VersionRecord* version =
        account == nullptr ? nullptr : ledger::FindVersion(*account, item);
    view.set_confirmed(version != nullptr && version->confirmed_by.has_value());
    view.set_shares_out(shares_out.Of(request.request.account, item));
  }
  const ledger::RequestState effective =
      ledger::EffectiveState(request, std::max(NowMs(now), state.last_log_time_ms));
  out.set_state(std::string(StateName(effective)));
  out.set_created_ms(static_cast<int64_t>(request.log_time_ms));
  out.set_expires_ms(static_cast<int64_t>(request.expires_ms));
  const absl::Time logged = absl::FromUnixMillis(static_cast<int64_t>(request.log_time_ms));
  const absl::Time seen = node.FirstSeen(request.id);
  const absl::Time from = seen == absl::InfiniteFuture() ? logged : std::max(seen, logged);
  const absl::Time cooled_off =
      from + absl::Seconds(static_cast<int64_t>(request.cooling_off_seconds));
  out.set_cooling_off_until_ms(Millis(cooled_off));
  const size_t approvals = ledger::CountApprovals(state, request);
  out.set_approvals(static_cast<uint32_t>(approvals));
  out.set_threshold(request.threshold);
  out.set_denials(static_cast<uint32_t>(ledger::CountDenials(request)));
  out.set_denials_to_block(request.denials_to_block);
  const std::vector<OrganiserNumber> may = ledger::MayApprove(state, request);
  const ledger::Vault* vault = ledger::FindVault(state, request.request.vault);
  if (vault != nullptr) {
    for (OrganiserNumber holder : vault->policy.holders) {
      pb::HolderView& view = *out.add_holders();
      view.set_name(node.OrganiserName(holder));
      view.set_may_approve(Contains(may, holder));
      view.set_is_me(holder == node.me());
      if (auto word = request.words.find(holder); word != request.words.end()) {
        const ledger::Word said = word->second.word;
        view.set_word(said == ledger::Word::kApproval ? "approved"
                      : said == ledger::Word::kDenial ? "denied"
                                                      : "retracted");
        view.set_reason(word->second.reason);
        view.set_word_ms(static_cast<int64_t>(word->second.log_time_ms));
      }
      if (auto sent = request.shares.find(holder); sent != request.shares.end()) {
        view.set_sent_shares(true);
        const ledger::ShareRegularity how = sent->second.regularity;
        view.set_irregular(how == ledger::ShareRegularity::kPremature ? "premature"
                           : how == ledger::ShareRegularity::kLate    ? "late"
                                                                      : "");
      }
    }
  }
  const size_t shares = UsableShares(state, request);
  out.set_shares_sent(static_cast<uint32_t>(shares));
  out.set_mine(request.requester == node.me());
  out.set_armed(node.IsArmed(request.id));
  const bool open = effective == ledger::RequestState::kOpen;
  out.set_openable_by_me(open && shares >= request.threshold &&
                         Contains(request.request.recipients, node.me()));
  if (open) out.set_waiting_for(WaitingFor(node, request, approvals, cooled_off, now));
  if (open && account != nullptr && ledger::IsHeldByAlarm(state, request)) {
    out.set_frozen(FreezeLine(node, *account));
    // Approvals first, as people may give them meanwhile.
    out.set_waiting_for(approvals < request.threshold ? out.waiting_for() + "; " + out.frozen()
                                                      : out.frozen());
  }
  const ledger::VersionRecord* described =
      account == nullptr ? nullptr : ledger::DescribingVersion(*account, request.request.items);
  if (described != nullptr) {
    out.set_username(described->username);
    out.set_url(described->url);
    out.set_described_by_candidate(!described->confirmed_by.has_value());
  }
  return out;
}

pb::Organisation OrganisationView(const Node& node) {
  const ledger::State& state = node.state();
  pb::Organisation out;
  out.set_name(node.organisation_name());
  out.set_id(crypto::Hex(state.organisation.span()));
  out.set_charter_version(state.charter_version);
  out.set_rules_version(state.rules_version);
  if (state.charter.has_value()) {
    const ledger::Charter& charter = *state.charter;
    out.set_governance_threshold(charter.governance_threshold);
    for (uint32_t i = 0; i < charter.organisers.size(); ++i) {
      const OrganiserNumber number{i + 1};
      pb::OrganiserView& view = *out.add_organisers();
      view.set_name(node.OrganiserName(number));
      view.set_number(number.value);
      view.set_is_me(number == node.me());
      view.set_witness(Contains(charter.witnesses, number));
    }
    out.set_witness_faults(charter.witness_faults);
    out.set_witness_quorum(charter.witness_quorum);
  }
  // The words that founders compared: of charter and wraps as they stand on the log.
  absl::StatusOr<ledger::Entry> founding = node.replica().ReadEntryAt(0);
  if (founding.ok() && founding->statement.has_value()) {
    if (const auto* found = std::get_if<ledger::Found>(&*founding->statement)) {
      const crypto::Digest digest = ledger::FoundingDigest(found->charter_bytes, found->wraps);
      for (const std::string& word : crypto::FingerprintWords(digest, kFoundingWords)) {
        out.add_words(word);
      }
    }
  }
  for (const auto& [number, vault] : state.vaults) *out.add_vaults() = VaultView(node, vault);
  return out;
}

namespace {

// Whom the log's bytes prove to have broken the rules: one line each, of the first time.
// What was admitted comes before what was refused.
void AddNamed(const Node& node, google::protobuf::RepeatedPtrField<pb::StatusLine>* risks) {
  std::map<OrganiserNumber, const ledger::Anomaly*> told;
  for (const ledger::Anomaly& anomaly : node.state().anomalies) {
    if (anomaly.author.value == 0) continue;
    const ledger::Anomaly*& first = told[anomaly.author];
    if (first == nullptr || (first->kind == ledger::AnomalyKind::kRefused &&
                             anomaly.kind != ledger::AnomalyKind::kRefused)) {
      first = &anomaly;
    }
  }
  for (const auto& [author, anomaly] : told) {
    pb::StatusLine& line = *risks->Add();
    line.set_text(node.OrganiserName(author) + ", entry " + std::to_string(anomaly->index) + ": " +
                  std::string(ledger::AnomalyText(anomaly->kind, anomaly->refusal)));
    line.set_command("quorate-audit verify");
  }
}

void AddLine(google::protobuf::RepeatedPtrField<pb::StatusLine>* lines, std::string text,
             std::string command = "", int64_t deadline = 0) {
  pb::StatusLine& line = *lines->Add();
  line.set_text(std::move(text));
  line.set_command(std::move(command));
  line.set_deadline_ms(deadline);
}

// What an open request asks of this node's person, or what they wait for.
void AddRequest(const Node& node, const ledger::RequestRecord& request, const pb::Request& view,
                absl::Time now, pb::NodeStatus& status) {
  const std::string what = view.requester() + " asks for " + view.account();
  const bool spoke = request.words.contains(node.me()) &&
                     request.words.at(node.me()).word != ledger::Word::kRetraction;
  if (view.openable_by_me()) {
    AddLine(status.mutable_needs_you(), "your request for " + view.account() + " is released",
            "quorate open " + view.id(), view.expires_ms());
  } else if (view.mine()) {
    AddLine(status.mutable_waiting_on(),
            "your request for " + view.account() + ": " + WaitingLine(node, request, view, now),
            (view.approvals() < view.threshold() ? "quorate remind " : "quorate show ") + view.id(),
            view.expires_ms());
  } else if (Contains(request.request.recipients, node.me()) &&
             !request.accepts.contains(node.me())) {
    AddLine(status.mutable_needs_you(), what + " for you", "quorate accept " + view.id(),
            view.expires_ms());
  } else if (!Contains(ledger::MayApprove(node.state(), request), node.me())) {
    return;
  } else if (!spoke) {
    AddLine(status.mutable_needs_you(), what + ": " + view.reason(), "quorate approve " + view.id(),
            view.expires_ms());
  } else if (request.words.at(node.me()).word == ledger::Word::kApproval &&
             !request.shares.contains(node.me())) {
    // A new epoch or charter makes what was approved worthless.
    if (view.armed()) {
      AddLine(status.mutable_waiting_on(),
              what + ", you approved: " + WaitingLine(node, request, view, now),
              "quorate show " + view.id(), view.expires_ms());
    } else {
      AddLine(status.mutable_needs_you(),
              what + ", and your approval no longer holds: approve again",
              "quorate approve " + view.id(), view.expires_ms());
    }
  }
}

}  // namespace

void FillStatus(const Node& node, absl::Time now, pb::NodeStatus& status) {
  const ledger::State& state = node.state();
  if (const uint64_t size = node.log_size(); size > node.replica().size()) {
    AddLine(status.mutable_waiting_on(), "the log: read " +
                                             std::to_string(node.replica().next_index()) + " of " +
                                             std::to_string(size) + " entries");
  }
  for (const auto& [name, account] : state.accounts) {
    if (!ledger::IsFrozen(account)) continue;
    AddLine(status.mutable_risks(), name + " is " + FreezeLine(node, account),
            "quorate show account/" + name);
  }
  bool ready = !state.vaults.empty();
  for (const auto& [number, vault] : state.vaults) {
    const std::string name = node.VaultName(number);
    std::vector<OrganiserNumber> late;
    for (OrganiserNumber holder : vault.policy.holders) {
      if (IsAwaited(vault, holder)) late.push_back(holder);
    }
    const std::string missing = Awaited(node, std::move(late), now);
    if (!vault.active.has_value()) {
      ready = false;
      AddLine(status.mutable_waiting_on(), "the key of vault " + name + ": " +
                                               std::string(StageName(vault)) +
                                               (missing.empty() ? "" : "; missing " + missing));
    } else if (!missing.empty()) {
      AddLine(status.mutable_risks(), "vault " + name + ": " + missing + " have shown no share");
    }
  }
  const SharesOutIndex shares(state);
  for (const auto& [id, request] : state.requests) {
    if (!IsOpen(node, request, now)) continue;
    const pb::Request view = RequestView(node, request, now, shares);
    if (node.kit_only()) {
      AddForKit(node, request, view, status);
      continue;
    }
    AddRequest(node, request, view, now, status);
  }
  if (ledger::NeedsUpgrade(state)) {
    AddLine(
        status.mutable_risks(),
        "the group has put rules in force that this program does not know: it reads, and says and "
        "releases nothing",
        "install the newer version");
  }
  AddNamed(node, status.mutable_risks());
  if (const Unprotected found = FindUnprotected(state); !found.first.empty()) {
    AddLine(status.mutable_risks(), "not protected by being here: " + found.names,
            "quorate account migrate " + found.first);
  }
  if (!ready && status.phase().empty()) status.set_phase("generating-key");
  if (ready && status.phase().empty()) status.set_phase("ready");
  status.set_organisation_name(node.organisation_name());
  status.set_organisation_id(crypto::Hex(state.organisation.span()));
  status.set_log_size(node.replica().size());
  status.set_log_root(crypto::Hex(node.replica().root().span()));
  status.set_state_digest(crypto::Hex(node.replica().StateDigest().span()));
  status.set_last_heard_ms(Millis(node.last_heard()));
  status.set_unsent(static_cast<uint32_t>(node.unsent()));
  status.set_restored_from_kit(node.kit_only());
  if (node.kit_used()) {
    AddLine(status.mutable_risks(),
            "something was said in your name from your paper kit; was it not you, tell the others",
            "quorate-audit show --by " + node.OrganiserName(node.me()));
  }
  status.set_halted_because(node.halted_because());
  if (!node.halted_because().empty()) status.set_phase("halted");
}

}  // namespace quorate::node
