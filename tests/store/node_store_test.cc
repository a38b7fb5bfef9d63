#include "custody/store/node_store.h"

#include <gtest/gtest.h>

#include <functional>
#include <limits>

#include "custody/base/error_info.h"
#include "custody/base/memory_node_store.h"
#include "tests/store/testing.h"

namespace quorate::store {
namespace {

using base::NodeEntry;
using base::NodeKeyValue;
using base::NodeStoreInterface;
using base::WriteBatch;
using crypto::Bytes;
using crypto::ToBytes;

// What every implementation must do: the simulator is worth as much as its store is like the real
// one.
class NodeStoreContractTest : public ::testing::TestWithParam<bool> {
 protected:
  void SetUp() override {
    if (GetParam()) {
      auto opened = NodeStore::Open(folder_.File("node.db"));
      ASSERT_TRUE(opened.ok()) << opened.status();
      store_ = *std::move(opened);
    } else {
      store_ = std::make_unique<base::MemoryNodeStore>();
    }
  }
  void ExpectUnchanged(uint64_t size) const {
    EXPECT_EQ(*store_->Size(), size);
    EXPECT_EQ(store_->List("state")->size(), size == 0 ? 0u : 1u);
    EXPECT_TRUE(store_->List("other")->empty());
  }

  const log::TemporaryFolder folder_;
  std::unique_ptr<NodeStoreInterface> store_;
};

TEST_P(NodeStoreContractTest, IsEmptyAtFirst) {
  EXPECT_EQ(*store_->Size(), 0u);
  EXPECT_TRUE(store_->ReadEntries(0, 10, 1000)->empty());
  EXPECT_FALSE(store_->Checkpoint()->has_value());
  EXPECT_FALSE(store_->Get("state", ToBytes("size"))->has_value());
  EXPECT_TRUE(store_->List("state")->empty());
  EXPECT_TRUE(store_->Commit(WriteBatch()).ok());
}

TEST_P(NodeStoreContractTest, ReadsWhatWasCommitted) {
  for (uint64_t i = 0; i < 5; ++i) ASSERT_TRUE(store_->Commit(NodeBatchOf(i)).ok());
  EXPECT_EQ(*store_->Size(), 5u);
  EXPECT_EQ(**store_->Checkpoint(), ToBytes("note 5"));
  EXPECT_EQ(**store_->Get("state", ToBytes("size")), ToBytes("5"));
  const auto entries = store_->ReadEntries(3, 10, 1000);
  ASSERT_TRUE(entries.ok());
  EXPECT_EQ(*entries, (std::vector<NodeEntry>{{3, log::LeafOf(3), ToBytes("body 3")},
                                              {4, log::LeafOf(4), ToBytes("body 4")}}));
}

TEST_P(NodeStoreContractTest, BoundsWhatItReads) {
  for (uint64_t i = 0; i < 5; ++i) ASSERT_TRUE(store_->Commit(NodeBatchOf(i)).ok());
  EXPECT_EQ(store_->ReadEntries(0, 2, 1000)->size(), 2u);
  EXPECT_EQ(store_->ReadEntries(0, 0, 1000)->size(), 0u);
  EXPECT_EQ(store_->ReadEntries(0, 9, 24)->size(), 2u);  // 6 bytes of leaf and 6 of body each.
  EXPECT_EQ(store_->ReadEntries(0, 9, 23)->size(), 1u);
  EXPECT_EQ(store_->ReadEntries(0, 9, 0)->size(), 1u);
  EXPECT_TRUE(store_->ReadEntries(5, 9, 1000)->empty());
  EXPECT_TRUE(store_->ReadEntries(std::numeric_limits<uint64_t>::max(), 9, 1000)->empty());
}

TEST_P(NodeStoreContractTest, KeepsSpacesApartAndListsInByteOrder) {
  WriteBatch batch;
  batch.Put("a", {0xFF}, ToBytes("3"));
  batch.Put("a", {}, ToBytes("0"));
  batch.Put("a", {0x00}, {});
  batch.Put("a", {0x01, 0x00}, ToBytes("2"));
  batch.Put("b", {0x01}, ToBytes("other"));
  ASSERT_TRUE(store_->Commit(batch).ok());
  EXPECT_EQ(
      *store_->List("a"),
      (std::vector<NodeKeyValue>{
          {{}, ToBytes("0")}, {{0x00}, {}}, {{0x01, 0x00}, ToBytes("2")}, {{0xFF}, ToBytes("3")}}));
  EXPECT_EQ(*store_->Get("a", Bytes{0x00}), std::optional<Bytes>(Bytes()));
  EXPECT_FALSE(store_->Get("a", Bytes{0x01})->has_value());
  EXPECT_EQ(store_->List("b")->size(), 1u);
}

TEST_P(NodeStoreContractTest, AppliesPutsAndDeletesInOrder) {
  const Bytes key = ToBytes("k");
  WriteBatch batch;
  batch.Put("a", key, ToBytes("1"));
  batch.Put("a", key, ToBytes("2"));
  ASSERT_TRUE(store_->Commit(batch).ok());
  EXPECT_EQ(**store_->Get("a", key), ToBytes("2"));
  batch = WriteBatch();
  batch.Delete("a", key);
  batch.Put("a", key, ToBytes("3"));
  ASSERT_TRUE(store_->Commit(batch).ok());
  EXPECT_EQ(**store_->Get("a", key), ToBytes("3"));
  batch = WriteBatch();
  batch.Put("a", key, ToBytes("4"));
  batch.Delete("a", key);
  batch.Delete("a", ToBytes("not there"));
  ASSERT_TRUE(store_->Commit(batch).ok());
  EXPECT_FALSE(store_->Get("a", key)->has_value());
}

TEST_P(NodeStoreContractTest, ErasesABodyAndKeepsTheLeaf) {
  for (uint64_t i = 0; i < 3; ++i) ASSERT_TRUE(store_->Commit(NodeBatchOf(i)).ok());
  WriteBatch batch;
  batch.EraseBody(1);
  ASSERT_TRUE(store_->Commit(batch).ok());
  ASSERT_TRUE(store_->Commit(batch).ok());
  EXPECT_EQ((*store_->ReadEntries(1, 1, 1000))[0], (NodeEntry{1, log::LeafOf(1), {}}));
  EXPECT_EQ((*store_->ReadEntries(2, 1, 1000))[0].body, ToBytes("body 2"));
}

TEST_P(NodeStoreContractTest, RefusesABadBatchWhole) {
  const struct {
    const char* fault;
    std::function<void(WriteBatch&)> spoil;
  } cases[] = {
      {"a gap",
       [](WriteBatch& b) {
         b.Append({9, ToBytes("l"), ToBytes("b")});
       }},
      {"a repeated index",
       [](WriteBatch& b) {
         b.Append({1, ToBytes("l"), ToBytes("b")});
       }},
      {"an empty leaf",
       [](WriteBatch& b) {
         b.Append({2, {}, ToBytes("b")});
       }},
      {"an empty body",
       [](WriteBatch& b) {
         b.Append({2, ToBytes("l"), {}});
       }},
      {"an unknown entry to erase", [](WriteBatch& b) { b.EraseBody(2); }},
      {"an empty space", [](WriteBatch& b) { b.Put("", {1}, {}); }},
      {"a long space",
       [](WriteBatch& b) { b.Put(std::string(base::kNodeMaxSpaceBytes + 1, 'x'), {1}, {}); }},
      {"a long key", [](WriteBatch& b) { b.Put("o", Bytes(base::kNodeMaxKeyBytes + 1), {}); }},
      {"a long key to delete",
       [](WriteBatch& b) { b.Delete("o", Bytes(base::kNodeMaxKeyBytes + 1)); }},
      {"a large value",
       [](WriteBatch& b) { b.Put("o", {1}, Bytes(base::kNodeMaxValueBytes + 1)); }},
      {"a large checkpoint",
       [](WriteBatch& b) { b.SetCheckpoint(Bytes(base::kNodeMaxValueBytes + 1)); }},
      {"a large body",
       [](WriteBatch& b) {
         b.Append({2, {1}, Bytes(base::kNodeMaxValueBytes + 1)});
       }},
  };
  ASSERT_TRUE(store_->Commit(NodeBatchOf(0)).ok());
  for (const auto& c : cases) {
    WriteBatch batch = NodeBatchOf(1);
    batch.Put("other", {1}, {2});
    c.spoil(batch);
    const absl::Status status = store_->Commit(batch);
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << c.fault;
    EXPECT_EQ(base::GetReason(status), "BAD_BATCH") << c.fault;
    ExpectUnchanged(1);
  }
}

INSTANTIATE_TEST_SUITE_P(All, NodeStoreContractTest, ::testing::Bool(),
                         [](const auto& test) { return test.param ? "Sqlite" : "Memory"; });

class NodeStoreTest : public ::testing::Test {
 protected:
  std::unique_ptr<NodeStore> Open() const {
    auto opened = NodeStore::Open(path_);
    EXPECT_TRUE(opened.ok()) << opened.status();
    return opened.ok() ? *std::move(opened) : nullptr;
  }

