#include "custody/replica/replica.h"

#include <utility>

#include "custody/base/error_info.h"
#include "custody/base/status_macros.h"
#include "custody/replica/entry_check.h"
#include "custody/replica/replica_impl.h"
#include "custody/wire/read_entry.h"

namespace quorate::replica {

Replica::Replica(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Replica::Replica(Replica&&) noexcept = default;
Replica& Replica::operator=(Replica&&) noexcept = default;
Replica::~Replica() = default;

void Replica::AddKey(uint32_t version, crypto::Secret key) {
  impl_->options.keys.Add(version, std::move(key));
}

const ledger::Ledger& Replica::ledger() const { return impl_->ledger; }
const ledger::State& Replica::state() const { return impl_->ledger.state(); }
crypto::Digest Replica::StateDigest() const { return impl_->ledger.StateDigest(); }
const ledger::OrganisationId& Replica::organisation() const { return impl_->options.organisation; }

std::optional<crypto::PublicSigningKey> Replica::log_key() const {
  return impl_->founded_log_key.has_value() ? impl_->founded_log_key
                                            : impl_->options.pinned_log_key;
}

uint64_t Replica::size() const { return impl_->size(); }
uint64_t Replica::next_index() const { return impl_->next_index(); }
uint64_t Replica::log_size() const { return impl_->log_size; }
const std::optional<crypto::Bytes>& Replica::checkpoint_note() const { return impl_->note; }
crypto::Digest Replica::root() const { return impl_->tree.Root(); }

std::optional<crypto::Digest> Replica::RootAt(uint64_t size) const {
  const absl::StatusOr<crypto::Digest> root = impl_->tree.RootAt(size);
  if (!root.ok()) return std::nullopt;
  return *root;
}

absl::StatusOr<std::vector<crypto::Digest>> Replica::InclusionProof(uint64_t index,
                                                                    uint64_t size) const {
  return impl_->tree.InclusionProof(index, size);
}

absl::StatusOr<std::vector<crypto::Digest>> Replica::ConsistencyProof(uint64_t old_size,
                                                                      uint64_t new_size) const {
  return impl_->tree.ConsistencyProof(old_size, new_size);
}

const EntryRecord* Replica::Record(uint64_t index) const {
  return index < impl_->records.size() ? &impl_->records[index] : nullptr;
}

const EntryRecord* Replica::FindLeaf(const ledger::LeafHash& leaf_hash) const {
  const auto found = impl_->by_leaf.find(leaf_hash);
  return found == impl_->by_leaf.end() ? nullptr : Record(found->second);
}

const EntryRecord* Replica::FindStatement(ledger::OrganiserNumber author,
                                          const ledger::StatementId& id) const {
  const auto found = impl_->by_statement.find({author, id});
  return found == impl_->by_statement.end() ? nullptr : Record(found->second);
}

absl::StatusOr<RawEntry> Replica::ReadRawAt(uint64_t index) const {
  if (index >= size()) {
    return base::MakeError(absl::StatusCode::kOutOfRange, "NO_SUCH_ENTRY",
                           "the log has no such entry yet", "wait until it is there");
  }
  QUORATE_ASSIGN_OR_RETURN(std::vector<base::NodeEntry> read,
                           impl_->store->ReadEntries(index, 1, 1));
  if (read.size() == 1 && log::LeafHash(read[0].leaf) == impl_->records[index].leaf_hash) {
    RawEntry raw{std::move(read[0].leaf), std::move(read[0].body)};
    if (SettleBody(raw.leaf, raw.body).ok()) return raw;
  }
  return base::MakeError(absl::StatusCode::kDataLoss, "STORE_DAMAGED",
                         "a stored entry is not what was verified",
                         "set this store aside and fetch the log again");
}

absl::StatusOr<ledger::Entry> Replica::ReadEntryAt(uint64_t index) const {
  QUORATE_ASSIGN_OR_RETURN(const RawEntry raw, ReadRawAt(index));
  return wire::ReadEntry(index, raw.leaf, raw.body, impl_->options.keys,
                         [&](uint64_t claimed_size, const crypto::Digest& claimed) {
                           return claimed_size <= index && RootAt(claimed_size) == claimed;
                         });
}

const std::optional<Evidence>& Replica::evidence() const { return impl_->evidence; }

}  // namespace quorate::replica
