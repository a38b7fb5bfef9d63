#include "custody/node/daemon/hook.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
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
constexpr int kLimitMs = 30'000;
constexpr size_t kMaxConfigBytes = 64 * 1024;

absl::Status BadConfig(const std::string& what) {
  return base::MakeError(absl::StatusCode::kInvalidArgument, "BAD_CONFIG", "config.toml: " + what,
                         "correct the file and start the node again");
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

Hook::~Hook() {
  Stop();
  if (stop_fd_ >= 0) ::close(stop_fd_);
}

void Hook::Start(std::vector<std::string> exec) {
  if (exec.empty()) return;
  exec_ = std::move(exec);
  stop_fd_ = ::eventfd(0, EFD_CLOEXEC);
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
  if (stop_fd_ >= 0) (void)::eventfd_write(stop_fd_, 1);
  if (thread_.joinable()) thread_.join();
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
  if (::pipe2(pipe_fds, O_CLOEXEC) != 0) return;
  // One line fits the pipe's buffer: the write cannot block on a program that does not read.
  const bool written = line.size() <= 4096 && ::write(pipe_fds[1], line.data(), line.size()) ==
                                                  static_cast<ssize_t>(line.size());
  ::close(pipe_fds[1]);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, pipe_fds[0], 0);
  posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0);
  posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0);
  posix_spawn_file_actions_addclosefrom_np(&actions, 3);
  // The node's own signals are blocked or ignored; the program starts afresh, and leads a group so
  // that what it starts can be ended with it.
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
  for (const std::string& word : exec_) argv.push_back(const_cast<char*>(word.c_str()));
  argv.push_back(nullptr);
  pid_t pid = -1;
  const int spawned =
      written ? ::posix_spawnp(&pid, argv[0], &actions, &attributes, argv.data(), environ) : -1;
  posix_spawn_file_actions_destroy(&actions);
  posix_spawnattr_destroy(&attributes);
  ::close(pipe_fds[0]);
  if (spawned != 0) return;
  const int pidfd = static_cast<int>(::syscall(SYS_pidfd_open, pid, 0));
  pollfd wait[] = {{pidfd, POLLIN, 0}, {stop_fd_, POLLIN, 0}};
  (void)::poll(wait, 2, kLimitMs);
  if ((wait[0].revents & POLLIN) == 0) ::kill(-pid, SIGKILL);
  ::waitpid(pid, nullptr, 0);
  if (pidfd >= 0) ::close(pidfd);
}

}  // namespace quorate::node
