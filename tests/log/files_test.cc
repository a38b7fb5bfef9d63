#include "custody/base/files.h"

#include <errno.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>

#include "crypto/bytes.h"
#include "custody/base/error_info.h"
#include "tests/log/testing.h"

namespace quorate::base {
namespace {

using crypto::ToBytes;

class FilesTest : public ::testing::Test {
 protected:
  size_t FileCount() const {
    size_t count = 0;
    for (const auto& entry : std::filesystem::directory_iterator(folder_.path())) {
      count += entry.exists() ? 1 : 0;
    }
    return count;
  }
  mode_t ModeOf(const std::string& path) const {
    struct stat info {};
    return stat(path.c_str(), &info) == 0 ? info.st_mode & 07777 : 0;
  }

  const log::TemporaryFolder folder_;
  const std::string path_ = folder_.File("a");
};

TEST_F(FilesTest, ReadsWhatItWrote) {
  for (const size_t size : {0, 1, 4095, 4096, 100000}) {
    const crypto::Bytes bytes(size, 0x5A);
    ASSERT_TRUE(WriteFileAtomically(path_, bytes).ok());
    EXPECT_EQ(*ReadFile(path_, 100000), bytes);
  }
  EXPECT_EQ(FileCount(), 1u);
}

TEST_F(FilesTest, MakesFilesForTheOwnerAlone) {
  const mode_t before = umask(0);
  EXPECT_TRUE(WriteFileAtomically(path_, ToBytes("x")).ok());
  EXPECT_TRUE(CreateFileExclusively(folder_.File("b"), ToBytes("x")).ok());
  EXPECT_TRUE(EnsurePrivateFile(folder_.File("c")).ok());
  EXPECT_TRUE(MakePrivateFolder(folder_.File("d")).ok());
  umask(before);
  EXPECT_EQ(ModeOf(path_), 0600u);
  EXPECT_EQ(ModeOf(folder_.File("b")), 0600u);
  EXPECT_EQ(ModeOf(folder_.File("c")), 0600u);
  EXPECT_EQ(ModeOf(folder_.File("d")), 0700u);
}

TEST_F(FilesTest, TightensTheRightsOfAFileThatItReplaces) {
  ASSERT_TRUE(WriteFileAtomically(path_, ToBytes("x")).ok());
  ASSERT_EQ(chmod(path_.c_str(), 0644), 0);
  ASSERT_TRUE(WriteFileAtomically(path_, ToBytes("y")).ok());
  EXPECT_EQ(ModeOf(path_), 0600u);
}

TEST_F(FilesTest, CreatesOnlyWhereNothingIs) {
  ASSERT_TRUE(CreateFileExclusively(path_, ToBytes("first")).ok());
  EXPECT_EQ(CreateFileExclusively(path_, ToBytes("second")).code(),
            absl::StatusCode::kAlreadyExists);
  EXPECT_EQ(*ReadFile(path_, 100), ToBytes("first"));
  EXPECT_EQ(FileCount(), 1u);
}

TEST_F(FilesTest, KeepsTheOldFileWhenTheNewOneDoesNotFit) {
  ASSERT_TRUE(WriteFileAtomically(path_, ToBytes("old")).ok());
  rlimit before{};
  ASSERT_EQ(getrlimit(RLIMIT_FSIZE, &before), 0);
  rlimit small = before;
  small.rlim_cur = 1000;
  const auto handler = signal(SIGXFSZ, SIG_IGN);
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &small), 0);
  const absl::Status replaced = WriteFileAtomically(path_, crypto::Bytes(5000));
  const absl::Status created = CreateFileExclusively(folder_.File("b"), crypto::Bytes(5000));
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &before), 0);
  signal(SIGXFSZ, handler);
  EXPECT_EQ(replaced.code(), absl::StatusCode::kResourceExhausted) << replaced;
  EXPECT_EQ(created.code(), absl::StatusCode::kResourceExhausted) << created;
  EXPECT_EQ(*ReadFile(path_, 100), ToBytes("old"));
  EXPECT_EQ(FileCount(), 1u);
}

TEST_F(FilesTest, RefusesFilesBeyondTheBound) {
  ASSERT_TRUE(WriteFileAtomically(path_, crypto::Bytes(1001)).ok());
  EXPECT_TRUE(ReadFile(path_, 1001).ok());
  EXPECT_EQ(ReadFile(path_, 1000).status().code(), absl::StatusCode::kResourceExhausted);
}

