#include "client/cli/node_client.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <utility>

#include "absl/strings/str_cat.h"
#include "client/cli/exit_codes.h"
#include "custody/base/error_info.h"
#include "custody/base/status_macros.h"
#include "custody/wire/grpc_status.h"
#include "grpcpp/create_channel_posix.h"
#include "grpcpp/grpcpp.h"
#include "quorate/node/v1/node.grpc.pb.h"

namespace quorate::cli {
namespace {

using std::chrono::seconds;

// A local answer; long enough for Argon2id on a slow machine.
constexpr seconds kQuick{30};
// What goes through the log and comes back.
constexpr seconds kThroughLog{90};
constexpr seconds kLongWait{300};
constexpr int kMaxMessageBytes = 8 << 20;

absl::Status NotRunning() {
  return base::MakeError(absl::StatusCode::kUnavailable, "NODE_NOT_RUNNING",
                         "your node is not running", "quorate node start");
}

// Bound in sockaddr_un.
absl::Status CheckPath(const std::string& path) {
  constexpr size_t kRoom = sizeof(sockaddr_un::sun_path);
  if (path.size() < kRoom) return absl::OkStatus();
  return LocalError(
      absl::StrCat("the path of the node's socket is longer than ", kRoom - 1, " bytes"),
      "choose a shorter folder with --home or QUORATE_HOME");
}

class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Descriptor& operator=(Descriptor&&) = delete;
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  int get() const { return fd_; }
  int Release() { return std::exchange(fd_, -1); }

