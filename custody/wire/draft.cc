#include "custody/wire/draft.h"

#include <utility>

#include "crypto/wrap.h"
#include "custody/wire/codec.h"
#include "quorate/ledger/v1/draft.pb.h"

namespace quorate::wire {
namespace {

namespace pb = ::quorate::ledger::v1;
using ledger::kMaxNameBytes;
using ledger::kMaxOrganisers;

using Texts = google::protobuf::RepeatedPtrField<std::string>;

void WriteTexts(const std::vector<std::string>& in, Texts* out) {
  for (const std::string& text : in) *out->Add() = text;
}

std::vector<std::string> ReadNames(const Texts& in, std::string_view field, Reader& reader) {
  return reader.List(in, kMaxOrganisers, field, [&](const std::string& name) {
    return reader.Text(name, kMaxNameBytes, field);
  });
}

}  // namespace

crypto::Bytes EncodeDraft(const Draft& draft) {
  pb::DraftDocument out;
  out.set_author(draft.author);
  out.set_organisation(draft.organisation);
  out.set_governance_threshold(draft.governance_threshold);
  WriteTexts(draft.organisers, out.mutable_organisers());
  for (const DraftVault& vault : draft.vaults) {
    pb::DraftVaultDocument& message = *out.add_vaults();
    message.set_name(vault.name);
    message.set_threshold(vault.threshold);
    WriteTexts(vault.holders, message.mutable_holders());
    message.set_cooling_off_seconds(vault.cooling_off_seconds);
    message.set_request_lifetime_seconds(vault.request_lifetime_seconds);
    message.set_denials_to_block(vault.denials_to_block);
  }
  WriteTexts(draft.witnesses, out.mutable_witnesses());
  return Serialise(out);
}

absl::StatusOr<Draft> DecodeDraft(crypto::ByteSpan bytes) {
  pb::DraftDocument in;
  absl::Status parsed = ParseCanonical(bytes, kMaxDraftDocumentBytes, in);
  if (!parsed.ok()) return parsed;
  Reader reader;
  Draft out;
  out.author = reader.Text(in.author(), kMaxNameBytes, "draft.author");
  out.organisation = reader.Text(in.organisation(), ledger::kMaxTitleBytes, "draft.organisation");
  out.governance_threshold = in.governance_threshold();
  out.organisers = ReadNames(in.organisers(), "draft.organisers", reader);
  out.vaults = reader.List(in.vaults(), ledger::kMaxVaults, "draft.vaults", [&](const auto& x) {
    DraftVault vault;
    vault.name = reader.Text(x.name(), kMaxNameBytes, "vault.name");
    vault.threshold = x.threshold();
    vault.holders = ReadNames(x.holders(), "vault.holders", reader);
    vault.cooling_off_seconds = x.cooling_off_seconds();
    vault.request_lifetime_seconds = x.request_lifetime_seconds();
    vault.denials_to_block = x.denials_to_block();
    return vault;
  });
  out.witnesses = ReadNames(in.witnesses(), "draft.witnesses", reader);
  return std::move(reader).Finish(std::move(out));
}

crypto::Bytes EncodeCard(const Card& card) {
  pb::CardDocument out;
  out.set_name(card.name);
  out.set_signing_key(ToField(card.signing_key.span()));
  out.set_tls_key(ToField(card.tls_key.span()));
  out.set_wrap_key(ToField(card.wrap_key.span()));
  out.set_device_key(ToField(card.device_key.span()));
  out.set_witness_key(ToField(card.witness_key.span()));
  out.set_signature(ToField(card.signature.span()));
  out.set_device_signature(ToField(card.device_signature.span()));
  out.set_witness_signature(ToField(card.witness_signature.span()));
  return Serialise(out);
}

absl::StatusOr<Card> DecodeCard(crypto::ByteSpan bytes) {
  pb::CardDocument in;
  absl::Status parsed = ParseCanonical(bytes, kMaxDraftDocumentBytes, in);
  if (!parsed.ok()) return parsed;
  using crypto::PublicSigningKey;
  using crypto::Signature;
  Reader reader;
  Card out;
  out.name = reader.Text(in.name(), kMaxNameBytes, "card.name");
  out.signing_key = reader.Fixed<PublicSigningKey>(in.signing_key(), "card.signing_key");
  out.tls_key = reader.Fixed<PublicSigningKey>(in.tls_key(), "card.tls_key");
  out.wrap_key = reader.Element(in.wrap_key(), "card.wrap_key");
  out.device_key = reader.Fixed<PublicSigningKey>(in.device_key(), "card.device_key");
  out.witness_key = reader.Fixed<PublicSigningKey>(in.witness_key(), "card.witness_key");
  out.signature = reader.Fixed<Signature>(in.signature(), "card.signature");
  out.device_signature = reader.Fixed<Signature>(in.device_signature(), "card.device_signature");
  out.witness_signature = reader.Fixed<Signature>(in.witness_signature(), "card.witness_signature");
  return std::move(reader).Finish(std::move(out));
}

crypto::Bytes EncodeFounding(const FoundingDocument& founding) {
  pb::FoundingDocument out;
  out.set_charter(ToField(founding.charter));
  for (const crypto::Bytes& wrap : founding.wraps) out.add_wraps(ToField(wrap));
  return Serialise(out);
}

absl::StatusOr<FoundingDocument> DecodeFounding(crypto::ByteSpan bytes) {
  pb::FoundingDocument in;
  absl::Status parsed = ParseCanonical(bytes, kMaxDraftDocumentBytes, in);
  if (!parsed.ok()) return parsed;
  Reader reader;
  FoundingDocument out;
  out.charter = reader.Sized(in.charter(), 1, kMaxDraftDocumentBytes, "founding.charter");
  out.wraps = reader.List(in.wraps(), kMaxOrganisers, "founding.wraps", [&](const std::string& x) {
    return reader.Sized(x, crypto::kOrganisationKeyWrapSize, crypto::kOrganisationKeyWrapSize,
                        "founding.wraps");
  });
  return std::move(reader).Finish(std::move(out));
}

crypto::Bytes EncodeFounderSignature(const ledger::Endorsement& endorsement) {
  pb::FounderSignature out;
  out.mutable_endorsement()->set_organiser(endorsement.organiser.value);
  out.mutable_endorsement()->set_signature(ToField(endorsement.signature.span()));
  out.mutable_endorsement()->set_device_signature(ToField(endorsement.device_signature.span()));
  return Serialise(out);
}

absl::StatusOr<ledger::Endorsement> DecodeFounderSignature(crypto::ByteSpan bytes) {
  pb::FounderSignature in;
  absl::Status parsed = ParseCanonical(bytes, kMaxDraftDocumentBytes, in);
  if (!parsed.ok()) return parsed;
  Reader reader;
  reader.Need(in.has_endorsement(), "endorsement");
  ledger::Endorsement out;
  out.organiser.value = in.endorsement().organiser();
  out.signature =
      reader.Fixed<crypto::Signature>(in.endorsement().signature(), "endorsement.signature");
  out.device_signature = reader.Fixed<crypto::Signature>(in.endorsement().device_signature(),
                                                         "endorsement.device_signature");
  return std::move(reader).Finish(out);
}

}  // namespace quorate::wire
