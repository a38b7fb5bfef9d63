#include <gtest/gtest.h>
#include <sqlite3.h>

#include <atomic>
#include <limits>
#include <thread>

#include "custody/base/error_info.h"
#include "custody/store/sqlite_store.h"
#include "tests/store/testing.h"

namespace quorate::store {
namespace {

using absl::StatusCode;
using crypto::Bytes;
using crypto::ToBytes;

class SqliteStoreLogTest : public ::testing::Test {
 protected:
  void SetUp() override {
    Reopen();
    ASSERT_TRUE(store_->CreateOrganisation(one_, ToBytes("first")).ok());
    ASSERT_TRUE(store_->CreateOrganisation(two_, ToBytes("second")).ok());
  }
  void Reopen() {
    store_.reset();
    auto opened = SqliteStore::Open(path_);
    ASSERT_TRUE(opened.ok()) << opened.status();
    store_ = *std::move(opened);
  }
  // Runs SQL behind the store's back.
  void Damage(const char* sql) {
    store_.reset();
    sqlite3* connection = nullptr;
    ASSERT_EQ(sqlite3_open(path_.c_str(), &connection), SQLITE_OK);
    EXPECT_EQ(sqlite3_exec(connection, sql, nullptr, nullptr, nullptr), SQLITE_OK);
    sqlite3_close(connection);
    Reopen();
  }

