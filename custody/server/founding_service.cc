#include <utility>

#include "custody/base/status_macros.h"
#include "custody/server/door.h"
#include "custody/server/services.h"
#include "custody/server/stream.h"
#include "quorate/log/v1/log.grpc.pb.h"

namespace quorate::server {
namespace {

class DraftStream final : public Stream<pb::WatchDraftResponse> {
 public:
  DraftStream(Drafts* drafts, const crypto::Digest& draft_id)
      : drafts_(*drafts), draft_id_(draft_id) {}

  absl::StatusOr<std::optional<pb::WatchDraftResponse>> Next(bool sign_of_life) override {
    QUORATE_ASSIGN_OR_RETURN(pb::WatchDraftResponse now, drafts_.Look(draft_id_.span()));
    std::optional<pb::WatchDraftResponse> message;
    if (now.revision() == shown_ && !sign_of_life) return message;
    shown_ = now.revision();
    message = std::move(now);
    return message;
  }

 private:
  Drafts& drafts_;
  const crypto::Digest draft_id_;
  uint64_t shown_ = 0;
};

using RawFounding =
    pb::Founding::WithRawCallbackMethod_CreateDraft<pb::Founding::WithRawCallbackMethod_GetDraft<
        pb::Founding::WithRawCallbackMethod_PutCard<pb::Founding::WithRawCallbackMethod_PutDocument<
            pb::Founding::WithRawCallbackMethod_WatchDraft<
                pb::Founding::WithRawCallbackMethod_Found<pb::Founding::Service>>>>>>;

class FoundingService final : public RawFounding {
 public:
  FoundingService(Door* door, const base::Clock* clock) : door_(*door), clock_(*clock) {}

  grpc::ServerUnaryReactor* CreateDraft(grpc::CallbackServerContext* context,
                                        const grpc::ByteBuffer* in,
                                        grpc::ByteBuffer* out) override {
    return Answer<pb::CreateDraftRequest, pb::CreateDraftResponse>(
        context, *in, *out,
        [&](const pb::CreateDraftRequest& request,
            pb::CreateDraftResponse& response) -> absl::Status {
          QUORATE_ASSIGN_OR_RETURN(crypto::PublicSigningKey caller,
                                   door_.Anyone(*context, request));
          QUORATE_ASSIGN_OR_RETURN(response, drafts().Create(request, caller));
          return absl::OkStatus();
        });
  }

  grpc::ServerUnaryReactor* GetDraft(grpc::CallbackServerContext* context,
                                     const grpc::ByteBuffer* in, grpc::ByteBuffer* out) override {
    return Answer<pb::GetDraftRequest, pb::GetDraftResponse>(
        context, *in, *out,
        [&](const pb::GetDraftRequest& request, pb::GetDraftResponse& response) -> absl::Status {
          QUORATE_ASSIGN_OR_RETURN(crypto::PublicSigningKey caller,
                                   door_.Anyone(*context, request));
          QUORATE_ASSIGN_OR_RETURN(response, drafts().Get(crypto::AsBytes(request.draft_id())));
          door_.callers().ChargeAnswer(caller, response.ByteSizeLong());
          return absl::OkStatus();
        });
  }

  grpc::ServerUnaryReactor* PutCard(grpc::CallbackServerContext* context,
                                    const grpc::ByteBuffer* in, grpc::ByteBuffer* out) override {
    return Answer<pb::PutCardRequest, pb::PutCardResponse>(
        context, *in, *out,
        [&](const pb::PutCardRequest& request, pb::PutCardResponse& response) -> absl::Status {
          QUORATE_RETURN_IF_ERROR(door_.Anyone(*context, request).status());
          QUORATE_ASSIGN_OR_RETURN(uint64_t revision, drafts().PutCard(request));
          response.set_revision(revision);
          return absl::OkStatus();
        });
  }

  grpc::ServerUnaryReactor* PutDocument(grpc::CallbackServerContext* context,
                                        const grpc::ByteBuffer* in,
                                        grpc::ByteBuffer* out) override {
    return Answer<pb::PutDocumentRequest, pb::PutDocumentResponse>(
        context, *in, *out,
        [&](const pb::PutDocumentRequest& request,
            pb::PutDocumentResponse& response) -> absl::Status {
          QUORATE_RETURN_IF_ERROR(door_.Anyone(*context, request).status());
          QUORATE_ASSIGN_OR_RETURN(response, drafts().PutDocument(request));
          return absl::OkStatus();
        });
  }

  grpc::ServerWriteReactor<grpc::ByteBuffer>* WatchDraft(grpc::CallbackServerContext* context,
                                                         const grpc::ByteBuffer* in) override {
    pb::WatchDraftRequest request;
    absl::Status read = wire::ReadMessage(*in, request);
    if (!read.ok()) return Refused(read);
    absl::StatusOr<crypto::PublicSigningKey> caller = door_.Anyone(*context, request);
    if (!caller.ok()) return Refused(caller.status());
    const auto draft_id = crypto::Digest::FromBytes(crypto::AsBytes(request.draft_id()));
    if (!draft_id.has_value()) return Refused(Malformed());
    auto slot = door_.callers().OpenStream(*caller);
    if (!slot.ok()) return Refused(slot.status());
    auto stream = std::make_shared<DraftStream>(&drafts(), *draft_id);
    return DraftStream::Start(std::move(stream), context, &door_.custodian().followers(), &clock_,
                              *draft_id, *std::move(slot));
  }

  grpc::ServerUnaryReactor* Found(grpc::CallbackServerContext* context, const grpc::ByteBuffer* in,
                                  grpc::ByteBuffer* out) override {
    return Answer<pb::FoundRequest, pb::AppendResponse>(
        context, *in, *out,
        [&](const pb::FoundRequest& request, pb::AppendResponse& response) -> absl::Status {
          QUORATE_ASSIGN_OR_RETURN(crypto::PublicSigningKey caller,
                                   door_.Anyone(*context, request));
          QUORATE_ASSIGN_OR_RETURN(response, door_.custodian().Found(request, caller));
          return absl::OkStatus();
        });
  }

 private:
  Drafts& drafts() { return door_.custodian().drafts(); }

  Door& door_;
  const base::Clock& clock_;
};

}  // namespace

std::unique_ptr<grpc::Service> MakeFoundingService(Door* door, const base::Clock* clock) {
  return std::make_unique<FoundingService>(door, clock);
}

}  // namespace quorate::server
