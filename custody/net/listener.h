#ifndef QUORATE_CUSTODY_NET_LISTENER_H_
#define QUORATE_CUSTODY_NET_LISTENER_H_

#include <memory>

#include "absl/status/statusor.h"
#include "crypto/identity.h"
#include "custody/net/certificate.h"

namespace grpc {
class AuthContext;
class ServerBuilder;
class ServerCredentials;
}  // namespace grpc

namespace quorate::net {

// TLS with `own` that demands a certificate of every client and believes nothing in it: the
// handshake proves that the client holds its key, and PeerKey says which. Anyone may connect;
// callees decide by key. Needs PrepareTransport.
[[nodiscard]] std::shared_ptr<grpc::ServerCredentials> PinnedServerCredentials(
    const Certificate& own);

// The caller's Ed25519 key. Unauthenticated with reason NO_CLIENT_KEY where there is none.
[[nodiscard]] absl::StatusOr<crypto::PublicSigningKey> PeerKey(const grpc::AuthContext& context);

// Bounds on what one connection may ask of a server over TCP (TcpListener bounds their number):
// message size, streams, pings, headers, idle time, and memory over all connections.
void BoundServer(grpc::ServerBuilder& builder);

}  // namespace quorate::net

#endif  // QUORATE_CUSTODY_NET_LISTENER_H_
