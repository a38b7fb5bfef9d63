#include "custody/wire/statement_seal.h"

#include <utility>

#include "crypto/statement_key.h"
#include "custody/base/error_info.h"
#include "custody/base/status_macros.h"
#include "custody/ledger/queries.h"
#include "custody/wire/codec.h"
#include "custody/wire/statement.h"
#include "quorate/ledger/v1/signed.pb.h"

namespace quorate::wire {
namespace {

using crypto::Bytes;
using crypto::ByteSpan;
using crypto::Secret;

// Header, body, two signatures and the fields' own bytes.
constexpr size_t kMaxSignedBytes = ledger::kMaxHeaderBytes + ledger::kMaxBodyBytes + 256;

absl::Status KeyNeeded(std::string_view reason, std::string_view what, std::string_view next) {
  return base::MakeError(absl::StatusCode::kFailedPrecondition, reason, what, next);
}

// Puts the body into its stored form and says in the header how.
absl::StatusOr<Bytes> SealInto(ledger::Header& header, Bytes clear, const Secret& organisation_key,
                               crypto::RandomSource& random) {
  if (clear.size() + crypto::kBodyTagSize > ledger::kMaxBodyBytes) {
    return WireError(kTooLarge, "statement", "larger than it may be");
  }
  const Secret key =
      crypto::StatementKey(organisation_key, header.author.value, header.statement_id.value);
  crypto::BodyNonce nonce;
  random.Fill(nonce);
  header.nonce = nonce;
  header.key_commitment = crypto::StatementKeyCommitment(key);
  return crypto::SealBody(key, nonce, header.organisation.span(), clear);
}

absl::Status CheckReadable(const ledger::Statement& statement, ByteSpan encoded) {
  QUORATE_RETURN_IF_ERROR(DecodeStatement(encoded).status());
  const auto* found = std::get_if<ledger::Found>(&statement);
  if (found != nullptr && found->charter_bytes != EncodeCharter(found->charter)) {
    return WireError(kInconsistent, "found.charter", "not what its bytes say");
  }
  return absl::OkStatus();
}

}  // namespace

ledger::StatementId RandomStatementId(crypto::RandomSource& random) {
  ledger::StatementId id;
  random.Fill(id.value);
  return id;
}

absl::StatusOr<SignedStatement> SealStatement(const ledger::Statement& statement,
                                              const ledger::StatementId& id,
                                              std::vector<ledger::BlobRef> blobs,
                                              const StatementContext& context,
                                              const Secret* organisation_key, const Author& author,
                                              crypto::RandomSource& random) {
  const bool clear = ledger::HasClearBody(statement);
  if (!clear && (organisation_key == nullptr || context.organisation_key_version == 0)) {
    return KeyNeeded("ORGANISATION_KEY_NEEDED", "the organisation key is not at hand",
                     "open it first: it comes with the founding or with an invitation");
  }
  if (ledger::NeedsDeviceSignature(statement) && author.device == nullptr) {
    return KeyNeeded("DEVICE_KEY_NEEDED", "this statement needs the device key",
                     "say it on the device that the charter names");
  }
  SignedStatement out;
  out.id = id;
  out.body = EncodeStatement(statement);
  QUORATE_RETURN_IF_ERROR(CheckReadable(statement, out.body));

  ledger::Header header{.organisation = context.organisation,
                        .charter_version = context.charter_version,
                        .rules_version = context.rules_version,
                        .author = author.number,
                        .statement_id = id,
                        .organisation_key_version = clear ? 0 : context.organisation_key_version,
                        .key_commitment = std::nullopt,
                        .nonce = std::nullopt,
                        .body_digest = {},
                        .body_length = 0,
                        .blobs = std::move(blobs),
                        .verified_size = context.verified_size,
                        .verified_root = context.verified_root};
  if (!clear) {
    QUORATE_ASSIGN_OR_RETURN(out.body,
                             SealInto(header, std::move(out.body), *organisation_key, random));
  }
  header.body_digest = crypto::Sha256(out.body);
  header.body_length = static_cast<uint32_t>(out.body.size());
  out.header = EncodeHeader(header);
  QUORATE_RETURN_IF_ERROR(DecodeHeader(out.header).status());
  out.signature = author.signing.Sign(ledger::kStatementLabel, out.header);
  if (author.device != nullptr) {
    out.device_signature = author.device->Sign(ledger::kStatementDeviceLabel, out.header);
  }
  return out;
}

Bytes EncodeSigned(const SignedStatement& statement) {
  ledger::v1::SignedStatement message;
  message.set_header(ToField(statement.header));
  message.set_signature(ToField(statement.signature.span()));
  if (statement.device_signature) {
    message.set_device_signature(ToField(statement.device_signature->span()));
  }
  message.set_body(ToField(statement.body));
  return Serialise(message);
}

absl::StatusOr<SignedStatement> DecodeSigned(ByteSpan bytes) {
  ledger::v1::SignedStatement message;
  QUORATE_RETURN_IF_ERROR(ParseCanonical(bytes, kMaxSignedBytes, message));
  Reader reader;
  SignedStatement out;
  out.header = reader.Sized(message.header(), 1, ledger::kMaxHeaderBytes, "signed.header");
  out.signature = reader.Fixed<crypto::Signature>(message.signature(), "signed.signature");
  if (!message.device_signature().empty()) {
    out.device_signature =
        reader.Fixed<crypto::Signature>(message.device_signature(), "signed.device_signature");
  }
  out.body = reader.Sized(message.body(), 1, ledger::kMaxBodyBytes, "signed.body");
  QUORATE_RETURN_IF_ERROR(reader.status());
  QUORATE_ASSIGN_OR_RETURN(const ledger::Header header, DecodeHeader(out.header));
  if (header.body_length != out.body.size() || header.body_digest != crypto::Sha256(out.body)) {
    return WireError(kInconsistent, "signed.body", "not the body that the header names");
  }
  out.id = header.statement_id;
  return out;
}

}  // namespace quorate::wire
