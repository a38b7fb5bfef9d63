#ifndef QUORATE_CLIENT_CLI_ITEM_CODEC_H_
#define QUORATE_CLIENT_CLI_ITEM_CODEC_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "client/cli/node_api.h"
#include "client/import/item.h"
#include "crypto/point.h"
#include "crypto/threshold_encryption.h"

// Items between the node's messages and the types of crypto. The node is the person's own, but what
// it relays is others': every field is checked. Errors are DataLoss with reason BAD_NODE_ANSWER.
namespace quorate::cli {

// "password" and so on; absent for other words.
[[nodiscard]] std::optional<client::ItemKind> ParseItemKind(std::string_view word);
// The word for a number of the ledger; "unknown" for others.
[[nodiscard]] std::string KindName(uint32_t kind);

[[nodiscard]] absl::StatusOr<crypto::ItemLabel> ToLabel(const v1::ItemLabelView& view);
// A vault's key: never the identity.
[[nodiscard]] absl::StatusOr<crypto::Point> ToVaultKey(const std::string& bytes);
[[nodiscard]] absl::StatusOr<crypto::Ciphertext> ToCiphertext(const v1::OpenedItem& item);
[[nodiscard]] v1::EncryptedItem ToMessage(const crypto::ItemLabel& label,
                                          const crypto::EncryptedItem& item);

[[nodiscard]] absl::Status BadNodeAnswer(const std::string& what);

}  // namespace quorate::cli

#endif  // QUORATE_CLIENT_CLI_ITEM_CODEC_H_
