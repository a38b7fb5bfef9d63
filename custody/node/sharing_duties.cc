#include <algorithm>
#include <utility>

#include "crypto/complaint.h"
#include "crypto/fault.h"
#include "crypto/qualified_set.h"
#include "crypto/receiving_key.h"
#include "custody/base/error_info.h"
#include "custody/base/status_macros.h"
#include "custody/node/armed_record.h"
#include "custody/node/node.h"

// Key generation, as each node does its part of it by itself.
namespace quorate::node {
namespace {

using ledger::OrganiserNumber;
using ledger::SharingStage;

// `start`, `close` and `activate` need one holder. The first in the charter goes at once; each
// further one waits this much longer, in case those before it are away.
constexpr absl::Duration kElectionStep = absl::Seconds(3);

std::string DutyName(const char* what, const ledger::SharingRef& ref, uint32_t extra = 0) {
  return std::string(what) + "/" + ShareName(ref.vault, ref.epoch, ref.attempt) +
         (extra == 0 ? "" : "/" + std::to_string(extra));
}

std::string SecretName(const ledger::SharingRef& ref) {
  return ShareName(ref.vault, ref.epoch, ref.attempt);
}

crypto::ShareIndex IndexOf(OrganiserNumber number) {
  return crypto::ShareIndex::From(number.value).value_or(crypto::ShareIndex());
}

bool IsHolder(const ledger::Vault& vault, OrganiserNumber number) {
  const std::vector<OrganiserNumber>& holders = vault.policy.holders;
  return std::find(holders.begin(), holders.end(), number) != holders.end();
}

template <typename Map>
std::vector<OrganiserNumber> Keys(const Map& map) {
  std::vector<OrganiserNumber> keys;
  keys.reserve(map.size());
  for (const auto& [number, value] : map) keys.push_back(number);
  return keys;
}

std::optional<size_t> ReceiverPosition(const crypto::SharingContext& context,
                                       OrganiserNumber number) {
  for (size_t i = 0; i < context.receivers.size(); ++i) {
    if (context.receivers[i].index.value() == number.value) return i;
  }
  return std::nullopt;
}

size_t FewestReceivers(const ledger::Vault& vault) {
  return std::min<size_t>(vault.policy.holders.size(), vault.policy.threshold + 1);
}

}  // namespace

absl::Status Node::AdvanceSharing(const ledger::Vault& vault) {
  if (!IsHolder(vault, options_.me)) return absl::OkStatus();
  QUORATE_RETURN_IF_ERROR(DropFinishedReceivingKeys(vault));
  if (!person_.has_value()) return absl::OkStatus();
  const uint64_t now_ms =
      static_cast<uint64_t>(std::max<int64_t>(0, absl::ToUnixMillis(options_.clock->Now())));

  if (!vault.sharing.has_value()) {
    if (vault.active.has_value()) return absl::OkStatus();
    const ledger::SharingRef ref{vault.number, ledger::Epoch{1}, vault.next_attempt};
    return SendReceivingKey(ref, DutyName("receiving-key", ref));
  }
  const ledger::Sharing& sharing = *vault.sharing;
  const ledger::SharingRef& ref = sharing.ref;
  const bool overdue = now_ms >= sharing.stage_since_ms + ledger::kSharingStageMs &&
                       state().last_log_time_ms >= sharing.stage_since_ms;
  switch (sharing.stage) {
    case SharingStage::kReceivingKeys: {
      if (!sharing.receiving_keys.contains(options_.me)) {
        return SendReceivingKey(ref, DutyName("receiving-key", ref));
      }
      const size_t keys = sharing.receiving_keys.size();
      if (keys == vault.policy.holders.size() || (overdue && keys >= FewestReceivers(vault))) {
        return SendElected(vault, DutyName("start", ref),
                           ledger::Start{ref, Keys(sharing.receiving_keys)});
      }
      return absl::OkStatus();
    }
    case SharingStage::kDealing: {
      if (!sharing.dealings.contains(options_.me) &&
          ReceiverPosition(*sharing.context, options_.me).has_value()) {
        QUORATE_RETURN_IF_ERROR(SendDealing(sharing, DutyName("deal", ref)));
      }
      const size_t dealt = sharing.dealings.size();
      if (dealt == sharing.context->receivers.size() ||
          (overdue && dealt >= vault.policy.threshold)) {
        return SendElected(vault, DutyName("close", ref), ledger::Close{ref});
      }
      return absl::OkStatus();
    }
    case SharingStage::kAcknowledging: {
      QUORATE_RETURN_IF_ERROR(OpenDealings(sharing));
      const size_t receivers = sharing.context->receivers.size();
      const size_t acknowledged = sharing.acknowledged.size();
      if (sharing.qualified.has_value() &&
          (acknowledged == receivers || (overdue && acknowledged >= FewestReceivers(vault)))) {
        ledger::Activate activate{ref, sharing.qualified->digest(), {}};
        for (OrganiserNumber holder : vault.policy.holders) {
          if (!sharing.acknowledged.contains(holder)) activate.shareless.push_back(holder);
        }
        return SendElected(vault, DutyName("activate", ref), activate);
      }
      // Too few have answered, and may never be able to: begin anew.
      if (overdue) return SendElected(vault, DutyName("give-up", ref), ledger::Close{ref});
      return absl::OkStatus();
    }
    case SharingStage::kActive:
      // A holder who was away acknowledges late.
      return OpenDealings(sharing);
  }
  return absl::OkStatus();
}

absl::Status Node::SendDuty(const ledger::Statement& statement, std::vector<crypto::Bytes> blobs,
                            base::WriteBatch batch, const std::string& duty) {
  return Send(*person_, statement, wire::RandomStatementId(*options_.random), std::move(blobs),
              std::move(batch), Outbox::Purpose::kDuty, duty)
      .status();
}

absl::Status Node::SendReceivingKey(const ledger::SharingRef& ref, const std::string& duty) {
  if (DutyWaits(duty)) return absl::OkStatus();
  crypto::ReceivingKeyContext context;
  context.organisation = OrganisationDigest();
  context.vault = ref.vault.value;
  context.epoch = ref.epoch.value;
  context.session = ledger::ReceivingKeySession(ref);
  context.index = IndexOf(options_.me);
  // A key that was made is never replaced: an earlier statement about it may still reach the log,
  // whatever the server said of it.
  std::optional<crypto::ReceivingKey> key;
  base::WriteBatch batch;
  if (receiving_keys_.Has(SecretName(ref))) {
    QUORATE_ASSIGN_OR_RETURN(crypto::Secret stored,
                             receiving_keys_.Get(SecretName(ref), person_->lock_key));
    QUORATE_ASSIGN_OR_RETURN(crypto::SecretScalar secret,
                             crypto::SecretScalar::FromCanonical(std::move(stored)));
    key = crypto::ReceivingKey::FromSecret(context, std::move(secret), *options_.random);
  } else {
    key = crypto::ReceivingKey::Generate(context, *options_.random);
    receiving_keys_.Put(batch, SecretName(ref), person_->lock_key, key->secret.secret(),
                        *options_.random);
  }
  return SendDuty(ledger::ReceivingKey{ref, key->notice.key, key->notice.proof}, {},
                  std::move(batch), duty);
}

absl::Status Node::SendDealing(const ledger::Sharing& sharing, const std::string& duty) {
  if (DutyWaits(duty)) return absl::OkStatus();
  QUORATE_ASSIGN_OR_RETURN(
      crypto::Dealing dealing,
      crypto::Deal(*sharing.context, IndexOf(options_.me), nullptr, *options_.random));
  ledger::Deal statement{sharing.ref, dealing.commitments, dealing.ephemeral,
                         dealing.c,   dealing.z1,          dealing.z2};
  return SendDuty(statement, std::move(dealing.ciphertexts), {}, duty);
}

absl::Status Node::SendElected(const ledger::Vault& vault, const std::string& duty,
                               const ledger::Statement& statement) {
  if (DutyWaits(duty)) return absl::OkStatus();
  const absl::Duration now = options_.clock->Monotonic();
  auto since = duty_since_.try_emplace(duty, now).first;
  const std::vector<OrganiserNumber>& holders = vault.policy.holders;
  const auto rank = std::find(holders.begin(), holders.end(), options_.me) - holders.begin();
  if (now - since->second < kElectionStep * rank) return absl::OkStatus();
  return SendDuty(statement, {}, {}, duty);
}

absl::Status Node::OpenDealings(const ledger::Sharing& sharing) {
  if (!sharing.qualified.has_value() || sharing.acknowledged.contains(options_.me)) {
    return absl::OkStatus();
  }
  std::optional<size_t> position = ReceiverPosition(*sharing.context, options_.me);
  if (!position.has_value()) return absl::OkStatus();
  // The set is part of the duty: a complaint makes another set, to be acknowledged anew.
  const std::string duty =
      DutyName("acknowledge", sharing.ref) + "/" + crypto::Hex(sharing.qualified->digest().span());
  if (DutyWaits(duty)) return absl::OkStatus();

  // All are asked for before any is used.
  std::vector<std::pair<const ledger::LoggedDealing*, const crypto::Bytes*>> sealed;
  bool complete = true;
  for (crypto::ShareIndex dealer : sharing.qualified->dealers()) {
    const ledger::LoggedDealing& dealing = sharing.dealings.at(OrganiserNumber{dealer.value()});
    const crypto::Bytes* blob =
        blobs_.FindOrFetch(dealing.ciphertext_digests[*position], crypto::kSubShareCiphertextSize);
    complete = complete && blob != nullptr;
    sealed.emplace_back(&dealing, blob);
  }
  if (!complete) return absl::OkStatus();

  QUORATE_ASSIGN_OR_RETURN(crypto::Secret secret,
                           receiving_keys_.Get(SecretName(sharing.ref), person_->lock_key));
  QUORATE_ASSIGN_OR_RETURN(crypto::SecretScalar receiving,
                           crypto::SecretScalar::FromCanonical(std::move(secret)));
  std::vector<crypto::IndexedSecret> sub_shares;
  for (const auto& [dealing, blob] : sealed) {
    absl::StatusOr<crypto::SecretScalar> sub_share =
        crypto::OpenSubShare(*sharing.context, dealing->dealing, dealing->ciphertext_digests, *blob,
                             IndexOf(options_.me), receiving);
    if (sub_share.ok()) {
      sub_shares.push_back({dealing->dealing.dealer, *std::move(sub_share)});
      continue;
    }
    std::optional<crypto::NamedFault> fault = crypto::FaultOf(sub_share.status());
    if (!fault.has_value() || fault->fault != crypto::Fault::kBadSubShare) {
      return sub_share.status();
    }
    // In use already: the complaint has named the dealer, and this holder has no share.
    if (sharing.complaints.contains(
            {options_.me, OrganiserNumber{dealing->dealing.dealer.value()}})) {
      return absl::OkStatus();
    }
    const std::string complaint_duty =
        DutyName("complain", sharing.ref, dealing->dealing.dealer.value());
    if (DutyWaits(complaint_duty)) return absl::OkStatus();
    QUORATE_ASSIGN_OR_RETURN(
        crypto::Complaint complaint,
        crypto::Complain(*sharing.context, dealing->dealing, dealing->ciphertext_digests, *blob,
                         IndexOf(options_.me), receiving, *options_.random));
    ledger::Complain statement{sharing.ref, OrganiserNumber{complaint.dealer.value()}, *blob,
                               complaint.shared, complaint.proof};
    Notify("bad-dealing", VaultName(sharing.ref.vault),
           OrganiserName(statement.dealer) + "'s node dealt a bad share; this node complains");
    return SendDuty(statement, {}, {}, complaint_duty);
  }
  return SendAcknowledgement(sharing, std::move(sub_shares), duty);
}

absl::Status Node::SendAcknowledgement(const ledger::Sharing& sharing,
                                       std::vector<crypto::IndexedSecret> sub_shares,
                                       const std::string& duty) {
  const crypto::QualifiedSet& set = *sharing.qualified;
  const crypto::ShareIndex me = IndexOf(options_.me);
  QUORATE_ASSIGN_OR_RETURN(crypto::SecretScalar share,
                           crypto::CombineSubShares(set, me, sub_shares));
  QUORATE_ASSIGN_OR_RETURN(crypto::SchnorrProof proof,
                           crypto::Acknowledge(set, me, replica_->root(), share, *options_.random));
  base::WriteBatch batch;
  shares_.Put(batch, SecretName(sharing.ref), person_->lock_key, share.secret(), *options_.random);
  return SendDuty(ledger::Acknowledge{sharing.ref, set.digest(), proof}, {}, std::move(batch),
                  duty);
}

// A receiving key opens every archived dealing to this holder, so it goes as soon as the share it
// was for is acknowledged and in use, or the attempt is over.
absl::Status Node::DropFinishedReceivingKeys(const ledger::Vault& vault) {
  base::WriteBatch batch;
  auto drop = [&](uint32_t epoch, uint32_t attempt) {
    const std::string name = ShareName(vault.number, ledger::Epoch{epoch}, attempt);
    if (receiving_keys_.Has(name)) receiving_keys_.Delete(batch, name);
  };
  if (vault.active.has_value() && vault.active->acknowledged.contains(options_.me)) {
    drop(vault.active->epoch.value, vault.active->attempt);
  }
  const uint32_t epoch = vault.active.has_value() ? vault.active->epoch.value : 1;
  for (uint32_t attempt = 1; attempt < vault.next_attempt; ++attempt) {
    const bool in_use = (vault.active.has_value() && vault.active->attempt == attempt) ||
                        (vault.sharing.has_value() && vault.sharing->ref.attempt == attempt);
    if (!in_use) drop(epoch, attempt);
  }
  return batch.empty() ? absl::OkStatus() : options_.store->Commit(batch);
}

}  // namespace quorate::node
