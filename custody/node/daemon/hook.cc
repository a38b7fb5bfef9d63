#include "custody/node/daemon/hook.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <toml++/toml.h>
#include <unistd.h>

#include <utility>

#include "custody/base/error_info.h"
#include "custody/base/files.h"
#include "custody/base/status_macros.h"

namespace quorate::node {
namespace {

constexpr size_t kMaxWaiting = 100;
// What a pipe holds at least.
constexpr size_t kMaxLineBytes = 4096;
constexpr size_t kMaxConfigBytes = 64 * 1024;

absl::Status BadConfig(const std::string& what) {
  return base::MakeError(absl::StatusCode::kInvalidArgument, "BAD_CONFIG", "config.toml: " + what,
                         "correct the file and start the node again");
}

std::vector<std::string> KeptEnvironment() {
  std::vector<std::string> kept;
  for (const char* name :
       {"PATH", "HOME", "USER", "LOGNAME", "LANG", "LC_ALL", "TZ", "DISPLAY", "WAYLAND_DISPLAY",
        "XAUTHORITY", "XDG_RUNTIME_DIR", "DBUS_SESSION_BUS_ADDRESS"}) {
    const char* value = ::getenv(name);
    if (value != nullptr) kept.push_back(std::string(name) + "=" + value);
  }
  return kept;
}

}  // namespace

absl::StatusOr<NodeConfig> ReadNodeConfig(const std::string& path) {
  NodeConfig config;
  QUORATE_ASSIGN_OR_RETURN(bool exists, base::FileExists(path));
  if (!exists) return config;
  QUORATE_ASSIGN_OR_RETURN(std::vector<uint8_t> bytes, base::ReadFile(path, kMaxConfigBytes));
  toml::table table;
  try {
    table =
        toml::parse(std::string_view(reinterpret_cast<const char*>(bytes.data()), bytes.size()));
  } catch (const toml::parse_error& error) {
    return BadConfig("line " + std::to_string(error.source().begin.line) + " is not TOML");
  }
  for (const auto& [key, value] : table) {
    if (key.str() != "notify" || !value.is_table()) return BadConfig("only [notify] is known");
    for (const auto& [inner, setting] : *value.as_table()) {
      if (inner.str() != "exec" || !setting.is_array()) {
        return BadConfig("[notify] has one setting: exec, a list of texts");
      }
      for (const toml::node& word : *setting.as_array()) {
        if (!word.is_string()) return BadConfig("exec is a list of texts");
        config.notify_exec.push_back(word.as_string()->get());
      }
    }
  }
  return config;
}

Hook::~Hook() { Stop(); }

void Hook::Start(std::vector<std::string> exec) {
  if (exec.empty()) return;
  stop_event_ = ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  // Without a way to stop it, it does not start.
  if (stop_event_ < 0) return;
  exec_ = std::move(exec);
  thread_ = std::thread([this] { Loop(); });
}

void Hook::Notify(std::string json_line) {
  if (exec_.empty()) return;
  absl::MutexLock lock(&mutex_);
  // The oldest goes: what happened last is what a person needs to hear.
  if (waiting_.size() >= kMaxWaiting) waiting_.pop_front();
  waiting_.push_back(std::move(json_line));
}

void Hook::Stop() {
  {
    absl::MutexLock lock(&mutex_);
    stopping_ = true;
  }
  if (!thread_.joinable()) return;
  const uint64_t one = 1;
  // An eventfd with room cannot fail to take this.
  [[maybe_unused]] const ssize_t written = ::write(stop_event_, &one, sizeof one);
  thread_.join();
  ::close(std::exchange(stop_event_, -1));
}

void Hook::Loop() {
  while (true) {
    std::string line;
    {
      absl::MutexLock lock(&mutex_);
      auto ready = [this]() ABSL_SHARED_LOCKS_REQUIRED(mutex_) {
        return stopping_ || !waiting_.empty();
      };
      mutex_.Await(absl::Condition(&ready));
      if (stopping_) return;
      line = std::move(waiting_.front());
      waiting_.pop_front();
    }
    RunOnce(line);
  }
}

void Hook::RunOnce(const std::string& line) const {
  int pipe_fds[2];
  if (line.size() > kMaxLineBytes || ::pipe2(pipe_fds, O_CLOEXEC) != 0) return;
  // One line fits the pipe's buffer: the write cannot block on a program that does not read.
  const bool written =
      ::write(pipe_fds[1], line.data(), line.size()) == static_cast<ssize_t>(line.size());
  ::close(pipe_fds[1]);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, pipe_fds[0], 0);
  posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0);
  posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0);
  posix_spawn_file_actions_addclosefrom_np(&actions, 3);
  // A group of its own, so that all of it can be ended; signals as every program expects them, not
  // blocked and ignored as the node keeps them.
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  sigset_t none;
  sigset_t all;
  sigemptyset(&none);
  sigfillset(&all);
  posix_spawnattr_setsigmask(&attributes, &none);
  posix_spawnattr_setsigdefault(&attributes, &all);
  posix_spawnattr_setpgroup(&attributes, 0);
  posix_spawnattr_setflags(&attributes,
                           POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);
  std::vector<char*> argv;
  argv.reserve(exec_.size() + 1);
  for (const std::string& word : exec_) argv.push_back(const_cast<char*>(word.c_str()));
  argv.push_back(nullptr);
  std::vector<std::string> kept = KeptEnvironment();
  std::vector<char*> environment;
  environment.reserve(kept.size() + 1);
  for (std::string& setting : kept) environment.push_back(setting.data());
  environment.push_back(nullptr);
  pid_t pid = -1;
  const int spawned = written ? ::posix_spawnp(&pid, argv[0], &actions, &attributes, argv.data(),
                                               environment.data())
                              : -1;
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&actions);
  ::close(pipe_fds[0]);
  if (spawned != 0) return;
  (void)WaitForEnd(pid);
  // Not waited for yet, so the number still means this group.
  ::kill(-pid, SIGKILL);
  ::waitpid(pid, nullptr, 0);
}

bool Hook::WaitForEnd(pid_t pid) const {
  const int pidfd = static_cast<int>(::syscall(SYS_pidfd_open, pid, 0));
  if (pidfd < 0) return false;
  pollfd wait[2] = {{pidfd, POLLIN, 0}, {stop_event_, POLLIN, 0}};
  const int ready = ::poll(wait, 2, static_cast<int>(absl::ToInt64Milliseconds(limit_)));
  ::close(pidfd);
  return ready > 0 && wait[0].revents != 0;
}

}  // namespace quorate::node
