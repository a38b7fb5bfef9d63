#include "custody/net/unix_socket.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstring>
#include <filesystem>
#include <fstream>
#include <string>

#include "custody/base/error_info.h"
#include "custody/net/channel.h"

namespace quorate::net {
namespace {

constexpr int kLimitMs = 10'000;
// Nobody's: it owns nothing here.
constexpr uid_t kStranger = 65534;

int Connect(const std::string& path) {
  const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
  if (fd >= 0 && connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    close(fd);
    return -1;
  }
  return fd;
}

// What the other side says within the limit: 'w' where it welcomes us, 'h' where it hangs up.
char Answer(int fd) {
  pollfd wait{fd, POLLIN, 0};
  if (fd < 0 || poll(&wait, 1, kLimitMs) != 1) return '?';
  char byte = 0;
  return read(fd, &byte, 1) == 1 ? byte : 'h';
}

void Welcome(int fd) {
  const char byte = 'w';
  if (write(fd, &byte, 1) != 1) std::abort();
  close(fd);
}

char Try(const std::string& path) {
  const int fd = Connect(path);
  const char answer = Answer(fd);
  if (fd >= 0) close(fd);
  return answer;
}

// The same as another user, in a process of its own; gRPC has not started here.
char TryAs(uid_t uid, const std::string& path) {
  const pid_t child = fork();
  if (child == 0) {
    if (setresuid(uid, uid, uid) != 0) _exit('u');
    _exit(Try(path));
  }
  int status = 0;
  waitpid(child, &status, 0);
  return WIFEXITED(status) ? static_cast<char>(WEXITSTATUS(status)) : '!';
}

class UnixSocketTest : public ::testing::Test {
 protected:
  UnixSocketTest() {
    folder_ = ::testing::TempDir() + "socket-XXXXXX";
    if (::mkdtemp(folder_.data()) == nullptr) std::abort();
    path_ = folder_ + "/node.sock";
  }
  ~UnixSocketTest() override { std::filesystem::remove_all(folder_); }