 private:
  int fd_;
};

absl::Status NodeOfAnotherUser() {
  return base::MakeError(absl::StatusCode::kUnavailable, "NODE_OF_ANOTHER_USER",
                         "the node's socket belongs to somebody else",
                         "run this as the person whose node it is");
}

// A connection to the node of this user. Made here rather than by gRPC, which says of a missing
// socket only that it could not connect, and which reads an answer that comes between two calls
// only seconds later.
absl::StatusOr<Descriptor> Connect(const std::string& path) {
  QUORATE_RETURN_IF_ERROR(CheckPath(path));
  struct sockaddr_un address {};
  address.sun_family = AF_UNIX;
  std::copy(path.begin(), path.end(), address.sun_path);
  Descriptor fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (fd.get() < 0) return LocalError("no socket is to be had", "try again");
  if (::connect(fd.get(), reinterpret_cast<const struct sockaddr*>(&address), sizeof(address)) !=
      0) {
    return errno == EACCES || errno == EPERM ? NodeOfAnotherUser() : NotRunning();
  }
  // Whoever laid a socket of their own into this place would read what is asked.
  struct ucred peer {};
  socklen_t size = sizeof(peer);
  if (::getsockopt(fd.get(), SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0 ||
      peer.uid != ::geteuid()) {
    return NodeOfAnotherUser();
  }
  if (::fcntl(fd.get(), F_SETFL, O_NONBLOCK) != 0) {
    return LocalError("the socket cannot be used", "try again");
  }
  return fd;
}

class NodeClient final : public NodeApi {
 public:
  explicit NodeClient(std::string path) : path_(std::move(path)) {}

  absl::StatusOr<v1::NodeStatus> GetStatus(const v1::GetStatusRequest& request) override {
    return Call(&Stubs::node, &v1::NodeService::Stub::GetStatus, request, kQuick);
  }
  absl::StatusOr<v1::Session> CreateSession(const v1::CreateSessionRequest& request) override {
    return Call(&Stubs::node, &v1::NodeService::Stub::CreateSession, request, kQuick);
  }
  absl::StatusOr<v1::UnlockResponse> Unlock(const v1::UnlockRequest& request) override {
    return Call(&Stubs::node, &v1::NodeService::Stub::Unlock, request, kQuick);
  }
  absl::StatusOr<v1::LockResponse> Lock(const v1::LockRequest& request) override {
    return Call(&Stubs::node, &v1::NodeService::Stub::Lock, request, kQuick);
  }
  absl::StatusOr<v1::StopResponse> Stop(const v1::StopRequest& request) override {
    return Call(&Stubs::node, &v1::NodeService::Stub::Stop, request, kQuick);
  }
  absl::Status WatchEvents(const v1::WatchEventsRequest& request,
                           const std::function<bool(const v1::NodeEvent&)>& take) override;

  absl::StatusOr<v1::Draft> CreateDraft(const v1::CreateDraftRequest& request) override {
    return Call(&Stubs::charter, &v1::CharterService::Stub::CreateDraft, request, kThroughLog);
  }
  absl::StatusOr<v1::Draft> GetDraft(const v1::GetDraftRequest& request) override {
    return Call(&Stubs::charter, &v1::CharterService::Stub::GetDraft, request, kQuick);
  }
  absl::StatusOr<v1::Draft> SignDraft(const v1::SignDraftRequest& request) override {
    return Call(&Stubs::charter, &v1::CharterService::Stub::SignDraft, request, kThroughLog);
  }
  absl::StatusOr<v1::Organisation> GetOrganisation(
      const v1::GetOrganisationRequest& request) override {
    return Call(&Stubs::charter, &v1::CharterService::Stub::GetOrganisation, request, kQuick);
  }

  absl::StatusOr<v1::Vault> GetVault(const v1::GetVaultRequest& request) override {
    return Call(&Stubs::vault, &v1::VaultService::Stub::GetVault, request, kQuick);
  }
  absl::StatusOr<v1::ListVaultsResponse> ListVaults(const v1::ListVaultsRequest& request) override {
    return Call(&Stubs::vault, &v1::VaultService::Stub::ListVaults, request, kQuick);
  }

  absl::StatusOr<v1::Account> GetAccount(const v1::GetAccountRequest& request) override {
    return Call(&Stubs::account, &v1::AccountService::Stub::GetAccount, request, kQuick);
  }
  absl::StatusOr<v1::ListAccountsResponse> ListAccounts(
      const v1::ListAccountsRequest& request) override {
    return Call(&Stubs::account, &v1::AccountService::Stub::ListAccounts, request, kQuick);
  }
  absl::StatusOr<v1::PreparedDeposit> PrepareDeposit(
      const v1::PrepareDepositRequest& request) override {
    return Call(&Stubs::account, &v1::AccountService::Stub::PrepareDeposit, request, kQuick);
  }
  absl::StatusOr<v1::Account> CommitDeposit(const v1::CommitDepositRequest& request) override {
    return Call(&Stubs::account, &v1::AccountService::Stub::CommitDeposit, request, kThroughLog);
  }
  absl::StatusOr<v1::Account> ConfirmAccount(const v1::ConfirmAccountRequest& request) override {
    return Call(&Stubs::account, &v1::AccountService::Stub::ConfirmAccount, request, kThroughLog);
  }
  absl::StatusOr<v1::Account> RaiseAlarm(const v1::RaiseAlarmRequest& request) override {
    return Call(&Stubs::account, &v1::AccountService::Stub::RaiseAlarm, request, kThroughLog);
  }
  absl::StatusOr<v1::Account> LiftAlarms(const v1::LiftAlarmsRequest& request) override {
    return Call(&Stubs::account, &v1::AccountService::Stub::LiftAlarms, request, kThroughLog);
  }

  absl::StatusOr<v1::Request> CreateRequest(const v1::CreateRequestRequest& request) override {
    return Call(&Stubs::request, &v1::RequestService::Stub::CreateRequest, request, kThroughLog);
  }
  absl::StatusOr<v1::Request> GetRequest(const v1::GetRequestRequest& request) override {
    return Call(&Stubs::request, &v1::RequestService::Stub::GetRequest, request, kQuick);
  }
  absl::StatusOr<v1::ListRequestsResponse> ListRequests(
      const v1::ListRequestsRequest& request) override {
    return Call(&Stubs::request, &v1::RequestService::Stub::ListRequests, request, kQuick);
  }
  absl::StatusOr<v1::Request> AcceptRequest(const v1::AcceptRequestRequest& request) override {
    return Call(&Stubs::request, &v1::RequestService::Stub::AcceptRequest, request, kThroughLog);
  }
  absl::StatusOr<v1::Request> ApproveRequest(const v1::ApproveRequestRequest& request) override {
    return Call(&Stubs::request, &v1::RequestService::Stub::ApproveRequest, request, kThroughLog);
  }
  absl::StatusOr<v1::Request> DenyRequest(const v1::DenyRequestRequest& request) override {
    return Call(&Stubs::request, &v1::RequestService::Stub::DenyRequest, request, kThroughLog);
  }
  absl::StatusOr<v1::Request> WithdrawRequest(const v1::WithdrawRequestRequest& request) override {
    return Call(&Stubs::request, &v1::RequestService::Stub::WithdrawRequest, request, kThroughLog);
  }
  absl::StatusOr<v1::OpenedRequest> OpenRequest(const v1::OpenRequestRequest& request) override {
    return Call(&Stubs::request, &v1::RequestService::Stub::OpenRequest, request,
                request.wait() ? kLongWait : kQuick);
  }
  absl::StatusOr<v1::Request> CloseRequest(const v1::CloseRequestRequest& request) override {
    return Call(&Stubs::request, &v1::RequestService::Stub::CloseRequest, request, kThroughLog);
  }

 private:
  struct Stubs {
    explicit Stubs(const std::shared_ptr<grpc::Channel>& channel)
        : node(channel), charter(channel), vault(channel), account(channel), request(channel) {}
    v1::NodeService::Stub node;
    v1::CharterService::Stub charter;
    v1::VaultService::Stub vault;
    v1::AccountService::Stub account;
    v1::RequestService::Stub request;
  };

  absl::StatusOr<Stubs*> Connected();
  // A connection that broke says so, and is made anew by the next call.
  absl::Status Explained(const grpc::Status& status) {
    absl::Status ours = wire::FromGrpcStatus(status);
    if (!absl::IsUnavailable(ours) || !base::GetReason(ours).empty()) return ours;
    stubs_.reset();
    const absl::StatusOr<Descriptor> again = Connect(path_);
    return again.ok() ? ours : again.status();
  }

  template <typename Stub, typename Request, typename Response>
  absl::StatusOr<Response> Call(Stub Stubs::*service,
                                grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&,
                                                             Response*),
                                const Request& request, seconds deadline) {
    QUORATE_ASSIGN_OR_RETURN(Stubs * stubs, Connected());
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() + deadline);
    Response response;
    const grpc::Status status = ((stubs->*service).*method)(&context, request, &response);
    if (!status.ok()) return Explained(status);
    return response;
  }