TEST_F(FilesTest, BoundsFilesThatHideTheirSize) {
  // Files of proc say they are empty.
  EXPECT_TRUE(ReadFile("/proc/self/status", 1 << 20).ok());
  EXPECT_EQ(ReadFile("/proc/self/status", 10).status().code(),
            absl::StatusCode::kResourceExhausted);
}

TEST_F(FilesTest, RefusesWhatIsNotAFile) {
  EXPECT_EQ(ReadFile(folder_.path(), 100).status().code(), absl::StatusCode::kFailedPrecondition);
  ASSERT_EQ(mkfifo(path_.c_str(), 0600), 0);
  EXPECT_EQ(ReadFile(path_, 100).status().code(), absl::StatusCode::kFailedPrecondition);
}

TEST_F(FilesTest, ReportsWhatIsMissing) {
  EXPECT_EQ(ReadFile(path_, 100).status().code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(WriteFileAtomically(folder_.File("no/a"), {}).code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(MakePrivateFolder(folder_.File("no/a")).code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(EnsurePrivateFile(folder_.File("no/a")).code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(RenameFile(path_, folder_.File("b")).code(), absl::StatusCode::kNotFound);
}

TEST_F(FilesTest, RemovesAndFindsFiles) {
  EXPECT_FALSE(*FileExists(path_));
  ASSERT_TRUE(WriteFileAtomically(path_, {}).ok());
  EXPECT_TRUE(*FileExists(path_));
  EXPECT_TRUE(RenameFile(path_, folder_.File("b")).ok());
  EXPECT_FALSE(*FileExists(path_));
  EXPECT_TRUE(RemoveFile(folder_.File("b")).ok());
  EXPECT_TRUE(RemoveFile(folder_.File("b")).ok());
  EXPECT_EQ(FileCount(), 0u);
  EXPECT_FALSE(RemoveFile(folder_.path()).ok());
}

TEST_F(FilesTest, RefusesFoldersThatAreOpenToOthers) {
  const std::string folder = folder_.File("d");
  ASSERT_TRUE(MakePrivateFolder(folder).ok());
  EXPECT_TRUE(MakePrivateFolder(folder).ok());
  ASSERT_EQ(chmod(folder.c_str(), 0750), 0);
  EXPECT_EQ(MakePrivateFolder(folder).code(), absl::StatusCode::kFailedPrecondition);
  ASSERT_TRUE(WriteFileAtomically(path_, {}).ok());
  EXPECT_EQ(MakePrivateFolder(path_).code(), absl::StatusCode::kFailedPrecondition);
  ASSERT_EQ(symlink(folder.c_str(), folder_.File("link").c_str()), 0);
  EXPECT_EQ(MakePrivateFolder(folder_.File("link")).code(), absl::StatusCode::kFailedPrecondition);
}

TEST_F(FilesTest, DoesNotFollowLinksWhenItMakesFiles) {
  ASSERT_EQ(symlink(folder_.File("target").c_str(), path_.c_str()), 0);
  EXPECT_FALSE(EnsurePrivateFile(path_).ok());
  // The link itself is replaced, not what it points to.
  EXPECT_TRUE(WriteFileAtomically(path_, ToBytes("x")).ok());
  EXPECT_FALSE(*FileExists(folder_.File("target")));
}

TEST_F(FilesTest, NamesTheNextStepForEachError) {
  const struct {
    int error_number;
    absl::StatusCode code;
  } cases[] = {
      {ENOSPC, absl::StatusCode::kResourceExhausted},
      {EDQUOT, absl::StatusCode::kResourceExhausted},
      {EACCES, absl::StatusCode::kPermissionDenied},
      {EROFS, absl::StatusCode::kPermissionDenied},
      {EIO, absl::StatusCode::kUnavailable},
      {ENOENT, absl::StatusCode::kNotFound},
      {EEXIST, absl::StatusCode::kAlreadyExists},
      {ELOOP, absl::StatusCode::kFailedPrecondition},
  };
  for (const auto& c : cases) {
    const absl::Status status = ErrnoError(c.error_number, "cannot try", "p");
    EXPECT_EQ(status.code(), c.code);
    EXPECT_FALSE(GetNext(status).empty());
  }
}

}  // namespace
}  // namespace quorate::base
