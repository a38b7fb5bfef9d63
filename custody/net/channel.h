#ifndef QUORATE_CUSTODY_NET_CHANNEL_H_
#define QUORATE_CUSTODY_NET_CHANNEL_H_

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "crypto/bytes.h"
#include "custody/net/certificate.h"
#include "custody/net/endpoint.h"
#include "custody/net/transport.h"

namespace grpc {
class Channel;
class ClientContext;
class Status;
}  // namespace grpc

namespace quorate::net {

// A connection to the one server whose certificate has `digest`, over TLS 1.3 with the caller's own
// certificate; another server is refused in the handshake, before any call is sent. Name, authority
// and dates in the certificate do not matter. Connects when it is first used and again when it
// breaks. Needs PrepareTransport. Thread-safe.
class ServerChannel {
 public:
  // Touches no network. Internal when `own` cannot be used.
  [[nodiscard]] static absl::StatusOr<std::unique_ptr<ServerChannel>> Create(
      const Endpoint& endpoint, const crypto::Digest& server_certificate_digest,
      const Certificate& own);
  ~ServerChannel();
  ServerChannel(const ServerChannel&) = delete;
  ServerChannel& operator=(const ServerChannel&) = delete;

  // For generated stubs.
  const std::shared_ptr<grpc::Channel>& channel() const { return channel_; }

  // The result of a call as our status. Where the newest handshake met another certificate, an
  // Unavailable becomes Unauthenticated, reason WRONG_SERVER_CERTIFICATE, culprit "server": that is
  // an attack or a new server, never a matter of trying again.
  [[nodiscard]] absl::Status ToStatus(const grpc::Status& status) const;

 private:
  struct Pin;
  ServerChannel(std::shared_ptr<Pin> pin, std::shared_ptr<grpc::Channel> channel);

  std::shared_ptr<Pin> pin_;
  std::shared_ptr<grpc::Channel> channel_;
};

// A call's time limit, from now on. gRPC measures it on its own clock.
void SetDeadline(grpc::ClientContext& context, absl::Duration limit = kUnaryDeadline);

// A channel to a node's or server's socket on this machine. Unavailable with reason NOT_RUNNING
// where there is no socket, PermissionDenied with reason FOREIGN_SOCKET where it belongs to another
// user, InvalidArgument with reason PATH_TOO_LONG. Whether anyone listens shows in the first call.
[[nodiscard]] absl::StatusOr<std::shared_ptr<grpc::Channel>> UnixChannel(const std::string& path);

}  // namespace quorate::net

#endif  // QUORATE_CUSTODY_NET_CHANNEL_H_
