#include "custody/server/services.h"

#include <grpcpp/impl/codegen/service_type.h>
#include <grpcpp/server_context.h>

#include <atomic>

#include "custody/base/error_info.h"
#include "custody/base/status_macros.h"
#include "custody/net/listener.h"
#include "custody/wire/grpc_status.h"
#include "quorate/log/v1/log.grpc.pb.h"

namespace quorate::server {
namespace {

using ledger::OrganisationId;

constexpr int kMaxStreams = 400;
constexpr int kMaxPerCall = 256;
constexpr absl::Duration kWaitStep = absl::Seconds(1);
constexpr absl::Duration kHeartbeat = absl::Seconds(30);

absl::Status Malformed() {
  return base::MakeError(absl::StatusCode::kInvalidArgument, "MALFORMED",
                         "a field has another size than it must have",
                         "update the node's software");
}

// The organisation that a member's call is about.
absl::StatusOr<OrganisationId> Member(Custodian& custodian, grpc::ServerContext& context,
                                      const std::string& organisation) {
  auto id = OrganisationId::FromBytes(crypto::AsBytes(organisation));
  if (!id.has_value()) return Malformed();
  QUORATE_ASSIGN_OR_RETURN(crypto::PublicSigningKey caller, net::PeerKey(*context.auth_context()));
  QUORATE_RETURN_IF_ERROR(custodian.CheckMember(*id, caller));
  return *id;
}

template <typename Message>
grpc::Status Answer(absl::StatusOr<Message> result, Message* response) {
  if (!result.ok()) return wire::ToGrpcStatus(result.status());
  *response = *std::move(result);
  return grpc::Status::OK;
}

// Counts open streams of the whole server.
class StreamSlot {
 public:
  StreamSlot() : taken_(open.fetch_add(1) < kMaxStreams) {}
  ~StreamSlot() { open.fetch_sub(1); }
  absl::Status status() const {
    if (taken_) return absl::OkStatus();
    return base::MakeError(absl::StatusCode::kResourceExhausted, "TOO_MANY_STREAMS",
                           "too many programs follow this server", "try again later");
  }

 private:
  static inline std::atomic<int> open = 0;
  const bool taken_;
};

void AddHashes(const log::Proof& proof, google::protobuf::RepeatedPtrField<std::string>* out) {
  for (const crypto::Digest& hash : proof) *out->Add() = crypto::AsString(hash.span());
}

class LogService final : public pb::Log::Service {
 public:
  explicit LogService(Custodian* custodian) : custodian_(*custodian) {}

  grpc::Status Append(grpc::ServerContext* context, const pb::AppendRequest* request,
                      pb::AppendResponse* response) override {
    return Answer(DoAppend(*context, *request), response);
  }

  grpc::Status GetEntries(grpc::ServerContext* context, const pb::GetEntriesRequest* request,
                          pb::GetEntriesResponse* response) override {
    absl::StatusOr<OrganisationId> id = Member(custodian_, *context, request->organisation());
    if (!id.ok()) return wire::ToGrpcStatus(id.status());
    return Answer(custodian_.GetEntries(*id, request->start(), request->max_entries()), response);
  }

  grpc::Status GetCheckpoint(grpc::ServerContext* context, const pb::GetCheckpointRequest* request,
                             pb::GetCheckpointResponse* response) override {
    absl::StatusOr<OrganisationId> id = Member(custodian_, *context, request->organisation());
    if (!id.ok()) return wire::ToGrpcStatus(id.status());
    absl::StatusOr<std::string> checkpoint = custodian_.GetCheckpoint(*id);
    if (!checkpoint.ok()) return wire::ToGrpcStatus(checkpoint.status());
    response->set_checkpoint(*checkpoint);
    return grpc::Status::OK;
  }

  grpc::Status GetConsistencyProof(grpc::ServerContext* context,
                                   const pb::GetConsistencyProofRequest* request,
                                   pb::GetConsistencyProofResponse* response) override {
    absl::StatusOr<OrganisationId> id = Member(custodian_, *context, request->organisation());
    if (!id.ok()) return wire::ToGrpcStatus(id.status());
    absl::StatusOr<log::Proof> proof =
        custodian_.ConsistencyProof(*id, request->old_size(), request->new_size());
    if (!proof.ok()) return wire::ToGrpcStatus(proof.status());
    AddHashes(*proof, response->mutable_hashes());
    return grpc::Status::OK;
  }

