#include <utility>

#include "custody/base/status_macros.h"
#include "custody/server/door.h"
#include "custody/server/services.h"
#include "custody/server/stream.h"
#include "quorate/log/v1/log.grpc.pb.h"

namespace quorate::server {
namespace {

using ledger::OrganisationId;

void AddHashes(const log::Proof& proof, google::protobuf::RepeatedPtrField<std::string>* out) {
  for (const crypto::Digest& hash : proof) *out->Add() = crypto::AsString(hash.span());
}

absl::StatusOr<Submission> ReadSubmission(const pb::AppendRequest& request) {
  const auto signature = crypto::Signature::FromBytes(crypto::AsBytes(request.signature()));
  const auto device = crypto::Signature::FromBytes(crypto::AsBytes(request.device_signature()));
  if (!signature || (!device && !request.device_signature().empty())) return Malformed();
  return Submission{crypto::ToBytes(request.header()), *signature, device,
                    crypto::ToBytes(request.body())};
}

class WatchStream final : public Stream<pb::WatchResponse> {
 public:
  WatchStream(Custodian* custodian, Callers* callers, const Member& member, uint64_t start)
      : custodian_(*custodian), callers_(*callers), member_(member), next_(start) {}

  absl::StatusOr<std::optional<pb::WatchResponse>> Next(bool sign_of_life) override {
    QUORATE_ASSIGN_OR_RETURN(
        pb::GetEntriesResponse page,
        custodian_.GetEntries(member_.organisation, next_, 0, kFollowerPageBytes));
    std::optional<pb::WatchResponse> message;
    if (page.entries_size() == 0 && !sign_of_life) return message;
    message.emplace();
    message->set_start(next_);
    next_ += static_cast<uint64_t>(page.entries_size());
    message->mutable_entries()->Swap(page.mutable_entries());
    message->set_checkpoint(std::move(*page.mutable_checkpoint()));
    callers_.ChargeAnswer(member_.key, message->ByteSizeLong());
    return message;
  }

 private:
  Custodian& custodian_;
  Callers& callers_;
  const Member member_;
  uint64_t next_;
};

using RawLog = pb::Log::WithRawCallbackMethod_Append<pb::Log::WithRawCallbackMethod_GetEntries<
    pb::Log::WithRawCallbackMethod_GetCheckpoint<pb::Log::WithRawCallbackMethod_GetConsistencyProof<
        pb::Log::WithRawCallbackMethod_GetInclusionProof<
            pb::Log::WithRawCallbackMethod_Watch<pb::Log::Service>>>>>>;

class LogService final : public RawLog {
 public:
  LogService(Door* door, const base::Clock* clock) : door_(*door), clock_(*clock) {}

  grpc::ServerUnaryReactor* Append(grpc::CallbackServerContext* context, const grpc::ByteBuffer* in,
                                   grpc::ByteBuffer* out) override {
    pb::AppendRequest request;
    if (absl::Status read = wire::ReadMessage(*in, request); !read.ok()) {
      return Ended(context, read);
    }
    absl::StatusOr<Member> member = door_.MemberOf(*context, request);
    if (!member.ok()) return Ended(context, member.status());
    absl::StatusOr<Submission> submission = ReadSubmission(request);
    if (!submission.ok()) return Ended(context, submission.status());
    grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
    door_.custodian().Append(member->organisation, *std::move(submission),
                             [reactor, out](absl::StatusOr<pb::AppendResponse> result) {
                               absl::Status done = result.status();
                               if (done.ok()) done = wire::WriteMessage(*result, *out);
                               reactor->Finish(wire::ToGrpcStatus(done));
                             });
    return reactor;
  }

