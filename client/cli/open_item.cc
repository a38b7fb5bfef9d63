#include "client/cli/open_item.h"

#include <algorithm>
#include <utility>

#include "client/cli/exit_codes.h"
#include "client/cli/item_codec.h"
#include "crypto/threshold_encryption.h"
#include "custody/base/error_info.h"
#include "custody/base/status_macros.h"

namespace quorate::cli {
namespace {

absl::Status DoesNotOpen(const absl::Status& status) {
  return base::MakeError(absl::StatusCode::kDataLoss, "DOES_NOT_OPEN",
                         "an item does not open: " + MessageOf(status),
                         "the deposit or the shares are not what the log says; tell the others, "
                         "and ask for an older version");
}

bool WasAskedFor(const v1::Request& request, const std::string& kind, uint32_t version) {
  return std::ranges::any_of(request.items(), [&](const v1::RequestItemView& item) {
    return item.kind() == kind && item.version() == version;
  });
}

absl::StatusOr<OpenedValue> OpenItem(const crypto::WrapKey& key, const v1::Request& request,
                                     const v1::OpenedItem& item) {
  QUORATE_ASSIGN_OR_RETURN(crypto::ItemLabel label, ToLabel(item.label()));
  QUORATE_ASSIGN_OR_RETURN(crypto::Ciphertext ciphertext, ToCiphertext(item));
  QUORATE_ASSIGN_OR_RETURN(crypto::Point vault_key, ToVaultKey(item.vault_key()));
  const std::string kind = KindName(label.item_kind);
  if (label.account != request.account() || !WasAskedFor(request, kind, label.version)) {
    return BadNodeAnswer("the node handed over another item than was asked for");
  }
  absl::StatusOr<crypto::Secret> combined = crypto::Unseal(
      key, crypto::CiphertextHash(label, ciphertext), crypto::AsBytes(item.combined_sealed()));
  if (!combined.ok()) return DoesNotOpen(combined.status());
  absl::StatusOr<crypto::SecretPoint> shared =
      crypto::SecretPoint::FromSecret(*std::move(combined));
  if (!shared.ok()) return DoesNotOpen(shared.status());
  absl::StatusOr<crypto::Secret> plaintext =
      crypto::DecryptItem(vault_key, *shared, label, ciphertext, crypto::AsBytes(item.payload()));
  if (!plaintext.ok()) return DoesNotOpen(plaintext.status());
  return OpenedValue{kind, label.version, *std::move(plaintext)};
}

}  // namespace

absl::StatusOr<std::vector<OpenedValue>> OpenItems(const crypto::WrapKey& key,
                                                   const v1::Request& request,
                                                   const v1::OpenedRequest& opened) {
  std::vector<OpenedValue> values;
  for (const v1::OpenedItem& item : opened.items()) {
    absl::StatusOr<OpenedValue> value = OpenItem(key, request, item);
    if (!value.ok()) return value.status();
    values.push_back(*std::move(value));
  }
  if (values.size() != static_cast<size_t>(request.items_size())) {
    return BadNodeAnswer("the node handed over fewer items than were asked for");
  }
  return values;
}

}  // namespace quorate::cli