  grpc::Status GetInclusionProof(grpc::ServerContext* context,
                                 const pb::GetInclusionProofRequest* request,
                                 pb::GetInclusionProofResponse* response) override {
    absl::StatusOr<OrganisationId> id = Member(custodian_, *context, request->organisation());
    if (!id.ok()) return wire::ToGrpcStatus(id.status());
    absl::StatusOr<log::Proof> proof =
        custodian_.InclusionProof(*id, request->index(), request->size());
    if (!proof.ok()) return wire::ToGrpcStatus(proof.status());
    AddHashes(*proof, response->mutable_hashes());
    return grpc::Status::OK;
  }

  grpc::Status Watch(grpc::ServerContext* context, const pb::WatchRequest* request,
                     grpc::ServerWriter<pb::WatchResponse>* writer) override {
    absl::StatusOr<OrganisationId> id = Member(custodian_, *context, request->organisation());
    if (!id.ok()) return wire::ToGrpcStatus(id.status());
    StreamSlot slot;
    if (!slot.status().ok()) return wire::ToGrpcStatus(slot.status());
    uint64_t next = request->start();
    absl::Time last_sent = absl::InfinitePast();
    while (!context->IsCancelled() && !custodian_.stopping()) {
      absl::StatusOr<pb::GetEntriesResponse> page = custodian_.GetEntries(*id, next, 0);
      if (!page.ok()) return wire::ToGrpcStatus(page.status());
      if (page->entries_size() > 0 || absl::Now() - last_sent >= kHeartbeat) {
        pb::WatchResponse message;
        message.set_start(next);
        next += static_cast<uint64_t>(page->entries_size());
        message.mutable_entries()->Swap(page->mutable_entries());
        message.set_checkpoint(page->checkpoint());
        if (!writer->Write(message)) break;
        last_sent = absl::Now();
        continue;
      }
      custodian_.WaitForSize(*id, next, kWaitStep);
    }
    return grpc::Status::OK;
  }

 private:
  absl::StatusOr<pb::AppendResponse> DoAppend(grpc::ServerContext& context,
                                              const pb::AppendRequest& request) {
    QUORATE_ASSIGN_OR_RETURN(OrganisationId id,
                             Member(custodian_, context, request.organisation()));
    auto signature = crypto::Signature::FromBytes(crypto::AsBytes(request.signature()));
    if (!signature.has_value()) return Malformed();
    Submission submission{crypto::ToBytes(request.header()), *signature, std::nullopt,
                          crypto::ToBytes(request.body())};
    if (!request.device_signature().empty()) {
      submission.device_signature =
          crypto::Signature::FromBytes(crypto::AsBytes(request.device_signature()));
      if (!submission.device_signature.has_value()) return Malformed();
    }
    return custodian_.Append(id, submission);
  }

  Custodian& custodian_;
};

class BlobService final : public pb::Blob::Service {
 public:
  explicit BlobService(Custodian* custodian) : custodian_(*custodian) {}

  grpc::Status PutBlobs(grpc::ServerContext* context, const pb::PutBlobsRequest* request,
                        pb::PutBlobsResponse*) override {
    absl::StatusOr<OrganisationId> id = Member(custodian_, *context, request->organisation());
    if (!id.ok()) return wire::ToGrpcStatus(id.status());
    if (request->blobs_size() > kMaxPerCall) return wire::ToGrpcStatus(Malformed());
    for (const std::string& blob : request->blobs()) {
      absl::Status put = custodian_.PutBlob(*id, crypto::AsBytes(blob));
      if (!put.ok()) return wire::ToGrpcStatus(put);
    }
    return grpc::Status::OK;
  }

  grpc::Status GetBlobs(grpc::ServerContext* context, const pb::GetBlobsRequest* request,
                        pb::GetBlobsResponse* response) override {
    absl::StatusOr<OrganisationId> id = Member(custodian_, *context, request->organisation());
    if (!id.ok()) return wire::ToGrpcStatus(id.status());
    if (request->digests_size() > kMaxPerCall) return wire::ToGrpcStatus(Malformed());
    for (const std::string& text : request->digests()) {
      auto digest = crypto::Digest::FromBytes(crypto::AsBytes(text));
      if (!digest.has_value()) return wire::ToGrpcStatus(Malformed());
      absl::StatusOr<std::optional<crypto::Bytes>> blob = custodian_.GetBlob(*id, *digest);
      if (!blob.ok()) return wire::ToGrpcStatus(blob.status());
      pb::BlobContent& content = *response->add_blobs();
      content.set_digest(text);
      if (blob->has_value()) content.set_content(crypto::AsString(**blob));
    }
    return grpc::Status::OK;
  }

