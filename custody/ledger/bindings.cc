// What signatures, proofs and ciphertexts of the log are bound to.
#include "crypto/transcript.h"
#include "custody/ledger/queries.h"
#include "custody/ledger/state_table.h"

namespace quorate::ledger {
namespace {

Digest AsDigest(const OrganisationId& organisation) { return Digest{organisation.value}; }

}  // namespace

crypto::ItemLabel LabelOf(const State& state, const Account& account,
                          const VersionRecord& version) {
  crypto::ItemLabel label;
  label.organisation = AsDigest(state.organisation);
  label.vault = account.vault.value;
  label.account = account.name;
  label.item_kind = static_cast<uint8_t>(version.item.kind);
  label.version = version.version;
  label.depositor = version.depositor.value;
  label.statement_id = version.statement_id.value;
  label.part = version.item.part;
  return label;
}

crypto::Ciphertext CiphertextOf(const VersionRecord& version) {
  const DepositedItem& item = version.item;
  return {item.r, item.r_hat, item.challenge, item.response, version.payload.digest};
}

crypto::ShareContext ShareContextOf(const State& state, const RequestRecord& request,
                                    OrganiserNumber holder, OrganiserNumber recipient,
                                    const Account& account, const VersionRecord& version) {
  const Vault* vault = FindVault(state, account.vault);
  bool active = vault != nullptr && vault->active.has_value();
  crypto::ShareContext context;
  context.organisation = AsDigest(state.organisation);
  context.vault = account.vault.value;
  context.epoch = active ? vault->active->epoch.value : request.epoch.value;
  context.ciphertext_hash =
      crypto::CiphertextHash(LabelOf(state, account, version), CiphertextOf(version));
  context.request_hash = request.id;
  context.recipient = recipient.value;
  context.index = crypto::ShareIndex::From(holder.value).value_or(crypto::ShareIndex());
  return context;
}

Digest OneTimeKeyContext(const OrganisationId& organisation, OrganiserNumber author,
                         const StatementId& statement_id, const LeafHash& request) {
  return crypto::Transcript("quorate/one-time-key-context/v1")
      .Append(organisation.span())
      .AppendU64(author.value)
      .Append(statement_id.value)
      .AppendDigest(request)
      .Hash();
}

Digest ReceivingKeySession(const SharingRef& ref) {
  return crypto::Transcript("quorate/receiving-key-session/v1")
      .AppendU64(ref.vault.value)
      .AppendU64(ref.epoch.value)
      .AppendU64(ref.attempt)
      .Hash();
}

OrganisationId OrganisationIdOf(crypto::ByteSpan charter_bytes) {
  return {crypto::Transcript("quorate/organisation/v1").Append(charter_bytes).Hash().value};
}

Digest FoundingDigest(crypto::ByteSpan charter_bytes, const std::vector<Bytes>& wraps) {
  crypto::Transcript transcript("quorate/founding-digest/v1");
  transcript.Append(charter_bytes).AppendU64(wraps.size());
  for (const Bytes& wrap : wraps) transcript.Append(wrap);
  return transcript.Hash();
}

Digest RulesDigest(const OrganisationId& organisation, uint32_t charter_version,
                   uint32_t rules_version) {
  return crypto::Transcript("quorate/rules-digest/v1")
      .Append(organisation.span())
      .AppendU64(charter_version)
      .AppendU64(rules_version)
      .Hash();
}

bool NeedsDeviceSignature(const Statement& statement) {
  return RowOf(KindOf(statement)).device_signature == DeviceSignature::kNeeded;
}

bool HasClearBody(const Statement& statement) { return RowOf(KindOf(statement)).has_clear_body; }

std::string_view StatementName(const Statement& statement) { return RowOf(KindOf(statement)).name; }

}  // namespace quorate::ledger
