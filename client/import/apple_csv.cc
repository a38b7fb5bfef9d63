// The CSV export of Apple's Passwords.
#include "client/import/csv.h"
#include "client/import/csv_logins.h"
#include "client/import/format.h"

namespace quorate::client {
namespace {

constexpr CsvLoginLayout kLayout = {.title = "Title",
                                    .username = "Username",
                                    .password = "Password",
                                    .url = "URL",
                                    .note = "Notes",
                                    .totp = "OTPAuth"};

bool Detect(crypto::ByteSpan text) {
  return HasCsvColumns(text, {"Title", "URL", "Username", "Password", "Notes", "OTPAuth"}) &&
         !HasCsvColumns(text, {"Archived"});
}

absl::Status Parse(std::span<uint8_t> text, ImportBuilder& builder) {
  return ImportCsvLogins(kLayout, text, builder);
}

}  // namespace

constinit const ImportFormat kAppleCsv = {"apple-csv", "Apple Passwords CSV", Detect, Parse};

}  // namespace quorate::client