 private:
  Custodian& custodian_;
};

class FoundingService final : public pb::Founding::Service {
 public:
  explicit FoundingService(Custodian* custodian) : custodian_(*custodian) {}

  grpc::Status CreateDraft(grpc::ServerContext* context, const pb::CreateDraftRequest* request,
                           pb::CreateDraftResponse* response) override {
    absl::StatusOr<crypto::PublicSigningKey> caller = net::PeerKey(*context->auth_context());
    if (!caller.ok()) return wire::ToGrpcStatus(caller.status());
    return Answer(custodian_.CreateDraft(*request, *caller), response);
  }

  grpc::Status GetDraft(grpc::ServerContext*, const pb::GetDraftRequest* request,
                        pb::GetDraftResponse* response) override {
    return Answer(custodian_.GetDraft(crypto::AsBytes(request->draft_id())), response);
  }

  grpc::Status PutCard(grpc::ServerContext*, const pb::PutCardRequest* request,
                       pb::PutCardResponse* response) override {
    absl::StatusOr<uint64_t> revision = custodian_.PutCard(*request);
    if (!revision.ok()) return wire::ToGrpcStatus(revision.status());
    response->set_revision(*revision);
    return grpc::Status::OK;
  }

  grpc::Status PutDocument(grpc::ServerContext*, const pb::PutDocumentRequest* request,
                           pb::PutDocumentResponse* response) override {
    return Answer(custodian_.PutDocument(*request), response);
  }

  grpc::Status WatchDraft(grpc::ServerContext* context, const pb::WatchDraftRequest* request,
                          grpc::ServerWriter<pb::WatchDraftResponse>* writer) override {
    StreamSlot slot;
    if (!slot.status().ok()) return wire::ToGrpcStatus(slot.status());
    const crypto::ByteSpan draft_id = crypto::AsBytes(request->draft_id());
    uint64_t shown = 0;
    absl::Time last_sent = absl::InfinitePast();
    while (!context->IsCancelled() && !custodian_.stopping()) {
      absl::StatusOr<pb::GetDraftResponse> draft = custodian_.GetDraft(draft_id);
      if (!draft.ok()) return wire::ToGrpcStatus(draft.status());
      if (draft->revision() != shown || absl::Now() - last_sent >= kHeartbeat) {
        pb::WatchDraftResponse message;
        message.set_revision(draft->revision());
        message.set_organisation(draft->organisation());
        if (!writer->Write(message)) break;
        shown = draft->revision();
        last_sent = absl::Now();
        continue;
      }
      custodian_.WaitForRevision(draft_id, shown, kWaitStep);
    }
    return grpc::Status::OK;
  }

  grpc::Status Found(grpc::ServerContext*, const pb::FoundRequest* request,
                     pb::AppendResponse* response) override {
    return Answer(custodian_.Found(*request), response);
  }

 private:
  Custodian& custodian_;
};

class StatusService final : public pb::Status::Service {
 public:
  StatusService(Custodian* custodian, const base::Clock* clock)
      : custodian_(*custodian), clock_(*clock) {}

  grpc::Status GetStatus(grpc::ServerContext* context, const pb::GetStatusRequest* request,
                         pb::GetStatusResponse* response) override {
    response->set_version("0.1.0");
    response->set_time_ms(absl::ToUnixMillis(clock_.Now()));
    if (request->organisation().empty()) return grpc::Status::OK;
    absl::StatusOr<OrganisationId> id = Member(custodian_, *context, request->organisation());
    if (!id.ok()) return wire::ToGrpcStatus(id.status());
    response->set_log_size(custodian_.WaitForSize(*id, 0, absl::ZeroDuration()));
    absl::StatusOr<std::string> checkpoint = custodian_.GetCheckpoint(*id);
    if (!checkpoint.ok()) return wire::ToGrpcStatus(checkpoint.status());
    response->set_checkpoint(*checkpoint);
    return grpc::Status::OK;
  }

 private:
  Custodian& custodian_;
  const base::Clock& clock_;
};

}  // namespace

std::unique_ptr<grpc::Service> MakeLogService(Custodian* custodian) {
  return std::make_unique<LogService>(custodian);
}
std::unique_ptr<grpc::Service> MakeBlobService(Custodian* custodian) {
  return std::make_unique<BlobService>(custodian);
}
std::unique_ptr<grpc::Service> MakeFoundingService(Custodian* custodian) {
  return std::make_unique<FoundingService>(custodian);
}
std::unique_ptr<grpc::Service> MakeStatusService(Custodian* custodian, const base::Clock* clock) {
  return std::make_unique<StatusService>(custodian, clock);
}

}  // namespace quorate::server
