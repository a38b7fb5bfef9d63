#include "custody/server/organisation_log.h"

#include <utility>

#include "custody/base/status_macros.h"
#include "custody/ledger/quota.h"
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
  QUORATE_ASSIGN_OR_RETURN(const ledger::Leaf newest, ReadLeaf(store, tree.size() - 1));
  QUORATE_ASSIGN_OR_RETURN(Usage usage,
                           ReadUsage(store, tree.size(), newest.log_time_ms / ledger::kDayMs));
  absl::MutexLock lock(&mutex_);
  for (uint64_t i = 0; i < tree.size(); ++i) {
    QUORATE_ASSIGN_OR_RETURN(crypto::Digest hash, tree.LeafHashAt(i));
    edge_.AppendLeafHash(hash);
  }
  tree_ = std::move(tree);
  checkpoint_ = *std::move(checkpoint);
  time_ms_ = newest.log_time_ms;
  usage_ = std::move(usage);
  return absl::OkStatus();
}

absl::StatusOr<ledger::Leaf> OrganisationLog::ReadLeaf(store::Store& store, uint64_t index) const {
  QUORATE_ASSIGN_OR_RETURN(std::vector<store::StoredEntry> entries,
                           store.ReadEntries(id_, index, 1, 1));
  if (entries.empty()) return Damaged("an entry of a log is missing");
  auto leaf = wire::DecodeLeaf(entries.front().leaf);
  if (!leaf.ok()) return Damaged("an entry of a log is malformed");
  return leaf;
}

absl::StatusOr<OrganisationLog::Usage> OrganisationLog::ReadUsage(store::Store& store,
                                                                  uint64_t size,
                                                                  uint64_t day) const {
  // Times in a log never go back, so the day's first entry is found by halving.
  uint64_t first = 0;
  for (uint64_t end = size; first < end;) {
    const uint64_t middle = first + (end - first) / 2;
    QUORATE_ASSIGN_OR_RETURN(const ledger::Leaf leaf, ReadLeaf(store, middle));
    if (leaf.log_time_ms / ledger::kDayMs < day) {
      first = middle + 1;
    } else {
      end = middle;
    }
  }
  Usage usage;
  while (first < size) {
    QUORATE_ASSIGN_OR_RETURN(std::vector<store::StoredEntry> entries,
                             store.ReadEntries(id_, first, kMaxPageEntries, kMaxPageBytes));
    if (entries.empty()) return Damaged("an entry of a log is missing");
    for (const store::StoredEntry& entry : entries) {
      const auto leaf = wire::DecodeLeaf(entry.leaf);
      if (!leaf.ok()) return Damaged("an entry of a log is malformed");
      const auto header = wire::DecodeHeader(leaf->header);
      if (!header.ok()) return Damaged("an entry of a log is malformed");
      ledger::Charge(usage[header->author], *header, leaf->device_signature.has_value(),
                     leaf->log_time_ms);
    }
    first += entries.size();
  }
  return usage;
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

ledger::AuthorUsage OrganisationLog::UsageOf(ledger::OrganiserNumber author) const {
  absl::MutexLock lock(&mutex_);
  auto found = usage_.find(author);
  return found == usage_.end() ? ledger::AuthorUsage{} : found->second;
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
                                                              uint64_t time_ms, Usage usage) const {
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
  growth.usage = std::move(usage);
  return growth;
}

void OrganisationLog::Advance(Growth growth) {
  absl::MutexLock lock(&mutex_);
  for (const crypto::Bytes& leaf : growth.leaves) tree_.Append(leaf);
  edge_ = std::move(growth.edge);
  checkpoint_ = std::move(growth.checkpoint);
  time_ms_ = growth.time_ms;
  for (const auto& [author, usage] : growth.usage) usage_.insert_or_assign(author, usage);
}

}  // namespace quorate::server
