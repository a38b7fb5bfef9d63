#include "custody/node/daemon/protection.h"
#include "custody/node/daemon/views.h"

namespace quorate::node {
namespace {

using ledger::OrganiserNumber;

uint32_t LiftsNeeded(const Node& node, const ledger::Account& account) {
  const ledger::Vault* vault = ledger::FindVault(node.state(), account.vault);
  return vault != nullptr && vault->active.has_value() ? vault->active->threshold : 0;
}

void WriteAlarm(const Node& node, OrganiserNumber author, const ledger::AlarmWord& word,
                pb::AlarmView& out) {
  out.set_by(node.OrganiserName(author));
  out.set_reason(word.reason);
  out.set_time_ms(static_cast<int64_t>(word.log_time_ms));
  out.set_leaf_hash(crypto::Hex(word.leaf_hash.span()));
}

}  // namespace

std::string FreezeLine(const Node& node, const ledger::Account& account) {
  if (!ledger::IsFrozen(account)) return "";
  std::string text = "frozen, " + std::to_string(ledger::CountLifts(node.state(), account)) +
                     " of " + std::to_string(LiftsNeeded(node, account)) + " have lifted it";
  for (const auto& [author, alarm] : account.alarms) {
    text += "; " + node.OrganiserName(author) + ": " + alarm.reason;
  }
  for (const auto& [author, alarm] : account.kit_alarms) {
    text += "; " + node.OrganiserName(author) + " from a paper kit: " + alarm.reason;
  }
  return text;
}

pb::Account AccountView(const Node& node, const ledger::Account& account,
                        const SharesOutIndex& shares) {
  pb::Account out;
  out.set_name(account.name);
  out.set_vault(node.VaultName(account.vault));
  if (const ledger::VersionRecord* version = ledger::DescribingVersion(account);
      version != nullptr) {
    out.set_title(version->title);
    out.set_username(version->username);
    out.set_url(version->url);
    out.set_described_by_candidate(!version->confirmed_by.has_value());
  }
  out.set_not_protected(NotProtected(account));
  out.set_frozen(ledger::IsFrozen(account));
  out.set_lifts_needed(LiftsNeeded(node, account));
  for (const auto& [author, alarm] : account.alarms) {
    WriteAlarm(node, author, alarm, *out.add_alarms());
  }
  for (const auto& [author, alarm] : account.kit_alarms) {
    pb::AlarmView& view = *out.add_alarms();
    WriteAlarm(node, author, alarm, view);
    view.set_without_device(true);
  }
  for (const auto& [author, lift] : account.lifts) WriteAlarm(node, author, lift, *out.add_lifts());
  for (const auto& [kind, item] : account.items) {
    if (item.versions.empty()) continue;
    pb::ItemView& view = *out.add_items();
    view.set_kind(std::string(KindName(kind)));
    view.set_newest_version(static_cast<uint32_t>(item.versions.size()));
    const uint32_t usual = ledger::DefaultVersion(item).value_or(0);
    view.set_default_version(usual);
    view.set_exposed(ledger::IsExposed(item));
    if (usual == 0 || usual > item.versions.size()) continue;
    const ledger::VersionRecord& version = item.versions[usual - 1];
    view.set_confirmed(version.confirmed_by.has_value());
    view.set_deposited_by(node.OrganiserName(version.depositor));
    if (version.confirmed_by.has_value()) {
      view.set_confirmed_by(node.OrganiserName(*version.confirmed_by));
    }
    view.set_deposited_ms(static_cast<int64_t>(version.log_time_ms));
    view.set_shares_out(shares.Of(account.name, {kind, usual}));
    for (OrganiserNumber person : version.exposed_to) {
      view.add_exposed_to(node.OrganiserName(person));
    }
  }
  return out;
}

}  // namespace quorate::node
