#include "custody/store/node_store.h"

#include <algorithm>
#include <limits>

#include "custody/base/error_info.h"
#include "custody/base/status_macros.h"

namespace quorate::store {
namespace {

using base::NodeBytes;
using base::NodeByteSpan;
using base::NodeEntry;
using base::NodeKeyValue;
using base::WriteBatch;

// An on-disk format: never change what a version means, add a new one.
constexpr Database::Schema kSchema = {0x5152544E,  // "QRTN"
                                      1,
                                      R"sql(
CREATE TABLE entries(
  idx INTEGER PRIMARY KEY,
  leaf BLOB NOT NULL,
  body BLOB NOT NULL) STRICT;
CREATE TABLE checkpoint(
  one INTEGER PRIMARY KEY CHECK (one = 1),
  note BLOB NOT NULL) STRICT;
CREATE TABLE key_values(
  space TEXT NOT NULL,
  key BLOB NOT NULL,
  value BLOB NOT NULL,
  PRIMARY KEY(space, key)) STRICT;
)sql"};

absl::Status MissingEntry() {
  return base::MakeError(absl::StatusCode::kDataLoss, "STORE_DAMAGED",
                         "the store lacks an entry of the log",
                         "stop the program, keep the file, and follow the log anew");
}

bool Removes(const WriteBatch& batch) {
  return !batch.erased_bodies().empty() ||
         std::any_of(batch.mutations().begin(), batch.mutations().end(),
                     [](const WriteBatch::Mutation& mutation) { return !mutation.value; });
}

}  // namespace

absl::StatusOr<std::unique_ptr<NodeStore>> NodeStore::Open(const std::string& path,
                                                           const Database::Options& options) {
  QUORATE_ASSIGN_OR_RETURN(auto database, Database::Open(path, kSchema, options));
  return std::unique_ptr<NodeStore>(new NodeStore(std::move(database)));
}

absl::StatusOr<uint64_t> NodeStore::SizeLocked() const {
  QUORATE_ASSIGN_OR_RETURN(Query query, database_->Prepare("SELECT MAX(idx) + 1 FROM entries"));
  QUORATE_ASSIGN_OR_RETURN(const bool found, query.Step());
  return found ? query.Uint(0) : 0;  // NULL, for no entries, reads as 0.
}

absl::Status NodeStore::WriteLog(const WriteBatch& batch) {
  for (const NodeEntry& entry : batch.entries()) {
    QUORATE_ASSIGN_OR_RETURN(
        Query query,
        database_->Prepare("INSERT INTO entries(idx, leaf, body) VALUES (?1, ?2, ?3)"));
    query.Bind(1, entry.index).Bind(2, NodeByteSpan(entry.leaf)).Bind(3, NodeByteSpan(entry.body));
    QUORATE_RETURN_IF_ERROR(query.Run());
  }
  for (const uint64_t index : batch.erased_bodies()) {
    QUORATE_ASSIGN_OR_RETURN(Query query,
                             database_->Prepare("UPDATE entries SET body = x'' WHERE idx = ?1"));
    QUORATE_RETURN_IF_ERROR(query.Bind(1, index).Run());
  }
  if (!batch.checkpoint().has_value()) return absl::OkStatus();
  QUORATE_ASSIGN_OR_RETURN(
      Query query, database_->Prepare("INSERT INTO checkpoint(one, note) VALUES (1, ?1) "
                                      "ON CONFLICT(one) DO UPDATE SET note = excluded.note"));
  return query.Bind(1, NodeByteSpan(*batch.checkpoint())).Run();
}

absl::Status NodeStore::WriteValues(const WriteBatch& batch) {
  for (const WriteBatch::Mutation& mutation : batch.mutations()) {
    const char* sql = mutation.value.has_value()
                          ? "INSERT INTO key_values(space, key, value) VALUES (?1, ?2, ?3) "
                            "ON CONFLICT(space, key) DO UPDATE SET value = excluded.value"
                          : "DELETE FROM key_values WHERE space = ?1 AND key = ?2";
    QUORATE_ASSIGN_OR_RETURN(Query query, database_->Prepare(sql));
    query.Bind(1, std::string_view(mutation.space)).Bind(2, NodeByteSpan(mutation.key));
    if (mutation.value.has_value()) query.Bind(3, NodeByteSpan(*mutation.value));
    QUORATE_RETURN_IF_ERROR(query.Run());
  }
  return absl::OkStatus();
}

absl::Status NodeStore::Commit(const WriteBatch& batch) {
  const std::lock_guard lock(mutex_);
  {
    QUORATE_ASSIGN_OR_RETURN(Transaction transaction, Transaction::Begin(*database_));
    QUORATE_ASSIGN_OR_RETURN(const uint64_t size, SizeLocked());
    QUORATE_RETURN_IF_ERROR(base::CheckBatch(batch, size));
    QUORATE_RETURN_IF_ERROR(WriteLog(batch));
    QUORATE_RETURN_IF_ERROR(WriteValues(batch));
    QUORATE_RETURN_IF_ERROR(transaction.Commit());
  }
  // The batch is durable whatever comes now, so the file's leftovers are no error of it: they go
  // with the next commit that finds the disk willing.
  leftovers_ = leftovers_ || Removes(batch);
  if (leftovers_ && database_->TruncateWal().ok()) leftovers_ = false;
  return absl::OkStatus();
}

absl::StatusOr<uint64_t> NodeStore::Size() const {
  const std::lock_guard lock(mutex_);
  return SizeLocked();
}

absl::StatusOr<std::vector<NodeEntry>> NodeStore::ReadEntries(uint64_t start, uint64_t max_count,
                                                              uint64_t max_bytes) const {
  std::vector<NodeEntry> out;
  if (start > uint64_t{std::numeric_limits<int64_t>::max()}) return out;
  const std::lock_guard lock(mutex_);
  QUORATE_ASSIGN_OR_RETURN(
      Query query,
      database_->Prepare("SELECT idx, leaf, body FROM entries WHERE idx >= ?1 ORDER BY idx"));
  query.Bind(1, start);
  uint64_t bytes = 0;
  while (out.size() < max_count) {
    QUORATE_ASSIGN_OR_RETURN(const bool found, query.Step());
    if (!found) break;
    NodeEntry entry{query.Uint(0), query.Blob(1), query.Blob(2)};
    if (entry.index != start + out.size()) return MissingEntry();
    bytes += entry.leaf.size() + entry.body.size();
    if (!out.empty() && bytes > max_bytes) break;
    out.push_back(std::move(entry));
  }
  return out;
}

absl::StatusOr<std::optional<NodeBytes>> NodeStore::Checkpoint() const {
  const std::lock_guard lock(mutex_);
  QUORATE_ASSIGN_OR_RETURN(Query query, database_->Prepare("SELECT note FROM checkpoint"));
  QUORATE_ASSIGN_OR_RETURN(const bool found, query.Step());
  if (!found) return std::optional<NodeBytes>();
  return std::optional<NodeBytes>(query.Blob(0));
}

absl::StatusOr<std::optional<NodeBytes>> NodeStore::Get(const std::string& space,
                                                        NodeByteSpan key) const {
  const std::lock_guard lock(mutex_);
  QUORATE_ASSIGN_OR_RETURN(
      Query query,
      database_->Prepare("SELECT value FROM key_values WHERE space = ?1 AND key = ?2"));
  query.Bind(1, std::string_view(space)).Bind(2, key);
  QUORATE_ASSIGN_OR_RETURN(const bool found, query.Step());
  if (!found) return std::optional<NodeBytes>();
  return std::optional<NodeBytes>(query.Blob(0));
}

absl::StatusOr<std::vector<NodeKeyValue>> NodeStore::List(const std::string& space) const {
  const std::lock_guard lock(mutex_);
  QUORATE_ASSIGN_OR_RETURN(
      Query query,
      database_->Prepare("SELECT key, value FROM key_values WHERE space = ?1 ORDER BY key"));
  query.Bind(1, std::string_view(space));
  std::vector<NodeKeyValue> out;
  while (true) {
    QUORATE_ASSIGN_OR_RETURN(const bool row, query.Step());
    if (!row) return out;
    out.push_back({query.Blob(0), query.Blob(1)});
  }
}

absl::Status NodeStore::Check() {
  const std::lock_guard lock(mutex_);
  QUORATE_RETURN_IF_ERROR(database_->CheckIntegrity());
  QUORATE_ASSIGN_OR_RETURN(const uint64_t size, SizeLocked());
  QUORATE_ASSIGN_OR_RETURN(Query query, database_->Prepare("SELECT COUNT(*) FROM entries"));
  QUORATE_ASSIGN_OR_RETURN(const bool row, query.Step());
  return row && query.Uint(0) == size ? absl::OkStatus() : MissingEntry();
}

}  // namespace quorate::store
