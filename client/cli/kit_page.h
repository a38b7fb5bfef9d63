#ifndef QUORATE_CLIENT_CLI_KIT_PAGE_H_
#define QUORATE_CLIENT_CLI_KIT_PAGE_H_

#include "absl/status/statusor.h"
#include "crypto/secret.h"
#include "custody/keystore/paper_kit.h"

namespace quorate::cli {

// The paper kit as one HTML page that prints on a sheet of A4: self-contained, no scripts, no
// addresses but the custody server's. Its <pre> is what keystore::ReadKit reads; the QR code holds
// the same without the words. `words` are complete. Errors as QrSvg.
[[nodiscard]] absl::StatusOr<crypto::Secret> KitPage(const keystore::KitFacts& facts,
                                                     const keystore::KitWords& words);

}  // namespace quorate::cli

#endif  // QUORATE_CLIENT_CLI_KIT_PAGE_H_
