// hostile-server DATA LISTEN UPSTREAM HOME: a server with the keys of the real one whose folder is
// DATA, at the address LISTEN. Asks the real one at UPSTREAM in the name of the member whose home
// is HOME, and changes the answers as the lines of standard input say:
//   {"do": "<manner>", "index": N, "victim": "<a member's home>"}    see Mischief; "honest" ends it
// Where DATA is "-", its keys are its own. Answers a line with {"done": how often so far}; ends
// with standard input.

#include <grpcpp/server.h>
#include <grpcpp/server_builder.h>

#include <chrono>
#include <iostream>
#include <map>
#include <memory>
#include <string>
#include <utility>

#include "crypto/init.h"
#include "custody/base/error_info.h"
#include "custody/base/status_macros.h"
#include "custody/keystore/organisation_record.h"
#include "custody/ledger/types.h"
#include "custody/log/checkpoint.h"
#include "custody/log/note.h"
#include "custody/net/channel.h"
#include "custody/net/endpoint.h"
#include "custody/net/listener.h"
#include "custody/net/transport.h"
#include "custody/server/data_folder.h"
#include "custody/wire/grpc_status.h"
#include "quorate/log/v1/log.grpc.pb.h"
#include "tests/hostile/mischief.h"

namespace quorate::hostile {
namespace {

namespace pb = ::quorate::log::v1;
using grpc::Status;

// The real server as a member sees it, and the streams that are open there.
class Upstream {
 public:
  explicit Upstream(std::unique_ptr<net::ServerChannel> channel)
      : channel_(std::move(channel)),
        log(pb::Log::NewStub(channel_->channel())),
        blob(pb::Blob::NewStub(channel_->channel())),
        status(pb::Status::NewStub(channel_->channel())) {}

  // That caller, or everybody where it is empty, has to ask again.
  void EndStreams(const std::string& caller) {
    const std::lock_guard<std::mutex> lock(mutex_);
    for (const auto& [context, who] : streams_) {
      if (caller.empty() || who == caller) context->TryCancel();
    }
  }
  void Add(grpc::ClientContext* context, const std::string& caller) {
    const std::lock_guard<std::mutex> lock(mutex_);
    streams_[context] = caller;
  }
  void Remove(grpc::ClientContext* context) {
    const std::lock_guard<std::mutex> lock(mutex_);
    streams_.erase(context);
  }

 private:
  std::unique_ptr<net::ServerChannel> channel_;
  std::mutex mutex_;
  std::map<grpc::ClientContext*, std::string> streams_;

 public:
  const std::unique_ptr<pb::Log::Stub> log;
  const std::unique_ptr<pb::Blob::Stub> blob;
  const std::unique_ptr<pb::Status::Stub> status;
};

std::string CallerOf(const grpc::ServerContext& context) {
  const auto key = net::PeerKey(*context.auth_context());
  return key.ok() ? crypto::Hex(key->span()) : "";
}

template <typename Stub, typename Request, typename Response>
Status Forward(Stub& stub, Status (Stub::*method)(grpc::ClientContext*, const Request&, Response*),
               const Request& request, Response& response) {
  grpc::ClientContext context;
  net::SetDeadline(context);
  return (stub.*method)(&context, request, &response);
}

class LogService final : public pb::Log::Service {
 public:
  LogService(Upstream& upstream, Plan& plan) : upstream_(upstream), plan_(plan) {}

  Status Append(grpc::ServerContext* context, const pb::AppendRequest* request,
                pb::AppendResponse* response) override {
    const std::string caller = CallerOf(*context);
    if (plan_.Is(caller, "swallow")) return Status::OK;
    if (plan_.Is(caller, "refuse")) {
      return wire::ToGrpcStatus(
          base::MakeError(absl::StatusCode::kInvalidArgument, "BAD_SIGNATURE", "no", "give up"));
    }
    if (plan_.Is(caller, "twice")) {
      (void)Forward(*upstream_.log, &pb::Log::Stub::Append, *request, *response);
    }
    return Forward(*upstream_.log, &pb::Log::Stub::Append, *request, *response);
  }

