// The first half of a sharing: receiving keys, start, dealings, close.
#include <algorithm>
#include <utility>

#include "crypto/receiving_key.h"
#include "custody/ledger/decide.h"
#include "custody/ledger/queries.h"

namespace quorate::ledger {
namespace {

using crypto::ShareIndex;

VaultStage StageOf(const Vault& vault) {
  if (!vault.sharing.has_value()) return VaultStage::kNoSharing;
  return static_cast<VaultStage>(vault.sharing->stage);
}

// Organiser numbers are share indices: the charter bounds them below the number of indices.
ShareIndex IndexOf(OrganiserNumber number) {
  return ShareIndex::From(number.value).value_or(ShareIndex());
}

bool IsReceiver(const Sharing& sharing, OrganiserNumber number) {
  const std::vector<crypto::Receiver>& receivers = sharing.context->receivers;
  return std::any_of(receivers.begin(), receivers.end(), [number](const auto& receiver) {
    return receiver.index.value() == number.value;
  });
}

crypto::SharingContext ContextFor(const State& state, const Placed& placed, const Vault& vault) {
  crypto::SharingContext context;
  context.organisation = Digest{state.organisation.value};
  context.vault = vault.number.value;
  context.epoch = vault.sharing->ref.epoch.value;
  context.threshold = crypto::Threshold::From(vault.policy.threshold).value_or(crypto::Threshold());
  for (const auto& [holder, key] : vault.sharing->receiving_keys) {
    context.receivers.push_back({IndexOf(holder), key.key});
  }
  if (vault.active.has_value()) {
    context.kind = crypto::SharingKind::kResharing;
    context.previous_commitments = vault.active->commitments;
  }
  context.session = placed.entry.leaf_hash;
  return context;
}

// Unexpelled dealings in log order; of a resharing the first k of the epoch before, since every
// receiver must interpolate over the same ones.
std::vector<const LoggedDealing*> Candidates(const Sharing& sharing) {
  std::vector<const LoggedDealing*> candidates;
  for (const auto& [dealer, dealing] : sharing.dealings) {
    if (!dealing.expelled) candidates.push_back(&dealing);
  }
  std::sort(candidates.begin(), candidates.end(),
            [](const auto* a, const auto* b) { return a->index < b->index; });
  size_t enough = sharing.context->previous_commitments.size();
  if (sharing.context->kind == crypto::SharingKind::kResharing && candidates.size() > enough) {
    candidates.resize(enough);
  }
  return candidates;
}

}  // namespace

VaultOrRefusal VaultForSharing(const State& state, const Placed& placed, StatementKind kind,
                               const SharingRef& ref) {
  const Vault* vault = FindVault(state, ref.vault);
  if (vault == nullptr) return {nullptr, RefusalCode::kUnknownVault};
  if (!IsHolder(vault->policy, placed.author)) return {nullptr, RefusalCode::kNotAHolder};
  if (ref != CurrentSharing(*vault)) return {nullptr, RefusalCode::kWrongSharing};
  if (!RowOf(kind).vault.Has(StageOf(*vault))) return {nullptr, RefusalCode::kWrongStage};
  return {vault, RefusalCode::kNone};
}

void AbortSharing(Vault& vault) {
  vault.next_attempt = vault.sharing->ref.attempt + 1;
  vault.sharing.reset();
}

absl::StatusOr<crypto::QualifiedSet> Qualify(const Sharing& sharing) {
  std::vector<crypto::QualifiedDealing> dealings;
  for (const LoggedDealing* candidate : Candidates(sharing)) {
    dealings.push_back(crypto::QualifiedDealing::FromErased(*sharing.context, candidate->dealing,
                                                            candidate->ciphertext_digests));
  }
  return crypto::QualifiedSet::Create(*sharing.context, std::move(dealings));
}

size_t EnoughAfterDeadline(const VaultPolicy& policy) {
  return std::min<size_t>(policy.holders.size(), policy.threshold + size_t{1});
}

bool IsStageOver(const Sharing& sharing, uint64_t now_ms) {
  return now_ms >= sharing.stage_since_ms && now_ms - sharing.stage_since_ms >= kSharingStageMs;
}

Decision Decide(const State& state, const Placed& placed, const ReceivingKey& receiving_key) {
  const SharingRef& ref = receiving_key.sharing;
  auto [vault, refusal] = VaultForSharing(state, placed, StatementKind::kReceivingKey, ref);
  if (vault == nullptr) return refusal;
  if (vault->sharing.has_value() && vault->sharing->receiving_keys.contains(placed.author)) {
    return RefusalCode::kRepeated;
  }
  if (state.points_seen.contains(receiving_key.key)) return RefusalCode::kValueSeenBefore;
  crypto::ReceivingKeyContext context;
  context.organisation = Digest{state.organisation.value};
  context.vault = ref.vault.value;
  context.epoch = ref.epoch.value;
  context.session = ReceivingKeySession(ref);
  context.index = IndexOf(placed.author);
  if (!crypto::VerifyReceivingKey(context, {receiving_key.key, receiving_key.proof}).ok()) {
    return RefusalCode::kBadProof;
  }
  return Decision::Admit([&placed, &receiving_key](State& next) {
    std::optional<Sharing>& sharing = next.vaults.at(receiving_key.sharing.vault).sharing;
    if (!sharing.has_value()) {
      sharing.emplace();
      sharing->ref = receiving_key.sharing;
      sharing->stage_since_ms = placed.now_ms;
    }
    sharing->receiving_keys[placed.author] = {receiving_key.key, placed.now_ms};
    next.points_seen.insert(receiving_key.key);
  });
}

Decision Decide(const State& state, const Placed& placed, const Start& start) {
  auto [vault, refusal] = VaultForSharing(state, placed, StatementKind::kStart, start.sharing);
  if (vault == nullptr) return refusal;
  const Sharing& sharing = *vault->sharing;
  bool same = std::equal(start.receivers.begin(), start.receivers.end(),
                         sharing.receiving_keys.begin(), sharing.receiving_keys.end(),
                         [](OrganiserNumber named, const auto& key) { return named == key.first; });
  if (!same) return RefusalCode::kReceiversChanged;
  if (sharing.receiving_keys.size() < vault->policy.holders.size()) {
    if (!IsStageOver(sharing, placed.now_ms)) return RefusalCode::kTooEarly;
    if (sharing.receiving_keys.size() < EnoughAfterDeadline(vault->policy)) {
      return RefusalCode::kTooFew;
    }
  }
  crypto::SharingContext context = ContextFor(state, placed, *vault);
  if (!crypto::CheckSharingContext(context).ok()) return RefusalCode::kTooFew;
  return Decision::Admit([&placed, &start, context](State& next) {
    Sharing& started = *next.vaults.at(start.sharing.vault).sharing;
    started.stage = SharingStage::kDealing;
    started.stage_since_ms = placed.now_ms;
    started.context = context;
  });
}

Decision Decide(const State& state, const Placed& placed, const Deal& deal) {
  auto [vault, refusal] = VaultForSharing(state, placed, StatementKind::kDeal, deal.sharing);
  if (vault == nullptr) return refusal;
  const Sharing& sharing = *vault->sharing;
  // In a resharing every holder of the epoch before deals, receiver or not.
  if (!vault->active.has_value() && !IsReceiver(sharing, placed.author)) {
    return RefusalCode::kNotAHolder;
  }
  if (sharing.dealings.contains(placed.author)) return RefusalCode::kRepeated;
  if (placed.header.blobs.size() != sharing.context->receivers.size()) {
    return RefusalCode::kBlobsMismatch;
  }
  LoggedDealing logged{placed.entry.index, placed.entry.leaf_hash, {}, {}, false};
  for (const BlobRef& blob : placed.header.blobs) {
    if (blob.length != crypto::kSubShareCiphertextSize) return RefusalCode::kBlobsMismatch;
    logged.ciphertext_digests.push_back(blob.digest);
  }
  logged.dealing = {IndexOf(placed.author),
                    deal.commitments,
                    deal.ephemeral,
                    deal.challenge,
                    deal.response_secret,
                    deal.response_ephemeral,
                    {}};
  if (state.points_seen.contains(deal.ephemeral)) return RefusalCode::kValueSeenBefore;
  if (!crypto::CheckErasedDealing(*sharing.context, logged.dealing, logged.ciphertext_digests)
           .ok()) {
    return RefusalCode::kBadProof;
  }
  return Decision::Admit([&placed, &deal, logged](State& next) {
    next.vaults.at(deal.sharing.vault).sharing->dealings[placed.author] = logged;
    next.points_seen.insert(deal.ephemeral);
  });
}

namespace {

Decision CloseDealing(const Placed& placed, const Vault& vault) {
  const Sharing& sharing = *vault.sharing;
  size_t dealers = vault.active.has_value() ? vault.active->public_shares.size()
                                            : sharing.context->receivers.size();
  if (sharing.dealings.size() < dealers && !IsStageOver(sharing, placed.now_ms)) {
    return RefusalCode::kTooEarly;
  }
  absl::StatusOr<crypto::QualifiedSet> qualified = Qualify(sharing);
  VaultNumber number = vault.number;
  if (!qualified.ok()) {
    return Decision::Admit([number](State& next) { AbortSharing(next.vaults.at(number)); });
  }
  return Decision::Admit([&placed, number, set = *std::move(qualified)](State& next) {
    Sharing& closed = *next.vaults.at(number).sharing;
    closed.stage = SharingStage::kAcknowledging;
    closed.stage_since_ms = placed.now_ms;
    closed.close_index = placed.entry.index;
    closed.qualified = set;
  });
}

// A sharing that too few acknowledge would otherwise hold its vault up for ever.
Decision CloseStalled(const Placed& placed, const Vault& vault) {
  const Sharing& sharing = *vault.sharing;
  if (!IsStageOver(sharing, placed.now_ms)) return RefusalCode::kTooEarly;
  if (sharing.acknowledged.size() >= EnoughAfterDeadline(vault.policy)) {
    return RefusalCode::kWrongStage;
  }
  return Decision::Admit(
      [number = vault.number](State& next) { AbortSharing(next.vaults.at(number)); });
}

}  // namespace

Decision Decide(const State& state, const Placed& placed, const Close& close) {
  auto [vault, refusal] = VaultForSharing(state, placed, StatementKind::kClose, close.sharing);
  if (vault == nullptr) return refusal;
  return vault->sharing->stage == SharingStage::kDealing ? CloseDealing(placed, *vault)
                                                         : CloseStalled(placed, *vault);
}

}  // namespace quorate::ledger
