#include "custody/base/memory_node_store.h"

#include <gtest/gtest.h>

#include "crypto/bytes.h"
#include "custody/base/error_info.h"

namespace quorate::base {
namespace {

using crypto::ToBytes;
using Fault = MemoryNodeStore::CommitFault;

WriteBatch BatchOf(uint64_t index) {
  WriteBatch batch;
  batch.Append({index, ToBytes("leaf"), ToBytes("body")});
  batch.SetCheckpoint(ToBytes("note " + std::to_string(index + 1)));
  batch.Put("space", ToBytes("last"), ToBytes(std::to_string(index)));
  return batch;
}

std::string CheckpointOf(const MemoryNodeStore& store) {
  const auto note = store.Checkpoint();
  return note.ok() && note->has_value() ? crypto::AsString(**note) : "";
}

TEST(MemoryNodeStoreTest, LosesTheWholeBatchOrNothing) {
  MemoryNodeStore store;
  ASSERT_TRUE(store.Commit(BatchOf(0)).ok());
  store.FailNextCommit(Fault::kLoseBatch);
  EXPECT_EQ(store.Commit(BatchOf(1)).code(), absl::StatusCode::kUnavailable);
  EXPECT_TRUE(store.crashed());
  store.Restart();
  EXPECT_EQ(*store.Size(), 1u);
  EXPECT_EQ(CheckpointOf(store), "note 1");
  EXPECT_EQ(**store.Get("space", ToBytes("last")), ToBytes("0"));
  EXPECT_EQ(store.commits(), 1u);
}

TEST(MemoryNodeStoreTest, KeepsTheWholeBatchWhenTheCrashComesAfterIt) {
  MemoryNodeStore store;
  ASSERT_TRUE(store.Commit(BatchOf(0)).ok());
  store.FailNextCommit(Fault::kKeepBatch);
  EXPECT_EQ(store.Commit(BatchOf(1)).code(), absl::StatusCode::kUnavailable);
  store.Restart();
  EXPECT_EQ(*store.Size(), 2u);
  EXPECT_EQ(CheckpointOf(store), "note 2");
  EXPECT_EQ(**store.Get("space", ToBytes("last")), ToBytes("1"));
}

TEST(MemoryNodeStoreTest, GoesOnAfterAFullDisk) {
  MemoryNodeStore store;
  store.FailNextCommit(Fault::kRefuseOnce);
  EXPECT_EQ(store.Commit(BatchOf(0)).code(), absl::StatusCode::kResourceExhausted);
  EXPECT_FALSE(store.crashed());
  EXPECT_EQ(*store.Size(), 0u);
  EXPECT_TRUE(store.Commit(BatchOf(0)).ok());
}

TEST(MemoryNodeStoreTest, AnswersNothingWhileTheMachineIsDown) {
  MemoryNodeStore store;
  ASSERT_TRUE(store.Commit(BatchOf(0)).ok());
  store.Crash();
  EXPECT_EQ(store.Commit(BatchOf(1)).code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(store.Size().status().code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(store.ReadEntries(0, 1, 1).status().code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(store.Checkpoint().status().code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(store.Get("space", {}).status().code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(store.List("space").status().code(), absl::StatusCode::kUnavailable);
  store.Restart();
  EXPECT_EQ(*store.Size(), 1u);
}

TEST(MemoryNodeStoreTest, RestoresABackup) {
  MemoryNodeStore store;
  ASSERT_TRUE(store.Commit(BatchOf(0)).ok());
  const MemoryNodeStore::Image backup = store.Snapshot();
  ASSERT_TRUE(store.Commit(BatchOf(1)).ok());
  store.Restore(backup);
  EXPECT_EQ(*store.Size(), 1u);
  EXPECT_EQ(CheckpointOf(store), "note 1");
}

}  // namespace
}  // namespace quorate::base
