#include <sqlite3.h>

#include <algorithm>

#include "custody/base/files.h"
#include "custody/base/status_macros.h"
#include "custody/store/database.h"

namespace quorate::store {
namespace {

constexpr int kPagesPerStep = 256;

}  // namespace

absl::StatusOr<std::unique_ptr<DatabaseCopy>> DatabaseCopy::Begin(Database& database,
                                                                  std::string path) {
  std::unique_ptr<DatabaseCopy> out(new DatabaseCopy(std::move(path)));
  QUORATE_ASSIGN_OR_RETURN(out->page_bytes_, database.ReadPragma("PRAGMA page_size"));
  QUORATE_RETURN_IF_ERROR(base::RemoveFile(out->temporary_));
  QUORATE_RETURN_IF_ERROR(base::EnsurePrivateFile(out->temporary_));
  // The default synchronous=FULL makes the copy durable before it takes its name.
  const int opened = sqlite3_open_v2(out->temporary_.c_str(), &out->copy_,
                                     SQLITE_OPEN_READWRITE | SQLITE_OPEN_EXRESCODE, nullptr);
  if (opened != SQLITE_OK) return SqliteError(opened);
  out->backup_ = sqlite3_backup_init(out->copy_, "main", database.connection_, "main");
  if (out->backup_ == nullptr) return SqliteError(sqlite3_extended_errcode(out->copy_));
  return out;
}

DatabaseCopy::~DatabaseCopy() {
  if (copy_ == nullptr) return;
  (void)Close();
  (void)base::RemoveFile(temporary_);
}

absl::StatusOr<bool> DatabaseCopy::Step() {
  const int result = sqlite3_backup_step(backup_, kPagesPerStep);
  const auto total = static_cast<uint64_t>(std::max(0, sqlite3_backup_pagecount(backup_)));
  const auto left = static_cast<uint64_t>(std::max(0, sqlite3_backup_remaining(backup_)));
  bytes_total_ = total * page_bytes_;
  bytes_done_ = (total - std::min(total, left)) * page_bytes_;
  if (result == SQLITE_DONE) return true;
  if (result == SQLITE_OK) return false;
  return SqliteError(result);
}

absl::Status DatabaseCopy::Close() {
  const int finished = sqlite3_backup_finish(backup_);
  const int closed = sqlite3_close(copy_);
  backup_ = nullptr;
  copy_ = nullptr;
  return SqliteError(finished == SQLITE_OK ? closed : finished);
}

absl::Status DatabaseCopy::Finish() {
  absl::Status status = Close();
  if (status.ok()) status = base::RenameFile(temporary_, path_);
  if (!status.ok()) (void)base::RemoveFile(temporary_);
  return status;
}

}  // namespace quorate::store