  const log::TemporaryFolder folder_;
  const std::string path_ = folder_.File("server.db");
  const ledger::OrganisationId one_ = OrganisationOf(1);
  const ledger::OrganisationId two_ = OrganisationOf(2);
  std::unique_ptr<SqliteStore> store_;
};

TEST_F(SqliteStoreLogTest, KeepsOrganisations) {
  EXPECT_EQ(*store_->Organisations(),
            (std::vector<OrganisationRecord>{{one_, ToBytes("first")}, {two_, ToBytes("second")}}));
  ASSERT_TRUE(store_->UpdateOrganisation(one_, ToBytes("changed")).ok());
  Reopen();
  EXPECT_EQ((*store_->Organisations())[0].record, ToBytes("changed"));
}

TEST_F(SqliteStoreLogTest, RefusesRepeatedUnknownAndOversizedOrganisations) {
  EXPECT_EQ(store_->CreateOrganisation(one_, {}).code(), StatusCode::kAlreadyExists);
  EXPECT_EQ(store_->UpdateOrganisation(OrganisationOf(9), {}).code(), StatusCode::kNotFound);
  const Bytes large(kMaxRecordBytes + 1);
  EXPECT_EQ(store_->CreateOrganisation(OrganisationOf(9), large).code(),
            StatusCode::kInvalidArgument);
  EXPECT_EQ(store_->UpdateOrganisation(one_, large).code(), StatusCode::kInvalidArgument);
  EXPECT_EQ((*store_->Organisations())[0].record, ToBytes("first"));
}

TEST_F(SqliteStoreLogTest, AppendsEntriesTogetherWithTheirCheckpoint) {
  const auto first = store_->Append(one_, EntriesOf(0, 3), NoteOf(3));
  ASSERT_TRUE(first.ok()) << first.status();
  EXPECT_EQ(first->first_index, 0u);
  EXPECT_EQ(first->size, 3u);
  const auto second = store_->Append(one_, EntriesOf(3, 2), NoteOf(5));
  ASSERT_TRUE(second.ok());
  EXPECT_EQ(second->first_index, 3u);
  Reopen();
  EXPECT_EQ(*store_->Size(one_), 5u);
  EXPECT_EQ(**store_->LatestCheckpoint(one_), NoteOf(5));
  EXPECT_EQ(store_->LoadTree(one_)->Root(), CheckpointOf(5).root());
  EXPECT_TRUE(store_->Check().ok());
}

TEST_F(SqliteStoreLogTest, KeepsOrganisationsApart) {
  ASSERT_TRUE(store_->Append(one_, EntriesOf(0, 3), NoteOf(3)).ok());
  EXPECT_EQ(*store_->Size(two_), 0u);
  EXPECT_FALSE(store_->LatestCheckpoint(two_)->has_value());
  EXPECT_TRUE(store_->ReadEntries(two_, 0, 10, 1000)->empty());
  EXPECT_FALSE(store_->FindStatement(two_, {1}, EntryOf(0).statement_id)->has_value());
  // The same author and statement id are free in another log.
  EXPECT_TRUE(store_->Append(two_, EntriesOf(0, 1), NoteOf(1)).ok());
  EXPECT_EQ(*store_->Size(one_), 3u);
}

TEST_F(SqliteStoreLogTest, FindsStatementsByAuthorAndId) {
  ASSERT_TRUE(store_->Append(one_, EntriesOf(0, 3), NoteOf(3)).ok());
  EXPECT_EQ(*store_->FindStatement(one_, {1}, EntryOf(2).statement_id), std::optional<uint64_t>(2));
  EXPECT_FALSE(store_->FindStatement(one_, {2}, EntryOf(2).statement_id)->has_value());
  EXPECT_FALSE(store_->FindStatement(one_, {1}, EntryOf(3).statement_id)->has_value());
}

TEST_F(SqliteStoreLogTest, RefusesAStatementIdTwice) {
  ASSERT_TRUE(store_->Append(one_, EntriesOf(0, 3), NoteOf(3)).ok());
  std::vector<NewEntry> again = EntriesOf(3, 2);
  again[1].statement_id = EntryOf(1).statement_id;
  EXPECT_EQ(store_->Append(one_, again, NoteOf(5)).status().code(), StatusCode::kAlreadyExists);
  std::vector<NewEntry> twice = EntriesOf(3, 2);
  twice[1].statement_id = twice[0].statement_id;
  EXPECT_EQ(store_->Append(one_, twice, NoteOf(5)).status().code(), StatusCode::kAlreadyExists);
  EXPECT_EQ(*store_->Size(one_), 3u);
  EXPECT_EQ(**store_->LatestCheckpoint(one_), NoteOf(3));
  // Another author may use the same id.
  again[1].author.value = 2;
  EXPECT_TRUE(store_->Append(one_, again, NoteOf(5)).ok());
}

TEST_F(SqliteStoreLogTest, AbortsWhenTheCheckpointIsForAnotherSize) {
  ASSERT_TRUE(store_->Append(one_, EntriesOf(0, 3), NoteOf(3)).ok());
  for (const uint64_t size : {2, 3, 5}) {
    EXPECT_EQ(store_->Append(one_, EntriesOf(3, 1), NoteOf(size)).status().code(),
              StatusCode::kAborted);
  }
  EXPECT_EQ(*store_->Size(one_), 3u);
}

TEST_F(SqliteStoreLogTest, RefusesBadBatches) {
  const std::string note = NoteOf(1);
  std::vector<NewEntry> entries = EntriesOf(0, 1);
  EXPECT_EQ(store_->Append(OrganisationOf(9), entries, note).status().code(),
            StatusCode::kNotFound);
  EXPECT_EQ(store_->Append(one_, {}, NoteOf(0)).status().code(), StatusCode::kInvalidArgument);
  EXPECT_EQ(store_->Append(one_, entries, "not a note").status().code(),
            StatusCode::kInvalidArgument);
  EXPECT_EQ(store_->Append(one_, entries, "").status().code(), StatusCode::kInvalidArgument);
  entries[0].leaf.clear();
  EXPECT_EQ(store_->Append(one_, entries, note).status().code(), StatusCode::kInvalidArgument);
  entries = EntriesOf(0, 1);
  entries[0].body.clear();
  EXPECT_EQ(store_->Append(one_, entries, note).status().code(), StatusCode::kInvalidArgument);
  entries[0].body.resize(kMaxRecordBytes + 1);
  EXPECT_EQ(store_->Append(one_, entries, note).status().code(), StatusCode::kInvalidArgument);
  entries.assign(kMaxAppendEntries + 1, EntryOf(0));
  EXPECT_EQ(store_->Append(one_, entries, note).status().code(), StatusCode::kInvalidArgument);
  EXPECT_EQ(*store_->Size(one_), 0u);
}

TEST_F(SqliteStoreLogTest, BoundsWhatItReads) {
  ASSERT_TRUE(store_->Append(one_, EntriesOf(0, 5), NoteOf(5)).ok());
  const auto entries = store_->ReadEntries(one_, 3, 10, 1000);
  ASSERT_TRUE(entries.ok());
  EXPECT_EQ(*entries, (std::vector<StoredEntry>{{3, log::LeafOf(3), ToBytes("body 3")},
                                                {4, log::LeafOf(4), ToBytes("body 4")}}));
  EXPECT_EQ(store_->ReadEntries(one_, 0, 2, 1000)->size(), 2u);
  EXPECT_EQ(store_->ReadEntries(one_, 0, 0, 1000)->size(), 0u);
  EXPECT_EQ(store_->ReadEntries(one_, 0, 9, 24)->size(), 2u);
  EXPECT_EQ(store_->ReadEntries(one_, 0, 9, 23)->size(), 1u);
  EXPECT_EQ(store_->ReadEntries(one_, 0, 9, 0)->size(), 1u);
  EXPECT_TRUE(store_->ReadEntries(one_, 5, 9, 1000)->empty());
  EXPECT_TRUE(store_->ReadEntries(one_, std::numeric_limits<uint64_t>::max(), 9, 1000)->empty());
}

TEST_F(SqliteStoreLogTest, CountsTheBytesOfAnAuthor) {
  std::vector<NewEntry> entries = EntriesOf(0, 3);
  entries[2].author.value = 7;
  ASSERT_TRUE(store_->Append(one_, entries, NoteOf(3)).ok());
  EXPECT_EQ(*store_->AuthorBytes(one_, {1}), 24u);
  EXPECT_EQ(*store_->AuthorBytes(one_, {7}), 12u);
  EXPECT_EQ(*store_->AuthorBytes(one_, {8}), 0u);
}

TEST_F(SqliteStoreLogTest, ReplacesACheckpointOfTheSameSize) {
  ASSERT_TRUE(store_->ReplaceCheckpoint(one_, NoteOf(0)).ok());
  ASSERT_TRUE(store_->Append(one_, EntriesOf(0, 2), NoteOf(2)).ok());
  log::SignedCheckpoint cosigned = CheckpointOf(2);
  const log::NoteKey ana = log::NoteKeyOf(2, "ana.test", log::NoteKeyType::kCosignatureV1);
  ASSERT_TRUE(cosigned.AddCosignature(*cosigned.Cosign(ana, log::KeyOf(2), 100), ana).ok());
  ASSERT_TRUE(store_->ReplaceCheckpoint(one_, cosigned.Format()).ok());
  Reopen();
  EXPECT_EQ(**store_->LatestCheckpoint(one_), cosigned.Format());
  EXPECT_EQ(store_->ReplaceCheckpoint(one_, NoteOf(1)).code(), StatusCode::kAborted);
  EXPECT_EQ(store_->ReplaceCheckpoint(one_, NoteOf(3)).code(), StatusCode::kAborted);
  EXPECT_EQ(store_->ReplaceCheckpoint(one_, "x").code(), StatusCode::kInvalidArgument);
}

TEST_F(SqliteStoreLogTest, ErasesABodyForGood) {
  std::vector<NewEntry> entries = EntriesOf(0, 2);
  entries[0].body = ToBytes("a body that must be erased for good");
  ASSERT_TRUE(store_->Append(one_, entries, NoteOf(2)).ok());
  ASSERT_TRUE(FilesHold(path_, "a body that must be erased"));
  EXPECT_TRUE(store_->EraseBody(one_, 0).ok());
  EXPECT_TRUE(store_->EraseBody(one_, 0).ok());
  EXPECT_FALSE(FilesHold(path_, "a body that must be erased"));
  EXPECT_EQ((*store_->ReadEntries(one_, 0, 1, 1000))[0], (StoredEntry{0, log::LeafOf(0), {}}));
  EXPECT_EQ(store_->EraseBody(one_, 2).code(), StatusCode::kNotFound);
  EXPECT_EQ(store_->EraseBody(one_, std::numeric_limits<uint64_t>::max()).code(),
            StatusCode::kNotFound);
  // The tree does not need bodies.
  EXPECT_TRUE(store_->Check().ok());
}

TEST_F(SqliteStoreLogTest, KnowsNoLogOfAnUnknownOrganisation) {
  const ledger::OrganisationId unknown = OrganisationOf(9);
  EXPECT_EQ(store_->Size(unknown).status().code(), StatusCode::kNotFound);
  EXPECT_EQ(store_->LoadTree(unknown).status().code(), StatusCode::kNotFound);
  EXPECT_EQ(store_->ReadEntries(unknown, 0, 1, 1).status().code(), StatusCode::kNotFound);
  EXPECT_EQ(store_->FindStatement(unknown, {1}, {}).status().code(), StatusCode::kNotFound);
  EXPECT_EQ(store_->AuthorBytes(unknown, {1}).status().code(), StatusCode::kNotFound);
  EXPECT_EQ(store_->LatestCheckpoint(unknown).status().code(), StatusCode::kNotFound);
  EXPECT_EQ(store_->ReplaceCheckpoint(unknown, NoteOf(0)).code(), StatusCode::kNotFound);
  EXPECT_EQ(store_->EraseBody(unknown, 0).code(), StatusCode::kNotFound);
  EXPECT_EQ(base::GetReason(store_->Size(unknown).status()), "ORGANISATION_UNKNOWN");
}

TEST_F(SqliteStoreLogTest, CheckNoticesWhatWasDoneBehindItsBack) {
  const char* const faults[] = {
      "UPDATE entries SET leaf = x'00' WHERE idx = 1",
      "DELETE FROM entries WHERE idx = 1",
      "DELETE FROM entries WHERE idx = 2",
      "UPDATE organisations SET checkpoint = NULL",
      "UPDATE organisations SET checkpoint = x'00'",
      "UPDATE organisations SET id = x'00' WHERE ref = 1",
      "DELETE FROM entries",
  };
  ASSERT_TRUE(store_->Append(one_, EntriesOf(0, 3), NoteOf(3)).ok());
  ASSERT_TRUE(store_->Check().ok());
  store_.reset();
  const std::string sound = FileBytes(path_);
  for (const char* fault : faults) {
    store_.reset();
    SetFileBytes(path_, sound);
    Damage(fault);
    EXPECT_EQ(store_->Check().code(), StatusCode::kDataLoss) << fault;
  }
}

TEST_F(SqliteStoreLogTest, RefusesToReadOverAMissingEntry) {
  ASSERT_TRUE(store_->Append(one_, EntriesOf(0, 3), NoteOf(3)).ok());
  Damage("DELETE FROM entries WHERE idx = 1");
  EXPECT_EQ(store_->ReadEntries(one_, 0, 9, 1000).status().code(), StatusCode::kDataLoss);
  EXPECT_EQ(store_->ReadEntries(one_, 1, 9, 1000).status().code(), StatusCode::kDataLoss);
  EXPECT_EQ(store_->LoadTree(one_).status().code(), StatusCode::kDataLoss);
}

TEST_F(SqliteStoreLogTest, ServesReadersWhileItAppends) {
  constexpr uint64_t kEntries = 50;
  std::vector<std::thread> readers;
  std::atomic<bool> done{false};
  std::atomic<uint64_t> faults{0};
  for (int i = 0; i < 3; ++i) {
    readers.emplace_back([&] {
      while (!done) {
        // Entries that were counted once are there.
        const auto size = store_->Size(one_);
        const auto entries = store_->ReadEntries(one_, 0, kEntries + 1, 1 << 20);
        if (!size.ok() || !entries.ok() || entries->size() < *size) ++faults;
      }
    });
  }
  for (uint64_t i = 0; i < kEntries; ++i) {
    EXPECT_TRUE(store_->Append(one_, EntriesOf(i, 1), NoteOf(i + 1)).ok());
  }
  done = true;
  for (std::thread& reader : readers) reader.join();
  EXPECT_EQ(faults, 0u);
}

}  // namespace
}  // namespace quorate::store
