#ifndef QUORATE_CUSTODY_STORE_STORE_H_
#define QUORATE_CUSTODY_STORE_STORE_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "crypto/bytes.h"
#include "custody/ledger/types.h"
#include "custody/log/tree.h"

namespace quorate::store {

// What one record may hold; more is InvalidArgument. Above what the rules admit, so that the rules
// decide and not the disk.
inline constexpr size_t kMaxRecordBytes = size_t{4} << 20;
inline constexpr size_t kMaxStoredBlobBytes = size_t{16} << 20;
inline constexpr size_t kMaxStoreKeyBytes = 255;
inline constexpr size_t kMaxAppendEntries = 4096;
inline constexpr uint64_t kMaxReadEntries = 4096;

struct OrganisationRecord {
  ledger::OrganisationId id;
  crypto::Bytes record;
  bool operator==(const OrganisationRecord&) const = default;
};

// A body that was erased reads as empty; no body is empty otherwise.
struct StoredEntry {
  uint64_t index = 0;
  crypto::Bytes leaf;
  crypto::Bytes body;
  bool operator==(const StoredEntry&) const = default;
};

struct NewEntry {
  ledger::OrganiserNumber author;
  ledger::StatementId statement_id;
  crypto::Bytes leaf;
  crypto::Bytes body;
  std::vector<crypto::Digest> blobs = {};  // That it refers to.
};

struct AppendBatchResult {
  uint64_t first_index = 0;
  uint64_t size = 0;  // Afterwards.
};

// What a custody server keeps: for each organisation a log of leaves and bodies with its latest
// checkpoint, and blobs; beside them founding drafts and the server's own values. It stores bytes
// and does not judge them, apart from sizes, digests of blobs and the sizes in checkpoints. Tree
// hashes are not stored: LoadTree rebuilds them from the leaves, so that a damaged leaf shows as
// another root. Thread-safe.
//
// Statuses: NotFound (no such organisation, or what each call says), AlreadyExists, InvalidArgument
// (a bound), ResourceExhausted (the disk or the quota is full; nothing changed), DataLoss (the file
// is damaged), Unavailable (the disk failed). A write that returns OK outlives a power cut; one
// that returns an error has changed nothing unless it says otherwise.
class Store {
 public:
  virtual ~Store() = default;

  // In the order of their ids.
  [[nodiscard]] virtual absl::StatusOr<std::vector<OrganisationRecord>> Organisations() = 0;
  [[nodiscard]] virtual absl::Status CreateOrganisation(const ledger::OrganisationId& id,
                                                        crypto::ByteSpan record) = 0;
  [[nodiscard]] virtual absl::Status UpdateOrganisation(const ledger::OrganisationId& id,
                                                        crypto::ByteSpan record) = 0;

  // Adds the entries and puts `checkpoint`, a signed note, in place of the latest, in one durable
  // transaction. Blobs that the entries refer to are never dropped from then on; whether they are
  // there is the caller's to know. Aborted, and nothing changed, when the note's size is not the
  // log's size after the batch: somebody else has appended. AlreadyExists, and nothing changed,
  // when (author, statement id) of an entry is stored already or comes twice: ask FindStatement
  // first.
  [[nodiscard]] virtual absl::StatusOr<AppendBatchResult> Append(
      const ledger::OrganisationId& organisation, std::span<const NewEntry> entries,
      std::string_view checkpoint) = 0;

  [[nodiscard]] virtual absl::StatusOr<std::optional<uint64_t>> FindStatement(
      const ledger::OrganisationId& organisation, ledger::OrganiserNumber author,
      const ledger::StatementId& statement_id) = 0;

  // Entries from `start`, in order: at most `max_count`, and no more once `max_bytes` of leaves and
  // bodies are reached, but at least one where there is one. Empty from Size() on.
  [[nodiscard]] virtual absl::StatusOr<std::vector<StoredEntry>> ReadEntries(
      const ledger::OrganisationId& organisation, uint64_t start, uint64_t max_count,
      uint64_t max_bytes) = 0;

  [[nodiscard]] virtual absl::StatusOr<uint64_t> Size(
      const ledger::OrganisationId& organisation) = 0;

  // Leaves and bodies stored for one author, in bytes: for quotas.
  [[nodiscard]] virtual absl::StatusOr<uint64_t> AuthorBytes(
      const ledger::OrganisationId& organisation, ledger::OrganiserNumber author) = 0;

  // The tree over all leaves. Reads every leaf: once at start.
  [[nodiscard]] virtual absl::StatusOr<log::Tree> LoadTree(
      const ledger::OrganisationId& organisation) = 0;