  const std::string path_;
  std::unique_ptr<Stubs> stubs_;
};

absl::StatusOr<NodeClient::Stubs*> NodeClient::Connected() {
  if (stubs_ == nullptr) {
    QUORATE_ASSIGN_OR_RETURN(Descriptor fd, Connect(path_));
    grpc::ChannelArguments arguments;
    arguments.SetMaxReceiveMessageSize(kMaxMessageBytes);
    stubs_ = std::make_unique<Stubs>(
        grpc::CreateCustomInsecureChannelFromFd("node", fd.Release(), arguments));
  }
  return stubs_.get();
}

absl::Status NodeClient::WatchEvents(const v1::WatchEventsRequest& request,
                                     const std::function<bool(const v1::NodeEvent&)>& take) {
  QUORATE_ASSIGN_OR_RETURN(Stubs * stubs, Connected());
  grpc::ClientContext context;
  auto reader = stubs->node.WatchEvents(&context, request);
  v1::NodeEvent event;
  while (reader->Read(&event)) {
    if (take(event)) continue;
    context.TryCancel();
    (void)reader->Finish();
    return absl::OkStatus();
  }
  const grpc::Status status = reader->Finish();
  if (!status.ok()) return Explained(status);
  return base::MakeError(absl::StatusCode::kUnavailable, "NODE_STOPPED",
                         "your node ended the stream of events", "quorate node start");
}

}  // namespace

std::unique_ptr<NodeApi> ConnectToNode(const std::string& socket_path) {
  return std::make_unique<NodeClient>(socket_path);
}

}  // namespace quorate::cli
