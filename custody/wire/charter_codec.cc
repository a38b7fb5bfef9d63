#include "crypto/wrap.h"
#include "custody/wire/sealed_name.h"
#include "custody/wire/statement.h"
#include "custody/wire/statement_parts.h"

namespace quorate::wire {
namespace {

using crypto::Digest;
using ledger::kMaxOrganisers;
using ledger::OrganiserNumber;

// No name is empty.
constexpr size_t kMinSealedName = kSealedNameOverhead + 1;

void Write(const ledger::Organiser& in, pb::Organiser& out) {
  out.set_name_sealed(ToField(in.name_sealed));
  out.set_signing_key(ToField(in.signing_key.span()));
  out.set_tls_key(ToField(in.tls_key.span()));
  out.set_wrap_key(ToField(in.wrap_key.span()));
  out.set_device_key(ToField(in.device_key.span()));
  out.set_witness_key(ToField(in.witness_key.span()));
}

ledger::Organiser ReadOrganiser(const pb::Organiser& in, Reader& reader) {
  ledger::Organiser out;
  out.name_sealed = reader.Sized(in.name_sealed(), kMinSealedName,
                                 kSealedNameOverhead + ledger::kMaxNameBytes, "organiser.name");
  out.signing_key = reader.Fixed<ledger::PublicKey>(in.signing_key(), "organiser.signing_key");
  out.tls_key = reader.Fixed<ledger::PublicKey>(in.tls_key(), "organiser.tls_key");
  out.wrap_key = reader.Element(in.wrap_key(), "organiser.wrap_key");
  out.device_key = reader.Fixed<ledger::PublicKey>(in.device_key(), "organiser.device_key");
  out.witness_key = reader.Fixed<ledger::PublicKey>(in.witness_key(), "organiser.witness_key");
  return out;
}

void Write(const ledger::VaultPolicy& in, pb::VaultPolicy& out) {
  out.set_name_sealed(ToField(in.name_sealed));
  out.set_threshold(in.threshold);
  WriteNumbers(in.holders, out.mutable_holders());
  out.set_cooling_off_seconds(in.cooling_off_seconds);
  out.set_request_lifetime_seconds(in.request_lifetime_seconds);
  out.set_denials_to_block(in.denials_to_block);
}

ledger::VaultPolicy ReadVaultPolicy(const pb::VaultPolicy& in, Reader& reader) {
  ledger::VaultPolicy out;
  out.name_sealed = reader.Sized(in.name_sealed(), kMinSealedName,
                                 kSealedNameOverhead + ledger::kMaxNameBytes, "vault.name");
  out.threshold = in.threshold();
  out.holders = reader.Numbers<OrganiserNumber>(in.holders(), kMaxOrganisers, "vault.holders");
  out.cooling_off_seconds = in.cooling_off_seconds();
  out.request_lifetime_seconds = in.request_lifetime_seconds();
  out.denials_to_block = in.denials_to_block();
  return out;
}

void Write(const std::vector<ledger::Endorsement>& in,
           google::protobuf::RepeatedPtrField<pb::Endorsement>* out) {
  for (const ledger::Endorsement& endorsement : in) {
    pb::Endorsement& message = *out->Add();
    message.set_organiser(endorsement.organiser.value);
    message.set_signature(ToField(endorsement.signature.span()));
    message.set_device_signature(ToField(endorsement.device_signature.span()));
  }
}

std::vector<ledger::Endorsement> ReadEndorsements(
    const google::protobuf::RepeatedPtrField<pb::Endorsement>& in, Reader& reader) {
  return reader.List(in, kMaxOrganisers, "endorsements", [&](const pb::Endorsement& message) {
    ledger::Endorsement out;
    out.organiser.value = message.organiser();
    out.signature = reader.Fixed<crypto::Signature>(message.signature(), "endorsement.signature");
    out.device_signature =
        reader.Fixed<crypto::Signature>(message.device_signature(), "endorsement.device_signature");
    return out;
  });
}

}  // namespace

void Write(const ledger::Charter& in, pb::Charter& out) {
  out.set_salt(ToField(in.salt.span()));
  out.set_rules_version(in.rules_version);
  out.set_governance_threshold(in.governance_threshold);
  out.set_organisation_name_sealed(ToField(in.organisation_name_sealed));
  for (const ledger::Organiser& organiser : in.organisers) Write(organiser, *out.add_organisers());
  for (const ledger::VaultPolicy& vault : in.vaults) Write(vault, *out.add_vaults());
  WriteNumbers(in.witnesses, out.mutable_witnesses());
  out.set_witness_faults(in.witness_faults);
  out.set_witness_quorum(in.witness_quorum);
  out.set_log_key(ToField(in.log_key.span()));
  out.set_server_certificate_digest(ToField(in.server_certificate_digest.span()));
  out.set_organisation_key_commitment(ToField(in.organisation_key_commitment.span()));
}

ledger::Charter Read(const pb::Charter& in, Reader& reader) {
  ledger::Charter out;
  out.salt = reader.Fixed<Digest>(in.salt(), "charter.salt");
  out.rules_version = in.rules_version();
  out.governance_threshold = in.governance_threshold();
  out.organisation_name_sealed =
      reader.Sized(in.organisation_name_sealed(), kMinSealedName,
                   kSealedNameOverhead + ledger::kMaxTitleBytes, "charter.organisation_name");
  out.organisers = reader.List(in.organisers(), kMaxOrganisers, "charter.organisers",
                               [&](const auto& x) { return ReadOrganiser(x, reader); });
  out.vaults = reader.List(in.vaults(), ledger::kMaxVaults, "charter.vaults",
                           [&](const auto& x) { return ReadVaultPolicy(x, reader); });
  out.witnesses =
      reader.Numbers<OrganiserNumber>(in.witnesses(), kMaxOrganisers, "charter.witnesses");
  out.witness_faults = in.witness_faults();
  out.witness_quorum = in.witness_quorum();
  out.log_key = reader.Fixed<ledger::PublicKey>(in.log_key(), "charter.log_key");
  out.server_certificate_digest =
      reader.Fixed<Digest>(in.server_certificate_digest(), "charter.server_certificate_digest");
  out.organisation_key_commitment =
      reader.Fixed<Digest>(in.organisation_key_commitment(), "charter.organisation_key_commitment");
  return out;
}

void Write(const ledger::Found& in, pb::Found& out) {
  Write(in.charter, *out.mutable_charter());
  for (const crypto::Bytes& wrap : in.wraps) out.add_wraps(ToField(wrap));
  Write(in.founders, out.mutable_founders());
}

ledger::Found Read(const pb::Found& in, Reader& reader) {
  ledger::Found out;
  reader.Need(in.has_charter(), "found.charter");
  out.charter = Read(in.charter(), reader);
  // The nested bytes as they came: the whole statement was compared with its one encoding.
  out.charter_bytes = Serialise(in.charter());
  out.wraps = reader.List(in.wraps(), kMaxOrganisers, "found.wraps", [&](const std::string& wrap) {
    return reader.Sized(wrap, crypto::kOrganisationKeyWrapSize, crypto::kOrganisationKeyWrapSize,
                        "found.wrap");
  });
  out.founders = ReadEndorsements(in.founders(), reader);
  return out;
}

void Write(const ledger::Rules& in, pb::Rules& out) {
  out.set_rules_version(in.rules_version);
  Write(in.endorsements, out.mutable_endorsements());
}

ledger::Rules Read(const pb::Rules& in, Reader& reader) {
  ledger::Rules out;
  out.rules_version = in.rules_version();
  out.endorsements = ReadEndorsements(in.endorsements(), reader);
  return out;
}

}  // namespace quorate::wire
