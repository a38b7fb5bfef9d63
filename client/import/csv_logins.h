#ifndef QUORATE_CLIENT_IMPORT_CSV_LOGINS_H_
#define QUORATE_CLIENT_IMPORT_CSV_LOGINS_H_

#include <cstdint>
#include <span>
#include <string_view>

#include "absl/status/status.h"
#include "client/import/builder.h"
#include "crypto/bytes.h"

namespace quorate::client {

// Which column of a CSV export means what. A name that is empty is one the format does not have.
struct CsvLoginLayout {
  // Must be in the header.
  std::string_view title;
  std::string_view username;
  std::string_view password;
  std::string_view url;
  // May be missing: not every version of the program writes them.
  std::string_view note = {};
  std::string_view totp = {};
  std::string_view second_username = {};  // taken where `username` is empty
  std::string_view custom_fields = {};    // reported where it is not empty, never taken
  // Where `type` is named, rows are logins, notes, or something that is refused.
  std::string_view type = {};
  std::string_view login_type = {};
  std::string_view note_type = {};
  // Tells a note from a login by its address; null where the format has no such habit.
  bool (*is_note_url)(crypto::ByteSpan url) = nullptr;
};

// Reads a CSV export in place by the names of its columns. A row with too few or too many columns
// is refused by its line and the next one is read; after broken quoting nothing more is read.
// InvalidArgument where the header lacks a column or names one twice.
[[nodiscard]] absl::Status ImportCsvLogins(const CsvLoginLayout& layout, std::span<uint8_t> text,
                                           ImportBuilder& builder);

}  // namespace quorate::client

#endif  // QUORATE_CLIENT_IMPORT_CSV_LOGINS_H_
