// The CSV export of 1Password 8. It holds logins only, and of those neither custom fields nor
// files.
#include "client/import/csv.h"
#include "client/import/csv_logins.h"
#include "client/import/format.h"

namespace quorate::client {
namespace {

constexpr CsvLoginLayout kLayout = {.title = "Title",
                                    .username = "Username",
                                    .password = "Password",
                                    .url = "Url",
                                    .note = "Notes",
                                    .totp = "OTPAuth"};

bool Detect(crypto::ByteSpan text) {
  return HasCsvColumns(text, {"Title", "Url", "Username", "Password", "OTPAuth", "Archived"});
}

absl::Status Parse(std::span<uint8_t> text, ImportBuilder& builder) {
  return ImportCsvLogins(kLayout, text, builder);
}

}  // namespace

constinit const ImportFormat kOnePasswordCsv = {"1password-csv", "1Password CSV", Detect, Parse};

}  // namespace quorate::client