  Status GetEntries(grpc::ServerContext* context, const pb::GetEntriesRequest* request,
                    pb::GetEntriesResponse* response) override {
    Status status = Forward(*upstream_.log, &pb::Log::Stub::GetEntries, *request, *response);
    plan_.Bend(CallerOf(*context), request->start(), *response->mutable_entries(),
               *response->mutable_checkpoint());
    return status;
  }

  Status GetCheckpoint(grpc::ServerContext* context, const pb::GetCheckpointRequest* request,
                       pb::GetCheckpointResponse* response) override {
    Status status = Forward(*upstream_.log, &pb::Log::Stub::GetCheckpoint, *request, *response);
    google::protobuf::RepeatedPtrField<pb::Entry> none;
    plan_.Bend(CallerOf(*context), 0, none, *response->mutable_checkpoint());
    return status;
  }

  Status GetConsistencyProof(grpc::ServerContext* /*context*/,
                             const pb::GetConsistencyProofRequest* request,
                             pb::GetConsistencyProofResponse* response) override {
    return Forward(*upstream_.log, &pb::Log::Stub::GetConsistencyProof, *request, *response);
  }

  Status GetInclusionProof(grpc::ServerContext* /*context*/,
                           const pb::GetInclusionProofRequest* request,
                           pb::GetInclusionProofResponse* response) override {
    return Forward(*upstream_.log, &pb::Log::Stub::GetInclusionProof, *request, *response);
  }

  Status Watch(grpc::ServerContext* context, const pb::WatchRequest* request,
               grpc::ServerWriter<pb::WatchResponse>* writer) override {
    const std::string caller = CallerOf(*context);
    const std::unique_ptr<grpc::ClientContext> own =
        grpc::ClientContext::FromServerContext(*context);
    upstream_.Add(own.get(), caller);
    auto reader = upstream_.log->Watch(own.get(), *request);
    pb::WatchResponse response;
    while (reader->Read(&response)) {
      plan_.Bend(caller, response.start(), *response.mutable_entries(),
                 *response.mutable_checkpoint());
      if (!writer->Write(response)) own->TryCancel();
    }
    upstream_.Remove(own.get());
    return reader->Finish();
  }

 private:
  Upstream& upstream_;
  Plan& plan_;
};

class BlobService final : public pb::Blob::Service {
 public:
  BlobService(Upstream& upstream, Plan& plan) : upstream_(upstream), plan_(plan) {}

  Status PutBlobs(grpc::ServerContext* /*context*/, const pb::PutBlobsRequest* request,
                  pb::PutBlobsResponse* response) override {
    return Forward(*upstream_.blob, &pb::Blob::Stub::PutBlobs, *request, *response);
  }
  Status GetBlobs(grpc::ServerContext* context, const pb::GetBlobsRequest* request,
                  pb::GetBlobsResponse* response) override {
    Status status = Forward(*upstream_.blob, &pb::Blob::Stub::GetBlobs, *request, *response);
    plan_.Bend(CallerOf(*context), *response);
    return status;
  }

 private:
  Upstream& upstream_;
  Plan& plan_;
};

class StatusService final : public pb::Status::Service {
 public:
  explicit StatusService(Upstream& upstream) : upstream_(upstream) {}
  Status GetStatus(grpc::ServerContext* /*context*/, const pb::GetStatusRequest* request,
                   pb::GetStatusResponse* response) override {
    return Forward(*upstream_.status, &pb::Status::Stub::GetStatus, *request, *response);
  }

