#include "tests/simulation/forge.h"

#include <utility>

#include "crypto/decryption_share.h"
#include "crypto/statement_key.h"
#include "custody/ledger/queries.h"
#include "custody/node/armed_record.h"
#include "custody/node/sealed_space.h"
#include "custody/wire/statement.h"
#include "tests/simulation/must.h"

namespace quorate::simulation {

std::vector<ledger::BlobRef> RefsOf(const std::vector<crypto::Bytes>& blobs) {
  std::vector<ledger::BlobRef> refs;
  for (const crypto::Bytes& blob : blobs) {
    refs.push_back({crypto::Sha256(blob), static_cast<uint32_t>(blob.size())});
  }
  return refs;
}

ledger::Deal DealOf(const ledger::SharingRef& ref, const crypto::Dealing& dealing) {
  return {ref, dealing.commitments, dealing.ephemeral, dealing.c, dealing.z1, dealing.z2};
}

wire::SignedStatement Forger::Seal(const ledger::Statement& statement,
                                   const ledger::StatementId& id,
                                   const std::vector<crypto::Bytes>& blobs) const {
  const wire::StatementContext context{
      organisation, 1, ledger::kRulesVersion, 1, node.replica().size(), node.replica().root()};
  return Must(wire::SealStatement(statement, id, RefsOf(blobs), context, &organisation_key,
                                  {node.me(), person.signing, &person.device}, random));
}

wire::SignedStatement Forger::SealBytes(const crypto::Bytes& clear, const ledger::StatementId& id,
                                        const std::vector<ledger::BlobRef>& blobs,
                                        const std::function<void(ledger::Header&)>& alter) const {
  ledger::Header header;
  header.organisation = organisation;
  header.charter_version = 1;
  header.rules_version = ledger::kRulesVersion;
  header.author = node.me();
  header.statement_id = id;
  header.organisation_key_version = 1;
  header.blobs = blobs;
  header.verified_size = node.replica().size();
  header.verified_root = node.replica().root();
  const crypto::Secret key = crypto::StatementKey(organisation_key, node.me().value, id.value);
  crypto::BodyNonce nonce;
  random.Fill(nonce);
  header.nonce = nonce;
  header.key_commitment = crypto::StatementKeyCommitment(key);
  wire::SignedStatement out;
  out.id = id;
  out.body = crypto::SealBody(key, nonce, header.organisation.span(), clear);
  header.body_digest = crypto::Sha256(out.body);
  header.body_length = static_cast<uint32_t>(out.body.size());
  if (alter) alter(header);
  out.header = wire::EncodeHeader(header);
  out.signature = person.signing.Sign(ledger::kStatementLabel, out.header);
  out.device_signature = person.device.Sign(ledger::kStatementDeviceLabel, out.header);
  return out;
}

std::optional<crypto::SecretScalar> Forger::Open(const std::string& space,
                                                 const std::string& name) const {
  absl::StatusOr<crypto::Secret> secret =
      node::SealedSpace(space, &store).Get(name, person.lock_key);
  if (!secret.ok()) return std::nullopt;
  absl::StatusOr<crypto::SecretScalar> scalar =
      crypto::SecretScalar::FromCanonical(*std::move(secret));
  if (!scalar.ok()) return std::nullopt;
  return *std::move(scalar);
}

std::optional<crypto::SecretScalar> Forger::OwnShare(ledger::VaultNumber number) const {
  const ledger::Vault& vault = node.state().vaults.at(number);
  if (!vault.active.has_value()) return std::nullopt;
  return Open("share", node::ShareName(number, vault.active->epoch, vault.active->attempt));
}

std::optional<crypto::SecretScalar> Forger::OwnReceivingKey(
    const ledger::SharingRef& sharing) const {
  return Open("receiving-key", node::ShareName(sharing.vault, sharing.epoch, sharing.attempt));
}

std::optional<ledger::DecryptionShares> Forger::Shares(const ledger::RequestRecord& request,
                                                       bool to_own_key) const {
  const ledger::State& state = node.state();
  const std::optional<crypto::SecretScalar> share = OwnShare(request.request.vault);
  const ledger::Account* account = ledger::FindAccount(state, request.request.account);
  const ledger::Vault& vault = state.vaults.at(request.request.vault);
  if (!share.has_value() || account == nullptr ||
      !vault.active->public_shares.contains(node.me())) {
    return std::nullopt;
  }
  const crypto::Point own = crypto::Point::MulBase(crypto::SecretScalar::Random(random));
  ledger::DecryptionShares out{request.id, vault.active->epoch, {}};
  for (ledger::OrganiserNumber recipient : request.request.recipients) {
    auto key = request.one_time_keys.find(recipient);
    if (key == request.one_time_keys.end()) return std::nullopt;
    for (const ledger::ItemVersion& item : request.request.items) {
      const ledger::VersionRecord* version = ledger::FindVersion(*account, item);
      if (version == nullptr) return std::nullopt;
      absl::StatusOr<crypto::DecryptionShare> made = crypto::MakeShare(
          ledger::ShareContextOf(state, request, node.me(), recipient, *account, *version),
          {vault.active->public_shares.at(node.me()), version->item.r,
           to_own_key ? own : key->second},
          *share, random);
      if (!made.ok()) return std::nullopt;
      out.shares.push_back({recipient, item.kind, item.version, 0, *made});
    }
  }
  return out;
}

}  // namespace quorate::simulation
