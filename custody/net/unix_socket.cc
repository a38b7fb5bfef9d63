#include "custody/net/unix_socket.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstring>
#include <utility>

#include "custody/base/error_info.h"
#include "custody/base/files.h"
#include "custody/base/status_macros.h"
#include "custody/net/descriptor.h"

namespace quorate::net {
namespace {

constexpr int kBacklog = 32;
// When the process runs out of descriptors, accepting again at once would only spin.
constexpr int kRetryMs = 100;

absl::Status PreparePath(const std::string& path) {
  struct stat info {};
  if (lstat(path.c_str(), &info) != 0) {
    return errno == ENOENT ? absl::OkStatus() : base::ErrnoError(errno, "look at", path);
  }
  if (!S_ISSOCK(info.st_mode) || info.st_uid != geteuid()) {
    return base::MakeError(absl::StatusCode::kFailedPrecondition, "NOT_A_SOCKET",
                           "something that is not this user's socket lies where the socket goes",
                           "move it away, then start again");
  }
  // Nobody listens on it: the lock is ours.
  if (unlink(path.c_str()) != 0) return base::ErrnoError(errno, "remove", path);
  return absl::OkStatus();
}

absl::StatusOr<Descriptor> Bind(const std::string& path) {
  Descriptor fd(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!fd.valid()) return base::ErrnoError(errno, "make a socket at", path);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
  if (bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
      chmod(path.c_str(), 0600) != 0 || listen(fd.get(), kBacklog) != 0) {
    return base::ErrnoError(errno, "listen at", path);
  }
  return fd;
}

bool IsFrom(int fd, uid_t uid) {
  ucred peer{};
  socklen_t size = sizeof peer;
  return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0 && size == sizeof peer &&
         peer.uid == uid;
}

}  // namespace

struct UnixListener::State {
  State(std::string socket_path, Descriptor listening, Descriptor stopping, uid_t uid,
        Accept on_accept)
      : path(std::move(socket_path)),
        listener(std::move(listening)),
        stop(std::move(stopping)),
        allowed_uid(uid),
        accept(std::move(on_accept)) {}

  void Run() {
    while (true) {
      pollfd fds[2] = {{listener.get(), POLLIN, 0}, {stop.get(), POLLIN, 0}};
      if (poll(fds, 2, -1) < 0 && errno != EINTR) return;
      if (fds[1].revents != 0) return;
      if (fds[0].revents == 0) continue;
      Descriptor connection(
          accept4(listener.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
      if (!connection.valid()) {
        if (errno == EMFILE || errno == ENFILE || errno == ENOMEM) poll(&fds[1], 1, kRetryMs);
        continue;
      }
      if (IsFrom(connection.get(), allowed_uid)) {
        accept(connection.release());
      } else {
        refused.fetch_add(1);
      }
    }
  }

  const std::string path;
  const Descriptor listener;
  const Descriptor stop;
  const uid_t allowed_uid;
  const Accept accept;
  std::atomic<uint64_t> refused = 0;
};

absl::StatusOr<std::unique_ptr<UnixListener>> UnixListener::Listen(const std::string& path,
                                                                   uid_t allowed_uid,
                                                                   Accept accept) {
  const size_t slash = path.rfind('/');
  if (slash == std::string::npos || slash == 0) {
    return base::MakeError(absl::StatusCode::kInvalidArgument, "BAD_SOCKET_PATH",
                           "a socket needs a folder of its own", "give a path with a folder");
  }
  if (path.size() > kMaxSocketPathBytes) {
    return base::MakeError(absl::StatusCode::kInvalidArgument, "PATH_TOO_LONG",
                           "the path of the socket is longer than 107 bytes",
                           "use a folder with a shorter path");
  }
  QUORATE_RETURN_IF_ERROR(base::MakePrivateFolder(path.substr(0, slash)));
  QUORATE_ASSIGN_OR_RETURN(std::unique_ptr<base::FileLock> lock,
                           base::FileLock::Acquire(path + ".lock"));
  QUORATE_RETURN_IF_ERROR(PreparePath(path));
  Descriptor stop(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (!stop.valid()) return base::ErrnoError(errno, "make an event for", path);
  QUORATE_ASSIGN_OR_RETURN(Descriptor listener, Bind(path));
  auto state = std::make_unique<State>(path, std::move(listener), std::move(stop), allowed_uid,
                                       std::move(accept));
  return std::unique_ptr<UnixListener>(new UnixListener(std::move(lock), std::move(state)));
}

UnixListener::UnixListener(std::unique_ptr<base::FileLock> lock, std::unique_ptr<State> state)
    : lock_(std::move(lock)), state_(std::move(state)), thread_([this] { state_->Run(); }) {}

UnixListener::~UnixListener() {
  const uint64_t one = 1;
  // An eventfd with room cannot fail to take this.
  [[maybe_unused]] ssize_t written = write(state_->stop.get(), &one, sizeof one);
  thread_.join();
  unlink(state_->path.c_str());
}

uint64_t UnixListener::refused() const { return state_->refused.load(); }

}  // namespace quorate::net
