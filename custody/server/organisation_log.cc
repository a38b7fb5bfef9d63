#include "custody/server/organisation_log.h"

#include <utility>

#include "custody/base/status_macros.h"
#include "custody/server/limits.h"
#include "custody/server/refusals.h"
#include "custody/wire/statement.h"

namespace quorate::server {

absl::StatusOr<std::shared_ptr<OrganisationLog>> OrganisationLog::Create(
    const ledger::OrganisationId& id, const ledger::Charter& charter, crypto::SigningKey signer) {
  QUORATE_ASSIGN_OR_RETURN(log::NoteKey note_key,
                           log::NoteKey::Create(log::OriginOf(id.span()),
                                                log::NoteKeyType::kEd25519, signer.public_key()));
  return std::shared_ptr<OrganisationLog>(
      new OrganisationLog(id, charter, std::move(signer), std::move(note_key)));
}

OrganisationLog::OrganisationLog(const ledger::OrganisationId& id, const ledger::Charter& charter,
                                 crypto::SigningKey signer, log::NoteKey note_key)
    : id_(id),
      signer_(std::move(signer)),
      note_key_(std::move(note_key)),
      organisers_(charter.organisers) {
  for (const ledger::Organiser& organiser : organisers_) members_.insert(organiser.tls_key);
}

absl::Status OrganisationLog::Load(store::Store& store) {
  QUORATE_ASSIGN_OR_RETURN(log::Tree tree, store.LoadTree(id_));
  QUORATE_ASSIGN_OR_RETURN(std::optional<std::string> checkpoint, store.LatestCheckpoint(id_));
  if (!checkpoint.has_value()) return Damaged("a log has no checkpoint");
  const auto signed_checkpoint = log::SignedCheckpoint::Open(*checkpoint, note_key_);
  if (!signed_checkpoint.ok()) return Damaged("a log's last checkpoint is not signed by its key");
  if (tree.size() == 0 || signed_checkpoint->size() != tree.size() ||
      signed_checkpoint->root() != tree.Root()) {
    return Damaged("a log does not add up to its last checkpoint");
  }
  QUORATE_ASSIGN_OR_RETURN(std::vector<store::StoredEntry> newest,
                           store.ReadEntries(id_, tree.size() - 1, 1, kMaxPageBytes));
  if (newest.empty()) return Damaged("a log's last entry is missing");
  const auto leaf = wire::DecodeLeaf(newest.front().leaf);
  if (!leaf.ok()) return Damaged("a log's last entry is malformed");
  absl::MutexLock lock(&mutex_);
  for (uint64_t i = 0; i < tree.size(); ++i) {
    QUORATE_ASSIGN_OR_RETURN(crypto::Digest hash, tree.LeafHashAt(i));
    edge_.AppendLeafHash(hash);
  }
  tree_ = std::move(tree);
  checkpoint_ = *std::move(checkpoint);
  time_ms_ = leaf->log_time_ms;
  return absl::OkStatus();
}

bool OrganisationLog::IsMember(const crypto::PublicSigningKey& tls_key) const {
  return members_.contains(tls_key);
}

const ledger::Organiser* OrganisationLog::FindOrganiser(ledger::OrganiserNumber number) const {
  if (number.value == 0 || number.value > organisers_.size()) return nullptr;
  return &organisers_[number.value - 1];
}

LogTip OrganisationLog::tip() const {
  absl::MutexLock lock(&mutex_);
  return {tree_.size(), checkpoint_, time_ms_};
}

absl::StatusOr<log::Proof> OrganisationLog::ConsistencyProof(uint64_t old_size,
                                                             uint64_t new_size) const {
  absl::MutexLock lock(&mutex_);
  if (old_size > new_size || new_size > tree_.size()) return PastTheEnd();
  return tree_.ConsistencyProof(old_size, new_size);
}

absl::StatusOr<log::Proof> OrganisationLog::InclusionProof(uint64_t index, uint64_t size) const {
  absl::MutexLock lock(&mutex_);
  if (index >= size || size > tree_.size()) return PastTheEnd();
  return tree_.InclusionProof(index, size);
}

absl::StatusOr<log::Proof> OrganisationLog::ProveNewest(uint64_t index,
                                                        std::string& checkpoint) const {
  absl::MutexLock lock(&mutex_);
  checkpoint = checkpoint_;
  return tree_.InclusionProof(index, tree_.size());
}

absl::StatusOr<OrganisationLog::Growth> OrganisationLog::Grow(std::vector<crypto::Bytes> leaves,
                                                              uint64_t time_ms) const {
  Growth growth;
  {
    absl::MutexLock lock(&mutex_);
    growth.edge = edge_;
  }
  for (const crypto::Bytes& leaf : leaves) growth.edge.Append(leaf);
  QUORATE_ASSIGN_OR_RETURN(
      log::SignedCheckpoint checkpoint,
      log::SignedCheckpoint::Sign(growth.edge.size(), growth.edge.Root(), note_key_, signer_));
  growth.leaves = std::move(leaves);
  growth.checkpoint = checkpoint.Format();
  growth.time_ms = time_ms;
  return growth;
}

void OrganisationLog::Advance(Growth growth) {
  absl::MutexLock lock(&mutex_);
  for (const crypto::Bytes& leaf : growth.leaves) tree_.Append(leaf);
  edge_ = std::move(growth.edge);
  checkpoint_ = std::move(growth.checkpoint);
  time_ms_ = growth.time_ms;
}

}  // namespace quorate::server
