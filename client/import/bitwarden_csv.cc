// Bitwarden's CSV export, personal or of an organisation. Custom fields share one column as lines
// of text, so they are reported and not taken: the JSON export keeps them apart.
#include "client/import/csv.h"
#include "client/import/csv_logins.h"
#include "client/import/format.h"

namespace quorate::client {
namespace {

constexpr CsvLoginLayout kLayout = {.title = "name",
                                    .username = "login_username",
                                    .password = "login_password",
                                    .url = "login_uri",
                                    .note = "notes",
                                    .totp = "login_totp",
                                    .custom_fields = "fields",
                                    .type = "type",
                                    .login_type = "login",
                                    .note_type = "note"};

bool Detect(crypto::ByteSpan text) {
  return HasCsvColumns(text, {"type", "name", "login_uri", "login_username", "login_password"});
}

absl::Status Parse(std::span<uint8_t> text, ImportBuilder& builder) {
  return ImportCsvLogins(kLayout, text, builder);
}

}  // namespace

constinit const ImportFormat kBitwardenCsv = {"bitwarden-csv", "Bitwarden CSV", Detect, Parse};

}  // namespace quorate::client
