#include "custody/server/admin_service.h"

#include <grpcpp/channel.h>
#include <grpcpp/client_context.h>
#include <grpcpp/server_context.h>

#include <utility>

#include "custody/base/error_info.h"
#include "custody/base/status_macros.h"
#include "custody/net/channel.h"
#include "custody/server/backup.h"
#include "custody/wire/grpc_status.h"
#include "quorate/log/v1/admin.grpc.pb.h"

namespace quorate::server {
namespace {

namespace pb = ::quorate::log::v1;

absl::Status CheckAbsolute(const std::string& path) {
  if (path.starts_with('/')) return absl::OkStatus();
  return base::MakeError(absl::StatusCode::kInvalidArgument, "PATH_NOT_ABSOLUTE",
                         "the path does not begin at /", "give the whole path");
}

class AdminService final : public pb::Admin::Service {
 public:
  explicit AdminService(AdminHooks hooks) : hooks_(std::move(hooks)) {}

  grpc::Status GetServerStatus(grpc::ServerContext* /*context*/,
                               const pb::GetServerStatusRequest* /*request*/,
                               pb::ServerStatus* response) override {
    absl::StatusOr<pb::ServerStatus> status = hooks_.describe();
    if (status.ok()) *response = *std::move(status);
    return wire::ToGrpcStatus(status.status());
  }

  grpc::Status Backup(grpc::ServerContext* /*context*/, const pb::BackupRequest* request,
                      grpc::ServerWriter<pb::BackupProgress>* writer) override {
    if (absl::Status path = CheckAbsolute(request->path()); !path.ok()) {
      return wire::ToGrpcStatus(path);
    }
    // Goes on without its listener: a backup that was begun is wanted.
    pb::BackupProgress progress;
    absl::Status written = WriteBackup(*hooks_.store, *hooks_.data, request->path(),
                                       [&](uint64_t done, uint64_t total) {
                                         progress.set_bytes_done(done);
                                         progress.set_bytes_total(total);
                                         writer->Write(progress);
                                       })
                               .status();
    if (!written.ok()) return wire::ToGrpcStatus(written);
    progress.set_done(true);
    writer->Write(progress);
    return grpc::Status::OK;
  }

 private:
  const AdminHooks hooks_;
};

absl::StatusOr<std::unique_ptr<pb::Admin::Stub>> Connect(const DataFolder& data) {
  QUORATE_ASSIGN_OR_RETURN(std::shared_ptr<grpc::Channel> channel,
                           net::UnixChannel(data.admin_socket()));
  return pb::Admin::NewStub(channel);
}

absl::Status FromServer(const grpc::Status& status) {
  absl::Status out = wire::FromGrpcStatus(status);
  if (!absl::IsUnavailable(out) || !base::GetReason(out).empty()) return out;
  return base::MakeError(absl::StatusCode::kUnavailable, "NOT_RUNNING",
                         "the server does not answer on its socket",
                         "look at what it printed, or stop it and try again");
}

}  // namespace

std::unique_ptr<grpc::Service> MakeAdminService(AdminHooks hooks) {
  return std::make_unique<AdminService>(std::move(hooks));
}

absl::StatusOr<pb::ServerStatus> AskForStatus(const DataFolder& data) {
  QUORATE_ASSIGN_OR_RETURN(std::unique_ptr<pb::Admin::Stub> stub, Connect(data));
  grpc::ClientContext context;
  net::SetDeadline(context);
  pb::ServerStatus status;
  QUORATE_RETURN_IF_ERROR(FromServer(stub->GetServerStatus(&context, {}, &status)));
  return status;
}

absl::Status AskForBackup(const DataFolder& data, const std::string& to,
                          const store::Store::Progress& progress) {
  QUORATE_ASSIGN_OR_RETURN(std::unique_ptr<pb::Admin::Stub> stub, Connect(data));
  grpc::ClientContext context;
  pb::BackupRequest request;
  request.set_path(to);
  auto reader = stub->Backup(&context, request);
  pb::BackupProgress message;
  bool done = false;
  while (reader->Read(&message)) {
    done = message.done();
    progress(message.bytes_done(), message.bytes_total());
  }
  QUORATE_RETURN_IF_ERROR(FromServer(reader->Finish()));
  return done ? absl::OkStatus() : absl::InternalError("the server ended its answer too early");
}

}  // namespace quorate::server
