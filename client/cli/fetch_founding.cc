#include <grpcpp/channel.h>
#include <grpcpp/client_context.h>

#include <memory>

#include "client/cli/restore.h"
#include "custody/base/error_info.h"
#include "custody/base/status_macros.h"
#include "custody/net/certificate.h"
#include "custody/net/channel.h"
#include "quorate/log/v1/log.grpc.pb.h"

namespace quorate::cli {

namespace pb = ::quorate::log::v1;

absl::StatusOr<replica::RawEntry> FetchFounding(const net::Invite& server,
                                                const crypto::Digest& organisation,
                                                const crypto::SigningKey& tls) {
  QUORATE_ASSIGN_OR_RETURN(net::Certificate own, net::Certificate::Create(tls));
  QUORATE_ASSIGN_OR_RETURN(
      std::unique_ptr<net::ServerChannel> channel,
      net::ServerChannel::Create(server.endpoint, server.server_certificate_digest, own));
  const std::unique_ptr<pb::Log::Stub> log = pb::Log::NewStub(channel->channel());
  grpc::ClientContext context;
  net::SetDeadline(context);
  pb::GetEntriesRequest request;
  request.set_organisation(crypto::AsString(organisation.span()));
  pb::GetEntriesResponse response;
  const absl::Status status = channel->ToStatus(log->GetEntries(&context, request, &response));
  if (base::GetReason(status) == "NOT_A_MEMBER") {
    return base::MakeError(
        absl::StatusCode::kPermissionDenied, "NOT_A_MEMBER",
        "the server knows no organisation of this id with the keys of this kit",
        "compare the words, the server and the organisation's id with the paper");
  }
  QUORATE_RETURN_IF_ERROR(status);
  if (response.entries().empty()) {
    return base::MakeError(absl::StatusCode::kUnavailable, "LOG_NOT_READ",
                           "the server sent nothing of the organisation's log", "try again");
  }
  const pb::Entry& first = response.entries(0);
  return replica::RawEntry{crypto::ToBytes(first.leaf()), crypto::ToBytes(first.body())};
}

}  // namespace quorate::cli
