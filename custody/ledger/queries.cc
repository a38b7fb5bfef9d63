#include "custody/ledger/queries.h"

#include <algorithm>
#include <set>
#include <string>

namespace quorate::ledger {

const Vault* FindVault(const State& state, VaultNumber number) {
  auto found = state.vaults.find(number);
  return found != state.vaults.end() ? &found->second : nullptr;
}

const Account* FindAccount(const State& state, std::string_view name) {
  auto found = state.accounts.find(std::string(name));
  return found != state.accounts.end() ? &found->second : nullptr;
}

const RequestRecord* FindRequest(const State& state, const LeafHash& id) {
  auto found = state.requests.find(id);
  return found != state.requests.end() ? &found->second : nullptr;
}

const VersionRecord* FindVersion(const Account& account, const ItemVersion& version) {
  auto item = account.items.find(version.kind);
  if (item == account.items.end()) return nullptr;
  if (version.version == 0 || version.version > item->second.versions.size()) return nullptr;
  return &item->second.versions[version.version - 1];
}

const Organiser* FindOrganiser(const Charter& charter, OrganiserNumber number) {
  if (number.value == 0 || number.value > charter.organisers.size()) return nullptr;
  return &charter.organisers[number.value - 1];
}

bool IsHolder(const VaultPolicy& policy, OrganiserNumber number) {
  return std::binary_search(policy.holders.begin(), policy.holders.end(), number);
}

bool NeedsUpgrade(const State& state) { return state.rules_version > kRulesVersion; }

SharingRef CurrentSharing(const Vault& vault) {
  if (vault.sharing.has_value()) return vault.sharing->ref;
  Epoch next{vault.active.has_value() ? vault.active->epoch.value + 1 : 1};
  return {vault.number, next, vault.next_attempt};
}

std::optional<uint32_t> DefaultVersion(const ItemRecord& item) {
  if (item.versions.empty()) return std::nullopt;
  auto confirmed =
      std::find_if(item.versions.rbegin(), item.versions.rend(),
                   [](const VersionRecord& version) { return version.confirmed_by.has_value(); });
  return confirmed != item.versions.rend() ? confirmed->version : item.versions.back().version;
}

const VersionRecord* DescribingVersion(const Account& account,
                                       const std::vector<ItemVersion>& items) {
  const VersionRecord* first = nullptr;
  for (const ItemVersion& item : items) {
    const VersionRecord* version = FindVersion(account, item);
    if (version == nullptr) continue;
    if (version->confirmed_by.has_value()) return version;
    if (first == nullptr) first = version;
  }
  return first;
}

const VersionRecord* DescribingVersion(const Account& account) {
  std::vector<ItemVersion> items;
  for (const auto& [kind, item] : account.items) {
    items.push_back({kind, DefaultVersion(item).value_or(0)});
  }
  return DescribingVersion(account, items);
}

bool IsVersionExposed(const ItemRecord& item, const VersionRecord& version) {
  const std::set<OrganiserNumber>& knowers = version.exposed_to;
  if (knowers.empty()) return false;
  return std::none_of(
      item.versions.begin(), item.versions.end(), [&](const VersionRecord& replacement) {
        return replacement.version > version.version && replacement.confirmed_by.has_value() &&
               !knowers.contains(replacement.depositor) &&
               !knowers.contains(*replacement.confirmed_by);
      });
}

bool IsExposed(const ItemRecord& item) {
  return std::any_of(
      item.versions.begin(), item.versions.end(),
      [&item](const VersionRecord& version) { return IsVersionExposed(item, version); });
}

RequestState EffectiveState(const RequestRecord& request, uint64_t now_ms) {
  bool expired = request.state == RequestState::kOpen && now_ms >= request.expires_ms;
  return expired ? RequestState::kExpired : request.state;
}

size_t CountApprovals(const State& state, const RequestRecord& request) {
  size_t approvals = 0;
  for (OrganiserNumber holder : MayApprove(state, request)) {
    auto word = request.words.find(holder);
    if (word != request.words.end() && word->second.word == Word::kApproval) ++approvals;
  }
  return approvals;
}

size_t CountDenials(const RequestRecord& request) {
  return static_cast<size_t>(
      std::count_if(request.words.begin(), request.words.end(),
                    [](const auto& word) { return word.second.word == Word::kDenial; }));
}

std::vector<OrganiserNumber> MayApprove(const State& state, const RequestRecord& request) {
  std::vector<OrganiserNumber> holders;
  const Vault* vault = FindVault(state, request.request.vault);
  if (vault == nullptr || !vault->active.has_value()) return holders;
  const std::vector<OrganiserNumber>& recipients = request.request.recipients;
  for (OrganiserNumber holder : vault->active->acknowledged) {
    if (holder == request.requester || !IsHolder(vault->policy, holder)) continue;
    if (std::find(recipients.begin(), recipients.end(), holder) != recipients.end()) continue;
    holders.push_back(holder);
  }
  return holders;
}

bool IsFrozen(const Account& account) {
  return !account.alarms.empty() || !account.kit_alarms.empty();
}

bool AsksForRecoveryCodesAlone(const RequestRecord& request) {
  return std::all_of(request.request.items.begin(), request.request.items.end(),
                     [](const ItemVersion& item) { return item.kind == ItemKind::kRecoveryCodes; });
}

bool IsHeldByAlarm(const State& state, const RequestRecord& request) {
  const Account* account = FindAccount(state, request.request.account);
  return account != nullptr && IsFrozen(*account) && !AsksForRecoveryCodesAlone(request);
}

std::vector<LeafHash> StandingAlarms(const Account& account) {
  std::vector<LeafHash> standing;
  for (const auto& [author, alarm] : account.alarms) standing.push_back(alarm.leaf_hash);
  for (const auto& [author, alarm] : account.kit_alarms) standing.push_back(alarm.leaf_hash);
  std::sort(standing.begin(), standing.end());
  return standing;
}

size_t CountLifts(const State& state, const Account& account) {
  const Vault* vault = FindVault(state, account.vault);
  if (vault == nullptr || !vault->active.has_value()) return 0;
  return static_cast<size_t>(
      std::count_if(account.lifts.begin(), account.lifts.end(), [&](const auto& lift) {
        return IsHolder(vault->policy, lift.first) &&
               vault->active->acknowledged.contains(lift.first);
      }));
}

size_t SharesOut(const State& state, std::string_view account, const ItemVersion& version) {
  const Account* found = FindAccount(state, account);
  if (found == nullptr) return 0;
  const Vault* vault = FindVault(state, found->vault);
  if (vault == nullptr || !vault->active.has_value()) return 0;
  std::set<OrganiserNumber> holders;
  for (const auto& [id, request] : state.requests) {
    if (request.request.account != account) continue;
    const std::vector<ItemVersion>& items = request.request.items;
    if (std::find(items.begin(), items.end(), version) == items.end()) continue;
    for (const auto& [holder, sent] : request.shares) {
      if (sent.epoch == vault->active->epoch) holders.insert(holder);
    }
  }
  return holders.size();
}

}  // namespace quorate::ledger
