#ifndef QUORATE_CUSTODY_REPLICA_REPLICA_H_
#define QUORATE_CUSTODY_REPLICA_REPLICA_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "crypto/bytes.h"
#include "crypto/identity.h"
#include "custody/base/node_store.h"
#include "custody/ledger/ledger.h"
#include "custody/ledger/types.h"
#include "custody/log/evidence.h"
#include "custody/wire/key_ring.h"

namespace quorate::replica {

// Bounds on one call of PrepareExtend, and on entries that wait for the rest of their checkpoint.
inline constexpr size_t kMaxBatchEntries = 8192;
inline constexpr size_t kMaxBatchBytes = size_t{64} << 20;
inline constexpr size_t kMaxPendingBytes = size_t{256} << 20;

// An entry as the server sent it. Its index is its place: the first is Replica::next_index(). The
// body counts only where the leaf has a well-formed header, whose digest names it; beside any other
// leaf it is dropped, so that all replicas read the same.
struct RawEntry {
  crypto::Bytes leaf;
  crypto::Bytes body;
};

struct AppliedEntry {
  ledger::Entry entry;
  ledger::Outcome outcome;
};

// What is kept in memory of each entry.
struct EntryRecord {
  uint64_t index = 0;
  ledger::LeafHash leaf_hash;
  crypto::Digest body_digest;  // All zero where the header is malformed.
  ledger::Outcome outcome;
};

// Anyone can check it: log::VerifyEvidence.
using log::Evidence;

// A step that was verified and is not yet taken. Belongs to the replica that made it.
struct Extension {
  uint64_t from = 0;
  uint64_t to = 0;  // Equal to `from` where nothing can be applied yet, or there is nothing new.
  crypto::Bytes checkpoint_note;  // Empty unless it advances.
  uint64_t note_size = 0;         // Of the note that was given.
  bool advances() const { return to > from; }
};

struct ExtendResult {
  uint64_t size = 0;         // Of the replica now.
  uint64_t next_wanted = 0;  // The index that the next RawEntry must have.
  // The largest size that the log signed and that we saw: fetch on while it is above next_wanted.
  uint64_t log_size = 0;
  uint64_t note_size = 0;  // Of the note that was given.
  std::vector<AppliedEntry> applied;
};

struct ReplicaOptions {
  ledger::OrganisationId organisation;
  wire::KeyRing keys;
  // The log key that the founders' server gave, where it is known before the log is. Once founded
  // it is the charter's, which the organisation's identifier hashes; the two must agree.
  std::optional<crypto::PublicSigningKey> pinned_log_key;
  // Sees every stored entry again while Open runs; may be empty.
  std::function<void(const ledger::Entry&, const ledger::Outcome&)> observer;
};

// A verified copy of one organisation's log and the ledger that it adds up to. It takes notes and
// entries from anyone and believes nothing but the log key's signature and the tree: what it has
// applied was signed by the log, and is a prefix of all that it applies later.
//
// It does not know what the log shows to others (cosignatures tell), nor whether it is the newest
// state. No I/O but through the store, no clock. Not thread-safe.
//
// Statuses, besides the store's own: every one leaves the replica as it was.
//   InvalidArgument BAD_NOTE            no note of this log, or its signature does not hold
//                   BAD_BATCH           more than the bounds
//                   BAD_ENTRY           an empty or oversized leaf, an oversized body
//                   WRONG_FOUNDING      the first entry is not this organisation's founding
//                   LOG_KEY_MISMATCH    the founding charter names another log key than was pinned
//                   ROOT_MISMATCH       the entries do not add up to the signed root; all that
//                                       waited is dropped: fetch again from next_index()
//                   BEYOND_CHECKPOINT   entries above every size that the log signed
//   FailedPrecondition FOUNDING_MISSING the first entry is needed to know the log key
//   Unavailable     BODY_MISSING        a body is absent or not the one that its author signed
//   ResourceExhausted TOO_MUCH_PENDING  kMaxPendingBytes
//   DataLoss        FORKED_LOG          see evidence(); the replica takes nothing more
//                   STORE_DAMAGED       Open: what is stored does not verify
//   Aborted         STALE_EXTENSION     Adopt: not the step that comes next
class Replica {
 public:
  // Reads all that is stored, verifies it again and applies it. `store` outlives the replica.
  [[nodiscard]] static absl::StatusOr<Replica> Open(base::NodeStoreInterface* store,
                                                    ReplicaOptions options);
  Replica(Replica&&) noexcept;
  Replica& operator=(Replica&&) noexcept;
  ~Replica();

