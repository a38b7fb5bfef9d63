#ifndef QUORATE_CUSTODY_REPLICA_REPLICA_IMPL_H_
#define QUORATE_CUSTODY_REPLICA_REPLICA_IMPL_H_

#include <deque>
#include <map>
#include <utility>

#include "custody/log/checkpoint.h"
#include "custody/log/tree.h"
#include "custody/replica/replica.h"

namespace quorate::replica {

// Bounds on one read of the store.
inline constexpr uint64_t kLoadEntries = 1024;
inline constexpr uint64_t kLoadBytes = uint64_t{16} << 20;

// A note whose log signature holds.
struct SeenNote {
  crypto::Bytes bytes;
  uint64_t size = 0;
  crypto::Digest root;
};

// An entry with its settled body, not applied yet.
struct PendingEntry {
  RawEntry raw;
  crypto::Digest leaf_hash;
};

struct Replica::Impl {
  Impl(base::NodeStoreInterface* node_store, ReplicaOptions given)
      : store(node_store), options(std::move(given)), ledger(options.organisation) {}

  uint64_t size() const { return tree.size(); }
  uint64_t next_index() const { return tree.size() + pending.size(); }

  // open.cc
  absl::Status Load();
  absl::Status VerifyStored(uint64_t stored_size);
  template <typename Visit>
  absl::Status ForEachStored(uint64_t stored_size, Visit visit) const;

  // extend.cc
  // `first` is the entry at next_index(), settled, or null.
  absl::StatusOr<crypto::PublicSigningKey> KeyFor(const RawEntry* first) const;
  absl::StatusOr<SeenNote> OpenNote(crypto::ByteSpan note,
                                    const crypto::PublicSigningKey& key) const;
  // FORKED_LOG, with evidence, when a note contradicts this replica.
  absl::Status CheckAgainstTree(const SeenNote& note);
  absl::Status Forked(log::Evidence found);
  absl::Status AlreadyForked() const;
  // Settles and hashes entries without keeping them.
  absl::StatusOr<std::vector<PendingEntry>> Settle(std::span<const RawEntry> entries) const;
  // The largest note that is covered and adds up, if any is covered.
  absl::StatusOr<std::optional<SeenNote>> Reached(const SeenNote& note);
  absl::StatusOr<Extension> Prepare(crypto::ByteSpan note, std::span<const RawEntry> entries,
                                    base::WriteBatch& batch);
  void DropPending();

  // Applies one entry whose body is settled.
  AppliedEntry Apply(const RawEntry& raw, const crypto::Digest& leaf_hash);

  base::NodeStoreInterface* store;
  ReplicaOptions options;
  ledger::Ledger ledger;
  log::Tree tree;
  log::CompactRange edge;  // The tree's; extends over what is pending without touching the tree.
  std::optional<crypto::PublicSigningKey> founded_log_key;
  std::optional<crypto::Bytes> note;  // Covers exactly size().
  uint64_t log_size = 0;
  std::vector<EntryRecord> records;
  std::map<ledger::LeafHash, uint64_t> by_leaf;
  std::map<std::pair<ledger::OrganiserNumber, ledger::StatementId>, uint64_t> by_statement;

  std::deque<PendingEntry> pending;
  size_t pending_bytes = 0;
  // The smallest note above size() that was seen: a log that grows while it is fetched page by page
  // shows a newer one with every page, and some page must reach one.
  std::optional<SeenNote> target;
  std::optional<log::Evidence> evidence;
};

}  // namespace quorate::replica

#endif  // QUORATE_CUSTODY_REPLICA_REPLICA_IMPL_H_
