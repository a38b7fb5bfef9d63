#include "custody/node/daemon/hook.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <functional>
#include <sstream>
#include <string>

#include "absl/time/clock.h"
#include "custody/base/error_info.h"

namespace quorate::node {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr absl::Duration kPatience = absl::Seconds(20);

class HookTest : public ::testing::Test {
 protected:
  HookTest() {
    folder_ = ::testing::TempDir() + "hook-XXXXXX";
    if (::mkdtemp(folder_.data()) == nullptr) std::abort();
  }
  ~HookTest() override { std::filesystem::remove_all(folder_); }

  std::string Path(const std::string& name) const { return folder_ + "/" + name; }
  std::string Content(const std::string& name) const {
    std::ostringstream content;
    content << std::ifstream(Path(name)).rdbuf();
    return content.str();
  }
  // A program that runs `body`, as a person would write it.
  std::string Program(const std::string& body) {
    const std::string path = Path("program");
    std::ofstream(path) << "#!/bin/sh\ncd \"" << folder_ << "\"\n" << body << "\n";
    ::chmod(path.c_str(), 0700);
    return path;
  }
  // Looks every few milliseconds whether it is so.
  static bool Until(const std::function<bool()>& so) {
    const absl::Time deadline = absl::Now() + kPatience;
    while (!so()) {
      if (absl::Now() > deadline) return false;
      ::poll(nullptr, 0, 5);
    }
    return true;
  }
  bool Exists(const std::string& name) const { return std::filesystem::exists(Path(name)); }