  // Verifies a checkpoint note and the entries from next_index() on, and puts what can be applied
  // into `batch`. Entries that do not reach their checkpoint yet are kept and wait for more: that
  // is no error, and the extension does not advance. A note may be older or newer than the entries.
  // To go on: commit the batch, with mutations of the caller's own if it likes, then Adopt. To give
  // up, drop both: nothing happened, and calling again without entries prepares the same again.
  [[nodiscard]] absl::StatusOr<Extension> PrepareExtend(crypto::ByteSpan checkpoint_note,
                                                        std::span<const RawEntry> entries,
                                                        base::WriteBatch& batch);
  // Takes the step, after its batch is durable. Fails only on our own mistakes.
  [[nodiscard]] absl::StatusOr<ExtendResult> Adopt(const Extension& extension);
  // Both, with a commit between.
  [[nodiscard]] absl::StatusOr<ExtendResult> Extend(crypto::ByteSpan checkpoint_note,
                                                    std::span<const RawEntry> entries);

  // For a key of a later version; statements under it are read from the next entry on.
  void AddKey(uint32_t version, crypto::Secret key);

  const ledger::Ledger& ledger() const;
  const ledger::State& state() const;
  [[nodiscard]] crypto::Digest StateDigest() const;
  const ledger::OrganisationId& organisation() const;
  // The charter's, or the pinned one before; absent before either is known.
  std::optional<crypto::PublicSigningKey> log_key() const;

  uint64_t size() const;
  // size() and what waits.
  uint64_t next_index() const;
  // The largest size that the log signed and that we saw, its entries here or not.
  uint64_t log_size() const;
  // The latest note that covers exactly size(); absent while empty.
  const std::optional<crypto::Bytes>& checkpoint_note() const;
  crypto::Digest root() const;
  // Absent above size().
  std::optional<crypto::Digest> RootAt(uint64_t size) const;
  // OutOfRange unless index < size <= size() and old_size <= new_size <= size().
  [[nodiscard]] absl::StatusOr<std::vector<crypto::Digest>> InclusionProof(uint64_t index,
                                                                           uint64_t size) const;
  [[nodiscard]] absl::StatusOr<std::vector<crypto::Digest>> ConsistencyProof(
      uint64_t old_size, uint64_t new_size) const;

  // Null above size().
  const EntryRecord* Record(uint64_t index) const;
  // No two leaves share a hash that matter: the first one is found. Null where there is none.
  const EntryRecord* FindLeaf(const ledger::LeafHash& leaf_hash) const;
  // What became of an author's statement. Entries that only claim to be the author's (a bad
  // signature, or an id used before) are not found here. Null where there is none.
  const EntryRecord* FindStatement(ledger::OrganiserNumber author,
                                   const ledger::StatementId& id) const;
  // A stored entry, decoded again. OutOfRange from size() on.
  [[nodiscard]] absl::StatusOr<ledger::Entry> ReadEntryAt(uint64_t index) const;
  // Its stored bytes.
  [[nodiscard]] absl::StatusOr<RawEntry> ReadRawAt(uint64_t index) const;

  // Checks a note without taking anything from it: the log's signature, and that it does not
  // contradict this replica. FORKED_LOG where it does. OK also for a size above ours, of which
  // nothing can be said.
  [[nodiscard]] absl::Status CheckNote(crypto::ByteSpan checkpoint_note);

  // Present once the log contradicted itself; not stored: the caller keeps it.
  const std::optional<Evidence>& evidence() const;

 private:
  struct Impl;
  explicit Replica(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace quorate::replica

#endif  // QUORATE_CUSTODY_REPLICA_REPLICA_H_
