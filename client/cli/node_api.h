#ifndef QUORATE_CLIENT_CLI_NODE_API_H_
#define QUORATE_CLIENT_CLI_NODE_API_H_

#include <functional>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "quorate/node/v1/node.pb.h"

namespace quorate::cli {

namespace v1 = ::quorate::node::v1;

// A person's node as the commands see it: one method a call of quorate.node.v1, with its semantics.
// Every call ends by a deadline. Errors carry the node's reason and next step; Unavailable with
// reason NODE_NOT_RUNNING where there is no node. One thread at a time.
class NodeApi {
 public:
  virtual ~NodeApi() = default;

  [[nodiscard]] virtual absl::StatusOr<v1::NodeStatus> GetStatus(
      const v1::GetStatusRequest& request) = 0;
  [[nodiscard]] virtual absl::StatusOr<v1::Session> CreateSession(
      const v1::CreateSessionRequest& request) = 0;
  [[nodiscard]] virtual absl::StatusOr<v1::UnlockResponse> Unlock(
      const v1::UnlockRequest& request) = 0;
  [[nodiscard]] virtual absl::StatusOr<v1::LockResponse> Lock(const v1::LockRequest& request) = 0;
  [[nodiscard]] virtual absl::StatusOr<v1::StopResponse> Stop(const v1::StopRequest& request) = 0;
  // Hands each event over until `take` returns false or the stream ends, which is an error.
  [[nodiscard]] virtual absl::Status WatchEvents(
      const v1::WatchEventsRequest& request,
      const std::function<bool(const v1::NodeEvent&)>& take) = 0;

  [[nodiscard]] virtual absl::StatusOr<v1::Draft> CreateDraft(
      const v1::CreateDraftRequest& request) = 0;
  [[nodiscard]] virtual absl::StatusOr<v1::Draft> GetDraft(const v1::GetDraftRequest& request) = 0;
  [[nodiscard]] virtual absl::StatusOr<v1::Draft> SignDraft(
      const v1::SignDraftRequest& request) = 0;
  [[nodiscard]] virtual absl::StatusOr<v1::Organisation> GetOrganisation(
      const v1::GetOrganisationRequest& request) = 0;

  [[nodiscard]] virtual absl::StatusOr<v1::Vault> GetVault(const v1::GetVaultRequest& request) = 0;
  [[nodiscard]] virtual absl::StatusOr<v1::ListVaultsResponse> ListVaults(
      const v1::ListVaultsRequest& request) = 0;

  [[nodiscard]] virtual absl::StatusOr<v1::Account> GetAccount(
      const v1::GetAccountRequest& request) = 0;
  [[nodiscard]] virtual absl::StatusOr<v1::ListAccountsResponse> ListAccounts(
      const v1::ListAccountsRequest& request) = 0;
  [[nodiscard]] virtual absl::StatusOr<v1::PreparedDeposit> PrepareDeposit(
      const v1::PrepareDepositRequest& request) = 0;
  [[nodiscard]] virtual absl::StatusOr<v1::Account> CommitDeposit(
      const v1::CommitDepositRequest& request) = 0;
  [[nodiscard]] virtual absl::StatusOr<v1::Account> ConfirmAccount(
      const v1::ConfirmAccountRequest& request) = 0;
  [[nodiscard]] virtual absl::StatusOr<v1::Account> RaiseAlarm(
      const v1::RaiseAlarmRequest& request) = 0;
  [[nodiscard]] virtual absl::StatusOr<v1::Account> LiftAlarms(
      const v1::LiftAlarmsRequest& request) = 0;

  [[nodiscard]] virtual absl::StatusOr<v1::Request> CreateRequest(
      const v1::CreateRequestRequest& request) = 0;
  [[nodiscard]] virtual absl::StatusOr<v1::Request> GetRequest(
      const v1::GetRequestRequest& request) = 0;
  [[nodiscard]] virtual absl::StatusOr<v1::ListRequestsResponse> ListRequests(
      const v1::ListRequestsRequest& request) = 0;
  [[nodiscard]] virtual absl::StatusOr<v1::Request> AcceptRequest(
      const v1::AcceptRequestRequest& request) = 0;
  [[nodiscard]] virtual absl::StatusOr<v1::Request> ApproveRequest(
      const v1::ApproveRequestRequest& request) = 0;
  [[nodiscard]] virtual absl::StatusOr<v1::Request> DenyRequest(
      const v1::DenyRequestRequest& request) = 0;
  [[nodiscard]] virtual absl::StatusOr<v1::Request> WithdrawRequest(
      const v1::WithdrawRequestRequest& request) = 0;
  // With `wait` set, one call waits for a few minutes at most and then is DeadlineExceeded.
  [[nodiscard]] virtual absl::StatusOr<v1::OpenedRequest> OpenRequest(
      const v1::OpenRequestRequest& request) = 0;
  [[nodiscard]] virtual absl::StatusOr<v1::Request> CloseRequest(
      const v1::CloseRequestRequest& request) = 0;
};

}  // namespace quorate::cli

#endif  // QUORATE_CLIENT_CLI_NODE_API_H_
