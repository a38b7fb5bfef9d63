#include "custody/server/backup.h"

#include <sys/stat.h>

#include <filesystem>

#include "custody/base/files.h"
#include "tests/server/testing.h"

namespace quorate::server::testing {
namespace {

namespace fs = std::filesystem;

class BackupTest : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(InitFolder(data_, "127.0.0.1:0", "quorate.example.org:7411").ok());
    Open();
    group_ = std::make_unique<Group>(*custodian_, 1);
    ASSERT_TRUE(group_->Found(*custodian_).ok());
    Say(3);
  }
  void Open() {
    ServerKeys keys = *ReadKeys(data_);
    store_ = *store::SqliteStore::Open(data_.database());
    custodian_ = *Custodian::Open(
        {store_.get(), &clock_, std::move(keys.log_seed), keys.certificate.digest()});
  }
  void Close() {
    custodian_.reset();
    store_.reset();
  }
  void Say(int count) {
    for (int i = 0; i < count; ++i) {
      ASSERT_TRUE(custodian_->Append(group_->id(), group_->Say()).ok());
    }
  }
  absl::StatusOr<Verified> Back(const std::string& to) {
    return WriteBackup(*store_, data_, to, {});
  }
  // Names of what is in the tests' folder.
  std::set<std::string> Names() const {
    std::set<std::string> out;
    for (const auto& entry : fs::directory_iterator(folder_.path())) {
      out.insert(entry.path().filename());
    }
    return out;
  }
  static unsigned ModeOf(const fs::path& path) {
    struct stat info {};
    return stat(path.c_str(), &info) == 0 ? info.st_mode & 0777 : 0;
  }

  const log::TemporaryFolder folder_;
  const DataFolder data_ = DataFolder(folder_.File("data"));
  const std::string backup_ = folder_.File("backup");
  base::SystemClock clock_;
  std::unique_ptr<store::SqliteStore> store_;
  std::unique_ptr<Custodian> custodian_;
  std::unique_ptr<Group> group_;
};

TEST_F(BackupTest, RestoresTheServerAsItWas) {
  const LogTip tip = *custodian_->GetTip(group_->id());
  const std::string invite = *ReadInvite(data_);
  const auto written = Back(backup_);
  ASSERT_TRUE(written.ok()) << written.status();
  EXPECT_EQ(written->organisations, 1u);
  EXPECT_EQ(written->entries, 4u);
  Say(2);  // Goes on, and is not in it.
  Close();
  fs::remove_all(data_.path());

  const auto restored = RestoreBackup(backup_, data_);
  ASSERT_TRUE(restored.ok()) << restored.status();
  EXPECT_EQ(restored->entries, 4u);
  EXPECT_EQ(*ReadInvite(data_), invite);
  Open();
  EXPECT_EQ(custodian_->GetTip(group_->id())->checkpoint, tip.checkpoint);
  // A second restore of the same backup is possible: it was not changed.
  Close();
  fs::remove_all(data_.path());
  EXPECT_TRUE(RestoreBackup(backup_, data_).ok());
}

TEST_F(BackupTest, IsForItsOwnerAlone) {
  ASSERT_TRUE(Back(backup_).ok());
  EXPECT_EQ(ModeOf(backup_), 0700u);
  size_t files = 0;
  for (const auto& entry : fs::directory_iterator(backup_)) {
    EXPECT_EQ(ModeOf(entry.path()), 0600u) << entry.path();
    ++files;
  }
  EXPECT_EQ(files, 5u);  // Two keys, two settings, the store, and nothing that a writer left.
  ASSERT_TRUE(RestoreBackup(backup_, DataFolder(folder_.File("again"))).ok());
  EXPECT_EQ(ModeOf(folder_.File("again")), 0700u);
  EXPECT_EQ(ModeOf(folder_.File("again/log.key")), 0600u);
  EXPECT_EQ(ModeOf(folder_.File("again/server.db")), 0600u);
}

TEST_F(BackupTest, WritesOverNothing) {
  fs::create_directory(backup_);
  ASSERT_TRUE(Back(backup_).ok());  // It was empty.
  const auto again = Back(backup_);
  EXPECT_EQ(again.status().code(), absl::StatusCode::kAlreadyExists);
  EXPECT_EQ(Reason(again), "TARGET_EXISTS");
  const std::string file = folder_.File("file");
  ASSERT_TRUE(base::EnsurePrivateFile(file).ok());
  EXPECT_EQ(Reason(Back(file)), "TARGET_EXISTS");
  fs::create_symlink(folder_.File("nowhere"), folder_.File("link"));
  EXPECT_EQ(Reason(Back(folder_.File("link"))), "TARGET_EXISTS");
  EXPECT_EQ(Reason(RestoreBackup(backup_, data_)), "TARGET_EXISTS");
  EXPECT_EQ(Names(), (std::set<std::string>{"backup", "data", "file", "link"}));
}

