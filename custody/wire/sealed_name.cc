#include "custody/wire/sealed_name.h"

#include <algorithm>
#include <utility>

#include "crypto/statement_key.h"
#include "crypto/transcript.h"
#include "custody/base/error_info.h"
#include "custody/ledger/queries.h"

namespace quorate::wire {
namespace {

using crypto::Bytes;
using crypto::ByteSpan;
using crypto::Secret;

static_assert(kSealedNameOverhead == std::tuple_size_v<crypto::BodyNonce> + crypto::kBodyTagSize);

absl::Status SealedWrongly() {
  return base::MakeError(absl::StatusCode::kInvalidArgument, "NAME_SEALED_WRONGLY",
                         "a name in the charter is not sealed as it must be",
                         "do not sign this charter; ask its author to draft it again");
}

Secret NameKey(const Secret& organisation_key, std::string_view role, uint32_t index) {
  crypto::Transcript info("quorate/name-key/v1");
  info.AppendText(role).AppendU64(index);
  return crypto::DeriveKey(organisation_key, info, 32);
}

crypto::BodyNonce NameNonce(const Secret& organisation_key, std::string_view role, uint32_t index,
                            std::string_view name) {
  crypto::Transcript info("quorate/name-nonce/v1");
  info.AppendText(role).AppendU64(index).AppendText(name);
  // Public: it goes out in front of the ciphertext.
  const Secret derived = crypto::DeriveKey(organisation_key, info, 24);
  crypto::BodyNonce nonce;
  std::copy_n(derived.Reveal().begin(), nonce.size(), nonce.begin());
  return nonce;
}

}  // namespace

Bytes SealName(const Secret& organisation_key, std::string_view role, uint32_t index,
               std::string_view name) {
  const crypto::BodyNonce nonce = NameNonce(organisation_key, role, index, name);
  const Bytes sealed =
      crypto::SealBody(NameKey(organisation_key, role, index), nonce, {}, crypto::AsBytes(name));
  Bytes out(nonce.begin(), nonce.end());
  out.insert(out.end(), sealed.begin(), sealed.end());
  return out;
}

absl::StatusOr<std::string> OpenName(const Secret& organisation_key, std::string_view role,
                                     uint32_t index, ByteSpan sealed) {
  if (sealed.size() <= kSealedNameOverhead ||
      sealed.size() > kSealedNameOverhead + ledger::kMaxTitleBytes) {
    return SealedWrongly();
  }
  crypto::BodyNonce nonce;
  std::copy_n(sealed.begin(), nonce.size(), nonce.begin());
  const absl::StatusOr<Bytes> opened = crypto::OpenBody(NameKey(organisation_key, role, index),
                                                        nonce, {}, sealed.subspan(nonce.size()));
  if (!opened.ok()) return SealedWrongly();
  std::string name = crypto::AsString(*opened);
  if (NameNonce(organisation_key, role, index, name) != nonce) return SealedWrongly();
  const bool valid = role == kOrganisationRole ? ledger::IsValidText(name, ledger::kMaxTitleBytes)
                                               : ledger::IsValidName(name, ledger::kMaxNameBytes);
  if (valid) return name;
  return base::MakeError(absl::StatusCode::kInvalidArgument, "BAD_NAME",
                         "a name in the charter breaks the rules for names",
                         "do not sign this charter; ask its author for another name");
}

}  // namespace quorate::wire
