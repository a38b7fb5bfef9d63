// A list of otpauth://totp/ addresses, one a line, as authenticators and readers of QR codes write
// them, and transfer codes of Google Authenticator. The whole address is the item; its label names
// the account.
#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>

#include "client/import/format.h"
#include "client/import/otpauth_migration.h"
#include "client/import/totp.h"

namespace quorate::client {
namespace {

using crypto::ByteSpan;

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

std::string_view WithoutMark(ByteSpan bytes) {
  std::string_view text = crypto::AsText(bytes);
  if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
  return text;
}

std::string_view Trimmed(std::string_view line) {
  constexpr std::string_view kSpaces = " \t\r";
  const size_t first = line.find_first_not_of(kSpaces);
  if (first == std::string_view::npos) return {};
  return line.substr(first, line.find_last_not_of(kSpaces) - first + 1);
}

bool Detect(ByteSpan bytes) {
  std::string_view text = WithoutMark(bytes);
  text.remove_prefix(std::min(text.find_first_not_of(" \t\r\n"), text.size()));
  const ByteSpan first = crypto::AsBytes(text);
  return IsOtpauthAddress(first) || IsOtpauthMigration(first);
}

void AddLine(std::string_view line, size_t number, ImportBuilder& builder) {
  const ByteSpan address = crypto::AsBytes(line);
  if (IsOtpauthMigration(address)) {
    builder.Refuse(number,
                   "the line is a transfer code of Google Authenticator that cannot be read",
                   "make it again with fewer accounts at a time; or set the one-time codes up anew "
                   "on the platforms");
    return;
  }
  if (!IsOtpauthAddress(address)) {
    builder.Refuse(number, "the line is not an otpauth:// address",
                   "put each address on a line of its own, and nothing else");
    return;
  }
  const OtpauthLabel label = ReadOtpauthLabel(address);
  RawEntry entry;
  entry.line = number;
  entry.needs_password = false;
  entry.title = crypto::AsBytes(label.issuer.empty() ? label.user : label.issuer);
  entry.username = crypto::AsBytes(label.user);
  entry.totp = address;
  builder.Add(entry);
}

absl::Status Parse(std::span<uint8_t> bytes, ImportBuilder& builder) {
  std::string_view text = WithoutMark(bytes);
  for (size_t number = 1; !text.empty(); ++number) {
    const size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = Trimmed(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
    // What was one transfer code is several addresses.
    while (!line.empty()) {
      const size_t one = std::min(line.find(kAddressSeparator), line.size());
      if (absl::Status status = builder.CountEntry(); !status.ok()) return status;
      AddLine(line.substr(0, one), number, builder);
      line.remove_prefix(std::min(one + 1, line.size()));
    }
  }
  return absl::OkStatus();
}

}  // namespace

constinit const ImportFormat kOtpauthList = {"otpauth", "otpauth:// addresses, one a line", Detect,
                                             Parse};

}  // namespace quorate::client
