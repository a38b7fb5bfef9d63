// Headers and leaves: what lies around a statement.
#include "custody/base/status_macros.h"
#include "custody/wire/codec.h"
#include "custody/wire/statement.h"
#include "quorate/ledger/v1/ledger.pb.h"

namespace quorate::wire {
namespace {

namespace pb = ::quorate::ledger::v1;
using crypto::Bytes;
using crypto::ByteSpan;
using crypto::Digest;

ledger::BlobRef ReadBlob(const pb::Blob& in, Reader& reader) {
  if (in.length() == 0 || in.length() > ledger::kMaxBlobBytes) {
    reader.Fail(kWrongLength, "header.blob", "no blob has this length");
  }
  return {reader.Fixed<Digest>(in.digest(), "header.blob"), in.length()};
}

void ReadSealing(const pb::Header& in, ledger::Header& out, Reader& reader) {
  const bool sealed = in.organisation_key_version() != 0;
  if (sealed == in.key_commitment().empty() || sealed == in.nonce().empty()) {
    reader.Fail(kInconsistent, "header",
                "key version, key commitment and nonce come together or not at all");
  }
  out.organisation_key_version = in.organisation_key_version();
  if (!sealed) return;
  out.key_commitment = reader.Fixed<Digest>(in.key_commitment(), "header.key_commitment");
  out.nonce = reader.FixedArray<24>(in.nonce(), "header.nonce");
}

}  // namespace

Bytes EncodeHeader(const ledger::Header& header) {
  pb::Header message;
  message.set_organisation(ToField(header.organisation.span()));
  message.set_charter_version(header.charter_version);
  message.set_rules_version(header.rules_version);
  message.set_author(header.author.value);
  message.set_statement_id(ToField(header.statement_id.value));
  message.set_organisation_key_version(header.organisation_key_version);
  if (header.key_commitment) message.set_key_commitment(ToField(header.key_commitment->span()));
  if (header.nonce) message.set_nonce(ToField(*header.nonce));
  message.set_body_digest(ToField(header.body_digest.span()));
  for (const ledger::BlobRef& blob : header.blobs) {
    pb::Blob& out = *message.add_blobs();
    out.set_digest(ToField(blob.digest.span()));
    out.set_length(blob.length);
  }
  message.set_verified_size(header.verified_size);
  message.set_verified_root(ToField(header.verified_root.span()));
  message.set_body_length(header.body_length);
  return Serialise(message);
}

absl::StatusOr<ledger::Header> DecodeHeader(ByteSpan bytes) {
  pb::Header message;
  QUORATE_RETURN_IF_ERROR(ParseCanonical(bytes, ledger::kMaxHeaderBytes, message));
  Reader reader;
  ledger::Header out;
  out.organisation =
      reader.Fixed<ledger::OrganisationId>(message.organisation(), "header.organisation");
  out.charter_version = message.charter_version();
  out.rules_version = message.rules_version();
  out.author.value = message.author();
  out.statement_id.value = reader.FixedArray<16>(message.statement_id(), "header.statement_id");
  ReadSealing(message, out, reader);
  out.body_digest = reader.Fixed<Digest>(message.body_digest(), "header.body_digest");
  out.blobs = reader.List(message.blobs(), ledger::kMaxBlobsPerStatement, "header.blobs",
                          [&](const pb::Blob& blob) { return ReadBlob(blob, reader); });
  out.verified_size = message.verified_size();
  out.verified_root = reader.Fixed<Digest>(message.verified_root(), "header.verified_root");
  if (message.body_length() == 0 || message.body_length() > ledger::kMaxBodyBytes) {
    reader.Fail(kWrongLength, "header.body_length", "no body has this length");
  }
  out.body_length = message.body_length();
  return std::move(reader).Finish(std::move(out));
}

Bytes EncodeLeaf(const ledger::Leaf& leaf) {
  pb::Leaf message;
  message.set_log_time_ms(leaf.log_time_ms);
  message.set_header(ToField(leaf.header));
  message.set_signature(ToField(leaf.signature.span()));
  if (leaf.device_signature) {
    message.set_device_signature(ToField(leaf.device_signature->span()));
  }
  return Serialise(message);
}

absl::StatusOr<ledger::Leaf> DecodeLeaf(ByteSpan bytes) {
  pb::Leaf message;
  QUORATE_RETURN_IF_ERROR(ParseCanonical(bytes, kMaxLeafBytes, message));
  Reader reader;
  ledger::Leaf out;
  if (message.log_time_ms() > ledger::kMaxLogTimeMs) {
    reader.Fail(kWrongLength, "leaf.log_time_ms", "no time of a log");
  }
  out.log_time_ms = message.log_time_ms();
  out.header = reader.Sized(message.header(), 1, ledger::kMaxHeaderBytes, "leaf.header");
  out.signature = reader.Fixed<crypto::Signature>(message.signature(), "leaf.signature");
  if (!message.device_signature().empty()) {
    out.device_signature =
        reader.Fixed<crypto::Signature>(message.device_signature(), "leaf.device_signature");
  }
  return std::move(reader).Finish(std::move(out));
}

}  // namespace quorate::wire
