#include "client/cli/deposit.h"

#include "client/cli/item_codec.h"
#include "crypto/threshold_encryption.h"

namespace quorate::cli {
namespace {

absl::StatusOr<v1::PreparedDeposit> Prepare(Context& context, const DepositPlan& plan) {
  v1::PrepareDepositRequest request;
  request.set_vault(plan.vault);
  request.set_account(plan.account);
  for (const DepositItem& item : plan.items) {
    request.add_kinds(std::string(client::ItemKindName(item.kind)));
  }
  absl::StatusOr<v1::PreparedDeposit> prepared =
      WithUnlock(context, [&] { return context.node.PrepareDeposit(request); });
  if (!prepared.ok()) return prepared.status();
  if (static_cast<size_t>(prepared->labels_size()) != plan.items.size()) {
    return BadNodeAnswer("the node gave labels for other items than were asked for");
  }
  return prepared;
}

absl::StatusOr<v1::EncryptedItem> Encrypt(Context& context, const crypto::Point& vault_key,
                                          const v1::ItemLabelView& view, const std::string& account,
                                          const std::string& statement_id,
                                          const DepositItem& item) {
  QUORATE_ASSIGN_OR_RETURN(crypto::ItemLabel label, ToLabel(view));
  if (label.account != account || label.item_kind != static_cast<uint8_t>(item.kind) ||
      view.statement_id() != statement_id) {
    return BadNodeAnswer("the node gave a label for another item than was asked for");
  }
  absl::StatusOr<crypto::EncryptedItem> encrypted =
      crypto::EncryptItem(vault_key, label, item.value, context.random);
  if (!encrypted.ok()) return encrypted.status();
  return ToMessage(label, *encrypted);
}

}  // namespace

absl::StatusOr<v1::Account> MakeDeposit(Context& context, const DepositPlan& plan) {
  QUORATE_ASSIGN_OR_RETURN(v1::PreparedDeposit prepared, Prepare(context, plan));
  QUORATE_ASSIGN_OR_RETURN(crypto::Point vault_key, ToVaultKey(prepared.vault_key()));
  v1::CommitDepositRequest request;
  request.set_vault(plan.vault);
  request.set_account(plan.account);
  request.set_title(plan.title);
  request.set_username(plan.username);
  request.set_url(plan.url);
  request.set_validate_only(plan.dry_run);
  request.set_statement_id(prepared.labels(0).statement_id());
  for (size_t i = 0; i < plan.items.size(); ++i) {
    QUORATE_ASSIGN_OR_RETURN(*request.add_items(),
                             Encrypt(context, vault_key, prepared.labels(static_cast<int>(i)),
                                     plan.account, request.statement_id(), plan.items[i]));
  }
  return WithUnlock(context, [&] { return context.node.CommitDeposit(request); });
}

}  // namespace quorate::cli
