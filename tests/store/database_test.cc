#include "custody/store/database.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <sqlite3.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "custody/base/error_info.h"
#include "custody/store/node_store.h"
#include "custody/store/sqlite_store.h"
#include "tests/store/testing.h"

namespace quorate::store {
namespace {

using absl::StatusCode;
using crypto::Bytes;
using crypto::ToBytes;

class DatabaseTest : public ::testing::Test {
 protected:
  // Runs SQL past the store, as another program would. The file must not be open.
  void RunSql(const char* sql) const {
    sqlite3* connection = nullptr;
    ASSERT_EQ(sqlite3_open(path_.c_str(), &connection), SQLITE_OK);
    EXPECT_EQ(sqlite3_exec(connection, sql, nullptr, nullptr, nullptr), SQLITE_OK);
    EXPECT_EQ(sqlite3_close(connection), SQLITE_OK);
  }
  void Fill(uint64_t count) const {
    auto store = NodeStore::Open(path_);
    ASSERT_TRUE(store.ok()) << store.status();
    for (uint64_t i = 0; i < count; ++i) ASSERT_TRUE((*store)->Commit(NodeBatchOf(i)).ok());
  }
  absl::Status OpenStatus() const { return NodeStore::Open(path_).status(); }

  const log::TemporaryFolder folder_;
  const std::string path_ = folder_.File("a.db");
};

TEST_F(DatabaseTest, MakesItsFilesForTheOwnerAlone) {
  const mode_t before = umask(0);
  auto store = NodeStore::Open(path_);
  ASSERT_TRUE(store.ok());
  ASSERT_TRUE((*store)->Commit(NodeBatchOf(0)).ok());
  umask(before);
  for (const char* suffix : {"", "-wal", ".lock"}) {
    struct stat info {};
    ASSERT_EQ(stat((path_ + suffix).c_str(), &info), 0) << suffix;
    EXPECT_EQ(info.st_mode & 0777, 0600u) << suffix;
  }
}

TEST_F(DatabaseTest, KeepsOutASecondStore) {
  auto first = NodeStore::Open(path_);
  ASSERT_TRUE(first.ok());
  EXPECT_EQ(OpenStatus().code(), StatusCode::kFailedPrecondition);
  EXPECT_EQ(base::GetReason(OpenStatus()), "ALREADY_RUNNING");
  first->reset();
  EXPECT_TRUE(OpenStatus().ok());
}

TEST_F(DatabaseTest, KeepsOutASecondProcess) {
  auto first = NodeStore::Open(path_);
  ASSERT_TRUE(first.ok());
  const pid_t child = fork();
  if (child == 0) _exit(base::GetReason(OpenStatus()) == "ALREADY_RUNNING" ? 0 : 1);
  int result = -1;
  ASSERT_EQ(waitpid(child, &result, 0), child);
  EXPECT_EQ(result, 0);
}

TEST_F(DatabaseTest, KeepsOutOtherProgramsThatUseSqlite) {
  auto first = NodeStore::Open(path_);
  ASSERT_TRUE(first.ok());
  const pid_t child = fork();
  if (child == 0) {
    sqlite3* connection = nullptr;
    sqlite3_open(path_.c_str(), &connection);
    const int result =
        sqlite3_exec(connection, "SELECT COUNT(*) FROM entries", nullptr, nullptr, nullptr);
    _exit(result == SQLITE_BUSY ? 0 : 1);
  }
  int result = -1;
  ASSERT_EQ(waitpid(child, &result, 0), child);
  EXPECT_EQ(result, 0);
}

TEST_F(DatabaseTest, RefusesANewerSchema) {
  Fill(1);
  RunSql("PRAGMA user_version=2");
  EXPECT_EQ(OpenStatus().code(), StatusCode::kFailedPrecondition);
  EXPECT_EQ(base::GetReason(OpenStatus()), "STORE_NEWER");
}

TEST_F(DatabaseTest, RefusesAnOlderSchema) {
  Fill(1);
  RunSql("PRAGMA user_version=0");
  EXPECT_EQ(base::GetReason(OpenStatus()), "STORE_OLDER");
}

TEST_F(DatabaseTest, RefusesTheFileOfAnotherProgram) {
  RunSql("CREATE TABLE theirs(x)");
  EXPECT_EQ(OpenStatus().code(), StatusCode::kFailedPrecondition);
  EXPECT_EQ(base::GetReason(OpenStatus()), "STORE_FOREIGN");
}

TEST_F(DatabaseTest, RefusesANodesFileAsAServers) {
  Fill(1);
  EXPECT_EQ(base::GetReason(SqliteStore::Open(path_).status()), "STORE_FOREIGN");
}

TEST_F(DatabaseTest, RefusesWhatIsNotADatabase) {
  SetFileBytes(path_, std::string(8192, 'x'));
  EXPECT_EQ(OpenStatus().code(), StatusCode::kDataLoss);
  EXPECT_FALSE(base::GetNext(OpenStatus()).empty());
}

TEST_F(DatabaseTest, ReportsAMissingFolder) {
  EXPECT_EQ(NodeStore::Open(folder_.File("no/a.db")).status().code(), StatusCode::kNotFound);
}

TEST_F(DatabaseTest, RefusesALinkInPlaceOfTheFile) {
  ASSERT_EQ(symlink(folder_.File("target").c_str(), path_.c_str()), 0);
  EXPECT_FALSE(OpenStatus().ok());
}

TEST_F(DatabaseTest, NoticesATruncatedFile) {
  Fill(200);
  const std::string bytes = FileBytes(path_);
  ASSERT_GT(bytes.size(), 20000u);
  for (const size_t size : {size_t{100}, size_t{4096}, bytes.size() / 2, bytes.size() - 1000}) {
    SetFileBytes(path_, std::string_view(bytes).substr(0, size));
    const auto store = NodeStore::Open(path_);
    const absl::Status status = store.ok() ? (*store)->Check() : store.status();
    EXPECT_EQ(status.code(), StatusCode::kDataLoss) << size << " " << status;
  }
}

TEST_F(DatabaseTest, NoticesADamagedPage) {
  Fill(200);
  const std::string bytes = FileBytes(path_);
  size_t noticed = 0;
  for (size_t page = 1; page < bytes.size() / 4096; ++page) {
    std::string damaged = bytes;
    damaged.replace(page * 4096, 64, std::string(64, '\xA5'));
    SetFileBytes(path_, damaged);
    const auto store = NodeStore::Open(path_);
    const absl::Status status = store.ok() ? (*store)->Check() : store.status();
    EXPECT_EQ(status.code(), StatusCode::kDataLoss) << page << " " << status;
    ++noticed;
  }
  EXPECT_GT(noticed, 3u);
}

TEST_F(DatabaseTest, ReportsAQuotaAndGoesOn) {
  auto store = NodeStore::Open(path_, {.max_bytes = 200000});
  ASSERT_TRUE(store.ok());
  ASSERT_TRUE((*store)->Commit(NodeBatchOf(0)).ok());
  base::WriteBatch large = NodeBatchOf(1);
  large.Put("a", {1}, Bytes(300000));
  const absl::Status status = (*store)->Commit(large);
  EXPECT_EQ(status.code(), StatusCode::kResourceExhausted);
  EXPECT_EQ(base::GetReason(status), "STORE_FULL");
  EXPECT_EQ(*(*store)->Size(), 1u);
  EXPECT_EQ(**(*store)->Checkpoint(), ToBytes("note 1"));
  EXPECT_TRUE((*store)->Commit(NodeBatchOf(1)).ok());
  EXPECT_TRUE((*store)->Check().ok());
}

TEST_F(DatabaseTest, StopsWritingAfterTheDiskFailed) {
  auto store = NodeStore::Open(path_);
  ASSERT_TRUE(store.ok());
  ASSERT_TRUE((*store)->Commit(NodeBatchOf(0)).ok());
  base::WriteBatch large = NodeBatchOf(1);
  large.Put("a", {1}, Bytes(300000));

  rlimit before{};
  ASSERT_EQ(getrlimit(RLIMIT_FSIZE, &before), 0);
  rlimit small = before;
  small.rlim_cur = 60000;
  const auto handler = signal(SIGXFSZ, SIG_IGN);
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &small), 0);
  const absl::Status failed = (*store)->Commit(large);
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &before), 0);
  signal(SIGXFSZ, handler);
  EXPECT_EQ(failed.code(), StatusCode::kUnavailable) << failed;
  EXPECT_EQ(base::GetReason(failed), "STORE_IO");

  // The disk works again, but what it holds is known only after the file is opened anew.
  EXPECT_EQ((*store)->Commit(NodeBatchOf(1)).code(), StatusCode::kUnavailable);
  store->reset();
  auto again = NodeStore::Open(path_);
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_EQ(*(*again)->Size(), 1u);
  EXPECT_TRUE((*again)->Commit(NodeBatchOf(1)).ok());
  EXPECT_TRUE((*again)->Check().ok());
}

