// The CSV export of KeePassXC 2.7: every field quoted, groups as a path, one-time codes as otpauth
// addresses. Attachments and additional attributes are not in it.
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
                                    .totp = "TOTP"};

bool Detect(crypto::ByteSpan text) {
  return HasCsvColumns(text, {"Group", "Title", "Username", "Password", "URL", "Notes"});
}

absl::Status Parse(std::span<uint8_t> text, ImportBuilder& builder) {
  return ImportCsvLogins(kLayout, text, builder);
}

}  // namespace

constinit const ImportFormat kKeePassXcCsv = {"keepassxc-csv", "KeePassXC CSV", Detect, Parse};

}  // namespace quorate::client
