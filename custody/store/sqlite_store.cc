#include "custody/store/sqlite_store.h"

#include <utility>

#include "custody/base/error_info.h"
#include "custody/base/status_macros.h"

namespace quorate::store {
namespace {

using absl::StatusCode;
using crypto::Bytes;
using crypto::ByteSpan;

// An on-disk format: never change what a version means, add a new one.
constexpr Database::Schema kSchema = {0x51525453,  // "QRTS"
                                      2,
                                      R"sql(
CREATE TABLE organisations(
  ref INTEGER PRIMARY KEY,
  id BLOB NOT NULL UNIQUE,
  record BLOB NOT NULL,
  checkpoint BLOB) STRICT;
CREATE TABLE entries(
  organisation INTEGER NOT NULL REFERENCES organisations(ref),
  idx INTEGER NOT NULL,
  author INTEGER NOT NULL,
  statement_id BLOB NOT NULL,
  leaf BLOB NOT NULL,
  body BLOB NOT NULL,
  PRIMARY KEY(organisation, idx),
  UNIQUE(organisation, author, statement_id)) STRICT;
CREATE TABLE blobs(
  organisation INTEGER NOT NULL REFERENCES organisations(ref),
  digest BLOB NOT NULL,
  length INTEGER NOT NULL,
  bytes BLOB NOT NULL,
  PRIMARY KEY(organisation, digest)) STRICT;
CREATE TABLE unreferenced(
  organisation INTEGER NOT NULL REFERENCES organisations(ref),
  digest BLOB NOT NULL,
  length INTEGER NOT NULL,
  sender BLOB NOT NULL,
  time_ms INTEGER NOT NULL,
  PRIMARY KEY(organisation, digest)) STRICT;
CREATE INDEX unreferenced_by_sender ON unreferenced(sender);
CREATE INDEX unreferenced_by_time ON unreferenced(time_ms);
CREATE TABLE drafts(
  id BLOB PRIMARY KEY NOT NULL,
  bytes BLOB NOT NULL) STRICT;
CREATE TABLE server_values(
  name TEXT PRIMARY KEY NOT NULL,
  value BLOB NOT NULL) STRICT;
)sql"};

absl::Status BadRecord(std::string_view what) {
  return base::MakeError(StatusCode::kInvalidArgument, "STORE_BAD_RECORD", what,
                         "send a record within the limits");
}

absl::Status CheckKey(size_t key_bytes, size_t value_bytes) {
  if (key_bytes == 0 || key_bytes > kMaxStoreKeyBytes) {
    return BadRecord("a key is empty or longer than the store accepts");
  }
  if (value_bytes > kMaxRecordBytes) return BadRecord("a value is larger than the store accepts");
  return absl::OkStatus();
}

// The first column of the first row, absent when there is no row.
absl::StatusOr<std::optional<Bytes>> FirstBlob(Query& query) {
  QUORATE_ASSIGN_OR_RETURN(const bool found, query.Step());
  if (!found) return std::optional<Bytes>();
  return std::optional<Bytes>(query.Blob(0));
}

}  // namespace

absl::StatusOr<std::unique_ptr<SqliteStore>> SqliteStore::Open(const std::string& path,
                                                               const Database::Options& options) {
  QUORATE_ASSIGN_OR_RETURN(auto database, Database::Open(path, kSchema, options));
  return std::unique_ptr<SqliteStore>(new SqliteStore(std::move(database)));
}

absl::Status SqliteStore::PutDraft(ByteSpan id, ByteSpan bytes) {
  QUORATE_RETURN_IF_ERROR(CheckKey(id.size(), bytes.size()));
  const std::lock_guard lock(mutex_);
  QUORATE_ASSIGN_OR_RETURN(Transaction transaction, Transaction::Begin(*database_));
  {
    QUORATE_ASSIGN_OR_RETURN(
        Query query, database_->Prepare("INSERT INTO drafts(id, bytes) VALUES (?1, ?2) "
                                        "ON CONFLICT(id) DO UPDATE SET bytes = excluded.bytes"));
    QUORATE_RETURN_IF_ERROR(query.Bind(1, id).Bind(2, bytes).Run());
  }
  return transaction.Commit();
}

absl::StatusOr<std::optional<Bytes>> SqliteStore::GetDraft(ByteSpan id) {
  const std::lock_guard lock(mutex_);
  QUORATE_ASSIGN_OR_RETURN(Query query,
                           database_->Prepare("SELECT bytes FROM drafts WHERE id = ?1"));
  return FirstBlob(query.Bind(1, id));
}

absl::Status SqliteStore::DeleteDraft(ByteSpan id) {
  const std::lock_guard lock(mutex_);
  {
    QUORATE_ASSIGN_OR_RETURN(Transaction transaction, Transaction::Begin(*database_));
    QUORATE_ASSIGN_OR_RETURN(Query query, database_->Prepare("DELETE FROM drafts WHERE id = ?1"));
    QUORATE_RETURN_IF_ERROR(query.Bind(1, id).Run());
    QUORATE_RETURN_IF_ERROR(transaction.Commit());
  }
  return database_->TruncateWal();
}

absl::StatusOr<std::vector<Bytes>> SqliteStore::ListDrafts() {
  const std::lock_guard lock(mutex_);
  QUORATE_ASSIGN_OR_RETURN(Query query, database_->Prepare("SELECT id FROM drafts ORDER BY id"));
  std::vector<Bytes> out;
  while (true) {
    QUORATE_ASSIGN_OR_RETURN(const bool row, query.Step());
    if (!row) return out;
    out.push_back(query.Blob(0));
  }
}

absl::Status SqliteStore::PutServerValue(const std::string& key, ByteSpan value) {
  QUORATE_RETURN_IF_ERROR(CheckKey(key.size(), value.size()));
  const std::lock_guard lock(mutex_);
  QUORATE_ASSIGN_OR_RETURN(Transaction transaction, Transaction::Begin(*database_));
  {
    QUORATE_ASSIGN_OR_RETURN(
        Query query, database_->Prepare("INSERT INTO server_values(name, value) VALUES (?1, ?2) "
                                        "ON CONFLICT(name) DO UPDATE SET value = excluded.value"));
    QUORATE_RETURN_IF_ERROR(query.Bind(1, std::string_view(key)).Bind(2, value).Run());
  }
  return transaction.Commit();
}

absl::StatusOr<std::optional<Bytes>> SqliteStore::GetServerValue(const std::string& key) {
  const std::lock_guard lock(mutex_);
  QUORATE_ASSIGN_OR_RETURN(Query query,
                           database_->Prepare("SELECT value FROM server_values WHERE name = ?1"));
  return FirstBlob(query.Bind(1, std::string_view(key)));
}

absl::Status SqliteStore::Backup(const std::string& path, const Progress& progress) {
  std::unique_ptr<DatabaseCopy> copy;
  {
    const std::lock_guard lock(mutex_);
    QUORATE_ASSIGN_OR_RETURN(copy, DatabaseCopy::Begin(*database_, path));
  }
  bool done = false;
  while (!done) {
    {
      // Calls that wait get their turn between two steps.
      const std::lock_guard lock(mutex_);
      QUORATE_ASSIGN_OR_RETURN(done, copy->Step());
    }
    if (progress) progress(copy->bytes_done(), copy->bytes_total());
  }
  const std::lock_guard lock(mutex_);
  return copy->Finish();
}

absl::Status SqliteStore::Check() {
  const std::lock_guard lock(mutex_);
  QUORATE_RETURN_IF_ERROR(database_->CheckIntegrity());
  QUORATE_ASSIGN_OR_RETURN(const auto organisations, ReadOrganisations());
  for (const OrganisationRecord& organisation : organisations) {
    QUORATE_RETURN_IF_ERROR(CheckLog(organisation.id));
  }
  return CheckBlobs();
}

}  // namespace quorate::store
