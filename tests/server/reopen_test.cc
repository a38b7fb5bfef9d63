#include <filesystem>

#include "tests/server/testing.h"

namespace quorate::server::testing {
namespace {

namespace fs = std::filesystem;

class ReopenTest : public CustodianTest {
 protected:
  // A log of five entries, closed.
  void MakeLog() {
    Group group = Founded();
    for (int i = 0; i < 4; ++i) ASSERT_TRUE(custodian_->Append(group.id(), group.Say()).ok());
    Close();
  }
};

TEST_F(ReopenTest, FindsEverythingAgain) {
  Group one = Founded(1);
  Group two = Founded(2);
  for (int i = 0; i < 4; ++i) ASSERT_TRUE(custodian_->Append(one.id(), one.Say()).ok());
  const LogTip before = *custodian_->GetTip(one.id());
  ASSERT_EQ(Reopen(), absl::OkStatus());
  EXPECT_EQ(custodian_->GetTip(one.id())->checkpoint, before.checkpoint);
  EXPECT_EQ(Size(one), 5u);
  EXPECT_EQ(Size(two), 1u);
  EXPECT_TRUE(custodian_->CheckMember(two.id(), two.tls(3)).ok());
  EXPECT_EQ(Reason(custodian_->CheckMember(two.id(), one.tls(3))), "NOT_A_MEMBER");
  EXPECT_EQ(custodian_->Append(one.id(), one.Say())->index(), 5u);
}

TEST_F(ReopenTest, RefusesALogThatWasDamaged) {
  for (const char* sql : {
           "UPDATE entries SET leaf = x'00' WHERE idx = 2",
           "DELETE FROM entries WHERE idx = 4",
           "DELETE FROM entries WHERE idx = 2",
           "DELETE FROM entries",
           "UPDATE entries SET body = x'00' WHERE idx = 0",
           "UPDATE organisations SET record = zeroblob(32)",
           "UPDATE organisations SET checkpoint = NULL",
           "UPDATE organisations SET id = zeroblob(32)",
           "UPDATE drafts SET bytes = x'ff'",
       }) {
    Close();
    fs::remove(Path());
    ASSERT_EQ(Open(), absl::OkStatus());
    MakeLog();
    Damage(Path(), sql);
    const absl::Status status = Open();
    EXPECT_EQ(status.code(), absl::StatusCode::kDataLoss) << sql << ": " << status;
    EXPECT_EQ(Reason(status), "STORE_DAMAGED") << sql;
  }
}

TEST_F(ReopenTest, RefusesACheckpointByAnotherKey) {
  MakeLog();
  auto store = *store::SqliteStore::Open(Path());
  const auto id = store->Organisations()->front().id;
  const auto key = *log::NoteKey::Create(log::OriginOf(id.span()), log::NoteKeyType::kEd25519,
                                         log::KeyOf(9).public_key());
  const log::Tree tree = *store->LoadTree(id);
  ASSERT_TRUE(
      store
          ->ReplaceCheckpoint(
              id,
              log::SignedCheckpoint::Sign(tree.size(), tree.Root(), key, log::KeyOf(9))->Format())
          .ok());
  store.reset();
  EXPECT_EQ(Reason(Open()), "STORE_DAMAGED");
}

TEST_F(ReopenTest, RefusesTheStoreOfAServerWithAnotherSeed) {
  MakeLog();
  auto store = *store::SqliteStore::Open(Path());
  const crypto::Bytes seed(32, 8);
  EXPECT_EQ(Reason(Custodian::Open(
                       {store.get(), &clock_, crypto::Secret::Copy(seed), certificate_, limits_})
                       .status()),
            "STORE_DAMAGED");
}

// A machine that dies keeps some of the write-ahead log. Whatever it keeps, what is left is a log
// that adds up, and the next server goes on from there.
TEST_F(ReopenTest, GoesOnFromAnyPartOfTheWriteAheadLog) {
  Group group = Founded();
  Close();  // Moves all of it into the file.
  ASSERT_EQ(Open(), absl::OkStatus());
  std::vector<Submission> statements;
  for (int i = 0; i < 4; ++i) {
    statements.push_back(group.Say());
    ASSERT_TRUE(custodian_->Append(group.id(), statements.back()).ok());
  }
  const std::string kept = folder_.File("kept.db");
  const uint64_t wal_bytes = fs::file_size(Path() + "-wal");
  ASSERT_GT(wal_bytes, 4u * 4096);
  fs::copy_file(Path(), kept);
  fs::copy_file(Path() + "-wal", kept + "-wal");
  Close();

  uint64_t last = 0;
  for (uint64_t cut = 0; cut <= 16; ++cut) {
    fs::copy_file(kept, Path(), fs::copy_options::overwrite_existing);
    fs::copy_file(kept + "-wal", Path() + "-wal", fs::copy_options::overwrite_existing);
    fs::resize_file(Path() + "-wal", wal_bytes * cut / 16);
    ASSERT_EQ(Open(), absl::OkStatus()) << cut;
    EXPECT_TRUE(store_->Check().ok());
    EXPECT_GE(Size(group), std::max<uint64_t>(last, 1));
    last = Size(group);
    // Nodes send again what they got no answer to.
    for (const Submission& statement : statements) {
      EXPECT_TRUE(custodian_->Append(group.id(), statement).ok());
    }
    EXPECT_EQ(Size(group), 5u);
    Close();
  }
  EXPECT_EQ(last, 5u);
}

}  // namespace
}  // namespace quorate::server::testing
