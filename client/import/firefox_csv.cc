// The CSV export of Firefox, which has no titles: entries take the name of their host.
#include "client/import/csv.h"
#include "client/import/csv_logins.h"
#include "client/import/format.h"

namespace quorate::client {
namespace {

constexpr CsvLoginLayout kLayout = {
    .title = "", .username = "username", .password = "password", .url = "url"};

bool Detect(crypto::ByteSpan text) {
  return HasCsvColumns(text, {"url", "username", "password", "httpRealm", "formActionOrigin"});
}

absl::Status Parse(std::span<uint8_t> text, ImportBuilder& builder) {
  return ImportCsvLogins(kLayout, text, builder);
}

}  // namespace

constinit const ImportFormat kFirefoxCsv = {"firefox-csv", "Firefox CSV", Detect, Parse};

}  // namespace quorate::client
