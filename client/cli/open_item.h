#ifndef QUORATE_CLIENT_CLI_OPEN_ITEM_H_
#define QUORATE_CLIENT_CLI_OPEN_ITEM_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "client/cli/node_api.h"
#include "crypto/secret.h"
#include "crypto/wrap.h"

namespace quorate::cli {

struct OpenedValue {
  std::string kind;
  uint32_t version = 0;
  crypto::Secret secret;
};

// Decrypts what the node handed over for `key`: this is the only place where a secret exists in
// clear. DataLoss, and no value at all, where an item is not of `request`'s account, is none that
// it asked for, or does not verify or open.
[[nodiscard]] absl::StatusOr<std::vector<OpenedValue>> OpenItems(const crypto::WrapKey& key,
                                                                 const v1::Request& request,
                                                                 const v1::OpenedRequest& opened);

}  // namespace quorate::cli

#endif  // QUORATE_CLIENT_CLI_OPEN_ITEM_H_