  // The latest note; absent before the first.
  [[nodiscard]] virtual absl::StatusOr<std::optional<std::string>> LatestCheckpoint(
      const ledger::OrganisationId& organisation) = 0;
  // Another note for the log as it is, such as one with more cosignatures or the first of an empty
  // log. Aborted when it is for another size.
  [[nodiscard]] virtual absl::Status ReplaceCheckpoint(const ledger::OrganisationId& organisation,
                                                       std::string_view checkpoint) = 0;

  // Removes a body for good; the leaf stays. NotFound when there is no such entry; OK when it has
  // been erased before.
  [[nodiscard]] virtual absl::Status EraseBody(const ledger::OrganisationId& organisation,
                                               uint64_t index) = 0;

  // Keeps blobs, each under its SHA-256, all of them or none. Until an entry refers to it a blob is
  // unreferenced: it is its first sender's, and its age counts from `time_ms` of the last call that
  // put it. One that is there and referenced stays as it is. `sender` has at most
  // kMaxStoreKeyBytes.
  [[nodiscard]] virtual absl::Status PutBlobs(const ledger::OrganisationId& organisation,
                                              crypto::ByteSpan sender, uint64_t time_ms,
                                              std::span<const crypto::ByteSpan> blobs) = 0;
  // The sum of the sizes of a sender's unreferenced blobs of all organisations, in bytes.
  [[nodiscard]] virtual absl::StatusOr<uint64_t> UnreferencedBytes(crypto::ByteSpan sender) = 0;
  // Removes unreferenced blobs last put before `time_ms` for good, at most `max_count`; how many.
  [[nodiscard]] virtual absl::StatusOr<uint64_t> DropUnreferencedBlobs(uint64_t time_ms,
                                                                       uint64_t max_count) = 0;
  // Absent when there is none; DataLoss when what is stored has another digest.
  [[nodiscard]] virtual absl::StatusOr<std::optional<crypto::Bytes>> GetBlob(
      const ledger::OrganisationId& organisation, const crypto::Digest& digest) = 0;
  // In bytes; absent when there is no such blob.
  [[nodiscard]] virtual absl::StatusOr<std::optional<uint64_t>> BlobLength(
      const ledger::OrganisationId& organisation, const crypto::Digest& digest) = 0;
  // Removes a blob for good. OK when there is none.
  [[nodiscard]] virtual absl::Status DeleteBlob(const ledger::OrganisationId& organisation,
                                                const crypto::Digest& digest) = 0;
  // The sum of the sizes of all blobs, in bytes: for quotas.
  [[nodiscard]] virtual absl::StatusOr<uint64_t> BlobBytes(
      const ledger::OrganisationId& organisation) = 0;

  // Founding drafts, under ids of at most kMaxStoreKeyBytes. Put replaces; Delete of what is not
  // there is OK; a deleted draft is gone from the file.
  [[nodiscard]] virtual absl::Status PutDraft(crypto::ByteSpan id, crypto::ByteSpan bytes) = 0;
  [[nodiscard]] virtual absl::StatusOr<std::optional<crypto::Bytes>> GetDraft(
      crypto::ByteSpan id) = 0;
  [[nodiscard]] virtual absl::Status DeleteDraft(crypto::ByteSpan id) = 0;
  // Their ids, in byte order.
  [[nodiscard]] virtual absl::StatusOr<std::vector<crypto::Bytes>> ListDrafts() = 0;

  // Small values of the server's own, by name.
  [[nodiscard]] virtual absl::Status PutServerValue(const std::string& key,
                                                    crypto::ByteSpan value) = 0;
  [[nodiscard]] virtual absl::StatusOr<std::optional<crypto::Bytes>> GetServerValue(
      const std::string& key) = 0;

  // A copy of everything at one moment, as a file that a store can be opened on; replaces `path`.
  // Other calls go on meanwhile. `progress` is told how much of the file is copied, in bytes, and
  // calls nothing here.
  using Progress = std::function<void(uint64_t done, uint64_t total)>;
  [[nodiscard]] virtual absl::Status Backup(const std::string& path, const Progress& progress) = 0;
  [[nodiscard]] absl::Status Backup(const std::string& path) { return Backup(path, {}); }

  // DataLoss unless the file is sound, every log has all its entries, its tree has the root and
  // size of its latest checkpoint, and every blob has its digest. Reads everything.
  [[nodiscard]] virtual absl::Status Check() = 0;
};

}  // namespace quorate::store

#endif  // QUORATE_CUSTODY_STORE_STORE_H_
