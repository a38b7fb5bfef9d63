// The CSV export of Chrome and of the browsers built on it.
#include "client/import/csv.h"
#include "client/import/csv_logins.h"
#include "client/import/format.h"

namespace quorate::client {
namespace {

constexpr CsvLoginLayout kLayout = {
    .title = "name", .username = "username", .password = "password", .url = "url", .note = "note"};

bool Detect(crypto::ByteSpan text) {
  // Other programs' exports have these columns too, and more.
  return HasCsvColumns(text, {"name", "url", "username", "password"}) &&
         !HasCsvColumns(text, {"grouping"}) && !HasCsvColumns(text, {"createTime"});
}

absl::Status Parse(std::span<uint8_t> text, ImportBuilder& builder) {
  return ImportCsvLogins(kLayout, text, builder);
}

}  // namespace

constinit const ImportFormat kChromeCsv = {"chrome-csv", "Chrome CSV", Detect, Parse};

}  // namespace quorate::client
