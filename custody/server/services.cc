#include "custody/server/services.h"

#include <utility>
#include <vector>

#include "custody/base/status_macros.h"
#include "custody/net/transport.h"
#include "custody/server/door.h"
#include "quorate/log/v1/log.grpc.pb.h"

namespace quorate::server {
namespace {

// A digest and the framing of two fields beside each blob.
static_assert(size_t{kMaxBlobsPerCall} * (ledger::kMaxBlobBytes + 64) < net::kMaxMessageBytes,
              "an answer with the largest blobs must fit into one message");

using RawBlob = pb::Blob::WithRawCallbackMethod_PutBlobs<
    pb::Blob::WithRawCallbackMethod_GetBlobs<pb::Blob::Service>>;

class BlobService final : public RawBlob {
 public:
  explicit BlobService(Door* door) : door_(*door) {}

  grpc::ServerUnaryReactor* PutBlobs(grpc::CallbackServerContext* context,
                                     const grpc::ByteBuffer* in, grpc::ByteBuffer* out) override {
    return Answer<pb::PutBlobsRequest, pb::PutBlobsResponse>(
        context, *in, *out,
        [&](const pb::PutBlobsRequest& request,
            pb::PutBlobsResponse& /*response*/) -> absl::Status {
          QUORATE_ASSIGN_OR_RETURN(Member member, door_.MemberOf(*context, request));
          std::vector<crypto::ByteSpan> blobs;
          for (const std::string& blob : request.blobs()) blobs.push_back(crypto::AsBytes(blob));
          return door_.custodian().PutBlobs(member.organisation, member.key, blobs);
        });
  }

  grpc::ServerUnaryReactor* GetBlobs(grpc::CallbackServerContext* context,
                                     const grpc::ByteBuffer* in, grpc::ByteBuffer* out) override {
    return Answer<pb::GetBlobsRequest, pb::GetBlobsResponse>(
        context, *in, *out,
        [&](const pb::GetBlobsRequest& request, pb::GetBlobsResponse& response) -> absl::Status {
          QUORATE_ASSIGN_OR_RETURN(Member member, door_.MemberOf(*context, request));
          if (request.digests_size() > kMaxBlobsPerCall) {
            return Invalid("TOO_MANY", "a call asks for too many blobs");
          }
          for (const std::string& text : request.digests()) {
            const auto digest = crypto::Digest::FromBytes(crypto::AsBytes(text));
            if (!digest.has_value()) return Malformed();
            auto blob = door_.custodian().GetBlob(member.organisation, *digest);
            if (!blob.ok()) return blob.status();
            pb::BlobContent& content = *response.add_blobs();
            content.set_digest(text);
            if (blob->has_value()) content.set_content(crypto::AsString(**blob));
          }
          door_.callers().ChargeAnswer(member.key, response.ByteSizeLong());
          return absl::OkStatus();
        });
  }

 private:
  Door& door_;
};

class StatusService final
    : public pb::Status::WithRawCallbackMethod_GetStatus<pb::Status::Service> {
 public:
  StatusService(Door* door, const base::Clock* clock) : door_(*door), clock_(*clock) {}

  grpc::ServerUnaryReactor* GetStatus(grpc::CallbackServerContext* context,
                                      const grpc::ByteBuffer* in, grpc::ByteBuffer* out) override {
    return Answer<pb::GetStatusRequest, pb::GetStatusResponse>(
        context, *in, *out,
        [&](const pb::GetStatusRequest& request, pb::GetStatusResponse& response) -> absl::Status {
          response.set_version(kVersion);
          response.set_time_ms(absl::ToUnixMillis(clock_.Now()));
          if (request.organisation().empty()) return door_.Anyone(*context, request).status();
          QUORATE_ASSIGN_OR_RETURN(Member member, door_.MemberOf(*context, request));
          QUORATE_ASSIGN_OR_RETURN(LogTip tip, door_.custodian().GetTip(member.organisation));
          response.set_log_size(tip.size);
          response.set_checkpoint(std::move(tip.checkpoint));
          return absl::OkStatus();
        });
  }

 private:
  Door& door_;
  const base::Clock& clock_;
};

}  // namespace

std::unique_ptr<grpc::Service> MakeBlobService(Door* door) {
  return std::make_unique<BlobService>(door);
}

std::unique_ptr<grpc::Service> MakeStatusService(Door* door, const base::Clock* clock) {
  return std::make_unique<StatusService>(door, clock);
}

}  // namespace quorate::server
