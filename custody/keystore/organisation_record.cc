#include "custody/keystore/organisation_record.h"

#include <algorithm>
#include <utility>

#include "crypto/passphrase.h"
#include "custody/base/error_info.h"
#include "custody/base/files.h"
#include "custody/base/status_macros.h"

namespace quorate::keystore {
namespace {

// organisation, sealed: identifier[32] me[4, little-endian] log_key[32] certificate_digest[32]
//                       organisation_key[32] server[the rest]
constexpr char kOrganisationAad[] = "quorate organisation 1\n";
constexpr char kDraftAad[] = "quorate draft 1\n";
constexpr size_t kFixedBytes = 32 + 4 + 32 + 32 + 32;
constexpr size_t kMaxServerBytes = 300;
constexpr size_t kMaxFileBytes = 4096;

absl::Status Damaged(const std::string& path) {
  return base::MakeError(absl::StatusCode::kDataLoss, "DAMAGED_IDENTITY", path + " is damaged",
                         "restore the folder from a backup");
}

absl::StatusOr<std::optional<crypto::Secret>> ReadSealed(const Keystore& keystore,
                                                         const std::string& path,
                                                         std::string_view aad) {
  QUORATE_ASSIGN_OR_RETURN(bool exists, base::FileExists(path));
  if (!exists) return std::nullopt;
  absl::StatusOr<crypto::Bytes> sealed = base::ReadFile(path, kMaxFileBytes);
  if (base::GetReason(sealed.status()) == "FILE_TOO_LARGE") return Damaged(path);
  if (!sealed.ok()) return sealed.status();
  absl::StatusOr<crypto::Secret> opened =
      crypto::OpenUnder(keystore.unattended_key(), crypto::AsBytes(aad), *sealed);
  if (!opened.ok()) return Damaged(path);
  return *std::move(opened);
}

}  // namespace

absl::Status WriteDraftLink(const Keystore& keystore, const std::string& link,
                            crypto::RandomSource& random) {
  return base::WriteFileAtomically(
      keystore.home().draft(),
      crypto::SealUnder(keystore.unattended_key(), crypto::AsBytes(kDraftAad),
                        crypto::AsBytes(link), random));
}

absl::StatusOr<std::optional<std::string>> ReadDraftLink(const Keystore& keystore) {
  QUORATE_ASSIGN_OR_RETURN(std::optional<crypto::Secret> link,
                           ReadSealed(keystore, keystore.home().draft(), kDraftAad));
  if (!link.has_value()) return std::nullopt;
  return crypto::AsString(link->Reveal());
}

absl::Status WriteOrganisation(const Keystore& keystore, const OrganisationRecord& record,
                               crypto::RandomSource& random) {
  crypto::Secret plain = crypto::Secret::Zero(kFixedBytes + record.server.size());
  auto out = plain.RevealMutable().begin();
  auto put = [&out](crypto::ByteSpan bytes) { out = std::copy(bytes.begin(), bytes.end(), out); };
  put(record.organisation.span());
  for (int shift = 0; shift < 32; shift += 8) *out++ = static_cast<uint8_t>(record.me >> shift);
  put(record.log_key.span());
  put(record.server_certificate_digest.span());
  put(record.organisation_key.Reveal());
  put(crypto::AsBytes(record.server));
  return base::WriteFileAtomically(
      keystore.home().organisation(),
      crypto::SealUnder(keystore.unattended_key(), crypto::AsBytes(kOrganisationAad), plain,
                        random));
}

absl::StatusOr<std::optional<OrganisationRecord>> ReadOrganisation(const Keystore& keystore) {
  const std::string path = keystore.home().organisation();
  QUORATE_ASSIGN_OR_RETURN(std::optional<crypto::Secret> plain,
                           ReadSealed(keystore, path, kOrganisationAad));
  if (!plain.has_value()) return std::nullopt;
  if (plain->size() < kFixedBytes || plain->size() > kFixedBytes + kMaxServerBytes) {
    return Damaged(path);
  }
  crypto::ByteSpan rest = plain->Reveal();
  auto take = [&rest](size_t size) {
    crypto::ByteSpan bytes = rest.first(size);
    rest = rest.subspan(size);
    return bytes;
  };
  OrganisationRecord record;
  record.organisation = *crypto::Digest::FromBytes(take(32));
  const crypto::ByteSpan me = take(4);
  for (size_t i = 0; i < 4; ++i) record.me |= static_cast<uint32_t>(me[i]) << (8 * i);
  record.log_key = *crypto::PublicSigningKey::FromBytes(take(32));
  record.server_certificate_digest = *crypto::Digest::FromBytes(take(32));
  record.organisation_key = crypto::Secret::Copy(take(32));
  record.server = crypto::AsString(rest);
  return record;
}

}  // namespace quorate::keystore