TEST_F(DatabaseTest, NamesEveryResultCode) {
  const struct {
    int result;
    StatusCode code;
  } cases[] = {
      {SQLITE_OK, StatusCode::kOk},
      {SQLITE_FULL, StatusCode::kResourceExhausted},
      {SQLITE_NOMEM, StatusCode::kResourceExhausted},
      {SQLITE_CORRUPT, StatusCode::kDataLoss},
      {SQLITE_CORRUPT_VTAB, StatusCode::kDataLoss},
      {SQLITE_NOTADB, StatusCode::kDataLoss},
      {SQLITE_BUSY, StatusCode::kUnavailable},
      {SQLITE_LOCKED, StatusCode::kUnavailable},
      {SQLITE_IOERR_FSYNC, StatusCode::kUnavailable},
      {SQLITE_IOERR_SHORT_READ, StatusCode::kUnavailable},
      {SQLITE_CONSTRAINT_UNIQUE, StatusCode::kAlreadyExists},
      {SQLITE_TOOBIG, StatusCode::kInvalidArgument},
      {SQLITE_READONLY, StatusCode::kPermissionDenied},
      {SQLITE_CANTOPEN, StatusCode::kPermissionDenied},
      {SQLITE_MISUSE, StatusCode::kInternal},
      {SQLITE_ERROR, StatusCode::kInternal},
  };
  for (const auto& c : cases) {
    EXPECT_EQ(SqliteError(c.result).code(), c.code) << c.result;
    EXPECT_EQ(base::GetNext(SqliteError(c.result)).empty(), c.code == StatusCode::kOk) << c.result;
  }
}

}  // namespace
}  // namespace quorate::store
