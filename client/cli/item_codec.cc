#include "client/cli/item_codec.h"

#include <algorithm>
#include <array>

#include "custody/base/error_info.h"
#include "custody/base/status_macros.h"

namespace quorate::cli {
namespace {

using client::ItemKind;
using crypto::AsBytes;

constexpr std::array<ItemKind, 5> kKinds = {ItemKind::kPassword, ItemKind::kTotp,
                                            ItemKind::kRecoveryCodes, ItemKind::kToken,
                                            ItemKind::kNote};

absl::StatusOr<crypto::Scalar> ToScalar(const std::string& bytes) {
  std::optional<crypto::Scalar> scalar = crypto::Scalar::FromCanonical(AsBytes(bytes));
  if (!scalar.has_value()) return BadNodeAnswer("an item's proof is malformed");
  return *scalar;
}

absl::StatusOr<crypto::Point> ToPoint(const std::string& bytes) {
  std::optional<crypto::Point> point = crypto::Point::FromBytes(AsBytes(bytes));
  if (!point.has_value()) return BadNodeAnswer("an item's point is malformed");
  return *point;
}

}  // namespace

absl::Status BadNodeAnswer(const std::string& what) {
  return base::MakeError(absl::StatusCode::kDataLoss, "BAD_NODE_ANSWER", what,
                         "restart the node; if it stays so, its store is damaged: quorate status");
}

std::optional<ItemKind> ParseItemKind(std::string_view word) {
  for (const ItemKind kind : kKinds) {
    if (client::ItemKindName(kind) == word) return kind;
  }
  return std::nullopt;
}

std::string KindName(uint32_t kind) {
  for (const ItemKind known : kKinds) {
    if (static_cast<uint32_t>(known) == kind) return std::string(client::ItemKindName(known));
  }
  return "unknown";
}

absl::StatusOr<crypto::ItemLabel> ToLabel(const v1::ItemLabelView& view) {
  std::optional<crypto::Digest> organisation =
      crypto::Digest::FromBytes(AsBytes(view.organisation()));
  crypto::ItemLabel label;
  if (!organisation.has_value() || view.statement_id().size() != label.statement_id.size() ||
      view.kind() > 0xFF) {
    return BadNodeAnswer("an item's label is malformed");
  }
  label.organisation = *organisation;
  label.vault = view.vault();
  label.account = view.account();
  label.item_kind = static_cast<uint8_t>(view.kind());
  label.version = view.version();
  label.depositor = view.depositor();
  std::ranges::copy(AsBytes(view.statement_id()), label.statement_id.begin());
  label.part = view.part();
  return label;
}

absl::StatusOr<crypto::Point> ToVaultKey(const std::string& bytes) {
  QUORATE_ASSIGN_OR_RETURN(crypto::Point key, ToPoint(bytes));
  if (key.IsIdentity()) return BadNodeAnswer("the vault's key is none");
  return key;
}

absl::StatusOr<crypto::Ciphertext> ToCiphertext(const v1::OpenedItem& item) {
  crypto::Ciphertext out;
  QUORATE_ASSIGN_OR_RETURN(out.r, ToPoint(item.r()));
  QUORATE_ASSIGN_OR_RETURN(out.r_hat, ToPoint(item.r_hat()));
  QUORATE_ASSIGN_OR_RETURN(out.e, ToScalar(item.challenge()));
  QUORATE_ASSIGN_OR_RETURN(out.f, ToScalar(item.response()));
  std::optional<crypto::Digest> digest = crypto::Digest::FromBytes(AsBytes(item.payload_digest()));
  if (!digest.has_value()) return BadNodeAnswer("an item's digest is malformed");
  out.payload_digest = *digest;
  return out;
}

v1::EncryptedItem ToMessage(const crypto::ItemLabel& label, const crypto::EncryptedItem& item) {
  v1::EncryptedItem out;
  out.set_kind(label.item_kind);
  out.set_version(label.version);
  out.set_r(crypto::AsString(item.ciphertext.r.span()));
  out.set_r_hat(crypto::AsString(item.ciphertext.r_hat.span()));
  out.set_challenge(crypto::AsString(item.ciphertext.e.span()));
  out.set_response(crypto::AsString(item.ciphertext.f.span()));
  out.set_payload(crypto::AsString(item.payload));
  return out;
}

}  // namespace quorate::cli
