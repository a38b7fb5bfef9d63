// Preloaded into a program (LD_PRELOAD), it counts what the program does to files below a folder
// and to its sockets, and at the n-th of these calls it ends the program or makes calls fail.
//
// QUORATE_FAULT_PLAN names a file of lines "key value". Read at the first call:
//   program  only a program of this name (as in /proc/self/comm, at most 15 bytes) is touched
//   folder   files below it count
//   sockets  1: sends on sockets count too
//   trace    each counted call appends "KIND NAME\n" to this file: KIND is write, sync, rename,
//            truncate, or send for a socket; NAME the file's own. " failed" follows where it did.
// Read at each counted call, so that a test can change its mind:
//   at       the call that the fault is at, counted from 1; 0: none, only counts
//   fault    kill: the program dies before the call. torn: half of the call's bytes are written,
//            then it dies. ENOSPC, EROFS: from the call on everything that writes fails with that
//            error. EIO: syncs fail too.
//
// What goes by other ways than these functions (stdio, memory maps) is not seen.
#include <dlfcn.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <map>
#include <mutex>
#include <sstream>
#include <string>
#include <string_view>

namespace {

enum class Kind { kWrite, kSync, kRename, kTruncate, kSend };

constexpr std::array<std::string_view, 5> kNames = {"write", "sync", "rename", "truncate", "send"};

using Lines = std::map<std::string, std::string>;

struct Plan {
  std::string path;
  std::string folder;  // Ends with a slash.
  int trace = -1;
  bool sockets = false;
  bool on = false;
};

std::string ReadAll(const char* path) {
  const int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return "";
  std::string text;
  std::array<char, 4096> chunk;
  ssize_t got = 0;
  while ((got = read(fd, chunk.data(), chunk.size())) > 0) {
    text.append(chunk.data(), static_cast<size_t>(got));
  }
  close(fd);
  return text;
}

Lines ReadLines(const std::string& path) {
  Lines lines;
  std::istringstream in(ReadAll(path.c_str()));
  for (std::string key, value; in >> key && std::getline(in >> std::ws, value);) lines[key] = value;
  return lines;
}

Plan ReadPlan() {
  Plan plan;
  const char* path = std::getenv("QUORATE_FAULT_PLAN");
  if (path == nullptr) return plan;
  plan.path = path;
  Lines lines = ReadLines(plan.path);
  std::string self = ReadAll("/proc/self/comm");
  while (!self.empty() && self.back() == '\n') self.pop_back();
  if (lines["folder"].empty() || self != lines["program"].substr(0, 15)) return plan;
  plan.folder = lines["folder"] + "/";
  plan.sockets = lines["sockets"] == "1";
  plan.trace = open(lines["trace"].c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  plan.on = true;
  return plan;
}

const Plan& ThePlan() {
  static const Plan plan = ReadPlan();
  return plan;
}

std::string PathOf(int fd) {
  std::array<char, 4096> path;
  const std::string link = "/proc/self/fd/" + std::to_string(fd);
  const ssize_t size = readlink(link.c_str(), path.data(), path.size());
  return size > 0 ? std::string(path.data(), static_cast<size_t>(size)) : "";
}

[[noreturn]] void Die() {
  kill(getpid(), SIGKILL);
  while (true) pause();
}

// Whether a call of this kind fails under the plan's fault, and how.
int ErrorFor(const std::string& fault, Kind kind) {
  if (kind == Kind::kSend) return 0;
  if (fault == "EIO") return EIO;
  if (kind == Kind::kSync) return 0;
  // No file needs room to become shorter.
  if (fault == "ENOSPC") return kind == Kind::kTruncate ? 0 : ENOSPC;
  return fault == "EROFS" ? EROFS : 0;
}

struct Fate {
  int error = 0;
  bool torn = false;
};

std::mutex mutex;
unsigned long count = 0;

void Trace(std::string_view text) { syscall(SYS_write, ThePlan().trace, text.data(), text.size()); }

// Counts a call on `path`. Does not come back where the program is to die before it.
Fate Count(Kind kind, const std::string& path) {
  const Plan& plan = ThePlan();
  const bool counts = kind == Kind::kSend ? plan.sockets && path.starts_with("socket:")
                                          : path.starts_with(plan.folder);
  if (!counts) return {};
  const std::lock_guard<std::mutex> lock(mutex);
  ++count;
  Lines lines = ReadLines(plan.path);
  const unsigned long at = std::strtoul(lines["at"].c_str(), nullptr, 10);
  const std::string& fault = lines["fault"];
  const int error = at != 0 && count >= at ? ErrorFor(fault, kind) : 0;
  Trace(std::string(kNames[static_cast<size_t>(kind)]) + " " + path.substr(path.rfind('/') + 1) +
        (error != 0 ? " failed\n" : "\n"));
  if (count != at) return {error, false};
  if (fault == "kill" || (fault == "torn" && kind != Kind::kWrite)) Die();
  return {error, fault == "torn"};
}

template <typename Function>
Function* Next(const char* name) {
  return reinterpret_cast<Function*>(dlsym(RTLD_NEXT, name));
}

Fate OnDescriptor(Kind kind, int fd) {
  if (!ThePlan().on) return {};
  const int saved = errno;
  const Fate fate = Count(kind, PathOf(fd));
  errno = fate.error != 0 ? fate.error : saved;
  return fate;
}

Fate OnPath(Kind kind, const char* path) {
  if (!ThePlan().on) return {};
  std::string absolute = path;
  if (path[0] != '/') absolute = PathOf(AT_FDCWD) + "/" + path;
  const int saved = errno;
  const Fate fate = Count(kind, absolute);
  errno = fate.error != 0 ? fate.error : saved;
  return fate;
}

}  // namespace

extern "C" {

ssize_t write(int fd, const void* bytes, size_t size) {
  static auto* const next = Next<ssize_t(int, const void*, size_t)>("write");
  const Fate fate = OnDescriptor(Kind::kWrite, fd);
  if (fate.error != 0) return -1;
  if (!fate.torn) return next(fd, bytes, size);
  (void)!next(fd, bytes, size / 2);
  Die();
}

ssize_t pwrite(int fd, const void* bytes, size_t size, off_t offset) {
  static auto* const next = Next<ssize_t(int, const void*, size_t, off_t)>("pwrite");
  const Fate fate = OnDescriptor(Kind::kWrite, fd);
  if (fate.error != 0) return -1;
  if (!fate.torn) return next(fd, bytes, size, offset);
  (void)!next(fd, bytes, size / 2, offset);
  Die();
}

ssize_t pwrite64(int fd, const void* bytes, size_t size, off64_t offset) {
  return pwrite(fd, bytes, size, offset);
}

int fsync(int fd) {
  static auto* const next = Next<int(int)>("fsync");
  return OnDescriptor(Kind::kSync, fd).error != 0 ? -1 : next(fd);
}

int fdatasync(int fd) {
  static auto* const next = Next<int(int)>("fdatasync");
  return OnDescriptor(Kind::kSync, fd).error != 0 ? -1 : next(fd);
}

int ftruncate(int fd, off_t size) {
  static auto* const next = Next<int(int, off_t)>("ftruncate");
  return OnDescriptor(Kind::kTruncate, fd).error != 0 ? -1 : next(fd, size);
}

int ftruncate64(int fd, off64_t size) { return ftruncate(fd, size); }

int rename(const char* from, const char* to) {
  static auto* const next = Next<int(const char*, const char*)>("rename");
  return OnPath(Kind::kRename, to).error != 0 ? -1 : next(from, to);
}

int renameat2(int from_fd, const char* from, int to_fd, const char* to, unsigned flags) {
  static auto* const next = Next<int(int, const char*, int, const char*, unsigned)>("renameat2");
  return OnPath(Kind::kRename, to).error != 0 ? -1 : next(from_fd, from, to_fd, to, flags);
}

ssize_t send(int fd, const void* bytes, size_t size, int flags) {
  static auto* const next = Next<ssize_t(int, const void*, size_t, int)>("send");
  OnDescriptor(Kind::kSend, fd);
  return next(fd, bytes, size, flags);
}

ssize_t sendmsg(int fd, const msghdr* message, int flags) {
  static auto* const next = Next<ssize_t(int, const msghdr*, int)>("sendmsg");
  OnDescriptor(Kind::kSend, fd);
  return next(fd, message, flags);
}

}  // extern "C"