  std::string folder_;
};

TEST_F(HookTest, TheProgramGetsTheLineAndItsArgumentsWithoutAShellBetween) {
  Hook hook;
  hook.Start({Program("cat > line; printf %s \"$1\" > argument; mv argument done"),
              "; touch \"" + Path("broken") + "\" $(touch x) `touch y`"});
  hook.Notify("{\"kind\":\"request\"}\n");
  ASSERT_TRUE(Until([&] { return Exists("done"); }));
  EXPECT_EQ(Content("line"), "{\"kind\":\"request\"}\n");
  EXPECT_THAT(Content("done"), HasSubstr("$(touch x) `touch y`"));
  EXPECT_FALSE(Exists("broken"));
}

TEST_F(HookTest, TheProgramGetsNoneOfTheNodesSecretsDescriptorsOrSignals) {
  ::setenv("QUORATE_PLANTED", "dummy-secret", 1);
  const int descriptor = ::open("/dev/zero", O_RDONLY);  // Not closed on exec.
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
  ::signal(SIGPIPE, SIG_IGN);
  Hook hook;
  hook.Start(
      {Program("env > env; ls -l /proc/self/fd > fds; grep Sig /proc/self/status > signals\n"
               "mv signals done")});
  hook.Notify("x\n");
  ASSERT_TRUE(Until([&] { return Exists("done"); }));
  EXPECT_THAT(Content("env"), Not(HasSubstr("PLANTED")));
  EXPECT_THAT(Content("env"), HasSubstr("PATH="));
  EXPECT_THAT(Content("fds"), Not(HasSubstr("/dev/zero")));
  EXPECT_THAT(Content("done"), HasSubstr("SigBlk:\t0000000000000000"));
  // Beside the two that the C library keeps for itself.
  EXPECT_THAT(Content("done"), ::testing::ContainsRegex("SigIgn:\t[0-9a-f]{8}[08]0000000\n"));
  pthread_sigmask(SIG_UNBLOCK, &set, nullptr);
  ::close(descriptor);
  ::unsetenv("QUORATE_PLANTED");
}

TEST_F(HookTest, AHangingProgramIsEndedWithAllThatItStartedAndTheNextEventComes) {
  Hook hook(absl::Milliseconds(200));
  // The first run never ends, nor does what it started: both hold the pipe open.
  ASSERT_EQ(::mkfifo(Path("never").c_str(), 0600), 0);
  hook.Start(
      {Program("if [ -e second ]; then touch done; exit; fi; touch second\n"
               "(echo $$ > child; read x < never; touch escaped) & read y < never")});
  hook.Notify("one\n");
  hook.Notify("two\n");
  ASSERT_TRUE(Until([&] { return Exists("done"); }));
  // What was killed may take a moment to go. Whoever lived on would read from `held` for ever.
  const auto open = [&] { return ::open(Path("never").c_str(), O_WRONLY | O_NONBLOCK); };
  const int held = open();
  EXPECT_TRUE(Until([&] {
    const int again = open();
    if (again >= 0) ::close(again);
    return again < 0;
  })) << "something still reads";
  if (held >= 0) ::close(held);
  EXPECT_FALSE(Exists("escaped"));
}

TEST_F(HookTest, NotifyingNeverWaitsAndOnlyTheNewestHundredAreKept) {
  ASSERT_EQ(::mkfifo(Path("gate").c_str(), 0600), 0);
  Hook hook;
  hook.Start(
      {Program("cat >> lines; [ -e open ] || { touch waiting; read x < gate; touch open; }")});
  hook.Notify("first\n");
  ASSERT_TRUE(Until([&] { return Exists("waiting"); }));
  const absl::Time start = absl::Now();
  for (int i = 0; i < 300; ++i) hook.Notify(std::to_string(i) + "\n");
  EXPECT_LT(absl::Now() - start, absl::Seconds(5));
  std::ofstream(Path("gate")) << "go\n";
  ASSERT_TRUE(Until([&] { return Content("lines").ends_with("299\n"); }));
  std::string expected = "first\n";
  for (int i = 200; i < 300; ++i) expected += std::to_string(i) + "\n";
  EXPECT_EQ(Content("lines"), expected);
}

TEST_F(HookTest, StoppingDoesNotWaitForAHangingProgram) {
  ASSERT_EQ(::mkfifo(Path("never").c_str(), 0600), 0);
  Hook hook;
  hook.Start({Program("touch waiting; read x < never")});
  hook.Notify("x\n");
  ASSERT_TRUE(Until([&] { return Exists("waiting"); }));
  const absl::Time start = absl::Now();
  hook.Stop();
  EXPECT_LT(absl::Now() - start, absl::Seconds(10));
  hook.Notify("after\n");
}

TEST_F(HookTest, AProgramThatIsNotThereDoesNoHarm) {
  Hook hook;
  hook.Start({Path("nothing")});
  for (int i = 0; i < 3; ++i) hook.Notify("x\n");
  hook.Notify(std::string(5000, 'x'));
  hook.Stop();
}

TEST_F(HookTest, AProgramThatDoesNotReadDoesNotHoldUpTheNext) {
  Hook hook;
  hook.Start({Program("echo run >> runs")});
  for (int i = 0; i < 3; ++i) hook.Notify(std::string(4000, 'x') + "\n");
  ASSERT_TRUE(Until([&] { return Content("runs") == "run\nrun\nrun\n"; }));
}

TEST_F(HookTest, TheSettingsAreReadStrictly) {
  auto read = [&](const std::string& text) {
    std::ofstream(Path("config.toml")) << text;
    return ReadNodeConfig(Path("config.toml"));
  };
  EXPECT_TRUE(ReadNodeConfig(Path("none.toml"))->notify_exec.empty());
  EXPECT_TRUE(read("")->notify_exec.empty());
  EXPECT_EQ(read("[notify]\nexec = [\"a\", \"b c\"]\n")->notify_exec,
            (std::vector<std::string>{"a", "b c"}));
  for (const char* bad : {"notify = 1", "[notify]\nexec = \"a\"", "[notify]\nexec = [1]",
                          "[notify]\nrun = [\"a\"]", "[other]\n", "[notify", "exec = [\"a\"]"}) {
    EXPECT_EQ(base::GetReason(read(bad).status()), "BAD_CONFIG") << bad;
  }
}

}  // namespace
}  // namespace quorate::node
