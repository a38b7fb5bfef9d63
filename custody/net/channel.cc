#include "custody/net/channel.h"

#include <grpcpp/channel.h>
#include <grpcpp/client_context.h>
#include <grpcpp/create_channel.h>
#include <grpcpp/security/credentials.h>
#include <grpcpp/security/tls_certificate_provider.h>
#include <grpcpp/security/tls_certificate_verifier.h>
#include <grpcpp/security/tls_credentials_options.h>
#include <grpcpp/support/channel_arguments.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <chrono>
#include <utility>
#include <vector>

#include "custody/base/error_info.h"
#include "custody/base/files.h"
#include "custody/net/unix_socket.h"
#include "custody/wire/grpc_status.h"

namespace quorate::net {
namespace {

constexpr int kKeepaliveMs = 20'000;
constexpr int kKeepaliveTimeoutMs = 10'000;
constexpr int kFirstReconnectMs = 200;
constexpr int kConnectTimeoutMs = 5'000;
constexpr int kLongestReconnectMs = 15'000;
// Empty fields become twenty times as large where they are read, so that an answer may be no larger
// than an honest one: 1 MiB on a stream, 5 MiB of entries otherwise.
constexpr char kAnswerLimits[] = R"({"methodConfig": [
  {"name": [{"service": "quorate.log.v1.Log", "method": "Watch"},
            {"service": "quorate.log.v1.Founding", "method": "WatchDraft"}],
   "maxResponseMessageBytes": 1048576},
  {"name": [{"service": "quorate.log.v1.Log"}, {"service": "quorate.log.v1.Founding"}],
   "maxResponseMessageBytes": 5242880}]})";

grpc::ChannelArguments CommonArguments() {
  grpc::ChannelArguments arguments;
  arguments.SetMaxReceiveMessageSize(static_cast<int>(kMaxMessageBytes));
  arguments.SetMaxSendMessageSize(static_cast<int>(kMaxMessageBytes));
  // Neither a proxy from the environment nor a TXT record of the domain has a say in where we
  // connect and how.
  arguments.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);
  arguments.SetInt(GRPC_ARG_SERVICE_CONFIG_DISABLE_RESOLUTION, 1);
  return arguments;
}

}  // namespace

// What the handshakes of a channel found.
struct ServerChannel::Pin {
  explicit Pin(const crypto::Digest& digest) : expected(digest) {}
  const crypto::Digest expected;
  std::atomic<bool> mismatch = false;
};

namespace {

template <typename Pin>
class PinVerifier final : public grpc::experimental::ExternalCertificateVerifier {
 public:
  explicit PinVerifier(std::shared_ptr<Pin> pin) : pin_(std::move(pin)) {}

  bool Verify(grpc::experimental::TlsCustomVerificationCheckRequest* request,
              std::function<void(grpc::Status)> /*callback*/, grpc::Status* sync_status) override {
    const grpc::string_ref pem = request->peer_cert();
    absl::StatusOr<PeerCertificate> peer =
        ReadPeerCertificate(std::string_view(pem.data(), pem.size()));
    const bool matches = peer.ok() && peer->digest == pin_->expected;
    pin_->mismatch = !matches;
    *sync_status = matches ? grpc::Status::OK
                           : grpc::Status(grpc::StatusCode::UNAUTHENTICATED,
                                          "the server's certificate is not the pinned one");
    return true;
  }

  void Cancel(grpc::experimental::TlsCustomVerificationCheckRequest* /*request*/) override {}

 private:
  const std::shared_ptr<Pin> pin_;
};

}  // namespace

ServerChannel::ServerChannel(std::shared_ptr<Pin> pin, std::shared_ptr<grpc::Channel> channel)
    : pin_(std::move(pin)), channel_(std::move(channel)) {}

ServerChannel::~ServerChannel() = default;