 private:
  Upstream& upstream_;
};

absl::StatusOr<Mischief> Read(const Line& line, Upstream& upstream,
                              const ledger::OrganisationId& organisation) {
  Mischief out;
  out.manner = line.Text("do");
  if (line.Has("index")) out.index = line.Number("index");
  pb::GetCheckpointRequest request;
  request.set_organisation(crypto::AsString(organisation.span()));
  pb::GetCheckpointResponse response;
  const Status status = Forward(*upstream.log, &pb::Log::Stub::GetCheckpoint, request, response);
  if (!status.ok()) return wire::FromGrpcStatus(status);
  out.checkpoint = response.checkpoint();
  QUORATE_ASSIGN_OR_RETURN(const log::Note note, log::ParseNote(out.checkpoint));
  QUORATE_ASSIGN_OR_RETURN(const log::Checkpoint checkpoint, log::ParseCheckpoint(note.text));
  out.size = checkpoint.size;
  return out;
}

// The key of the line's victim; empty where it has none.
absl::StatusOr<std::string> VictimOf(const Line& line) {
  if (!line.Has("victim")) return std::string();
  QUORATE_ASSIGN_OR_RETURN(keystore::Keystore victim,
                           keystore::Keystore::Open({line.Text("victim")}));
  return crypto::Hex(victim.card().tls.span());
}

absl::StatusOr<Answer> Do(const Line& line, Upstream& upstream, Plan& plan,
                          const ledger::OrganisationId& organisation) {
  QUORATE_ASSIGN_OR_RETURN(const std::string victim, VictimOf(line));
  if (line.Text("do") == "honest") {
    const auto before = plan.Get();
    plan.Clear();
    // What was kept back from a stream does not come on it any more.
    for (const auto& [caller, mischief] : before) {
      if (mischief.KeepsBack()) upstream.EndStreams(caller);
    }
  } else if (line.Text("do") != "count") {
    QUORATE_ASSIGN_OR_RETURN(Mischief mischief, Read(line, upstream, organisation));
    plan.Set(victim, std::move(mischief));
  }
  auto plans = plan.Get();
  Answer answer;
  answer.Add("done", plans[victim].done);
  return answer;
}

absl::Status Run(char** argv) {
  QUORATE_RETURN_IF_ERROR(crypto::InitCrypto());
  const std::string folder = argv[1];
  crypto::SystemRandom random;
  QUORATE_ASSIGN_OR_RETURN(const net::Certificate other,
                           net::Certificate::Create(crypto::SigningKey::Random(random)));
  QUORATE_ASSIGN_OR_RETURN(keystore::Keystore member, keystore::Keystore::Open({argv[4]}));
  QUORATE_ASSIGN_OR_RETURN(std::optional<keystore::OrganisationRecord> record,
                           keystore::ReadOrganisation(member));
  if (!record.has_value()) return absl::FailedPreconditionError("not founded");
  QUORATE_ASSIGN_OR_RETURN(const net::Certificate caller, net::Certificate::Create(member.tls()));
  QUORATE_ASSIGN_OR_RETURN(const net::Endpoint endpoint, net::ParseEndpoint(argv[3]));
  QUORATE_ASSIGN_OR_RETURN(
      std::unique_ptr<net::ServerChannel> channel,
      net::ServerChannel::Create(endpoint, record->server_certificate_digest, caller));
  Upstream upstream(std::move(channel));
  Plan plan;
  LogService log(upstream, plan);
  BlobService blob(upstream, plan);
  StatusService status(upstream);
  grpc::ServerBuilder builder;
  net::BoundServer(builder);
  int port = 0;
  if (folder == "-") {
    builder.AddListeningPort(argv[2], net::PinnedServerCredentials(other), &port);
  } else {
    QUORATE_ASSIGN_OR_RETURN(const server::ServerKeys keys,
                             server::ReadKeys(server::DataFolder(folder)));
    builder.AddListeningPort(argv[2], net::PinnedServerCredentials(keys.certificate), &port);
  }
  builder.RegisterService(&log).RegisterService(&blob).RegisterService(&status);
  const std::unique_ptr<grpc::Server> running = builder.BuildAndStart();
  if (running == nullptr || port == 0) return absl::UnavailableError("cannot listen");
  Answer().Add("ready", 1).Print();
  std::string text;
  while (std::getline(std::cin, text)) {
    absl::StatusOr<Line> line = Line::Parse(text);
    absl::StatusOr<Answer> answer =
        line.ok() ? Do(*line, upstream, plan, ledger::OrganisationId{record->organisation.value})
                  : line.status();
    (answer.ok() ? *std::move(answer) : ErrorAnswer(answer.status())).Print();
  }
  upstream.EndStreams("");
  running->Shutdown(std::chrono::system_clock::now() + std::chrono::seconds(1));
  return absl::OkStatus();
}

}  // namespace
}  // namespace quorate::hostile

int main(int argc, char** argv) {
  if (argc != 5) return 2;
  quorate::net::PrepareTransport();
  const absl::Status status = quorate::hostile::Run(argv);
  if (status.ok()) return 0;
  quorate::hostile::ErrorAnswer(status).Print();
  return 1;
}
