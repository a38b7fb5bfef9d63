#include "client/import/import.h"

#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "client/import/bitwarden_envelope.h"
#include "client/import/bitwarden_seal.h"
#include "client/import/foreign_file.h"
#include "client/import/otpauth_migration.h"
#include "client/import/qr_picture.h"

namespace quorate::client {
namespace {

using crypto::ByteSpan;

constexpr std::array<const ImportFormat*, 11> kFormats = {
    &kKeePassXcCsv, &kKeePassXcXml, &kBitwardenJson, &kBitwardenCsv, &kOnePasswordCsv, &kAppleCsv,
    &kLastPassCsv,  &kProtonCsv,    &kFirefoxCsv,    &kChromeCsv,    &kOtpauthList,
};

absl::Status CheckText(ByteSpan text) {
  if (text.size() > kMaxImportBytes) {
    return absl::InvalidArgumentError(absl::StrCat("the file is larger than ", kMaxImportBytes,
                                                   " bytes; export fewer entries at a time"));
  }
  if (std::ranges::find(text, uint8_t{0}) != text.end()) {
    return absl::InvalidArgumentError(
        "the file is not UTF-8 text (it holds NUL bytes); export it again as CSV, JSON or XML in "
        "UTF-8");
  }
  if (static_cast<size_t>(std::ranges::count(text, uint8_t{'\n'})) > kMaxImportLines) {
    return absl::InvalidArgumentError(absl::StrCat("the file has more than ", kMaxImportLines,
                                                   " lines; export fewer entries at a time"));
  }
  return absl::OkStatus();
}

absl::StatusOr<const ImportFormat*> ChooseFormat(ByteSpan text, std::string_view id) {
  if (id.empty()) {
    const ImportFormat* found = DetectImportFormat(text);
    if (found != nullptr) return found;
    return absl::InvalidArgumentError(
        "no known export looks like this file; export it again with its header line and unchanged, "
        "or name its format");
  }
  const ImportFormat* named = FindImportFormat(id);
  if (named != nullptr) return named;
  std::string known;
  for (const ImportFormat* format : kFormats) {
    absl::StrAppend(&known, known.empty() ? "" : ", ", std::string(format->id));
  }
  return absl::InvalidArgumentError(absl::StrCat("unknown format; the known ones are ", known));
}

bool IsEncrypted(ByteSpan text, std::string_view format_id) {
  return (format_id.empty() || format_id == kBitwardenJson.id) && IsBitwardenEnvelope(text);
}

absl::StatusOr<crypto::Secret> Open(std::span<uint8_t> text, const ExportPassphrase& passphrase) {
  absl::StatusOr<BitwardenEnvelope> envelope = ParseBitwardenEnvelope(text);
  if (!envelope.ok()) return envelope.status();
  if (!passphrase) {
    return absl::InvalidArgumentError(
        "this export is encrypted with a password; give that, or export again from Bitwarden with "
        "the file format '.json'");
  }
  absl::StatusOr<crypto::Secret> password = passphrase();
  if (!password.ok()) return password.status();
  return OpenBitwardenEnvelope(*envelope, *password);
}

}  // namespace

std::span<const ImportFormat* const> ImportFormats() { return kFormats; }

const ImportFormat* FindImportFormat(std::string_view id) {
  const auto found = std::ranges::find(kFormats, id, &ImportFormat::id);
  return found == kFormats.end() ? nullptr : *found;
}

const ImportFormat* DetectImportFormat(ByteSpan text) {
  const auto found =
      std::ranges::find_if(kFormats, [text](const ImportFormat* f) { return f->detect(text); });
  return found == kFormats.end() ? nullptr : *found;
}

absl::StatusOr<ImportResult> ParseExport(crypto::Secret file, std::string_view format_id,
                                         const ExportPassphrase& passphrase) {
  if (IsPng(file.Reveal())) {
    absl::StatusOr<crypto::Secret> codes = ReadQrPicture(file.Reveal());
    if (!codes.ok()) return codes.status();
    file = *std::move(codes);
    format_id = kOtpauthList.id;
  }
  if (absl::Status status = RefuseForeignFile(file.Reveal()); !status.ok()) return status;
  if (absl::Status status = CheckText(file.Reveal()); !status.ok()) return status;
  if (IsEncrypted(file.Reveal(), format_id)) {
    absl::StatusOr<crypto::Secret> opened = Open(file.RevealMutable(), passphrase);
    if (!opened.ok()) return opened.status();
    file = *std::move(opened);
    format_id = kBitwardenJson.id;
    if (absl::Status status = CheckText(file.Reveal()); !status.ok()) return status;
  }
  absl::StatusOr<const ImportFormat*> format = ChooseFormat(file.Reveal(), format_id);
  if (!format.ok()) return format.status();
  if (*format == &kOtpauthList && HasOtpauthMigration(file.Reveal())) {
    file = ExpandOtpauthMigrations(file.Reveal());
  }
  const std::span<uint8_t> text = file.RevealMutable();
  ImportBuilder builder;
  if (absl::Status status = (*format)->parse(text, builder); !status.ok()) return status;
  return std::move(builder).Finish(std::move(file));
}

}  // namespace quorate::client
