#ifndef QUORATE_CUSTODY_NET_UNIX_SOCKET_H_
#define QUORATE_CUSTODY_NET_UNIX_SOCKET_H_

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <thread>

#include "absl/status/statusor.h"
#include "custody/base/file_lock.h"

namespace grpc {
class Server;
}  // namespace grpc

namespace quorate::net {

// sockaddr_un has room for this many bytes of path.
inline constexpr size_t kMaxSocketPathBytes = 107;

// A Unix socket in a folder of its owner (0700) that answers one user. The kernel says who connects
// (SO_PEERCRED); anyone else is hung up on before a byte is read. A lock beside the socket keeps a
// second listener out, so a socket that is found there is stale and is replaced. Thread-safe.
class UnixListener {
 public:
  // Takes over a descriptor of an accepted connection. Called on the listener's own thread.
  using Accept = std::function<void(int fd)>;

  // Listens at `path`, whose folder is made (0700) where it is missing. FailedPrecondition with
  // reason ALREADY_RUNNING, or where the folder is open to others or something else is at the path;
  // InvalidArgument with reason PATH_TOO_LONG.
  [[nodiscard]] static absl::StatusOr<std::unique_ptr<UnixListener>> Listen(const std::string& path,
                                                                            uid_t allowed_uid,
                                                                            Accept accept);
  // For generated services: hands connections of this process's user to `server`, which must
  // outlive the listener and need not listen anywhere itself.
  [[nodiscard]] static absl::StatusOr<std::unique_ptr<UnixListener>> Listen(const std::string& path,
                                                                            grpc::Server* server);

  // Stops accepting and removes the socket. Connections that were handed over go on.
  ~UnixListener();
  UnixListener(const UnixListener&) = delete;
  UnixListener& operator=(const UnixListener&) = delete;

  // Connections of other users that were hung up on.
  uint64_t refused() const;

 private:
  struct State;
  UnixListener(std::unique_ptr<base::FileLock> lock, std::unique_ptr<State> state);

  std::unique_ptr<base::FileLock> lock_;
  std::unique_ptr<State> state_;
  std::thread thread_;
};

}  // namespace quorate::net

#endif  // QUORATE_CUSTODY_NET_UNIX_SOCKET_H_
