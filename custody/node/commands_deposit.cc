#include <algorithm>
#include <utility>

#include "crypto/threshold_encryption.h"
#include "custody/base/error_info.h"
#include "custody/base/status_macros.h"
#include "custody/node/node.h"
#include "custody/node/refuse.h"
#include "custody/wire/statement.h"

// What a node's own person tells it to do about what lies in a vault.
namespace quorate::node {
namespace {

using base::MakeError;
using ledger::StatementId;

uint32_t NextVersion(const ledger::Account* account, ledger::ItemKind kind) {
  if (account == nullptr) return 1;
  auto item = account->items.find(kind);
  return item == account->items.end() ? 1 : static_cast<uint32_t>(item->second.versions.size()) + 1;
}

}  // namespace

absl::StatusOr<std::vector<crypto::ItemLabel>> Node::PrepareDeposit(
    ledger::VaultNumber number, const std::string& name,
    const std::vector<ledger::ItemKind>& kinds) const {
  QUORATE_RETURN_IF_ERROR(RequireUsable());
  const ledger::Vault* vault = ledger::FindVault(state(), number);
  if (vault == nullptr) {
    return Refuse(ledger::RefusalCode::kUnknownVault, "run: quorate vaults");
  }
  if (!vault->active.has_value()) {
    return Refuse(ledger::RefusalCode::kVaultNotReady,
                  "wait until every holder's node has been online: quorate status");
  }
  if (!ledger::IsValidName(name, ledger::kMaxAccountNameBytes)) {
    return Refuse(ledger::RefusalCode::kBadText,
                  "use a-z, 0-9 and . _ @ + - in account names, a letter or digit first");
  }
  const ledger::Account* account = ledger::FindAccount(state(), name);
  if (account != nullptr && account->vault != number) {
    return Refuse(ledger::RefusalCode::kAccountInOtherVault,
                  "deposit it with --vault " + VaultName(account->vault));
  }
  const StatementId id = wire::RandomStatementId(*options_.random);
  std::vector<crypto::ItemLabel> labels;
  for (ledger::ItemKind kind : kinds) {
    crypto::ItemLabel label;
    label.organisation = OrganisationDigest();
    label.vault = number.value;
    label.account = name;
    label.item_kind = static_cast<uint8_t>(kind);
    label.version = NextVersion(account, kind);
    label.depositor = options_.me.value;
    label.statement_id = id.value;
    labels.push_back(std::move(label));
  }
  return labels;
}

absl::StatusOr<ledger::Deposit> Node::BuildDeposit(const DepositDraft& draft) const {
  QUORATE_RETURN_IF_ERROR(RequireUsable());
  const ledger::Vault* vault = ledger::FindVault(state(), draft.vault);
  if (vault == nullptr || !vault->active.has_value()) {
    return Refuse(ledger::RefusalCode::kVaultNotReady, "run: quorate vaults");
  }
  const ledger::Account* account = ledger::FindAccount(state(), draft.account);
  if (!ledger::IsValidText(draft.title, ledger::kMaxTitleBytes) ||
      !ledger::IsValidText(draft.username, ledger::kMaxUsernameBytes) ||
      !ledger::IsValidUrl(draft.url)) {
    return Refuse(ledger::RefusalCode::kBadText,
                  "leave out invisible characters; an address is plain ASCII without spaces");
  }
  ledger::Deposit deposit{draft.vault, draft.account, draft.title, draft.username, draft.url, {}};
  for (const DepositItem& item : draft.items) {
    if (item.version != NextVersion(account, item.kind)) {
      return MakeError(
          absl::StatusCode::kAborted, ledger::RefusalName(ledger::RefusalCode::kVersionNotNext),
          ledger::RefusalReason(ledger::RefusalCode::kVersionNotNext), "deposit it again");
    }
    crypto::ItemLabel label;
    label.organisation = OrganisationDigest();
    label.vault = draft.vault.value;
    label.account = draft.account;
    label.item_kind = static_cast<uint8_t>(item.kind);
    label.version = item.version;
    label.depositor = options_.me.value;
    label.statement_id = draft.statement_id.value;
    const crypto::Point& vault_key = vault->active->commitments.front();
    QUORATE_RETURN_IF_ERROR(crypto::VerifyCiphertext(vault_key, label, item.ciphertext));
    if (!crypto::PayloadMatches(item.ciphertext, item.payload)) {
      return Refuse(ledger::RefusalCode::kBadCiphertext, "deposit it again");
    }
    deposit.items.push_back({item.kind, item.version, 0, item.ciphertext.r, item.ciphertext.r_hat,
                             item.ciphertext.e, item.ciphertext.f});
  }
  return deposit;
}

absl::Status Node::ValidateDeposit(const DepositDraft& draft) const {
  return BuildDeposit(draft).status();
}

absl::StatusOr<StatementId> Node::CommitDeposit(DepositDraft draft) {
  QUORATE_RETURN_IF_ERROR(RequireUsable());
  QUORATE_RETURN_IF_ERROR(RequireUnlocked());
  // Sending again what was sent before is no second deposit.
  if (outbox_.Contains(draft.statement_id) || ResultOf(draft.statement_id).has_value()) {
    return draft.statement_id;
  }
  std::sort(draft.items.begin(), draft.items.end(),
            [](const DepositItem& a, const DepositItem& b) { return a.kind < b.kind; });
  QUORATE_ASSIGN_OR_RETURN(ledger::Deposit deposit, BuildDeposit(draft));
  std::vector<crypto::Bytes> payloads;
  for (DepositItem& item : draft.items) payloads.push_back(std::move(item.payload));
  return Send(*person_, deposit, draft.statement_id, std::move(payloads), {});
}

absl::StatusOr<ledger::Confirm> Node::BuildConfirm(const std::string& name) const {
  QUORATE_RETURN_IF_ERROR(RequireUsable());
  const ledger::Account* account = ledger::FindAccount(state(), name);
  if (account == nullptr) {
    return Refuse(ledger::RefusalCode::kUnknownAccount, "run: quorate accounts");
  }
  ledger::Confirm confirm{name, {}};
  std::optional<ledger::RefusalCode> why_not;
  for (const auto& [kind, item] : account->items) {
    if (item.versions.empty()) continue;
    const ledger::VersionRecord& newest = item.versions.back();
    if (newest.confirmed_by.has_value()) {
      why_not = ledger::RefusalCode::kAlreadyConfirmed;
      continue;
    }
    if (newest.depositor == options_.me) {
      why_not = ledger::RefusalCode::kOwnVersion;
      continue;
    }
    const bool knows =
        ledger::IsExposed(item) && std::any_of(item.versions.begin(), item.versions.end(),
                                               [&](const ledger::VersionRecord& version) {
                                                 return version.exposed_to.contains(options_.me);
                                               });
    if (knows) {
      why_not = ledger::RefusalCode::kKnowsExposedVersion;
      continue;
    }
    confirm.items.push_back({kind, newest.version});
  }
  if (confirm.items.empty()) {
    return Refuse(why_not.value_or(ledger::RefusalCode::kUnknownVersion),
                  "ask another organiser to try the login and run: quorate confirm " + name);
  }
  return confirm;
}

absl::Status Node::ValidateConfirm(const std::string& name) const {
  return BuildConfirm(name).status();
}

absl::StatusOr<StatementId> Node::Confirm(const std::string& name) {
  QUORATE_ASSIGN_OR_RETURN(ledger::Confirm confirm, BuildConfirm(name));
  QUORATE_RETURN_IF_ERROR(RequireUnlocked());
  return Send(*person_, confirm, wire::RandomStatementId(*options_.random), {}, {});
}

}  // namespace quorate::node