  std::string folder_;
  std::string path_;
};

TEST_F(UnixSocketTest, AnswersItsUserAndIsThereForNobodyElse) {
  auto listener = UnixListener::Listen(path_, getuid(), Welcome);
  ASSERT_TRUE(listener.ok()) << listener.status();
  EXPECT_EQ(Try(path_), 'w');
  struct stat info {};
  ASSERT_EQ(lstat(path_.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0600u);
  ASSERT_EQ(lstat(folder_.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0700u);
  listener->reset();
  EXPECT_NE(lstat(path_.c_str(), &info), 0);
}

TEST_F(UnixSocketTest, HangsUpOnWhomeverIsNotTheUserItAnswers) {
  // The kernel's word on who we are is compared with somebody else's number.
  auto listener = UnixListener::Listen(path_, getuid() + 1, Welcome);
  ASSERT_TRUE(listener.ok()) << listener.status();
  EXPECT_EQ(Try(path_), 'h');
  EXPECT_EQ((*listener)->refused(), 1u);
}

TEST_F(UnixSocketTest, HangsUpOnAnotherUserOfTheMachine) {
  if (geteuid() != 0) GTEST_SKIP() << "needs root, to become another user";
  auto listener = UnixListener::Listen(path_, getuid(), Welcome);
  ASSERT_TRUE(listener.ok()) << listener.status();
  // The folder and the mode keep others out already; opened up, the kernel's word still does.
  EXPECT_EQ(TryAs(kStranger, path_), '?');
  ASSERT_EQ(chmod(folder_.c_str(), 0755), 0);
  EXPECT_EQ(TryAs(kStranger, path_), '?');
  ASSERT_EQ(chmod(path_.c_str(), 0666), 0);
  EXPECT_EQ(TryAs(kStranger, path_), 'h');
  EXPECT_EQ((*listener)->refused(), 1u);
  EXPECT_EQ(Try(path_), 'w');
}

TEST_F(UnixSocketTest, APathThatDoesNotFitIsRefusedByBothSides) {
  const std::string folder = folder_ + "/" + std::string(100, 'a');
  const auto listener = UnixListener::Listen(folder + "/s", getuid(), Welcome);
  EXPECT_EQ(base::GetReason(listener.status()), "PATH_TOO_LONG");
  EXPECT_FALSE(std::filesystem::exists(folder));
  EXPECT_EQ(base::GetReason(UnixChannel(folder + "/s").status()), "PATH_TOO_LONG");
}

TEST_F(UnixSocketTest, ThePathMayBeAsLongAsTheKernelTakes) {
  std::string path = folder_ + "/";
  path += std::string(kMaxSocketPathBytes - path.size(), 's');
  auto listener = UnixListener::Listen(path, getuid(), Welcome);
  ASSERT_TRUE(listener.ok()) << listener.status();
  EXPECT_EQ(Try(path), 'w');
  EXPECT_EQ(base::GetReason(UnixListener::Listen(path + "s", getuid(), Welcome).status()),
            "PATH_TOO_LONG");
}

TEST_F(UnixSocketTest, ASocketThatADeadProgramLeftIsTakenOver) {
  const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, path_.c_str(), path_.size() + 1);
  ASSERT_EQ(bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
  close(fd);
  EXPECT_EQ(Connect(path_), -1);
  auto listener = UnixListener::Listen(path_, getuid(), Welcome);
  ASSERT_TRUE(listener.ok()) << listener.status();
  EXPECT_EQ(Try(path_), 'w');
}

TEST_F(UnixSocketTest, ASocketThatIsAnsweredIsNotStolen) {
  auto first = UnixListener::Listen(path_, getuid(), Welcome);
  ASSERT_TRUE(first.ok()) << first.status();
  const auto second = UnixListener::Listen(path_, getuid(), Welcome);
  EXPECT_EQ(base::GetReason(second.status()), "ALREADY_RUNNING");
  EXPECT_EQ(Try(path_), 'w');
  first->reset();
  EXPECT_TRUE(UnixListener::Listen(path_, getuid(), Welcome).ok());
}

TEST_F(UnixSocketTest, SomethingElseAtItsPlaceIsLeftAlone) {
  std::ofstream(path_) << "precious";
  EXPECT_EQ(base::GetReason(UnixListener::Listen(path_, getuid(), Welcome).status()),
            "NOT_A_SOCKET");
  std::string content;
  std::ifstream(path_) >> content;
  EXPECT_EQ(content, "precious");
  // Nor is a link followed.
  ASSERT_EQ(rename(path_.c_str(), (folder_ + "/file").c_str()), 0);
  ASSERT_EQ(symlink("file", path_.c_str()), 0);
  EXPECT_EQ(base::GetReason(UnixListener::Listen(path_, getuid(), Welcome).status()),
            "NOT_A_SOCKET");
  EXPECT_EQ(base::GetReason(UnixChannel(path_).status()), "FOREIGN_SOCKET");
}

TEST_F(UnixSocketTest, AFolderThatOthersCanEnterIsRefused) {
  const std::string open = folder_ + "/open";
  ASSERT_EQ(mkdir(open.c_str(), 0755), 0);
  ASSERT_EQ(chmod(open.c_str(), 0755), 0);
  EXPECT_EQ(UnixListener::Listen(open + "/s", getuid(), Welcome).status().code(),
            absl::StatusCode::kFailedPrecondition);
}

TEST_F(UnixSocketTest, APathWithoutAFolderIsRefused) {
  for (const char* path : {"node.sock", "/node.sock", ""}) {
    EXPECT_EQ(base::GetReason(UnixListener::Listen(path, getuid(), Welcome).status()),
              "BAD_SOCKET_PATH");
  }
}

TEST_F(UnixSocketTest, AClientSeesWhetherThereIsASocketAndWhoseItIs) {
  EXPECT_EQ(base::GetReason(UnixChannel(path_).status()), "NOT_RUNNING");
  auto listener = UnixListener::Listen(path_, getuid(), Welcome);
  ASSERT_TRUE(listener.ok());
  EXPECT_TRUE(UnixChannel(path_).ok());
  if (geteuid() == 0) {
    ASSERT_EQ(lchown(path_.c_str(), kStranger, kStranger), 0);
    EXPECT_EQ(base::GetReason(UnixChannel(path_).status()), "FOREIGN_SOCKET");
  }
}

}  // namespace
}  // namespace quorate::net
