// The CSV export of Proton Pass. Older versions keep the mail address in the user name's column.
#include "client/import/csv.h"
#include "client/import/csv_logins.h"
#include "client/import/format.h"

namespace quorate::client {
namespace {

constexpr CsvLoginLayout kLayout = {.title = "name",
                                    .username = "username",
                                    .password = "password",
                                    .url = "url",
                                    .note = "note",
                                    .totp = "totp",
                                    .second_username = "email",
                                    .type = "type",
                                    .login_type = "login",
                                    .note_type = "note"};

bool Detect(crypto::ByteSpan text) {
  return HasCsvColumns(text, {"type", "name", "url", "username", "password", "totp", "createTime"});
}

absl::Status Parse(std::span<uint8_t> text, ImportBuilder& builder) {
  return ImportCsvLogins(kLayout, text, builder);
}

}  // namespace

constinit const ImportFormat kProtonCsv = {"proton-csv", "Proton Pass CSV", Detect, Parse};

}  // namespace quorate::client
