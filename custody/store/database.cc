#include "custody/store/database.h"

#include <sqlite3.h>

#include <algorithm>
#include <utility>

#include "custody/base/error_info.h"
#include "custody/base/files.h"
#include "custody/base/status_macros.h"

namespace quorate::store {
namespace {

using absl::StatusCode;

// Above every bound of the stores, below what SQLite could not hold.
constexpr int kMaxRowBytes = 256 << 20;

absl::Status Refused(std::string_view reason, std::string_view what, std::string_view next) {
  return base::MakeError(StatusCode::kFailedPrecondition, reason, what, next);
}

absl::Status Damaged() {
  return base::MakeError(StatusCode::kDataLoss, "STORE_DAMAGED", "the store's file is damaged",
                         "stop the program, keep the file, and put the last backup back");
}

// Whoever starts a program needs to know which file it is.
absl::Status AtOpening(const std::string& path, const absl::Status& status) {
  return base::MakeError(status.code(), base::GetReason(status),
                         path + ": " + std::string(status.message()), base::GetNext(status));
}

}  // namespace

absl::Status SqliteError(int result) {
  switch (result & 0xFF) {
    case SQLITE_OK:
    case SQLITE_ROW:
    case SQLITE_DONE:
      return absl::OkStatus();
    case SQLITE_FULL:
      return base::MakeError(StatusCode::kResourceExhausted, "STORE_FULL",
                             "the disk or the store's quota is full",
                             "free disk space or raise the quota, then try again");
    case SQLITE_NOMEM:
      return base::MakeError(StatusCode::kResourceExhausted, "STORE_MEMORY",
                             "there is too little memory for the store", "free memory, try again");
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return Damaged();
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return base::MakeError(StatusCode::kUnavailable, "STORE_BUSY",
                             "another process uses the store's file", "stop it, then try again");
    case SQLITE_CONSTRAINT:
      return base::MakeError(StatusCode::kAlreadyExists, "STORE_KEY_TAKEN",
                             "the store already has a record of this key", "read it instead");
    case SQLITE_TOOBIG:
      return base::MakeError(StatusCode::kInvalidArgument, "STORE_TOO_LARGE",
                             "a record is larger than the store accepts", "split it");
    case SQLITE_PERM:
    case SQLITE_READONLY:
    case SQLITE_CANTOPEN:
    case SQLITE_AUTH:
      return base::MakeError(StatusCode::kPermissionDenied, "STORE_NOT_WRITABLE",
                             "the store's file or folder cannot be opened for writing",
                             "check who owns the folder and whether it is writable");
    case SQLITE_IOERR:
      return base::MakeError(
          StatusCode::kUnavailable, "STORE_IO",
          "the disk failed under the store (SQLite code " + std::to_string(result) + ")",
          "check the disk and the system log, then start the program again");
    default:
      return base::MakeError(StatusCode::kInternal, "STORE_INTERNAL",
                             "SQLite returned code " + std::to_string(result),
                             "this is a fault in the program: report it");
  }
}

Query::Query(Query&& other) noexcept
    : database_(other.database_),
      stmt_(std::exchange(other.stmt_, nullptr)),
      bind_result_(other.bind_result_) {}

Query::~Query() {
  if (stmt_ == nullptr) return;
  sqlite3_reset(stmt_);
  sqlite3_clear_bindings(stmt_);
}

Query& Query::Bind(int parameter, uint64_t value) {
  const int result = sqlite3_bind_int64(stmt_, parameter, static_cast<sqlite3_int64>(value));
  bind_result_ = std::max(bind_result_, result);
  return *this;
}

Query& Query::Bind(int parameter, crypto::ByteSpan bytes) {
  // A null pointer would bind NULL in place of no bytes.
  const void* data = bytes.empty() ? static_cast<const void*>("") : bytes.data();
  const int result = sqlite3_bind_blob64(stmt_, parameter, data, bytes.size(), SQLITE_TRANSIENT);
  bind_result_ = std::max(bind_result_, result);
  return *this;
}

Query& Query::Bind(int parameter, std::string_view text) {
  const int result = sqlite3_bind_text64(stmt_, parameter, text.empty() ? "" : text.data(),
                                         text.size(), SQLITE_TRANSIENT, SQLITE_UTF8);
  bind_result_ = std::max(bind_result_, result);
  return *this;
}

absl::StatusOr<bool> Query::Step() {
  if (bind_result_ != SQLITE_OK) return SqliteError(bind_result_);
  const int result = sqlite3_step(stmt_);
  if (result == SQLITE_ROW) return true;
  if (result == SQLITE_DONE) return false;
  if ((result & 0xFF) == SQLITE_IOERR) database_->broken_ = true;
  return SqliteError(result);
}

absl::Status Query::Run() {
  QUORATE_ASSIGN_OR_RETURN(const bool row, Step());
  return row ? SqliteError(SQLITE_MISUSE) : absl::OkStatus();
}

uint64_t Query::Uint(int column) const {
  return static_cast<uint64_t>(sqlite3_column_int64(stmt_, column));
}

crypto::Bytes Query::Blob(int column) const {
  const auto* data = static_cast<const uint8_t*>(sqlite3_column_blob(stmt_, column));
  const auto size = static_cast<size_t>(sqlite3_column_bytes(stmt_, column));
  return data == nullptr ? crypto::Bytes() : crypto::Bytes(data, data + size);
}

bool Query::IsNull(int column) const { return sqlite3_column_type(stmt_, column) == SQLITE_NULL; }

Database::Database(sqlite3* connection, std::unique_ptr<base::FileLock> lock)
    : lock_(std::move(lock)), connection_(connection) {}

Database::~Database() {
  for (auto& [sql, statement] : statements_) sqlite3_finalize(statement);
  sqlite3_close(connection_);
}

absl::StatusOr<std::unique_ptr<Database>> Database::Open(const std::string& path,
                                                         const Schema& schema,
                                                         const Options& options) {
  QUORATE_ASSIGN_OR_RETURN(auto lock, base::FileLock::Acquire(path + ".lock"));
  // SQLite gives the write-ahead log the rights of the file, and would open the file itself to all.
  QUORATE_RETURN_IF_ERROR(base::EnsurePrivateFile(path));
  sqlite3* connection = nullptr;
  const int result =
      sqlite3_open_v2(path.c_str(), &connection,
                      SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, nullptr);
  if (connection == nullptr) return SqliteError(SQLITE_NOMEM);
  std::unique_ptr<Database> database(new Database(connection, std::move(lock)));
  if (result != SQLITE_OK) return AtOpening(path, SqliteError(result));
  absl::Status configured = database->Configure(schema, options);
  if (!configured.ok()) return AtOpening(path, configured);
  return database;
}

absl::Status Database::Configure(const Schema& schema, const Options& options) {
  sqlite3_limit(connection_, SQLITE_LIMIT_LENGTH, kMaxRowBytes);
  sqlite3_limit(connection_, SQLITE_LIMIT_ATTACHED, 0);
  sqlite3_db_config(connection_, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
  sqlite3_db_config(connection_, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, nullptr);
  // In exclusive mode the index of the write-ahead log lives in memory and no second process can
  // join. It must come before the first access.
  QUORATE_RETURN_IF_ERROR(Execute("PRAGMA locking_mode=EXCLUSIVE"));
  {
    QUORATE_ASSIGN_OR_RETURN(Query query, Prepare("PRAGMA journal_mode=WAL"));
    QUORATE_ASSIGN_OR_RETURN(const bool row, query.Step());
    // SQLite answers with the mode it stays in and no error.
    if (!row || crypto::AsText(query.Blob(0)) != "wal") return SqliteError(SQLITE_CANTOPEN);
  }
  QUORATE_RETURN_IF_ERROR(Execute("PRAGMA synchronous=FULL"));
  QUORATE_RETURN_IF_ERROR(Execute("PRAGMA secure_delete=ON"));
  QUORATE_RETURN_IF_ERROR(Execute("PRAGMA cell_size_check=ON"));
  QUORATE_RETURN_IF_ERROR(Execute("PRAGMA temp_store=MEMORY"));
  QUORATE_RETURN_IF_ERROR(Execute("PRAGMA foreign_keys=ON"));
  QUORATE_RETURN_IF_ERROR(CreateOrCheckSchema(schema));
  if (options.max_bytes != 0) {
    QUORATE_ASSIGN_OR_RETURN(const uint64_t page_bytes, ReadPragma("PRAGMA page_size"));
    const uint64_t pages = std::clamp<uint64_t>(options.max_bytes / page_bytes, 1, 4294967294);
    const std::string sql = "PRAGMA max_page_count=" + std::to_string(pages);
    QUORATE_RETURN_IF_ERROR(Execute(sql.c_str()));
  }
  return absl::OkStatus();
}

absl::Status Database::CreateOrCheckSchema(const Schema& schema) {
  QUORATE_ASSIGN_OR_RETURN(const uint64_t application, ReadPragma("PRAGMA application_id"));
  QUORATE_ASSIGN_OR_RETURN(const uint64_t version, ReadPragma("PRAGMA user_version"));
  QUORATE_ASSIGN_OR_RETURN(const uint64_t objects,
                           ReadPragma("SELECT COUNT(*) FROM sqlite_schema"));
  if (application == 0 && version == 0 && objects == 0) {
    const std::string mark = "PRAGMA application_id=" + std::to_string(schema.application_id) +
                             ";PRAGMA user_version=" + std::to_string(schema.version);
    QUORATE_ASSIGN_OR_RETURN(Transaction transaction, Transaction::Begin(*this));
    QUORATE_RETURN_IF_ERROR(Execute(schema.create));
    QUORATE_RETURN_IF_ERROR(Execute(mark.c_str()));
    return transaction.Commit();
  }
  if (application != schema.application_id) {
    return Refused("STORE_FOREIGN", "the file belongs to another program", "choose another path");
  }
  if (version > schema.version) {
    return Refused("STORE_NEWER", "the store's file was written by a newer version",
                   "upgrade this program");
  }
  if (version < schema.version) {
    return Refused("STORE_OLDER", "the store's file was written by an older version",
                   "run the version that wrote it, or restore from the log");
  }
  return absl::OkStatus();
}

absl::StatusOr<uint64_t> Database::ReadPragma(const char* sql) {
  QUORATE_ASSIGN_OR_RETURN(Query query, Prepare(sql));
  QUORATE_ASSIGN_OR_RETURN(const bool row, query.Step());
  return row ? query.Uint(0) : 0;
}

absl::StatusOr<Query> Database::Prepare(const char* sql) {
  sqlite3_stmt*& statement = statements_[sql];
  if (statement == nullptr) {
    const int result =
        sqlite3_prepare_v3(connection_, sql, -1, SQLITE_PREPARE_PERSISTENT, &statement, nullptr);
    if (result != SQLITE_OK) return SqliteError(result);
  }
  return Query(this, statement);
}

absl::Status Database::Execute(const char* sql) {
  const int result = sqlite3_exec(connection_, sql, nullptr, nullptr, nullptr);
  if ((result & 0xFF) == SQLITE_IOERR) broken_ = true;
  return SqliteError(result);
}

absl::Status Database::CheckIntegrity() {
  QUORATE_ASSIGN_OR_RETURN(Query query, Prepare("PRAGMA integrity_check(1)"));
  QUORATE_ASSIGN_OR_RETURN(const bool row, query.Step());
  if (!row || crypto::AsText(query.Blob(0)) != "ok") return Damaged();
  return absl::OkStatus();
}

absl::Status Database::TruncateWal() {
  QUORATE_ASSIGN_OR_RETURN(Query query, Prepare("PRAGMA wal_checkpoint(TRUNCATE)"));
  QUORATE_ASSIGN_OR_RETURN(const bool row, query.Step());
  return !row || query.Uint(0) != 0 ? SqliteError(SQLITE_BUSY) : absl::OkStatus();
}

absl::StatusOr<Transaction> Transaction::Begin(Database& database) {
  if (database.broken_) return SqliteError(SQLITE_IOERR);
  QUORATE_RETURN_IF_ERROR(database.Execute("BEGIN IMMEDIATE"));
  return Transaction(&database);
}

Transaction::Transaction(Transaction&& other) noexcept
    : database_(std::exchange(other.database_, nullptr)) {}

Transaction::~Transaction() {
  // Some errors have rolled back already.
  if (database_ == nullptr || sqlite3_get_autocommit(database_->connection_) != 0) return;
  if (!database_->Execute("ROLLBACK").ok()) database_->broken_ = true;
}

absl::Status Transaction::Commit() {
  QUORATE_RETURN_IF_ERROR(database_->Execute("COMMIT"));
  database_ = nullptr;
  return absl::OkStatus();
}

}  // namespace quorate::store