absl::StatusOr<std::unique_ptr<ServerChannel>> ServerChannel::Create(
    const Endpoint& endpoint, const crypto::Digest& server_certificate_digest,
    const Certificate& own) {
  KeepTransportUp();
  auto pin = std::make_shared<Pin>(server_certificate_digest);
  grpc::experimental::IdentityKeyCertPair pair;
  pair.private_key = crypto::AsString(own.private_key_pem().Reveal());
  pair.certificate_chain = own.pem();
  grpc::experimental::TlsChannelCredentialsOptions options;
  options.set_certificate_provider(
      std::make_shared<grpc::experimental::StaticDataCertificateProvider>(
          std::vector<grpc::experimental::IdentityKeyCertPair>{std::move(pair)}));
  options.watch_identity_key_cert_pairs();
  options.set_verify_server_certs(false);  // No authority: the pin below decides.
  options.set_check_call_host(false);
  options.set_certificate_verifier(
      grpc::experimental::ExternalCertificateVerifier::Create<PinVerifier<Pin>>(pin));

  grpc::ChannelArguments arguments = CommonArguments();
  arguments.SetServiceConfigJSON(kAnswerLimits);
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIME_MS, kKeepaliveMs);
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, kKeepaliveTimeoutMs);
  arguments.SetInt(GRPC_ARG_HTTP2_MAX_PINGS_WITHOUT_DATA, 0);
  arguments.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, kFirstReconnectMs);
  arguments.SetInt(GRPC_ARG_MIN_RECONNECT_BACKOFF_MS, kConnectTimeoutMs);
  arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, kLongestReconnectMs);
  // The handshake names in clear whom it is for. The pin decides who answers, so the name that all
  // certificates bear does: it tells a listener nothing, and gRPC's server, which looks for it in
  // the certificate, does not complain.
  arguments.SetSslTargetNameOverride(kCertificateName);
  std::shared_ptr<grpc::Channel> channel = grpc::CreateCustomChannel(
      FormatEndpoint(endpoint), grpc::experimental::TlsCredentials(options), arguments);
  if (channel == nullptr) {
    return base::MakeError(absl::StatusCode::kInternal, "TLS_FAILED",
                           "the TLS library does not take this certificate",
                           "check that OpenSSL is not restricted by a policy");
  }
  return std::unique_ptr<ServerChannel>(new ServerChannel(std::move(pin), std::move(channel)));
}

absl::Status ServerChannel::ToStatus(const grpc::Status& status) const {
  if (status.error_code() == grpc::StatusCode::UNAVAILABLE && pin_->mismatch) {
    return base::WithCulprit(
        base::MakeError(absl::StatusCode::kUnauthenticated, "WRONG_SERVER_CERTIFICATE",
                        "another server answers at this address than the one that is pinned",
                        "ask the person who runs the server; do not take a new invite from this "
                        "connection"),
        "server");
  }
  return wire::FromGrpcStatus(status);
}

void SetDeadline(grpc::ClientContext& context, absl::Duration limit) {
  context.set_deadline(std::chrono::system_clock::now() + absl::ToChronoMilliseconds(limit));
}

absl::StatusOr<std::shared_ptr<grpc::Channel>> UnixChannel(const std::string& path) {
  KeepTransportUp();
  if (path.size() > kMaxSocketPathBytes) {
    return base::MakeError(absl::StatusCode::kInvalidArgument, "PATH_TOO_LONG",
                           "the path of the socket is longer than 107 bytes",
                           "use a folder with a shorter path");
  }
  struct stat info {};
  if (lstat(path.c_str(), &info) != 0) {
    if (errno != ENOENT && errno != ENOTDIR) return base::ErrnoError(errno, "open", path);
    return base::MakeError(absl::StatusCode::kUnavailable, "NOT_RUNNING",
                           "nothing runs here: there is no socket", "start it, then try again");
  }
  if (!S_ISSOCK(info.st_mode) || info.st_uid != geteuid()) {
    return base::MakeError(absl::StatusCode::kPermissionDenied, "FOREIGN_SOCKET",
                           "the socket is not this user's", "find out who made it; remove it");
  }
  return grpc::CreateCustomChannel("unix:" + path, grpc::InsecureChannelCredentials(),
                                   CommonArguments());
}

}  // namespace quorate::net
