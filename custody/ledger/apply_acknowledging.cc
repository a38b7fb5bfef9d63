// The second half of a sharing: complaints, acknowledgements, activation.
#include <algorithm>
#include <optional>
#include <utility>

#include "crypto/complaint.h"
#include "custody/ledger/decide.h"
#include "custody/ledger/queries.h"

namespace quorate::ledger {
namespace {

using crypto::ShareIndex;

std::optional<size_t> PositionOf(const Sharing& sharing, OrganiserNumber receiver) {
  const std::vector<crypto::Receiver>& receivers = sharing.context->receivers;
  for (size_t i = 0; i < receivers.size(); ++i) {
    if (receivers[i].index.value() == receiver.value) return i;
  }
  return std::nullopt;
}

crypto::Verdict Judge(const Sharing& sharing, const LoggedDealing& logged, const Placed& placed,
                      const Complain& complain) {
  crypto::Complaint complaint;
  complaint.complainant = ShareIndex::From(placed.author.value).value_or(ShareIndex());
  complaint.dealer = logged.dealing.dealer;
  complaint.shared = complain.shared_point;
  complaint.proof = complain.proof;
  return crypto::JudgeComplaint(*sharing.context, logged.dealing, logged.ciphertext_digests,
                                complain.sub_share_ciphertext, complaint);
}

// Puts the dealer out. What was acknowledged belonged to another set; the stage begins again, or a
// complaint at its end would leave nobody time to acknowledge.
void Expel(Vault& vault, OrganiserNumber dealer, uint64_t now_ms) {
  Sharing& sharing = *vault.sharing;
  sharing.dealings.at(dealer).expelled = true;
  absl::StatusOr<crypto::QualifiedSet> qualified = Qualify(sharing);
  if (!qualified.ok()) {
    AbortSharing(vault);
    return;
  }
  sharing.qualified = *std::move(qualified);
  sharing.acknowledged.clear();
  sharing.stage_since_ms = now_ms;
}

// Also holders whose receiving key came too late for this sharing.
std::vector<OrganiserNumber> ShareLess(const VaultPolicy& policy, const Sharing& sharing) {
  std::vector<OrganiserNumber> shareless;
  for (OrganiserNumber holder : policy.holders) {
    if (!sharing.acknowledged.contains(holder)) shareless.push_back(holder);
  }
  return shareless;
}

}  // namespace

Decision Decide(const State& state, const Placed& placed, const Complain& complain) {
  auto [vault, refusal] =
      VaultForSharing(state, placed, StatementKind::kComplain, complain.sharing);
  if (vault == nullptr) return refusal;
  const Sharing& sharing = *vault->sharing;
  std::optional<size_t> position = PositionOf(sharing, placed.author);
  if (!position.has_value()) return RefusalCode::kNotAHolder;
  auto dealing = sharing.dealings.find(complain.dealer);
  if (dealing == sharing.dealings.end()) return RefusalCode::kUnknownDealing;
  if (dealing->second.expelled || sharing.complaints.contains({placed.author, complain.dealer})) {
    return RefusalCode::kRepeated;
  }
  if (crypto::Sha256(complain.sub_share_ciphertext) !=
      dealing->second.ciphertext_digests[*position]) {
    return RefusalCode::kFalseComplaint;
  }
  bool holds = Judge(sharing, dealing->second, placed, complain) == crypto::Verdict::kDealerOut;
  return Decision::Admit([&placed, &complain, holds](State& next) {
    Vault& judged = next.vaults.at(complain.sharing.vault);
    judged.sharing->complaints.insert({placed.author, complain.dealer});
    AddAnomaly(next, placed.entry.index, holds ? complain.dealer : placed.author,
               holds ? AnomalyKind::kBadDealing : AnomalyKind::kFalseComplaint);
    // After activation a complaint only names: the epoch is in use.
    if (holds && judged.sharing->stage == SharingStage::kAcknowledging) {
      Expel(judged, complain.dealer, placed.now_ms);
    }
  });
}

Decision Decide(const State& state, const Placed& placed, const Acknowledge& acknowledge) {
  auto [vault, refusal] =
      VaultForSharing(state, placed, StatementKind::kAcknowledge, acknowledge.sharing);
  if (vault == nullptr) return refusal;
  const Sharing& sharing = *vault->sharing;
  if (!PositionOf(sharing, placed.author).has_value()) return RefusalCode::kNotAHolder;
  if (sharing.acknowledged.contains(placed.author)) return RefusalCode::kRepeated;
  if (acknowledge.qualified_digest != sharing.qualified->digest()) {
    return RefusalCode::kWrongQualifiedSet;
  }
  // A root that covers the close shows that the holder's node saw these very dealings qualify.
  if (placed.header.verified_size <= sharing.close_index) return RefusalCode::kTooEarly;
  ShareIndex index = ShareIndex::From(placed.author.value).value_or(ShareIndex());
  if (!crypto::VerifyAcknowledgement(*sharing.qualified, index, placed.header.verified_root,
                                     acknowledge.proof)
           .ok()) {
    return RefusalCode::kBadProof;
  }
  return Decision::Admit([&placed, &acknowledge](State& next) {
    Vault& acknowledged = next.vaults.at(acknowledge.sharing.vault);
    acknowledged.sharing->acknowledged.insert(placed.author);
    if (acknowledged.sharing->stage == SharingStage::kActive) {
      acknowledged.active->acknowledged.insert(placed.author);
    }
  });
}

Decision Decide(const State& state, const Placed& placed, const Activate& activate) {
  auto [vault, refusal] =
      VaultForSharing(state, placed, StatementKind::kActivate, activate.sharing);
  if (vault == nullptr) return refusal;
  const Sharing& sharing = *vault->sharing;
  if (activate.qualified_digest != sharing.qualified->digest()) {
    return RefusalCode::kWrongQualifiedSet;
  }
  if (activate.shareless != ShareLess(vault->policy, sharing))
    return RefusalCode::kReceiversChanged;
  if (sharing.acknowledged.size() < sharing.receiving_keys.size()) {
    if (!IsStageOver(sharing, placed.now_ms)) return RefusalCode::kTooEarly;
    if (sharing.acknowledged.size() < EnoughAfterDeadline(vault->policy)) {
      return RefusalCode::kTooFew;
    }
  }
  ActiveEpoch epoch;
  epoch.epoch = sharing.ref.epoch;
  epoch.threshold = sharing.context->threshold.value();
  epoch.commitments = sharing.qualified->commitments();
  for (const crypto::Receiver& receiver : sharing.context->receivers) {
    absl::StatusOr<crypto::Point> share = sharing.qualified->PublicShareOf(receiver.index);
    if (!share.ok()) return RefusalCode::kWrongQualifiedSet;
    epoch.public_shares.emplace(OrganiserNumber{receiver.index.value()}, *share);
  }
  epoch.acknowledged = sharing.acknowledged;
  epoch.qualified_digest = sharing.qualified->digest();
  epoch.attempt = sharing.ref.attempt;
  return Decision::Admit([&placed, &activate, epoch](State& next) {
    Vault& activated = next.vaults.at(activate.sharing.vault);
    activated.active = epoch;
    activated.sharing->stage = SharingStage::kActive;
    activated.sharing->stage_since_ms = placed.now_ms;
    activated.next_attempt = epoch.attempt + 1;
  });
}

}  // namespace quorate::ledger
