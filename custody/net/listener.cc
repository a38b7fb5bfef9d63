#include "custody/net/listener.h"

#include <grpcpp/resource_quota.h>
#include <grpcpp/security/auth_context.h>
#include <grpcpp/security/server_credentials.h>
#include <grpcpp/server_builder.h>

#include <string_view>
#include <vector>

#include "custody/base/error_info.h"
#include "custody/net/transport.h"

namespace quorate::net {
namespace {

constexpr size_t kServerMemoryBytes = size_t{256} << 20;
constexpr int kStreamsPerConnection = 64;
constexpr int kMaxMetadataBytes = 8 * 1024;
constexpr int kKeepaliveMs = 30'000;
constexpr int kKeepaliveTimeoutMs = 15'000;
constexpr int kMinClientPingMs = 10'000;
constexpr int kIdleMs = 10 * 60'000;
constexpr int kHandshakeMs = 10'000;

}  // namespace

std::shared_ptr<grpc::ServerCredentials> PinnedServerCredentials(const Certificate& own) {
  KeepTransportUp();
  grpc::SslServerCredentialsOptions options(
      GRPC_SSL_REQUEST_AND_REQUIRE_CLIENT_CERTIFICATE_BUT_DONT_VERIFY);
  options.pem_key_cert_pairs.push_back(
      {crypto::AsString(own.private_key_pem().Reveal()), own.pem()});
  return grpc::SslServerCredentials(options);
}

absl::StatusOr<crypto::PublicSigningKey> PeerKey(const grpc::AuthContext& context) {
  std::vector<grpc::string_ref> pems = context.FindPropertyValues(GRPC_X509_PEM_CERT_PROPERTY_NAME);
  std::string_view pem;
  if (pems.size() == 1) pem = std::string_view(pems[0].data(), pems[0].size());
  absl::StatusOr<PeerCertificate> peer = ReadPeerCertificate(pem);
  if (!peer.ok()) return peer.status();
  return peer->public_key;
}

void BoundServer(grpc::ServerBuilder& builder) {
  grpc::ResourceQuota quota("quorate");
  quota.Resize(kServerMemoryBytes);
  builder.SetResourceQuota(quota);
  builder.SetMaxReceiveMessageSize(static_cast<int>(kMaxMessageBytes));
  builder.SetMaxSendMessageSize(static_cast<int>(kMaxMessageBytes));
  // A second server on the same port would get half of the connections.
  builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
  builder.AddChannelArgument(GRPC_ARG_MAX_CONCURRENT_STREAMS, kStreamsPerConnection);
  builder.AddChannelArgument(GRPC_ARG_MAX_METADATA_SIZE, kMaxMetadataBytes);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIME_MS, kKeepaliveMs);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, kKeepaliveTimeoutMs);
  builder.AddChannelArgument(GRPC_ARG_HTTP2_MIN_RECV_PING_INTERVAL_WITHOUT_DATA_MS,
                             kMinClientPingMs);
  builder.AddChannelArgument(GRPC_ARG_MAX_CONNECTION_IDLE_MS, kIdleMs);
  builder.AddChannelArgument(GRPC_ARG_SERVER_HANDSHAKE_TIMEOUT_MS, kHandshakeMs);
}

}  // namespace quorate::net
