#include "custody/wire/statement.h"
#include "custody/wire/statement_parts.h"

namespace quorate::wire {
namespace {

using ledger::ItemKind;

struct KindPair {
  ItemKind kind;
  pb::ItemKind message;
};
// The same numbers on both sides by choice, not by need.
constexpr KindPair kKinds[] = {
    {ItemKind::kPassword, pb::ITEM_KIND_PASSWORD},
    {ItemKind::kTotp, pb::ITEM_KIND_TOTP},
    {ItemKind::kRecoveryCodes, pb::ITEM_KIND_RECOVERY_CODES},
    {ItemKind::kToken, pb::ITEM_KIND_TOKEN},
    {ItemKind::kNote, pb::ITEM_KIND_NOTE},
};

void Write(const ledger::DepositedItem& in, pb::DepositedItem& out) {
  out.set_kind(ToMessage(in.kind));
  out.set_version(in.version);
  out.set_part(in.part);
  out.set_r(ToField(in.r.span()));
  out.set_r_hat(ToField(in.r_hat.span()));
  out.set_challenge(ToField(in.challenge.span()));
  out.set_response(ToField(in.response.span()));
}

ledger::DepositedItem ReadDepositedItem(const pb::DepositedItem& in, Reader& reader) {
  ledger::DepositedItem out;
  out.kind = ReadItemKind(in.kind(), reader);
  out.version = in.version();
  out.part = in.part();
  out.r = reader.Element(in.r(), "item.r");
  out.r_hat = reader.Element(in.r_hat(), "item.r_hat");
  out.challenge = reader.Number(in.challenge(), "item.challenge");
  out.response = reader.Number(in.response(), "item.response");
  return out;
}

}  // namespace

pb::ItemKind ToMessage(ItemKind kind) {
  for (const KindPair& pair : kKinds) {
    if (pair.kind == kind) return pair.message;
  }
  return pb::ITEM_KIND_UNSPECIFIED;  // Which no reader takes.
}

ItemKind ReadItemKind(pb::ItemKind in, Reader& reader) {
  for (const KindPair& pair : kKinds) {
    if (pair.message == in) return pair.kind;
  }
  reader.Fail(kBadEnum, "item.kind", "no kind of item");
  return ItemKind::kPassword;
}

void Write(const ledger::ItemVersion& in, pb::ItemVersion& out) {
  out.set_kind(ToMessage(in.kind));
  out.set_version(in.version);
}

std::vector<ledger::ItemVersion> ReadItemVersions(
    const google::protobuf::RepeatedPtrField<pb::ItemVersion>& in, Reader& reader) {
  return reader.List(in, ledger::kMaxItemsPerStatement, "items", [&](const pb::ItemVersion& item) {
    return ledger::ItemVersion{ReadItemKind(item.kind(), reader), item.version()};
  });
}

void Write(const ledger::Deposit& in, pb::Deposit& out) {
  out.set_vault(in.vault.value);
  out.set_account(in.account);
  out.set_title(in.title);
  out.set_username(in.username);
  out.set_url(in.url);
  for (const ledger::DepositedItem& item : in.items) Write(item, *out.add_items());
}

ledger::Deposit Read(const pb::Deposit& in, Reader& reader) {
  ledger::Deposit out;
  out.vault.value = in.vault();
  out.account = reader.Text(in.account(), ledger::kMaxAccountNameBytes, "deposit.account");
  out.title = reader.Text(in.title(), ledger::kMaxTitleBytes, "deposit.title");
  out.username = reader.Text(in.username(), ledger::kMaxUsernameBytes, "deposit.username");
  out.url = reader.Text(in.url(), ledger::kMaxUrlBytes, "deposit.url");
  out.items = reader.List(in.items(), ledger::kMaxItemsPerStatement, "deposit.items",
                          [&](const auto& x) { return ReadDepositedItem(x, reader); });
  return out;
}

void Write(const ledger::Confirm& in, pb::Confirm& out) {
  out.set_account(in.account);
  for (const ledger::ItemVersion& item : in.items) Write(item, *out.add_items());
}

ledger::Confirm Read(const pb::Confirm& in, Reader& reader) {
  return {reader.Text(in.account(), ledger::kMaxAccountNameBytes, "confirm.account"),
          ReadItemVersions(in.items(), reader)};
}

}  // namespace quorate::wire
