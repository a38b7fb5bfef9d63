#ifndef QUORATE_CLIENT_IMPORT_OTPAUTH_MIGRATION_H_
#define QUORATE_CLIENT_IMPORT_OTPAUTH_MIGRATION_H_

#include "crypto/bytes.h"
#include "crypto/secret.h"

namespace quorate::client {

// Between the addresses that stand in the place of one transfer code.
inline constexpr char kAddressSeparator = '\x1f';

// Whether a line of `text` may be a transfer code of Google Authenticator:
// otpauth-migration://offline?data=BASE64 of a protobuf MigrationPayload.
[[nodiscard]] bool HasOtpauthMigration(crypto::ByteSpan text);

// `text` with each transfer code replaced by the otpauth:// addresses that it holds, in guarded
// memory; every line keeps its number. What is damaged, empty, or would make more than
// kMaxImportEntries addresses in all stays as it is. Codes that count, and algorithms that have no
// name in addresses, become addresses that ParseTotp refuses. A group's accounts may be spread over
// several codes: whether all are here is not looked at.
[[nodiscard]] crypto::Secret ExpandOtpauthMigrations(crypto::ByteSpan text);

}  // namespace quorate::client

#endif  // QUORATE_CLIENT_IMPORT_OTPAUTH_MIGRATION_H_
