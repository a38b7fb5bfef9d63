#include <grpcpp/server_posix.h>
#include <unistd.h>

#include "custody/net/unix_socket.h"

namespace quorate::net {

absl::StatusOr<std::unique_ptr<UnixListener>> UnixListener::Listen(const std::string& path,
                                                                   grpc::Server* server) {
  return Listen(path, geteuid(), [server](int fd) { grpc::AddInsecureChannelFromFd(server, fd); });
}

}  // namespace quorate::net
