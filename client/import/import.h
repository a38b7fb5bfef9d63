#ifndef QUORATE_CLIENT_IMPORT_IMPORT_H_
#define QUORATE_CLIENT_IMPORT_IMPORT_H_

#include <functional>
#include <span>
#include <string_view>

#include "absl/status/statusor.h"
#include "client/import/format.h"
#include "client/import/item.h"
#include "crypto/bytes.h"
#include "crypto/secret.h"

namespace quorate::client {

// Every known format, in the order in which they are tried.
[[nodiscard]] std::span<const ImportFormat* const> ImportFormats();

// The format with this id, or null.
[[nodiscard]] const ImportFormat* FindImportFormat(std::string_view id);

// The first format that `text` looks like, or null.
[[nodiscard]] const ImportFormat* DetectImportFormat(crypto::ByteSpan text);

// Gives the password of an export that is encrypted with one: asked for at most once, and only
// after everything that can be checked without it.
using ExportPassphrase = std::function<absl::StatusOr<crypto::Secret>()>;

// Parses a password manager's export in place. No secret leaves `file`: the parsers allocate only
// nodes and offsets, and the result's items point into `ImportResult::buffer`, which is `file`.
// `format_id` names a format; where it is empty, the format is detected.
//
// Bitwarden's password-protected JSON is decrypted first (see OpenBitwardenEnvelope for what that
// takes and for its errors); lines are then those of the JSON inside. Errors of `passphrase` are
// given back as they are; where it is empty, such an export is refused.
//
// A PNG picture stands for what its QR codes say, one a line (see ReadQrPicture); transfer codes of
// Google Authenticator stand for the addresses that they hold.
//
// An entry that cannot be taken, wholly or in part, is a problem with its line; the others are
// still in the result. Whether to go on then is the caller's decision: see
// ImportResult::HasRefusals. InvalidArgument where nothing can be taken: unknown or encrypted
// format, missing columns, broken JSON, more than kMaxImportBytes, kMaxImportLines or
// kMaxImportEntries. No text that comes out of here carries bytes of the file, except that problems
// name accounts by their new names.
[[nodiscard]] absl::StatusOr<ImportResult> ParseExport(crypto::Secret file,
                                                       std::string_view format_id = {},
                                                       const ExportPassphrase& passphrase = {});

}  // namespace quorate::client

#endif  // QUORATE_CLIENT_IMPORT_IMPORT_H_
