// The log's half of SqliteStore: organisations, entries and checkpoints.
#include <algorithm>
#include <limits>
#include <utility>

#include "custody/base/error_info.h"
#include "custody/base/status_macros.h"
#include "custody/log/checkpoint.h"
#include "custody/log/note.h"
#include "custody/store/sqlite_store.h"

namespace quorate::store {
namespace {

using absl::StatusCode;
using crypto::Bytes;
using crypto::ByteSpan;
using ledger::OrganisationId;

constexpr uint64_t kMaxInteger = std::numeric_limits<int64_t>::max();

absl::Status TooLarge() {
  return base::MakeError(StatusCode::kInvalidArgument, "STORE_TOO_LARGE",
                         "a record is empty or larger than the store accepts",
                         "send less in one record");
}

absl::Status Damaged(std::string_view what) {
  return base::MakeError(StatusCode::kDataLoss, "STORE_DAMAGED", what,
                         "stop the program, keep the file, and put the last backup back");
}

// What a note says, its signature aside.
absl::StatusOr<log::Checkpoint> ReadNote(std::string_view note) {
  QUORATE_ASSIGN_OR_RETURN(const log::Note parsed, log::ParseNote(note));
  return log::ParseCheckpoint(parsed.text);
}

absl::Status CheckNoteSize(std::string_view note, uint64_t size) {
  QUORATE_ASSIGN_OR_RETURN(const log::Checkpoint checkpoint, ReadNote(note));
  if (checkpoint.size == size) return absl::OkStatus();
  return base::MakeError(StatusCode::kAborted, "STORE_SIZE_CHANGED",
                         "the checkpoint is for another size than the log has",
                         "read the log's size again and sign a checkpoint for it");
}

bool IsStorable(const NewEntry& entry) {
  return !entry.leaf.empty() && entry.leaf.size() <= kMaxRecordBytes && !entry.body.empty() &&
         entry.body.size() <= kMaxRecordBytes;
}

}  // namespace

absl::StatusOr<uint64_t> SqliteStore::RowOf(const OrganisationId& id) {
  QUORATE_ASSIGN_OR_RETURN(Query query,
                           database_->Prepare("SELECT ref FROM organisations WHERE id = ?1"));
  QUORATE_ASSIGN_OR_RETURN(const bool found, query.Bind(1, id.span()).Step());
  if (found) return query.Uint(0);
  return base::MakeError(StatusCode::kNotFound, "ORGANISATION_UNKNOWN",
                         "the store has no such organisation", "check the organisation's id");
}

absl::StatusOr<std::vector<OrganisationRecord>> SqliteStore::ReadOrganisations() {
  QUORATE_ASSIGN_OR_RETURN(Query query,
                           database_->Prepare("SELECT id, record FROM organisations ORDER BY id"));
  std::vector<OrganisationRecord> out;
  while (true) {
    QUORATE_ASSIGN_OR_RETURN(const bool row, query.Step());
    if (!row) return out;
    const auto id = OrganisationId::FromBytes(query.Blob(0));
    if (!id.has_value()) return Damaged("an organisation's id has another size");
    out.push_back({*id, query.Blob(1)});
  }
}

absl::StatusOr<std::vector<OrganisationRecord>> SqliteStore::Organisations() {
  const std::lock_guard lock(mutex_);
  return ReadOrganisations();
}

absl::Status SqliteStore::CreateOrganisation(const OrganisationId& id, ByteSpan record) {
  if (record.size() > kMaxRecordBytes) return TooLarge();
  const std::lock_guard lock(mutex_);
  QUORATE_ASSIGN_OR_RETURN(Transaction transaction, Transaction::Begin(*database_));
  {
    QUORATE_ASSIGN_OR_RETURN(
        Query query, database_->Prepare("INSERT INTO organisations(id, record) VALUES (?1, ?2)"));
    QUORATE_RETURN_IF_ERROR(query.Bind(1, id.span()).Bind(2, record).Run());
  }
  return transaction.Commit();
}

absl::Status SqliteStore::UpdateOrganisation(const OrganisationId& id, ByteSpan record) {
  if (record.size() > kMaxRecordBytes) return TooLarge();
  const std::lock_guard lock(mutex_);
  QUORATE_ASSIGN_OR_RETURN(Transaction transaction, Transaction::Begin(*database_));
  QUORATE_ASSIGN_OR_RETURN(const uint64_t row, RowOf(id));
  {
    QUORATE_ASSIGN_OR_RETURN(
        Query query, database_->Prepare("UPDATE organisations SET record = ?2 WHERE ref = ?1"));
    QUORATE_RETURN_IF_ERROR(query.Bind(1, row).Bind(2, record).Run());
  }
  return transaction.Commit();
}

absl::StatusOr<uint64_t> SqliteStore::SizeOfRow(uint64_t row) {
  QUORATE_ASSIGN_OR_RETURN(
      Query query, database_->Prepare("SELECT MAX(idx) + 1 FROM entries WHERE organisation = ?1"));
  QUORATE_ASSIGN_OR_RETURN(const bool found, query.Bind(1, row).Step());
  return found ? query.Uint(0) : 0;  // NULL, for no entries, reads as 0.
}

absl::StatusOr<uint64_t> SqliteStore::Size(const OrganisationId& organisation) {
  const std::lock_guard lock(mutex_);
  QUORATE_ASSIGN_OR_RETURN(const uint64_t row, RowOf(organisation));
  return SizeOfRow(row);
}

absl::Status SqliteStore::InsertEntry(uint64_t row, uint64_t index, const NewEntry& entry) {
  QUORATE_ASSIGN_OR_RETURN(
      Query query,
      database_->Prepare("INSERT INTO entries(organisation, idx, author, statement_id, leaf, body) "
                         "VALUES (?1, ?2, ?3, ?4, ?5, ?6)"));
  return query.Bind(1, row)
      .Bind(2, index)
      .Bind(3, uint64_t{entry.author.value})
      .Bind(4, ByteSpan(entry.statement_id.value))
      .Bind(5, ByteSpan(entry.leaf))
      .Bind(6, ByteSpan(entry.body))
      .Run();
}

absl::Status SqliteStore::WriteCheckpoint(uint64_t row, std::string_view checkpoint) {
  QUORATE_ASSIGN_OR_RETURN(
      Query query, database_->Prepare("UPDATE organisations SET checkpoint = ?2 WHERE ref = ?1"));
  return query.Bind(1, row).Bind(2, crypto::AsBytes(checkpoint)).Run();
}

absl::StatusOr<AppendBatchResult> SqliteStore::Append(const OrganisationId& organisation,
                                                      std::span<const NewEntry> entries,
                                                      std::string_view checkpoint) {
  if (entries.empty() || entries.size() > kMaxAppendEntries) return TooLarge();
  for (const NewEntry& entry : entries) {
    if (!IsStorable(entry)) return TooLarge();
  }
  const std::lock_guard lock(mutex_);
  QUORATE_ASSIGN_OR_RETURN(Transaction transaction, Transaction::Begin(*database_));
  QUORATE_ASSIGN_OR_RETURN(const uint64_t row, RowOf(organisation));
  QUORATE_ASSIGN_OR_RETURN(const uint64_t first, SizeOfRow(row));
  const uint64_t size = first + entries.size();
  QUORATE_RETURN_IF_ERROR(CheckNoteSize(checkpoint, size));
  for (size_t i = 0; i < entries.size(); ++i) {
    QUORATE_RETURN_IF_ERROR(InsertEntry(row, first + i, entries[i]));
    for (const crypto::Digest& blob : entries[i].blobs) {
      QUORATE_RETURN_IF_ERROR(MarkReferenced(row, blob));
    }
  }
  QUORATE_RETURN_IF_ERROR(WriteCheckpoint(row, checkpoint));
  QUORATE_RETURN_IF_ERROR(transaction.Commit());
  return AppendBatchResult{first, size};
}

absl::StatusOr<std::optional<uint64_t>> SqliteStore::FindStatement(
    const OrganisationId& organisation, ledger::OrganiserNumber author,
    const ledger::StatementId& statement_id) {
  const std::lock_guard lock(mutex_);
  QUORATE_ASSIGN_OR_RETURN(const uint64_t row, RowOf(organisation));
  QUORATE_ASSIGN_OR_RETURN(
      Query query,
      database_->Prepare("SELECT idx FROM entries "
                         "WHERE organisation = ?1 AND author = ?2 AND statement_id = ?3"));
  query.Bind(1, row).Bind(2, uint64_t{author.value}).Bind(3, ByteSpan(statement_id.value));
  QUORATE_ASSIGN_OR_RETURN(const bool found, query.Step());
  if (!found) return std::optional<uint64_t>();
  return std::optional<uint64_t>(query.Uint(0));
}

absl::StatusOr<std::vector<StoredEntry>> SqliteStore::ReadEntries(
    const OrganisationId& organisation, uint64_t start, uint64_t max_count, uint64_t max_bytes) {
  std::vector<StoredEntry> out;
  if (start > kMaxInteger) return out;
  const std::lock_guard lock(mutex_);
  QUORATE_ASSIGN_OR_RETURN(const uint64_t row, RowOf(organisation));
  QUORATE_ASSIGN_OR_RETURN(
      Query query, database_->Prepare("SELECT idx, leaf, body FROM entries "
                                      "WHERE organisation = ?1 AND idx >= ?2 ORDER BY idx"));
  query.Bind(1, row).Bind(2, start);
  uint64_t bytes = 0;
  while (out.size() < std::min(max_count, kMaxReadEntries)) {
    QUORATE_ASSIGN_OR_RETURN(const bool found, query.Step());
    if (!found) break;
    StoredEntry entry{query.Uint(0), query.Blob(1), query.Blob(2)};
    if (entry.index != start + out.size()) return Damaged("the store lacks an entry of a log");
    bytes += entry.leaf.size() + entry.body.size();
    if (!out.empty() && bytes > max_bytes) break;
    out.push_back(std::move(entry));
  }
  return out;
}

absl::StatusOr<uint64_t> SqliteStore::AuthorBytes(const OrganisationId& organisation,
                                                  ledger::OrganiserNumber author) {
  const std::lock_guard lock(mutex_);
  QUORATE_ASSIGN_OR_RETURN(const uint64_t row, RowOf(organisation));
  QUORATE_ASSIGN_OR_RETURN(
      Query query, database_->Prepare("SELECT SUM(LENGTH(leaf) + LENGTH(body)) FROM entries "
                                      "WHERE organisation = ?1 AND author = ?2"));
  query.Bind(1, row).Bind(2, uint64_t{author.value});
  QUORATE_ASSIGN_OR_RETURN(const bool found, query.Step());
  return found ? query.Uint(0) : 0;
}

absl::StatusOr<log::Tree> SqliteStore::TreeOfRow(uint64_t row) {
  QUORATE_ASSIGN_OR_RETURN(
      Query query,
      database_->Prepare("SELECT idx, leaf FROM entries WHERE organisation = ?1 ORDER BY idx"));
  query.Bind(1, row);
  log::Tree tree;
  while (true) {
    QUORATE_ASSIGN_OR_RETURN(const bool found, query.Step());
    if (!found) return tree;
    if (query.Uint(0) != tree.size()) return Damaged("the store lacks an entry of a log");
    tree.Append(query.Blob(1));
  }
}

absl::StatusOr<log::Tree> SqliteStore::LoadTree(const OrganisationId& organisation) {
  const std::lock_guard lock(mutex_);
  QUORATE_ASSIGN_OR_RETURN(const uint64_t row, RowOf(organisation));
  return TreeOfRow(row);
}

absl::StatusOr<std::optional<std::string>> SqliteStore::CheckpointOfRow(uint64_t row) {
  QUORATE_ASSIGN_OR_RETURN(
      Query query, database_->Prepare("SELECT checkpoint FROM organisations WHERE ref = ?1"));
  QUORATE_ASSIGN_OR_RETURN(const bool found, query.Bind(1, row).Step());
  if (!found || query.IsNull(0)) return std::optional<std::string>();
  return std::optional<std::string>(crypto::AsString(query.Blob(0)));
}

absl::StatusOr<std::optional<std::string>> SqliteStore::LatestCheckpoint(
    const OrganisationId& organisation) {
  const std::lock_guard lock(mutex_);
  QUORATE_ASSIGN_OR_RETURN(const uint64_t row, RowOf(organisation));
  return CheckpointOfRow(row);
}

absl::Status SqliteStore::ReplaceCheckpoint(const OrganisationId& organisation,
                                            std::string_view checkpoint) {
  const std::lock_guard lock(mutex_);
  QUORATE_ASSIGN_OR_RETURN(Transaction transaction, Transaction::Begin(*database_));
  QUORATE_ASSIGN_OR_RETURN(const uint64_t row, RowOf(organisation));
  QUORATE_ASSIGN_OR_RETURN(const uint64_t size, SizeOfRow(row));
  QUORATE_RETURN_IF_ERROR(CheckNoteSize(checkpoint, size));
  QUORATE_RETURN_IF_ERROR(WriteCheckpoint(row, checkpoint));
  return transaction.Commit();
}

absl::Status SqliteStore::EraseBody(const OrganisationId& organisation, uint64_t index) {
  const std::lock_guard lock(mutex_);
  {
    QUORATE_ASSIGN_OR_RETURN(Transaction transaction, Transaction::Begin(*database_));
    QUORATE_ASSIGN_OR_RETURN(const uint64_t row, RowOf(organisation));
    QUORATE_ASSIGN_OR_RETURN(const uint64_t size, SizeOfRow(row));
    if (index >= size) {
      return base::MakeError(StatusCode::kNotFound, "ENTRY_UNKNOWN", "the log has no such entry",
                             "check the entry's index");
    }
    QUORATE_ASSIGN_OR_RETURN(Query query,
                             database_->Prepare("UPDATE entries SET body = x'' "
                                                "WHERE organisation = ?1 AND idx = ?2"));
    QUORATE_RETURN_IF_ERROR(query.Bind(1, row).Bind(2, index).Run());
    QUORATE_RETURN_IF_ERROR(transaction.Commit());
  }
  return database_->TruncateWal();
}

absl::Status SqliteStore::CheckLog(const OrganisationId& id) {
  QUORATE_ASSIGN_OR_RETURN(const uint64_t row, RowOf(id));
  QUORATE_ASSIGN_OR_RETURN(const log::Tree tree, TreeOfRow(row));
  QUORATE_ASSIGN_OR_RETURN(const auto note, CheckpointOfRow(row));
  if (!note.has_value()) {
    return tree.size() == 0 ? absl::OkStatus() : Damaged("a log with entries has no checkpoint");
  }
  const auto checkpoint = ReadNote(*note);
  if (!checkpoint.ok()) return Damaged("a stored checkpoint is malformed");
  if (checkpoint->size != tree.size() || checkpoint->root != tree.Root()) {
    return Damaged("a log does not have the root of its checkpoint");
  }
  return absl::OkStatus();
}

}  // namespace quorate::store
