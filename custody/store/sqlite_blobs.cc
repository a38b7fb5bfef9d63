// The blobs' half of SqliteStore. A blob that no entry refers to has a row in `unreferenced` too.
#include <utility>

#include "custody/base/error_info.h"
#include "custody/base/status_macros.h"
#include "custody/store/sqlite_store.h"

namespace quorate::store {
namespace {

using absl::StatusCode;
using crypto::Bytes;
using crypto::ByteSpan;
using crypto::Digest;
using ledger::OrganisationId;

absl::Status BadBlob(std::string_view what) {
  return base::MakeError(StatusCode::kInvalidArgument, "STORE_BAD_RECORD", what,
                         "send a record within the limits");
}

absl::Status WrongBlob() {
  return base::MakeError(StatusCode::kDataLoss, "STORE_DAMAGED", "a stored blob has another digest",
                         "stop the program, keep the file, and put the last backup back");
}

}  // namespace

absl::Status SqliteStore::InsertBlob(uint64_t row, ByteSpan sender, uint64_t time_ms,
                                     ByteSpan blob) {
  const Digest digest = crypto::Sha256(blob);
  bool is_new = false;
  {
    QUORATE_ASSIGN_OR_RETURN(
        Query query, database_->Prepare("INSERT INTO blobs(organisation, digest, length, bytes) "
                                        "VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO NOTHING "
                                        "RETURNING 1"));
    query.Bind(1, row).Bind(2, digest.span()).Bind(3, uint64_t{blob.size()}).Bind(4, blob);
    QUORATE_ASSIGN_OR_RETURN(is_new, query.Step());
    if (is_new) QUORATE_RETURN_IF_ERROR(query.Run());
  }
  const char* sql = is_new ? "INSERT INTO unreferenced(organisation, digest, time_ms, length, "
                             "sender) VALUES (?1, ?2, ?3, ?4, ?5)"
                           : "UPDATE unreferenced SET time_ms = ?3 "
                             "WHERE organisation = ?1 AND digest = ?2";
  QUORATE_ASSIGN_OR_RETURN(Query query, database_->Prepare(sql));
  query.Bind(1, row).Bind(2, digest.span()).Bind(3, time_ms);
  if (is_new) query.Bind(4, uint64_t{blob.size()}).Bind(5, sender);
  return query.Run();
}

absl::Status SqliteStore::PutBlobs(const OrganisationId& organisation, ByteSpan sender,
                                   uint64_t time_ms, std::span<const ByteSpan> blobs) {
  if (sender.size() > kMaxStoreKeyBytes)
    return BadBlob("a sender is longer than the store accepts");
  for (const ByteSpan& blob : blobs) {
    if (blob.size() > kMaxStoredBlobBytes) {
      return BadBlob("a blob is larger than the store accepts");
    }
  }
  const std::lock_guard lock(mutex_);
  QUORATE_ASSIGN_OR_RETURN(Transaction transaction, Transaction::Begin(*database_));
  QUORATE_ASSIGN_OR_RETURN(const uint64_t row, RowOf(organisation));
  for (const ByteSpan& blob : blobs) {
    QUORATE_RETURN_IF_ERROR(InsertBlob(row, sender, time_ms, blob));
  }
  return transaction.Commit();
}

absl::Status SqliteStore::MarkReferenced(uint64_t row, const Digest& digest) {
  QUORATE_ASSIGN_OR_RETURN(
      Query query,
      database_->Prepare("DELETE FROM unreferenced WHERE organisation = ?1 AND digest = ?2"));
  return query.Bind(1, row).Bind(2, digest.span()).Run();
}

absl::StatusOr<uint64_t> SqliteStore::UnreferencedBytes(ByteSpan sender) {
  const std::lock_guard lock(mutex_);
  QUORATE_ASSIGN_OR_RETURN(
      Query query, database_->Prepare("SELECT SUM(length) FROM unreferenced WHERE sender = ?1"));
  QUORATE_ASSIGN_OR_RETURN(const bool found, query.Bind(1, sender).Step());
  return found ? query.Uint(0) : 0;  // NULL, for none, reads as 0.
}

absl::StatusOr<uint64_t> SqliteStore::DropUnreferencedBlobs(uint64_t time_ms, uint64_t max_count) {
  const std::lock_guard lock(mutex_);
  std::vector<std::pair<uint64_t, Digest>> old;
  {
    QUORATE_ASSIGN_OR_RETURN(Query query,
                             database_->Prepare("SELECT organisation, digest FROM unreferenced "
                                                "WHERE time_ms < ?1 ORDER BY time_ms LIMIT ?2"));
    query.Bind(1, time_ms).Bind(2, max_count);
    while (true) {
      QUORATE_ASSIGN_OR_RETURN(const bool found, query.Step());
      if (!found) break;
      const auto digest = Digest::FromBytes(query.Blob(1));
      if (!digest.has_value()) return WrongBlob();
      old.emplace_back(query.Uint(0), *digest);
    }
  }
  if (old.empty()) return uint64_t{0};
  {
    QUORATE_ASSIGN_OR_RETURN(Transaction transaction, Transaction::Begin(*database_));
    for (const auto& [row, digest] : old) {
      QUORATE_RETURN_IF_ERROR(DeleteBlobOfRow(row, digest));
    }
    QUORATE_RETURN_IF_ERROR(transaction.Commit());
  }
  QUORATE_RETURN_IF_ERROR(database_->TruncateWal());
  return uint64_t{old.size()};
}

absl::StatusOr<std::optional<Bytes>> SqliteStore::GetBlob(const OrganisationId& organisation,
                                                          const Digest& digest) {
  const std::lock_guard lock(mutex_);
  QUORATE_ASSIGN_OR_RETURN(const uint64_t row, RowOf(organisation));
  QUORATE_ASSIGN_OR_RETURN(
      Query query,
      database_->Prepare("SELECT bytes FROM blobs WHERE organisation = ?1 AND digest = ?2"));
  QUORATE_ASSIGN_OR_RETURN(const bool found, query.Bind(1, row).Bind(2, digest.span()).Step());
  if (!found) return std::optional<Bytes>();
  Bytes bytes = query.Blob(0);
  if (crypto::Sha256(bytes) != digest) return WrongBlob();
  return std::optional<Bytes>(std::move(bytes));
}

absl::StatusOr<std::optional<uint64_t>> SqliteStore::BlobLength(const OrganisationId& organisation,
                                                                const Digest& digest) {
  const std::lock_guard lock(mutex_);
  QUORATE_ASSIGN_OR_RETURN(const uint64_t row, RowOf(organisation));
  QUORATE_ASSIGN_OR_RETURN(
      Query query,
      database_->Prepare("SELECT length FROM blobs WHERE organisation = ?1 AND digest = ?2"));
  QUORATE_ASSIGN_OR_RETURN(const bool found, query.Bind(1, row).Bind(2, digest.span()).Step());
  if (!found) return std::optional<uint64_t>();
  return std::optional<uint64_t>(query.Uint(0));
}

absl::Status SqliteStore::DeleteBlobOfRow(uint64_t row, const Digest& digest) {
  QUORATE_RETURN_IF_ERROR(MarkReferenced(row, digest));
  QUORATE_ASSIGN_OR_RETURN(
      Query query, database_->Prepare("DELETE FROM blobs WHERE organisation = ?1 AND digest = ?2"));
  return query.Bind(1, row).Bind(2, digest.span()).Run();
}

absl::Status SqliteStore::DeleteBlob(const OrganisationId& organisation, const Digest& digest) {
  const std::lock_guard lock(mutex_);
  {
    QUORATE_ASSIGN_OR_RETURN(Transaction transaction, Transaction::Begin(*database_));
    QUORATE_ASSIGN_OR_RETURN(const uint64_t row, RowOf(organisation));
    QUORATE_RETURN_IF_ERROR(DeleteBlobOfRow(row, digest));
    QUORATE_RETURN_IF_ERROR(transaction.Commit());
  }
  return database_->TruncateWal();
}

absl::StatusOr<uint64_t> SqliteStore::BlobBytes(const OrganisationId& organisation) {
  const std::lock_guard lock(mutex_);
  QUORATE_ASSIGN_OR_RETURN(const uint64_t row, RowOf(organisation));
  QUORATE_ASSIGN_OR_RETURN(
      Query query, database_->Prepare("SELECT SUM(length) FROM blobs WHERE organisation = ?1"));
  QUORATE_ASSIGN_OR_RETURN(const bool found, query.Bind(1, row).Step());
  return found ? query.Uint(0) : 0;  // NULL, for no blobs, reads as 0.
}

absl::Status SqliteStore::CheckBlobs() {
  QUORATE_ASSIGN_OR_RETURN(Query query,
                           database_->Prepare("SELECT digest, length, bytes FROM blobs"));
  while (true) {
    QUORATE_ASSIGN_OR_RETURN(const bool row, query.Step());
    if (!row) return absl::OkStatus();
    const Bytes bytes = query.Blob(2);
    if (query.Blob(0) != crypto::Sha256(bytes).bytes() || query.Uint(1) != bytes.size()) {
      return WrongBlob();
    }
  }
}

}  // namespace quorate::store
