#include "client/cli/process.h"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <limits>
#include <string_view>
#include <system_error>

#include "absl/strings/str_cat.h"
#include "client/cli/exit_codes.h"
#include "client/cli/output.h"
#include "custody/base/status_macros.h"

extern "C" char** environ;

namespace quorate::cli {
namespace {

// posix_spawn's two bundles, destroyed together.
class Spawn {
 public:
  Spawn() {
    posix_spawn_file_actions_init(&actions_);
    posix_spawnattr_init(&attributes_);
    // SIGINT and friends are blocked here for the thread that waits for them, and SIGPIPE is
    // ignored; a child starts afresh.
    sigset_t none;
    sigset_t all;
    sigemptyset(&none);
    sigfillset(&all);
    posix_spawnattr_setsigmask(&attributes_, &none);
    posix_spawnattr_setsigdefault(&attributes_, &all);
  }
  ~Spawn() {
    posix_spawn_file_actions_destroy(&actions_);
    posix_spawnattr_destroy(&attributes_);
  }
  Spawn(const Spawn&) = delete;
  Spawn& operator=(const Spawn&) = delete;

  posix_spawn_file_actions_t* actions() { return &actions_; }

  absl::StatusOr<pid_t> Run(const Program& program, short flags) {
    posix_spawnattr_setflags(
        &attributes_, static_cast<short>(flags | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF));
    std::vector<std::string> arguments = program.arguments;
    arguments.insert(arguments.begin(), program.file);
    std::vector<std::string> environment = Environment(program);
    std::vector<char*> argv = Pointers(arguments);
    std::vector<char*> envp = Pointers(environment);
    pid_t pid = 0;
    const int error =
        posix_spawnp(&pid, program.file.c_str(), &actions_, &attributes_, argv.data(), envp.data());
    if (error == 0) return pid;
    return LocalError(absl::StrCat(Shown(program.file), " cannot be started (",
                                   std::generic_category().message(error), ")"),
                      "check that it is installed and in $PATH");
  }

 private:
  static std::vector<std::string> Environment(const Program& program) {
    std::vector<std::string> out;
    for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
      const std::string_view text = *entry;
      const bool replaced = std::ranges::any_of(program.environment, [text](const auto& added) {
        return text.starts_with(added.first + "=");
      });
      if (!replaced) out.emplace_back(text);
    }
    for (const auto& [name, value] : program.environment) out.push_back(name + "=" + value);
    return out;
  }
  static std::vector<char*> Pointers(std::vector<std::string>& texts) {
    std::vector<char*> out;
    for (std::string& text : texts) out.push_back(text.data());
    out.push_back(nullptr);
    return out;
  }

  posix_spawn_file_actions_t actions_;
  posix_spawnattr_t attributes_;
};

int ExitCodeOf(int status) {
  return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

bool IsExecutable(const std::string& path) { return ::access(path.c_str(), X_OK) == 0; }

}  // namespace

std::string FindBeside(const std::string& name) {
  std::array<char, 4096> path{};
  const ssize_t size = ::readlink("/proc/self/exe", path.data(), path.size());
  if (size > 0 && static_cast<size_t>(size) < path.size()) {
    const std::string_view self(path.data(), static_cast<size_t>(size));
    const std::string beside = std::string(self.substr(0, self.rfind('/') + 1)) + name;
    if (IsExecutable(beside)) return beside;
  }
  return name;
}

std::optional<std::string> FindInPath(const std::string& name) {
  const char* path = std::getenv("PATH");
  std::string_view rest = path == nullptr ? "/usr/bin:/bin" : path;
  while (!rest.empty()) {
    const size_t end = std::min(rest.find(':'), rest.size());
    const std::string file = std::string(rest.substr(0, end)) + "/" + name;
    if (end > 0 && IsExecutable(file)) return file;
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return std::nullopt;
}

absl::StatusOr<pid_t> StartDetached(const Program& program, const std::string& log) {
  Spawn spawn;
  posix_spawn_file_actions_addopen(spawn.actions(), 0, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_addopen(spawn.actions(), 1, log.c_str(),
                                   O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW, 0600);
  posix_spawn_file_actions_adddup2(spawn.actions(), 1, 2);
  posix_spawn_file_actions_addclosefrom_np(spawn.actions(), 3);
  return spawn.Run(program, POSIX_SPAWN_SETSID);
}

absl::StatusOr<int> RunWithSecret(const Program& program, const crypto::Secret& secret,
                                  int secret_fd, bool quiet) {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) return LocalError("no pipe is to be had", "try again");
  Spawn spawn;
  if (ends[0] == secret_fd) {
    // adddup2 of a descriptor onto itself clears its close-on-exec flag.
    posix_spawn_file_actions_adddup2(spawn.actions(), ends[0], ends[0]);
  } else {
    posix_spawn_file_actions_adddup2(spawn.actions(), ends[0], secret_fd);
  }
  if (quiet) {
    posix_spawn_file_actions_addopen(spawn.actions(), 1, "/dev/null", O_WRONLY, 0);
    posix_spawn_file_actions_addopen(spawn.actions(), 2, "/dev/null", O_WRONLY, 0);
  }
  posix_spawn_file_actions_addclosefrom_np(spawn.actions(), std::max(secret_fd, 2) + 1);
  absl::StatusOr<pid_t> pid = spawn.Run(program, 0);
  ::close(ends[0]);
  // A child that closes its end early has taken what it wanted.
  if (pid.ok()) (void)WriteFd(ends[1], secret);
  ::close(ends[1]);
  QUORATE_RETURN_IF_ERROR(pid.status());
  int status = 0;
  while (::waitpid(*pid, &status, 0) < 0) {
    if (errno != EINTR) return LocalError("the program's end was not seen", "check what it did");
  }
  return ExitCodeOf(status);
}

std::optional<int> ExitedChild(pid_t pid) {
  int status = 0;
  if (::waitpid(pid, &status, WNOHANG) != pid) return std::nullopt;
  return ExitCodeOf(status);
}

absl::StatusOr<WatchedProcess> WatchedProcess::Open(pid_t pid) {
  const int fd = static_cast<int>(::syscall(SYS_pidfd_open, pid, 0));
  if (fd < 0) return absl::NotFoundError("there is no such process any more");
  return WatchedProcess(fd);
}

WatchedProcess::~WatchedProcess() {
  if (fd_ >= 0) ::close(fd_);
}

bool WatchedProcess::WaitForEnd(absl::Duration longest) const {
  struct pollfd wait = {fd_, POLLIN, 0};
  const int64_t ms =
      std::clamp<int64_t>(absl::ToInt64Milliseconds(longest), 0, std::numeric_limits<int>::max());
  return ::poll(&wait, 1, static_cast<int>(ms)) == 1;
}

}  // namespace quorate::cli
