#include "client/audit/server_source.h"

#include <grpcpp/channel.h>
#include <grpcpp/client_context.h>

#include <string>
#include <utility>

#include "absl/time/clock.h"
#include "crypto/bytes.h"
#include "custody/base/error_info.h"
#include "custody/base/status_macros.h"
#include "custody/net/certificate.h"
#include "custody/net/channel.h"
#include "custody/net/endpoint.h"
#include "quorate/log/v1/log.grpc.pb.h"

namespace quorate::audit {
namespace {

namespace pb = ::quorate::log::v1;

// A long log takes more than a server gives at once: it says so, and gives more a moment later.
constexpr char kTooManyCalls[] = "TOO_MANY_CALLS";
constexpr int kMaxAttempts = 60;
constexpr absl::Duration kPause = absl::Seconds(1);

absl::StatusOr<log::Proof> ReadProof(
    const google::protobuf::RepeatedPtrField<std::string>& hashes) {
  log::Proof out;
  for (const std::string& bytes : hashes) {
    const std::optional<crypto::Digest> hash = crypto::Digest::FromBytes(crypto::AsBytes(bytes));
    if (!hash.has_value() || out.size() == log::kMaxProofHashes) {
      return base::MakeError(absl::StatusCode::kInvalidArgument, "BAD_ANSWER",
                             "the server's proof is malformed", "ask whoever runs the server");
    }
    out.push_back(*hash);
  }
  return out;
}

class ServerSource final : public LogSource {
 public:
  ServerSource(std::unique_ptr<net::ServerChannel> channel, const crypto::Digest& organisation)
      : channel_(std::move(channel)),
        log_(pb::Log::NewStub(channel_->channel())),
        organisation_(crypto::AsString(organisation.span())) {}

  absl::StatusOr<LogPage> Read(uint64_t start) override {
    pb::GetEntriesRequest request;
    request.set_organisation(organisation_);
    request.set_start(start);
    pb::GetEntriesResponse response;
    QUORATE_RETURN_IF_ERROR(Call(&pb::Log::Stub::GetEntries, request, response));
    LogPage page{crypto::ToBytes(response.checkpoint()), {}};
    page.entries.reserve(static_cast<size_t>(response.entries_size()));
    for (const pb::Entry& entry : response.entries()) {
      page.entries.push_back({crypto::ToBytes(entry.leaf()), crypto::ToBytes(entry.body())});
    }
    return page;
  }

  absl::StatusOr<log::Proof> ConsistencyProof(uint64_t old_size, uint64_t new_size) override {
    pb::GetConsistencyProofRequest request;
    request.set_organisation(organisation_);
    request.set_old_size(old_size);
    request.set_new_size(new_size);
    pb::GetConsistencyProofResponse response;
    QUORATE_RETURN_IF_ERROR(Call(&pb::Log::Stub::GetConsistencyProof, request, response));
    return ReadProof(response.hashes());
  }

  absl::StatusOr<log::Proof> InclusionProof(uint64_t index, uint64_t size) override {
    pb::GetInclusionProofRequest request;
    request.set_organisation(organisation_);
    request.set_index(index);
    request.set_size(size);
    pb::GetInclusionProofResponse response;
    QUORATE_RETURN_IF_ERROR(Call(&pb::Log::Stub::GetInclusionProof, request, response));
    return ReadProof(response.hashes());
  }

 private:
  template <typename Request, typename Response>
  absl::Status Call(grpc::Status (pb::Log::Stub::*method)(grpc::ClientContext*, const Request&,
                                                          Response*),
                    const Request& request, Response& response) {
    absl::Status status;
    for (int attempt = 0; attempt < kMaxAttempts; ++attempt) {
      if (attempt > 0) absl::SleepFor(kPause);
      grpc::ClientContext context;
      net::SetDeadline(context);
      status = channel_->ToStatus(((*log_).*method)(&context, request, &response));
      if (base::GetReason(status) != kTooManyCalls) break;
    }
    return status;
  }

  std::unique_ptr<net::ServerChannel> channel_;
  std::unique_ptr<pb::Log::Stub> log_;
  std::string organisation_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<LogSource>> OpenServer(const keystore::Keystore& keystore,
                                                      const keystore::OrganisationRecord& record) {
  QUORATE_ASSIGN_OR_RETURN(net::Endpoint endpoint, net::ParseEndpoint(record.server));
  QUORATE_ASSIGN_OR_RETURN(net::Certificate own, net::Certificate::Create(keystore.tls()));
  QUORATE_ASSIGN_OR_RETURN(
      std::unique_ptr<net::ServerChannel> channel,
      net::ServerChannel::Create(endpoint, record.server_certificate_digest, own));
  return std::make_unique<ServerSource>(std::move(channel), record.organisation);
}

}  // namespace quorate::audit