  grpc::ServerUnaryReactor* GetEntries(grpc::CallbackServerContext* context,
                                       const grpc::ByteBuffer* in, grpc::ByteBuffer* out) override {
    return Answer<pb::GetEntriesRequest, pb::GetEntriesResponse>(
        context, *in, *out,
        [&](const pb::GetEntriesRequest& request,
            pb::GetEntriesResponse& response) -> absl::Status {
          QUORATE_ASSIGN_OR_RETURN(Member member, door_.MemberOf(*context, request));
          QUORATE_ASSIGN_OR_RETURN(
              response, door_.custodian().GetEntries(member.organisation, request.start(),
                                                     request.max_entries()));
          door_.callers().ChargeAnswer(member.key, response.ByteSizeLong());
          return absl::OkStatus();
        });
  }

  grpc::ServerUnaryReactor* GetCheckpoint(grpc::CallbackServerContext* context,
                                          const grpc::ByteBuffer* in,
                                          grpc::ByteBuffer* out) override {
    return Answer<pb::GetCheckpointRequest, pb::GetCheckpointResponse>(
        context, *in, *out,
        [&](const pb::GetCheckpointRequest& request,
            pb::GetCheckpointResponse& response) -> absl::Status {
          QUORATE_ASSIGN_OR_RETURN(Member member, door_.MemberOf(*context, request));
          QUORATE_ASSIGN_OR_RETURN(LogTip tip, door_.custodian().GetTip(member.organisation));
          response.set_checkpoint(std::move(tip.checkpoint));
          return absl::OkStatus();
        });
  }

  grpc::ServerUnaryReactor* GetConsistencyProof(grpc::CallbackServerContext* context,
                                                const grpc::ByteBuffer* in,
                                                grpc::ByteBuffer* out) override {
    return Answer<pb::GetConsistencyProofRequest, pb::GetConsistencyProofResponse>(
        context, *in, *out,
        [&](const pb::GetConsistencyProofRequest& request,
            pb::GetConsistencyProofResponse& response) -> absl::Status {
          QUORATE_ASSIGN_OR_RETURN(Member member, door_.MemberOf(*context, request));
          QUORATE_ASSIGN_OR_RETURN(
              log::Proof proof, door_.custodian().ConsistencyProof(
                                    member.organisation, request.old_size(), request.new_size()));
          AddHashes(proof, response.mutable_hashes());
          return absl::OkStatus();
        });
  }

  grpc::ServerUnaryReactor* GetInclusionProof(grpc::CallbackServerContext* context,
                                              const grpc::ByteBuffer* in,
                                              grpc::ByteBuffer* out) override {
    return Answer<pb::GetInclusionProofRequest, pb::GetInclusionProofResponse>(
        context, *in, *out,
        [&](const pb::GetInclusionProofRequest& request,
            pb::GetInclusionProofResponse& response) -> absl::Status {
          QUORATE_ASSIGN_OR_RETURN(Member member, door_.MemberOf(*context, request));
          QUORATE_ASSIGN_OR_RETURN(
              log::Proof proof, door_.custodian().InclusionProof(member.organisation,
                                                                 request.index(), request.size()));
          AddHashes(proof, response.mutable_hashes());
          return absl::OkStatus();
        });
  }

  grpc::ServerWriteReactor<grpc::ByteBuffer>* Watch(grpc::CallbackServerContext* context,
                                                    const grpc::ByteBuffer* in) override {
    pb::WatchRequest request;
    if (absl::Status read = wire::ReadMessage(*in, request); !read.ok()) return Refused(read);
    absl::StatusOr<Member> member = door_.MemberOf(*context, request);
    if (!member.ok()) return Refused(member.status());
    auto slot = door_.callers().OpenStream(member->key);
    if (!slot.ok()) return Refused(slot.status());
    auto stream = std::make_shared<WatchStream>(&door_.custodian(), &door_.callers(), *member,
                                                request.start());
    return WatchStream::Start(std::move(stream), context, &door_.custodian().followers(), &clock_,
                              crypto::Digest{member->organisation.value}, *std::move(slot));
  }

 private:
  Door& door_;
  const base::Clock& clock_;
};

}  // namespace

std::unique_ptr<grpc::Service> MakeLogService(Door* door, const base::Clock* clock) {
  return std::make_unique<LogService>(door, clock);
}

}  // namespace quorate::server
