#include "crypto/dealing.h"
#include "custody/wire/statement.h"
#include "custody/wire/statement_parts.h"

namespace quorate::wire {
namespace {

using crypto::Digest;
using ledger::kMaxOrganisers;
using ledger::OrganiserNumber;

void Write(const ledger::SharingRef& in, pb::SharingRef& out) {
  out.set_vault(in.vault.value);
  out.set_epoch(in.epoch.value);
  out.set_attempt(in.attempt);
}

// Of any message with a field `sharing`.
template <typename Message>
ledger::SharingRef ReadSharing(const Message& in, Reader& reader) {
  reader.Need(in.has_sharing(), "sharing");
  const pb::SharingRef& sharing = in.sharing();
  return {{sharing.vault()}, {sharing.epoch()}, sharing.attempt()};
}

}  // namespace

void Write(const crypto::SchnorrProof& in, pb::SchnorrProof& out) {
  out.set_challenge(ToField(in.c.span()));
  out.set_response(ToField(in.z.span()));
}

crypto::SchnorrProof ReadProof(bool present, const pb::SchnorrProof& in, Reader& reader) {
  reader.Need(present, "proof");
  return {reader.Number(in.challenge(), "proof.challenge"),
          reader.Number(in.response(), "proof.response")};
}

void Write(const ledger::ReceivingKey& in, pb::ReceivingKey& out) {
  Write(in.sharing, *out.mutable_sharing());
  out.set_key(ToField(in.key.span()));
  Write(in.proof, *out.mutable_proof());
}

ledger::ReceivingKey Read(const pb::ReceivingKey& in, Reader& reader) {
  return {ReadSharing(in, reader), reader.Element(in.key(), "receiving_key.key"),
          ReadProof(in.has_proof(), in.proof(), reader)};
}

void Write(const ledger::Start& in, pb::Start& out) {
  Write(in.sharing, *out.mutable_sharing());
  WriteNumbers(in.receivers, out.mutable_receivers());
}

ledger::Start Read(const pb::Start& in, Reader& reader) {
  return {ReadSharing(in, reader),
          reader.Numbers<OrganiserNumber>(in.receivers(), kMaxOrganisers, "start.receivers")};
}

void Write(const ledger::Deal& in, pb::Deal& out) {
  Write(in.sharing, *out.mutable_sharing());
  for (const crypto::Point& point : in.commitments) out.add_commitments(ToField(point.span()));
  out.set_ephemeral(ToField(in.ephemeral.span()));
  out.set_challenge(ToField(in.challenge.span()));
  out.set_response_secret(ToField(in.response_secret.span()));
  out.set_response_ephemeral(ToField(in.response_ephemeral.span()));
}

ledger::Deal Read(const pb::Deal& in, Reader& reader) {
  ledger::Deal out;
  out.sharing = ReadSharing(in, reader);
  out.commitments = reader.List(
      in.commitments(), kMaxOrganisers, "deal.commitments",
      [&](const std::string& point) { return reader.Element(point, "deal.commitment"); });
  out.ephemeral = reader.Element(in.ephemeral(), "deal.ephemeral");
  out.challenge = reader.Number(in.challenge(), "deal.challenge");
  out.response_secret = reader.Number(in.response_secret(), "deal.response_secret");
  out.response_ephemeral = reader.Number(in.response_ephemeral(), "deal.response_ephemeral");
  return out;
}

void Write(const ledger::Close& in, pb::Close& out) { Write(in.sharing, *out.mutable_sharing()); }

ledger::Close Read(const pb::Close& in, Reader& reader) { return {ReadSharing(in, reader)}; }

void Write(const ledger::Complain& in, pb::Complain& out) {
  Write(in.sharing, *out.mutable_sharing());
  out.set_dealer(in.dealer.value);
  out.set_sub_share_ciphertext(ToField(in.sub_share_ciphertext));
  out.set_shared_point(ToField(in.shared_point.span()));
  out.mutable_proof()->set_challenge(ToField(in.proof.c.span()));
  out.mutable_proof()->set_response(ToField(in.proof.s.span()));
}

ledger::Complain Read(const pb::Complain& in, Reader& reader) {
  ledger::Complain out;
  out.sharing = ReadSharing(in, reader);
  out.dealer.value = in.dealer();
  out.sub_share_ciphertext =
      reader.Sized(in.sub_share_ciphertext(), crypto::kSubShareCiphertextSize,
                   crypto::kSubShareCiphertextSize, "complain.sub_share_ciphertext");
  out.shared_point = reader.Element(in.shared_point(), "complain.shared_point");
  const crypto::SchnorrProof proof = ReadProof(in.has_proof(), in.proof(), reader);
  out.proof = {proof.c, proof.z};
  return out;
}

void Write(const ledger::Acknowledge& in, pb::Acknowledge& out) {
  Write(in.sharing, *out.mutable_sharing());
  out.set_qualified_digest(ToField(in.qualified_digest.span()));
  Write(in.proof, *out.mutable_proof());
}

ledger::Acknowledge Read(const pb::Acknowledge& in, Reader& reader) {
  return {ReadSharing(in, reader),
          reader.Fixed<Digest>(in.qualified_digest(), "acknowledge.qualified_digest"),
          ReadProof(in.has_proof(), in.proof(), reader)};
}

void Write(const ledger::Activate& in, pb::Activate& out) {
  Write(in.sharing, *out.mutable_sharing());
  out.set_qualified_digest(ToField(in.qualified_digest.span()));
  WriteNumbers(in.shareless, out.mutable_shareless());
}

ledger::Activate Read(const pb::Activate& in, Reader& reader) {
  return {ReadSharing(in, reader),
          reader.Fixed<Digest>(in.qualified_digest(), "activate.qualified_digest"),
          reader.Numbers<OrganiserNumber>(in.shareless(), kMaxOrganisers, "activate.shareless")};
}

}  // namespace quorate::wire