  const log::TemporaryFolder folder_;
  const std::string path_ = folder_.File("node.db");
};

TEST_F(NodeStoreTest, KeepsEverythingAcrossARestart) {
  for (uint64_t i = 0; i < 3; ++i) {
    auto store = Open();
    ASSERT_EQ(*store->Size(), i);
    ASSERT_TRUE(store->Commit(NodeBatchOf(i)).ok());
    EXPECT_TRUE(store->Check().ok());
  }
  EXPECT_EQ(**Open()->Checkpoint(), ToBytes("note 3"));
}

TEST_F(NodeStoreTest, LeavesNoTraceOfDeletedKeysAndErasedBodies) {
  const std::string value = "a sealed value that must go";
  const std::string body = "a body that must be erased for good";
  auto store = Open();
  WriteBatch batch;
  batch.Append({0, ToBytes("leaf"), ToBytes(body)});
  batch.Put("keys", ToBytes("receiving"), ToBytes(value));
  // A value that fills several pages, and one that stays.
  std::string large;
  while (large.size() < 20000) large += "a large sealed value ";
  batch.Put("keys", ToBytes("large"), ToBytes(large));
  batch.Put("keys", ToBytes("kept"), ToBytes("a value that stays"));
  ASSERT_TRUE(store->Commit(batch).ok());
  ASSERT_TRUE(FilesHold(path_, value));
  ASSERT_TRUE(FilesHold(path_, body));
  ASSERT_TRUE(FilesHold(path_, "a large sealed value "));

  batch = WriteBatch();
  batch.Delete("keys", ToBytes("receiving"));
  batch.Delete("keys", ToBytes("large"));
  ASSERT_TRUE(store->Commit(batch).ok());
  EXPECT_FALSE(FilesHold(path_, value));
  EXPECT_FALSE(FilesHold(path_, "a large sealed value "));
  batch = WriteBatch();
  batch.EraseBody(0);
  ASSERT_TRUE(store->Commit(batch).ok());
  EXPECT_FALSE(FilesHold(path_, body));
  EXPECT_TRUE(FilesHold(path_, "a value that stays"));
}

}  // namespace
}  // namespace quorate::store
