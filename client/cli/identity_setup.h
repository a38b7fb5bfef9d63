#ifndef QUORATE_CLIENT_CLI_IDENTITY_SETUP_H_
#define QUORATE_CLIENT_CLI_IDENTITY_SETUP_H_

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "client/cli/context.h"
#include "crypto/passphrase.h"
#include "custody/keystore/keystore.h"
#include "custody/keystore/paper_kit.h"

// What `init`, `restore` and `backup` share.
namespace quorate::cli {

// USAGE beyond the bounds; warns where a guess at the passphrase costs less than the default.
[[nodiscard]] absl::Status CheckArgon2id(Context& context, const crypto::Argon2idParams& params);
// AlreadyExists IDENTITY_EXISTS.
[[nodiscard]] absl::Status CheckNoIdentity(const keystore::Home& home);
// The one for a new identity: from the file where one is named, else asked for twice.
[[nodiscard]] absl::StatusOr<crypto::Secret> GetNewPassphrase(Context& context,
                                                              const std::string& file);

// As keystore::ReadKit.
[[nodiscard]] absl::StatusOr<keystore::Kit> ReadKitFile(const std::string& path);

// Offers to make this person's paper kit now, and to check it: for the end of `init`, at a
// terminal. Whoever says no is told how to do it later.
[[nodiscard]] absl::Status OfferKit(Context& context, const keystore::Keystore& keystore,
                                    const crypto::Secret& passphrase);

}  // namespace quorate::cli

#endif  // QUORATE_CLIENT_CLI_IDENTITY_SETUP_H_
