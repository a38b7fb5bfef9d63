#ifndef QUORATE_CUSTODY_STORE_DATABASE_H_
#define QUORATE_CUSTODY_STORE_DATABASE_H_

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "crypto/bytes.h"
#include "custody/base/file_lock.h"

struct sqlite3;
struct sqlite3_backup;
struct sqlite3_stmt;

namespace quorate::store {

class Database;

// One use of a prepared statement; gives it back when it goes. Parameters count from 1, columns
// from 0. Errors in binding are kept and come out of the next Step.
class Query {
 public:
  Query(Query&& other) noexcept;
  Query& operator=(Query&&) = delete;
  ~Query();

  Query& Bind(int parameter, uint64_t value);
  Query& Bind(int parameter, crypto::ByteSpan bytes);
  Query& Bind(int parameter, std::string_view text);

  // True: there is a row. False: done.
  [[nodiscard]] absl::StatusOr<bool> Step();
  // Runs a statement that gives no rows.
  [[nodiscard]] absl::Status Run();

  uint64_t Uint(int column) const;
  crypto::Bytes Blob(int column) const;
  bool IsNull(int column) const;

 private:
  friend class Database;
  Query(Database* database, sqlite3_stmt* statement) : database_(database), stmt_(statement) {}

  Database* database_;
  sqlite3_stmt* stmt_;
  int bind_result_ = 0;
};

// One SQLite connection on a file that this process alone uses: WAL, synchronous=FULL, deleted
// content overwritten, mode 0600, a lock on "<path>.lock" for as long as it is open. Every result
// code becomes a status: ResourceExhausted (full), DataLoss (damaged, not a database), Unavailable
// (I/O, busy), FailedPrecondition (in use by another process, of another program, of
// another schema version), AlreadyExists (a unique key is taken). Not thread-safe.
class Database {
 public:
  struct Schema {
    // Marks whose file it is. On-disk values: do not change.
    uint32_t application_id = 0;
    // The version that `create` makes. Files of newer versions are refused.
    uint32_t version = 0;
    const char* create = nullptr;
  };
  struct Options {
    // The file stops growing here with ResourceExhausted. 0: as large as the disk.
    uint64_t max_bytes = 0;
  };

  // Opens or makes the file.
  [[nodiscard]] static absl::StatusOr<std::unique_ptr<Database>> Open(const std::string& path,
                                                                      const Schema& schema,
                                                                      const Options& options);
  ~Database();
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  // `sql` is prepared once and kept. One Query for each text at a time.
  [[nodiscard]] absl::StatusOr<Query> Prepare(const char* sql);
  [[nodiscard]] absl::Status Execute(const char* sql);

  // DataLoss when the file's structure is damaged. Reads all of it.
  [[nodiscard]] absl::Status CheckIntegrity();
  // Moves the write-ahead log into the file and empties it, so that what was deleted is in neither.
  // Does not reach copies that the file system or the disk keep.
  [[nodiscard]] absl::Status TruncateWal();

 private:
  friend class Query;
  friend class Transaction;
  friend class DatabaseCopy;
  Database(sqlite3* connection, std::unique_ptr<base::FileLock> lock);

  absl::Status Configure(const Schema& schema, const Options& options);
  absl::Status CreateOrCheckSchema(const Schema& schema);
  absl::StatusOr<uint64_t> ReadPragma(const char* sql);

  std::unique_ptr<base::FileLock> lock_;
  sqlite3* connection_;
  std::map<std::string, sqlite3_stmt*> statements_;
  bool broken_ = false;
};

// Changes that become durable together. Rolls back unless Commit returned OK. After a failed write
// to the disk nobody knows what it holds, so every later transaction is refused until the file is
// opened again.
class Transaction {
 public:
  [[nodiscard]] static absl::StatusOr<Transaction> Begin(Database& database);
  Transaction(Transaction&& other) noexcept;
  Transaction& operator=(Transaction&&) = delete;
  ~Transaction();

  [[nodiscard]] absl::Status Commit();

 private:
  explicit Transaction(Database* database) : database_(database) {}
  Database* database_;
};

// Copies a live database to another file, in steps between which the database may be used as long
// as no transaction or query is open during a step: what changes meanwhile goes into the copy too.
// The copy takes its name at the end, so no reader of `path` sees it half done; without Finish it
// leaves nothing behind. Outlived by the database. Not thread-safe.
class DatabaseCopy {
 public:
  // The copy will replace what is at `path`.
  [[nodiscard]] static absl::StatusOr<std::unique_ptr<DatabaseCopy>> Begin(Database& database,
                                                                           std::string path);
  ~DatabaseCopy();
  DatabaseCopy(const DatabaseCopy&) = delete;
  DatabaseCopy& operator=(const DatabaseCopy&) = delete;

  // Copies at most a megabyte or so. True: all is copied.
  [[nodiscard]] absl::StatusOr<bool> Step();
  // Makes the copy durable under its name.
  [[nodiscard]] absl::Status Finish();

  // Of the file, as of the last step.
  uint64_t bytes_done() const { return bytes_done_; }
  uint64_t bytes_total() const { return bytes_total_; }

 private:
  explicit DatabaseCopy(std::string path) : path_(std::move(path)), temporary_(path_ + ".tmp") {}
  absl::Status Close();

  const std::string path_;
  const std::string temporary_;
  sqlite3* copy_ = nullptr;
  sqlite3_backup* backup_ = nullptr;
  uint64_t page_bytes_ = 0;
  uint64_t bytes_done_ = 0;
  uint64_t bytes_total_ = 0;
};

// The status for a SQLite result code; never carries bound values.
[[nodiscard]] absl::Status SqliteError(int result);

}  // namespace quorate::store

#endif  // QUORATE_CUSTODY_STORE_DATABASE_H_