TEST_F(BackupTest, LeavesNothingWhereItFails) {
  EXPECT_FALSE(Back(folder_.File("no/such/folder")).ok());
  Close();
  Damage(data_.database(), "UPDATE entries SET leaf = x'00' WHERE idx = 2");
  store_ = *store::SqliteStore::Open(data_.database());
  EXPECT_EQ(Reason(Back(backup_)), "STORE_DAMAGED");
  EXPECT_EQ(Names(), (std::set<std::string>{"data"}));
}

TEST_F(BackupTest, RestoresNoDamagedBackup) {
  const DataFolder target(folder_.File("target"));
  for (const char* sql : {
           "UPDATE entries SET leaf = x'00' WHERE idx = 2",
           "UPDATE entries SET body = x'0102' WHERE idx = 2",
           "UPDATE organisations SET checkpoint = x'00'",
           "UPDATE organisations SET record = zeroblob(32)",
       }) {
    ASSERT_TRUE(Back(backup_).ok());
    Damage(backup_ + "/server.db", sql);
    EXPECT_EQ(Reason(RestoreBackup(backup_, target)), "STORE_DAMAGED") << sql;
    fs::remove_all(backup_);
  }
  // Another server's key does not fit the checkpoints.
  ASSERT_TRUE(Back(backup_).ok());
  ASSERT_TRUE(base::WriteFileAtomically(backup_ + "/log.key", crypto::Bytes(32, 1)).ok());
  EXPECT_EQ(Reason(RestoreBackup(backup_, target)), "STORE_DAMAGED");
  EXPECT_EQ(Names(), (std::set<std::string>{"backup", "data"}));
}

TEST_F(BackupTest, TakesOnlyABackupForOne) {
  const DataFolder target(folder_.File("target"));
  EXPECT_EQ(Reason(RestoreBackup(folder_.File("nowhere"), target)), "NOT_A_BACKUP");
  // The folder of a server that runs.
  EXPECT_EQ(Reason(RestoreBackup(data_.path(), target)), "NOT_A_BACKUP");
  ASSERT_TRUE(Back(backup_).ok());
  fs::remove(backup_ + "/tls.key");
  EXPECT_FALSE(RestoreBackup(backup_, target).ok());
  EXPECT_EQ(Names(), (std::set<std::string>{"backup", "data"}));
}

TEST_F(BackupTest, FindsBodiesAndBlobsThatAreNotTheSignedOnes) {
  const crypto::Bytes blob(100, 1);
  const crypto::ByteSpan span(blob);
  ASSERT_TRUE(custodian_->PutBlobs(group_->id(), group_->tls(1), {&span, 1}).ok());
  ASSERT_TRUE(custodian_->Append(group_->id(), group_->Say(1, {{crypto::Sha256(blob), 100}})).ok());
  ASSERT_TRUE(store_->EraseBody(group_->id(), 1).ok());  // No damage: it may be erased.
  Close();
  EXPECT_EQ(VerifyFolder(data_)->entries, 5u);
  Damage(data_.database(), "UPDATE entries SET body = x'0102' WHERE idx = 2");
  EXPECT_EQ(Reason(VerifyFolder(data_)), "STORE_DAMAGED");
  Damage(data_.database(), "UPDATE entries SET body = x'' WHERE idx = 2");
  EXPECT_TRUE(VerifyFolder(data_).ok());
  Damage(data_.database(), "DELETE FROM blobs");
  EXPECT_EQ(Reason(VerifyFolder(data_)), "STORE_DAMAGED");
}

TEST_F(BackupTest, DoesNotOpenAStoreThatAServerHasOpen) {
  EXPECT_EQ(Reason(VerifyFolder(data_)), "ALREADY_RUNNING");
}

TEST_F(BackupTest, TellsAnUninitialisedFolder) {
  EXPECT_EQ(Reason(ReadKeys(DataFolder(folder_.File("nowhere")))), "NOT_INITIALISED");
  EXPECT_EQ(InitFolder(data_, "127.0.0.1:0", "").code(), absl::StatusCode::kAlreadyExists);
}

}  // namespace
}  // namespace quorate::server::testing
