#include "custody/store/sqlite_store.h"

#include <gtest/gtest.h>
#include <sqlite3.h>
#include <sys/stat.h>

#include "custody/base/files.h"
#include "tests/store/testing.h"

namespace quorate::store {
namespace {

using absl::StatusCode;
using crypto::Bytes;
using crypto::ToBytes;

class SqliteStoreTest : public ::testing::Test {
 protected:
  void SetUp() override {
    Reopen();
    ASSERT_TRUE(store_->CreateOrganisation(one_, {}).ok());
    ASSERT_TRUE(store_->CreateOrganisation(two_, {}).ok());
  }
  void Reopen() {
    store_.reset();
    auto opened = SqliteStore::Open(path_);
    ASSERT_TRUE(opened.ok()) << opened.status();
    store_ = *std::move(opened);
  }

  absl::Status Put(const ledger::OrganisationId& id, const Bytes& blob, uint64_t time_ms = 1000,
                   std::string_view sender = "ana") {
    const crypto::ByteSpan span(blob);
    return store_->PutBlobs(id, crypto::AsBytes(sender), time_ms, {&span, 1});
  }
  uint64_t Unreferenced(std::string_view sender) {
    return *store_->UnreferencedBytes(crypto::AsBytes(sender));
  }

  const log::TemporaryFolder folder_;
  const std::string path_ = folder_.File("server.db");
  const ledger::OrganisationId one_ = OrganisationOf(1);
  const ledger::OrganisationId two_ = OrganisationOf(2);
  const Bytes blob_ = Bytes(33000, 0x42);
  const crypto::Digest digest_ = crypto::Sha256(blob_);
  std::unique_ptr<SqliteStore> store_;
};

TEST_F(SqliteStoreTest, KeepsBlobs) {
  EXPECT_FALSE(store_->BlobLength(one_, digest_)->has_value());
  EXPECT_FALSE(store_->GetBlob(one_, digest_)->has_value());
  ASSERT_TRUE(Put(one_, blob_).ok());
  ASSERT_TRUE(Put(one_, blob_).ok());
  Reopen();
  EXPECT_TRUE(store_->BlobLength(one_, digest_)->has_value());
  EXPECT_EQ(**store_->GetBlob(one_, digest_), blob_);
  EXPECT_TRUE(store_->Check().ok());
}

TEST_F(SqliteStoreTest, KeepsBlobsOfOrganisationsApart) {
  ASSERT_TRUE(Put(one_, blob_).ok());
  EXPECT_FALSE(store_->BlobLength(two_, digest_)->has_value());
  EXPECT_FALSE(store_->GetBlob(two_, digest_)->has_value());
  EXPECT_EQ(*store_->BlobBytes(two_), 0u);
}

TEST_F(SqliteStoreTest, CountsEachBlobOnce) {
  EXPECT_EQ(*store_->BlobBytes(one_), 0u);
  ASSERT_TRUE(Put(one_, blob_).ok());
  ASSERT_TRUE(Put(one_, blob_).ok());
  ASSERT_TRUE(Put(one_, {}).ok());
  ASSERT_TRUE(Put(one_, Bytes{1}).ok());
  EXPECT_EQ(*store_->BlobBytes(one_), 33001u);
}

TEST_F(SqliteStoreTest, RefusesBlobsTooLarge) {
  const Bytes large(kMaxStoredBlobBytes + 1);
  EXPECT_EQ(Put(one_, large).code(), StatusCode::kInvalidArgument);
  EXPECT_EQ(*store_->BlobBytes(one_), 0u);
}

TEST_F(SqliteStoreTest, KeepsAllBlobsOfACallOrNone) {
  const Bytes large(kMaxStoredBlobBytes + 1);
  const crypto::ByteSpan both[] = {blob_, large};
  EXPECT_FALSE(store_->PutBlobs(one_, {}, 1000, both).ok());
  EXPECT_EQ(*store_->BlobBytes(one_), 0u);
  const Bytes other(5, 5);
  const crypto::ByteSpan fine[] = {blob_, other, blob_};
  EXPECT_TRUE(store_->PutBlobs(one_, {}, 1000, fine).ok());
  EXPECT_EQ(*store_->BlobBytes(one_), 33005u);
  EXPECT_EQ(*store_->BlobLength(one_, crypto::Sha256(other)), 5u);
}

TEST_F(SqliteStoreTest, CountsUnreferencedBlobsForTheirFirstSender) {
  ASSERT_TRUE(Put(one_, blob_).ok());
  ASSERT_TRUE(Put(one_, blob_, 1000, "ben").ok());
  ASSERT_TRUE(Put(two_, Bytes{1}).ok());
  Reopen();
  EXPECT_EQ(Unreferenced("ana"), 33001u);
  EXPECT_EQ(Unreferenced("ben"), 0u);

  std::vector<NewEntry> entries = EntriesOf(0, 1);
  entries[0].blobs = {digest_};
  ASSERT_TRUE(store_->Append(one_, entries, NoteOf(1)).ok());
  EXPECT_EQ(Unreferenced("ana"), 1u);
  // A blob that an entry refers to is nobody's burden again.
  ASSERT_TRUE(Put(one_, blob_, 1000, "ben").ok());
  EXPECT_EQ(Unreferenced("ben"), 0u);
}

TEST_F(SqliteStoreTest, DropsOnlyOldBlobsThatNoEntryRefersTo) {
  ASSERT_TRUE(Put(one_, blob_, 1000).ok());
  ASSERT_TRUE(Put(one_, Bytes{1}, 1000).ok());
  ASSERT_TRUE(Put(one_, Bytes{2}, 1000).ok());
  ASSERT_TRUE(Put(one_, Bytes{2}, 2000).ok());  // Put again: young again.
  std::vector<NewEntry> entries = EntriesOf(0, 1);
  entries[0].blobs = {digest_};
  ASSERT_TRUE(store_->Append(one_, entries, NoteOf(1)).ok());

  EXPECT_EQ(*store_->DropUnreferencedBlobs(1000, 10), 0u);
  EXPECT_EQ(*store_->DropUnreferencedBlobs(1001, 10), 1u);
  EXPECT_FALSE(store_->BlobLength(one_, crypto::Sha256(Bytes{1}))->has_value());
  EXPECT_TRUE(store_->BlobLength(one_, crypto::Sha256(Bytes{2}))->has_value());
  EXPECT_EQ(*store_->DropUnreferencedBlobs(3000, 10), 1u);
  EXPECT_TRUE(store_->BlobLength(one_, digest_)->has_value());
  EXPECT_EQ(Unreferenced("ana"), 0u);
}

TEST_F(SqliteStoreTest, DropsNoMoreBlobsThanAsked) {
  for (uint8_t i = 0; i < 5; ++i) ASSERT_TRUE(Put(one_, Bytes{i}, 1000).ok());
  EXPECT_EQ(*store_->DropUnreferencedBlobs(2000, 3), 3u);
  EXPECT_EQ(*store_->DropUnreferencedBlobs(2000, 3), 2u);
}

TEST_F(SqliteStoreTest, KnowsNoBlobsOfAnUnknownOrganisation) {
  const ledger::OrganisationId unknown = OrganisationOf(9);
  EXPECT_EQ(Put(unknown, blob_).code(), StatusCode::kNotFound);
  EXPECT_EQ(store_->GetBlob(unknown, digest_).status().code(), StatusCode::kNotFound);
  EXPECT_EQ(store_->BlobLength(unknown, digest_).status().code(), StatusCode::kNotFound);
  EXPECT_EQ(store_->DeleteBlob(unknown, digest_).code(), StatusCode::kNotFound);
  EXPECT_EQ(store_->BlobBytes(unknown).status().code(), StatusCode::kNotFound);
}

TEST_F(SqliteStoreTest, DeletesBlobsForGood) {
  const Bytes blob = ToBytes("a ciphertext that must be gone");
  const crypto::Digest digest = crypto::Sha256(blob);
  ASSERT_TRUE(Put(one_, blob).ok());
  ASSERT_TRUE(FilesHold(path_, "a ciphertext that must"));
  EXPECT_TRUE(store_->DeleteBlob(one_, digest).ok());
  EXPECT_TRUE(store_->DeleteBlob(one_, digest).ok());
  EXPECT_FALSE(store_->BlobLength(one_, digest)->has_value());
  EXPECT_FALSE(FilesHold(path_, "a ciphertext that must"));
}

TEST_F(SqliteStoreTest, NoticesADamagedBlob) {
  ASSERT_TRUE(Put(one_, blob_).ok());
  store_.reset();
  sqlite3* connection = nullptr;
  ASSERT_EQ(sqlite3_open(path_.c_str(), &connection), SQLITE_OK);
  EXPECT_EQ(sqlite3_exec(connection, "UPDATE blobs SET bytes = x'00'", nullptr, nullptr, nullptr),
            SQLITE_OK);
  sqlite3_close(connection);
  Reopen();
  EXPECT_EQ(store_->GetBlob(one_, digest_).status().code(), StatusCode::kDataLoss);
  EXPECT_EQ(store_->Check().code(), StatusCode::kDataLoss);
}

TEST_F(SqliteStoreTest, KeepsDraftsAndForgetsThemForGood) {
  ASSERT_TRUE(store_->PutDraft(ToBytes("b"), ToBytes("an encrypted draft")).ok());
  ASSERT_TRUE(store_->PutDraft(ToBytes("a"), ToBytes("old")).ok());
  ASSERT_TRUE(store_->PutDraft(ToBytes("a"), ToBytes("new")).ok());
  Reopen();
  EXPECT_EQ(*store_->ListDrafts(), (std::vector<Bytes>{ToBytes("a"), ToBytes("b")}));
  EXPECT_EQ(**store_->GetDraft(ToBytes("a")), ToBytes("new"));
  ASSERT_TRUE(FilesHold(path_, "an encrypted draft"));
  EXPECT_TRUE(store_->DeleteDraft(ToBytes("b")).ok());
  EXPECT_TRUE(store_->DeleteDraft(ToBytes("b")).ok());
  EXPECT_FALSE(store_->GetDraft(ToBytes("b"))->has_value());
  EXPECT_FALSE(FilesHold(path_, "an encrypted draft"));
  EXPECT_EQ(store_->ListDrafts()->size(), 1u);
}

TEST_F(SqliteStoreTest, KeepsServerValues) {
  EXPECT_FALSE(store_->GetServerValue("key")->has_value());
  ASSERT_TRUE(store_->PutServerValue("key", ToBytes("1")).ok());
  ASSERT_TRUE(store_->PutServerValue("key", ToBytes("2")).ok());
  ASSERT_TRUE(store_->PutServerValue("empty", {}).ok());
  Reopen();
  EXPECT_EQ(**store_->GetServerValue("key"), ToBytes("2"));
  EXPECT_EQ(**store_->GetServerValue("empty"), Bytes());
}

TEST_F(SqliteStoreTest, BoundsDraftsAndServerValues) {
  const Bytes large(kMaxRecordBytes + 1);
  EXPECT_EQ(store_->PutDraft({}, {}).code(), StatusCode::kInvalidArgument);
  EXPECT_EQ(store_->PutDraft(Bytes(kMaxStoreKeyBytes + 1), {}).code(),
            StatusCode::kInvalidArgument);
  EXPECT_EQ(store_->PutDraft(ToBytes("a"), large).code(), StatusCode::kInvalidArgument);
  EXPECT_EQ(store_->PutServerValue("", {}).code(), StatusCode::kInvalidArgument);
  EXPECT_EQ(store_->PutServerValue(std::string(kMaxStoreKeyBytes + 1, 'x'), {}).code(),
            StatusCode::kInvalidArgument);
  EXPECT_EQ(store_->PutServerValue("a", large).code(), StatusCode::kInvalidArgument);
  EXPECT_TRUE(store_->ListDrafts()->empty());
}

TEST_F(SqliteStoreTest, BacksUpTheLiveStore) {
  const std::string copy = folder_.File("copy.db");
  base::EnsurePrivateFile(copy + ".tmp").IgnoreError();  // What a crash would leave.
  ASSERT_TRUE(store_->Append(one_, EntriesOf(0, 3), NoteOf(3)).ok());
  ASSERT_TRUE(Put(one_, blob_).ok());
  ASSERT_TRUE(store_->Backup(copy).ok());
  ASSERT_TRUE(store_->Append(one_, EntriesOf(3, 1), NoteOf(4)).ok());

  struct stat info {};
  ASSERT_EQ(stat(copy.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0600u);
  EXPECT_FALSE(*base::FileExists(copy + ".tmp"));
  {
    auto opened = SqliteStore::Open(copy);
    ASSERT_TRUE(opened.ok()) << opened.status();
    EXPECT_EQ(*(*opened)->Size(one_), 3u);
    EXPECT_EQ(**(*opened)->GetBlob(one_, digest_), blob_);
    EXPECT_TRUE((*opened)->Check().ok());
  }
  // A second backup replaces the first.
  ASSERT_TRUE(store_->Backup(copy).ok());
  auto opened = SqliteStore::Open(copy);
  ASSERT_TRUE(opened.ok());
  EXPECT_EQ(*(*opened)->Size(one_), 4u);
}

TEST_F(SqliteStoreTest, BacksUpWhatIsAppendedMeanwhile) {
  for (uint8_t i = 0; i < 100; ++i) ASSERT_TRUE(Put(one_, Bytes(33000, i)).ok());
  const std::string copy = folder_.File("copy.db");
  uint64_t steps = 0;
  uint64_t last = 0;
  ASSERT_TRUE(store_
                  ->Backup(copy,
                           [&](uint64_t done, uint64_t total) {
                             EXPECT_LE(done, total);
                             EXPECT_GE(done, last);
                             last = done;
                             // The store is free between two steps.
                             if (steps++ == 1) {
                               EXPECT_TRUE(store_->Append(one_, EntriesOf(0, 3), NoteOf(3)).ok());
                             }
                           })
                  .ok());
  EXPECT_GT(steps, 2u);
  auto opened = SqliteStore::Open(copy);
  ASSERT_TRUE(opened.ok());
  EXPECT_EQ(*(*opened)->Size(one_), 3u);
  EXPECT_TRUE((*opened)->Check().ok());
}

TEST_F(SqliteStoreTest, ReportsABackupThatCannotBeWritten) {
  EXPECT_EQ(store_->Backup(folder_.File("no/copy.db")).code(), StatusCode::kNotFound);
  EXPECT_TRUE(store_->PutServerValue("still", ToBytes("works")).ok());
}

TEST_F(SqliteStoreTest, ReportsAFullStoreAndGoesOn) {
  store_.reset();
  auto opened = SqliteStore::Open(path_, {.max_bytes = 400000});
  ASSERT_TRUE(opened.ok());
  store_ = *std::move(opened);
  const Bytes large(500000, 7);
  EXPECT_EQ(Put(one_, large).code(), StatusCode::kResourceExhausted);
  std::vector<NewEntry> entries = EntriesOf(0, 2);
  entries[1].body = large;
  EXPECT_EQ(store_->Append(one_, entries, NoteOf(2)).status().code(),
            StatusCode::kResourceExhausted);
  EXPECT_EQ(*store_->Size(one_), 0u);
  EXPECT_FALSE(store_->LatestCheckpoint(one_)->has_value());
  EXPECT_TRUE(store_->Append(one_, EntriesOf(0, 2), NoteOf(2)).ok());
  EXPECT_TRUE(store_->Check().ok());
}

}  // namespace
}  // namespace quorate::store
