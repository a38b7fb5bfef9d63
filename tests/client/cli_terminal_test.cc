#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <stdlib.h>
#include <unistd.h>

#include <string>
#include <thread>

#include "client/cli/tty_terminal.h"
#include "crypto/bytes.h"
#include "crypto/init.h"

namespace quorate::cli {
namespace {

constexpr int kLongestMs = 10'000;
constexpr char kLeave[] = "\x1b[?1049l";

// A terminal whose keyboard and screen the test holds.
class CliTerminal : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(crypto::InitCrypto().ok());
    master_ = ::posix_openpt(O_RDWR | O_NOCTTY);
    ASSERT_GE(master_, 0);
    ASSERT_EQ(::grantpt(master_), 0);
    ASSERT_EQ(::unlockpt(master_), 0);
    slave_ = ::open(::ptsname(master_), O_RDWR | O_NOCTTY);
    ASSERT_GE(slave_, 0);
  }
  void TearDown() override {
    ::close(slave_);
    ::close(master_);
  }

  // What reached the screen, until `end` did or nothing came for long.
  std::string ScreenUntil(const std::string& end) {
    std::string screen;
    pollfd wait{master_, POLLIN, 0};
    while (screen.find(end) == std::string::npos && ::poll(&wait, 1, kLongestMs) == 1) {
      char bytes[256];
      const ssize_t count = ::read(master_, bytes, sizeof bytes);
      if (count <= 0) break;
      screen.append(bytes, static_cast<size_t>(count));
    }
    return screen;
  }

  int master_ = -1;
  int slave_ = -1;
};

crypto::Secret Text(std::string_view text) { return crypto::Secret::Copy(crypto::AsBytes(text)); }

TEST_F(CliTerminal, ShowsASecretOnTheAlternateScreenAlone) {
  TtyTerminal terminal(slave_, slave_, slave_);
  std::thread person([&] {
    ScreenUntil("hunter2");
    EXPECT_EQ(::write(master_, "x", 1), 1);
  });
  EXPECT_TRUE(terminal.ShowUntilKey(Text("hunter2")).ok());
  person.join();
  EXPECT_NE(ScreenUntil(kLeave).find(kLeave), std::string::npos);
}

TEST_F(CliTerminal, ShowsNoSecretOnceASignalHasLeftTheScreen) {
  TtyTerminal terminal(slave_, slave_, slave_);
  terminal.Abandon();
  EXPECT_FALSE(terminal.ShowUntilKey(Text("hunter2")).ok());
  ASSERT_EQ(::write(slave_, "end", 3), 3);
  EXPECT_EQ(ScreenUntil("end").find("hunter2"), std::string::npos);
}

TEST_F(CliTerminal, ASignalUndoesWhatWasAsked) {
  TtyTerminal terminal(slave_, slave_, slave_);
  int undone = 0;
  terminal.UndoOnSignal([&] { ++undone; });
  terminal.Abandon();
  terminal.Abandon();
  EXPECT_EQ(undone, 1);
}

TEST_F(CliTerminal, ASignalUndoesNothingThatWasTakenBack) {
  TtyTerminal terminal(slave_, slave_, slave_);
  bool undone = false;
  terminal.UndoOnSignal([&] { undone = true; });
  terminal.UndoOnSignal({});
  terminal.Abandon();
  EXPECT_FALSE(undone);
}

}  // namespace
}  // namespace quorate::cli
