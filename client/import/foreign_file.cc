#include "client/import/foreign_file.h"

#include <algorithm>
#include <array>
#include <string_view>

namespace quorate::client {
namespace {

using std::string_view_literals::operator""sv;

struct Foreign {
  std::string_view begins;  // At `offset`.
  size_t offset = 0;
  const char* what_to_do;
};

constexpr auto kByFirstBytes = std::to_array<Foreign>({
    {"\x03\xD9\xA2\x9A"sv, 0,
     "this is a KeePass database, which stays encrypted; open it in KeePassXC and export it: "
     "Database, Export, CSV or XML"},
    {"PK\x03\x04"sv, 0,
     "this is an archive, as 1Password's .1pux is, which is not read; export again from 1Password "
     "with the format CSV, or unpack it and give the file in it"},
    {"SQLite format 3\0"sv, 0,
     "this is a browser's or a password manager's own database, which is not read; export its "
     "passwords as CSV: in the browser's settings under Passwords"},
    {"***5642bee8-a5ff-11dc-8314-0800200c9a66***"sv, 0,
     "this is 1Password's old interchange format, which is not read; export again with the format "
     "CSV"},
    {"\xFF\xD8\xFF"sv, 0, "this is a JPEG picture; save it as PNG and import that"},
    {"GIF8"sv, 0, "this is a GIF picture; save it as PNG and import that"},
    {"WEBP"sv, 8, "this is a WebP picture; save it as PNG and import that"},
    {"ftyphei"sv, 4, "this is a HEIC picture; save it as PNG and import that"},
    {"%PDF"sv, 0, "this is a PDF; export again as CSV or JSON, or save a QR code in it as PNG"},
});

// LastPass: fields are "!", an initialisation vector in base64, "|" and a ciphertext in base64.
bool IsLastPassEncrypted(std::string_view text) {
  const std::string_view first = text.substr(0, text.find('\n'));
  const size_t bar = first.find('|');
  constexpr size_t kIvDigits = 24;
  return first.starts_with('!') && bar == 1 + kIvDigits && first.size() > bar + 1;
}

// Firefox keeps its logins in logins.json, encrypted with a key in key4.db.
bool IsFirefoxProfile(std::string_view text) {
  constexpr size_t kLooked = 4096;
  const std::string_view start = text.substr(0, kLooked);
  return start.starts_with('{') && start.find("\"encryptedUsername\"") != std::string_view::npos;
}

}  // namespace

absl::Status RefuseForeignFile(crypto::ByteSpan file) {
  const std::string_view text = crypto::AsText(file);
  for (const Foreign& foreign : kByFirstBytes) {
    if (text.size() > foreign.offset && text.substr(foreign.offset).starts_with(foreign.begins)) {
      return absl::InvalidArgumentError(foreign.what_to_do);
    }
  }
  if (IsLastPassEncrypted(text)) {
    return absl::InvalidArgumentError(
        "this LastPass export is encrypted for one account, and only that account can open it; "
        "export again in the browser: Advanced Options, Export, LastPass CSV File");
  }
  if (IsFirefoxProfile(text)) {
    return absl::InvalidArgumentError(
        "this is Firefox's own file, whose key is elsewhere; in Firefox open about:logins and "
        "choose Export Passwords");
  }
  return absl::OkStatus();
}

}  // namespace quorate::client
