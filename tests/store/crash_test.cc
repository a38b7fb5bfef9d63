#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "custody/store/node_store.h"
#include "custody/store/sqlite_store.h"
#include "tests/store/testing.h"

namespace quorate::store {
namespace {

using crypto::ToBytes;

// Runs `commit(0)`, `commit(1)`, ... in a child, each of which must be durable when it returns,
// kills the child without warning once `count` have returned, and says how many had returned.
template <typename Commit>
uint64_t KillWhileItCommits(uint64_t count, Commit commit) {
  int ends[2];
  if (pipe(ends) != 0) return 0;
  const pid_t child = fork();
  if (child == 0) {
    close(ends[0]);
    for (uint64_t i = 0;; ++i) {
      if (!commit(i) || write(ends[1], "x", 1) != 1) _exit(1);
    }
  }
  close(ends[1]);
  uint64_t acknowledged = 0;
  char byte = 0;
  while (acknowledged < count && read(ends[0], &byte, 1) == 1) ++acknowledged;
  kill(child, SIGKILL);
  while (read(ends[0], &byte, 1) == 1) ++acknowledged;
  close(ends[0]);
  waitpid(child, nullptr, 0);
  return acknowledged;
}

// The store holds one and the same number of batches in all its parts.
void ExpectWhole(const NodeStore& store, uint64_t size) {
  ASSERT_EQ(*store.Size(), size);
  if (size == 0) return;
  EXPECT_EQ(**store.Checkpoint(), ToBytes("note " + std::to_string(size)));
  EXPECT_EQ(**store.Get("state", ToBytes("size")), ToBytes(std::to_string(size)));
  EXPECT_EQ(store.ReadEntries(0, size + 1, 1 << 20)->size(), size);
}

TEST(CrashTest, KeepsEveryAcknowledgedNodeBatchWhole) {
  const log::TemporaryFolder folder;
  for (const uint64_t count : {1, 2, 7, 40}) {
    const std::string path = folder.File(std::to_string(count));
    std::unique_ptr<NodeStore> store;
    const uint64_t acknowledged = KillWhileItCommits(count, [&](uint64_t i) {
      if (store == nullptr) store = std::move(NodeStore::Open(path)).value();
      return store->Commit(NodeBatchOf(i)).ok();
    });
    ASSERT_GE(acknowledged, count);
    auto again = NodeStore::Open(path);
    ASSERT_TRUE(again.ok()) << again.status();
    const uint64_t size = *(*again)->Size();
    EXPECT_GE(size, acknowledged);
    EXPECT_LE(size, acknowledged + 1);
    ExpectWhole(**again, size);
    EXPECT_TRUE((*again)->Check().ok());
    EXPECT_TRUE((*again)->Commit(NodeBatchOf(size)).ok());
  }
}

TEST(CrashTest, KeepsEveryAcknowledgedAppendWithItsCheckpoint) {
  const log::TemporaryFolder folder;
  const std::string path = folder.File("server.db");
  const ledger::OrganisationId organisation = OrganisationOf(1);
  std::unique_ptr<SqliteStore> store;
  const uint64_t acknowledged = KillWhileItCommits(20, [&](uint64_t i) {
    if (store == nullptr) {
      store = std::move(SqliteStore::Open(path)).value();
      if (!store->CreateOrganisation(organisation, {}).ok()) return false;
    }
    return store->Append(organisation, EntriesOf(i * 3, 3), NoteOf(i * 3 + 3)).ok();
  });
  ASSERT_GE(acknowledged, 20u);
  auto again = SqliteStore::Open(path);
  ASSERT_TRUE(again.ok()) << again.status();
  const uint64_t size = *(*again)->Size(organisation);
  EXPECT_GE(size, acknowledged * 3);
  EXPECT_EQ(size % 3, 0u);
  EXPECT_EQ(**(*again)->LatestCheckpoint(organisation), NoteOf(size));
  EXPECT_TRUE((*again)->Check().ok());
}

TEST(CrashTest, ComesBackWithWholeBatchesFromAWriteAheadLogTornAnywhere) {
  const log::TemporaryFolder folder;
  const std::string path = folder.File("live");
  constexpr uint64_t kBatches = 6;
  auto store = NodeStore::Open(path);
  ASSERT_TRUE(store.ok());
  for (uint64_t i = 0; i < kBatches; ++i) ASSERT_TRUE((*store)->Commit(NodeBatchOf(i)).ok());
  // What the disk holds at this moment, without the close that would tidy up.
  const std::string file = FileBytes(path);
  const std::string wal = FileBytes(path + "-wal");
  ASSERT_GT(wal.size(), 4096u);

  std::vector<bool> seen(kBatches + 1, false);
  const std::string torn = folder.File("torn");
  std::vector<size_t> sizes{1, wal.size()};
  for (size_t size = 0; size < wal.size(); size += 1031) sizes.push_back(size);
  for (const size_t size : sizes) {
    SetFileBytes(torn, file);
    SetFileBytes(torn + "-wal", std::string_view(wal).substr(0, size));
    auto again = NodeStore::Open(torn);
    ASSERT_TRUE(again.ok()) << again.status();
    const uint64_t entries = *(*again)->Size();
    ASSERT_LE(entries, kBatches);
    seen[entries] = true;
    ExpectWhole(**again, entries);
    EXPECT_TRUE((*again)->Check().ok());
  }
  EXPECT_EQ(seen, std::vector<bool>(kBatches + 1, true));
}

TEST(CrashTest, DropsBatchesFromADamagedFrameOn) {
  const log::TemporaryFolder folder;
  const std::string path = folder.File("live");
  auto store = NodeStore::Open(path);
  ASSERT_TRUE(store.ok());
  for (uint64_t i = 0; i < 6; ++i) ASSERT_TRUE((*store)->Commit(NodeBatchOf(i)).ok());
  const std::string file = FileBytes(path);
  const std::string wal = FileBytes(path + "-wal");
  uint64_t last = 0;
  for (size_t at = 32; at < wal.size(); at += 2063) {
    std::string damaged = wal;
    damaged[at] = static_cast<char>(damaged[at] ^ 1);
    const std::string torn = folder.File("torn");
    SetFileBytes(torn, file);
    SetFileBytes(torn + "-wal", damaged);
    auto again = NodeStore::Open(torn);
    ASSERT_TRUE(again.ok()) << again.status();
    const uint64_t entries = *(*again)->Size();
    EXPECT_LT(entries, 6u);
    EXPECT_GE(entries, last);
    last = entries;
    ExpectWhole(**again, entries);
  }
}

}  // namespace
}  // namespace quorate::store
