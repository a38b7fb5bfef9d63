// The CSV export of LastPass, which marks secure notes by the address http://sn.
#include "client/import/csv.h"
#include "client/import/csv_logins.h"
#include "client/import/format.h"

namespace quorate::client {
namespace {

bool IsNoteUrl(crypto::ByteSpan url) { return crypto::AsText(url) == "http://sn"; }

constexpr CsvLoginLayout kLayout = {.title = "name",
                                    .username = "username",
                                    .password = "password",
                                    .url = "url",
                                    .note = "extra",
                                    .totp = "totp",
                                    .is_note_url = IsNoteUrl};

bool Detect(crypto::ByteSpan text) {
  return HasCsvColumns(text, {"url", "username", "password", "extra", "name", "grouping"});
}

absl::Status Parse(std::span<uint8_t> text, ImportBuilder& builder) {
  return ImportCsvLogins(kLayout, text, builder);
}

}  // namespace

constinit const ImportFormat kLastPassCsv = {"lastpass-csv", "LastPass CSV", Detect, Parse};

}  // namespace quorate::client
