// Deposits and confirmations.
#include <algorithm>
#include <set>

#include "custody/ledger/decide.h"
#include "custody/ledger/queries.h"

namespace quorate::ledger {
namespace {

using crypto::kMaxItemSize;
using crypto::kPayloadOverhead;

bool AreTextsValid(const Deposit& deposit) {
  return IsValidName(deposit.account, kMaxAccountNameBytes) &&
         IsValidText(deposit.title, kMaxTitleBytes) &&
         IsValidText(deposit.username, kMaxUsernameBytes) && IsValidUrl(deposit.url);
}

bool IsPayloadLength(uint32_t length) {
  return length > kPayloadOverhead && length <= kMaxItemSize + kPayloadOverhead;
}

RefusalCode CheckItemShapes(const Placed& placed, const Deposit& deposit) {
  std::vector<ItemVersion> items;
  for (const DepositedItem& item : deposit.items) {
    if (item.part != 0) return RefusalCode::kMalformedBody;
    items.push_back({item.kind, item.version});
  }
  if (!AreItemsInOrder(items)) return RefusalCode::kMalformedBody;
  const std::vector<BlobRef>& blobs = placed.header.blobs;
  bool fit = blobs.size() == deposit.items.size() &&
             std::all_of(blobs.begin(), blobs.end(),
                         [](const BlobRef& blob) { return IsPayloadLength(blob.length); });
  return fit ? RefusalCode::kNone : RefusalCode::kBlobsMismatch;
}

uint32_t NextVersion(const Account* account, ItemKind kind) {
  if (account == nullptr) return 1;
  auto item = account->items.find(kind);
  if (item == account->items.end()) return 1;
  return static_cast<uint32_t>(item->second.versions.size()) + 1;
}

VersionRecord RecordOf(const Placed& placed, const Deposit& deposit, size_t place) {
  VersionRecord record;
  record.version = deposit.items[place].version;
  record.depositor = placed.author;
  record.statement_id = placed.header.statement_id;
  record.deposit = placed.entry.leaf_hash;
  record.log_time_ms = placed.now_ms;
  record.item = deposit.items[place];
  record.payload = placed.header.blobs[place];
  record.title = deposit.title;
  record.username = deposit.username;
  record.url = deposit.url;
  return record;
}

RefusalCode CheckCiphertexts(const State& state, const Placed& placed, const Vault& vault,
                             const Deposit& deposit) {
  Account labelled;
  labelled.vault = deposit.vault;
  labelled.name = deposit.account;
  std::set<crypto::Point> here;
  for (size_t i = 0; i < deposit.items.size(); ++i) {
    const DepositedItem& item = deposit.items[i];
    if (state.points_seen.contains(item.r) || !here.insert(item.r).second) {
      return RefusalCode::kValueSeenBefore;
    }
    VersionRecord record = RecordOf(placed, deposit, i);
    if (!crypto::VerifyCiphertext(vault.active->commitments.front(),
                                  LabelOf(state, labelled, record), CiphertextOf(record))
             .ok()) {
      return RefusalCode::kBadCiphertext;
    }
  }
  return RefusalCode::kNone;
}

// Whether the organiser was released a version of this item that nothing safe has replaced.
bool KnowsExposedVersion(const ItemRecord& item, OrganiserNumber organiser) {
  return std::any_of(item.versions.begin(), item.versions.end(), [&](const VersionRecord& version) {
    return version.exposed_to.contains(organiser) && IsVersionExposed(item, version);
  });
}

RefusalCode CheckConfirmation(const Account& account, const ItemVersion& named,
                              OrganiserNumber author) {
  const VersionRecord* version = FindVersion(account, named);
  if (version == nullptr) return RefusalCode::kUnknownVersion;
  if (version->depositor == author) return RefusalCode::kOwnVersion;
  if (version->confirmed_by.has_value()) return RefusalCode::kAlreadyConfirmed;
  if (KnowsExposedVersion(account.items.at(named.kind), author)) {
    return RefusalCode::kKnowsExposedVersion;
  }
  return RefusalCode::kNone;
}

}  // namespace

bool IsItemKind(ItemKind kind) { return kind >= ItemKind::kPassword && kind <= ItemKind::kNote; }

bool AreItemsInOrder(std::span<const ItemVersion> items) {
  if (items.empty() || items.size() > kMaxItemsPerStatement) return false;
  for (size_t i = 0; i < items.size(); ++i) {
    if (!IsItemKind(items[i].kind) || (i > 0 && items[i].kind <= items[i - 1].kind)) return false;
  }
  return true;
}

VaultOrRefusal VaultInUse(const State& state, StatementKind kind, VaultNumber number) {
  const Vault* vault = FindVault(state, number);
  if (vault == nullptr) return {nullptr, RefusalCode::kUnknownVault};
  if (RowOf(kind).needs_active_epoch && !vault->active.has_value()) {
    return {nullptr, RefusalCode::kVaultNotReady};
  }
  return {vault, RefusalCode::kNone};
}

Decision Decide(const State& state, const Placed& placed, const Deposit& deposit) {
  auto [vault, unusable] = VaultInUse(state, StatementKind::kDeposit, deposit.vault);
  if (vault == nullptr) return unusable;
  if (!AreTextsValid(deposit)) return RefusalCode::kBadText;
  const Account* account = FindAccount(state, deposit.account);
  if (account != nullptr && account->vault != deposit.vault) {
    return RefusalCode::kAccountInOtherVault;
  }
  if (RefusalCode refusal = CheckItemShapes(placed, deposit); refusal != RefusalCode::kNone) {
    return refusal;
  }
  for (const DepositedItem& item : deposit.items) {
    if (item.version != NextVersion(account, item.kind)) return RefusalCode::kVersionNotNext;
  }
  RefusalCode refusal = CheckCiphertexts(state, placed, *vault, deposit);
  if (refusal != RefusalCode::kNone) return refusal;
  return Decision::Admit([&placed, &deposit](State& next) {
    Account& target = next.accounts[deposit.account];
    target.vault = deposit.vault;
    target.name = deposit.account;
    for (size_t i = 0; i < deposit.items.size(); ++i) {
      const DepositedItem& item = deposit.items[i];
      ItemRecord& record = target.items[item.kind];
      record.kind = item.kind;
      record.versions.push_back(RecordOf(placed, deposit, i));
      next.points_seen.insert(item.r);
    }
  });
}

Decision Decide(const State& state, const Placed& placed, const Confirm& confirm) {
  const Account* account = FindAccount(state, confirm.account);
  if (account == nullptr) return RefusalCode::kUnknownAccount;
  if (!AreItemsInOrder(confirm.items)) return RefusalCode::kMalformedBody;
  for (const ItemVersion& named : confirm.items) {
    RefusalCode refusal = CheckConfirmation(*account, named, placed.author);
    if (refusal != RefusalCode::kNone) return refusal;
  }
  return Decision::Admit([&placed, &confirm](State& next) {
    Account& target = next.accounts.at(confirm.account);
    for (const ItemVersion& named : confirm.items) {
      target.items.at(named.kind).versions[named.version - 1].confirmed_by = placed.author;
    }
  });
}

}  // namespace quorate::ledger
