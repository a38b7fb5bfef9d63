#include "custody/server/server.h"

#include <dlfcn.h>
#include <grpcpp/health_check_service_interface.h>
#include <grpcpp/impl/codegen/service_type.h>
#include <grpcpp/security/server_credentials.h>
#include <grpcpp/server.h>
#include <grpcpp/server_builder.h>

#include <chrono>
#include <cstdio>
#include <filesystem>
#include <utility>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/string_view.h"
#include "custody/base/error_info.h"
#include "custody/base/status_macros.h"
#include "custody/log/checkpoint.h"
#include "custody/log/note.h"
#include "custody/net/endpoint.h"
#include "custody/net/listener.h"
#include "custody/net/tcp_listener.h"
#include "custody/net/unix_socket.h"
#include "custody/server/admin_service.h"
#include "custody/server/door.h"
#include "custody/server/services.h"

namespace quorate::server {
namespace {

constexpr std::chrono::seconds kGrace(3);

std::string Hex(crypto::ByteSpan bytes) {
  return absl::BytesToHexString(
      absl::string_view(reinterpret_cast<const char*>(bytes.data()), bytes.size()));
}

std::string RootOf(const std::string& checkpoint) {
  const auto note = log::ParseNote(checkpoint);
  if (!note.ok()) return "";
  const auto parsed = log::ParseCheckpoint(note->text);
  return parsed.ok() ? Hex(parsed->root.span()) : "";
}

// Loading the library is what switches reflection on, for every server that is built from then on:
// it registers itself. So it must not be linked.
absl::Status LoadReflection() {
  if (::dlopen(QUORATE_REFLECTION_LIBRARY, RTLD_NOW | RTLD_GLOBAL) != nullptr) {
    return absl::OkStatus();
  }
  return base::MakeError(absl::StatusCode::kUnavailable, "REFLECTION_MISSING",
                         "gRPC's library for reflection is not installed",
                         "install it, or start without --reflection");
}

}  // namespace

// In the order in which they depend on each other.
struct Server::Parts {
  Parts(const Options& options)
      : callers(options.clock, options.limits), door(options.custodian, &callers) {}

  Callers callers;
  Door door;
  std::vector<std::unique_ptr<grpc::Service>> services;
  std::unique_ptr<grpc::experimental::ExternalConnectionAcceptor> acceptor;
  std::unique_ptr<grpc::Server> server;
  std::unique_ptr<net::TcpListener> listener;
  std::unique_ptr<grpc::Service> admin_service;
  std::unique_ptr<grpc::Server> admin_server;
  std::unique_ptr<net::UnixListener> admin_listener;
};

Server::Server(const Options& options)
    : options_(options),
      start_time_ms_(absl::ToUnixMillis(options.clock->Now())),
      parts_(std::make_unique<Parts>(options)) {}

Server::~Server() { Stop(); }

absl::StatusOr<std::unique_ptr<Server>> Server::Start(const Options& options) {
  if (options.reflection) QUORATE_RETURN_IF_ERROR(LoadReflection());
  grpc::EnableDefaultHealthCheckService(true);
  std::unique_ptr<Server> server(new Server(options));
  QUORATE_RETURN_IF_ERROR(server->Listen());
  if (options.data != nullptr) QUORATE_RETURN_IF_ERROR(server->ListenForOperator());
  return server;
}

absl::Status Server::Listen() {
  QUORATE_ASSIGN_OR_RETURN(net::Endpoint endpoint, net::ParseEndpoint(options_.listen, true));
  QUORATE_ASSIGN_OR_RETURN(
      parts_->listener,
      net::TcpListener::Listen(
          options_.listen, {options_.limits.connections, options_.limits.connections_per_address}));
  Door* door = &parts_->door;
  parts_->services.push_back(MakeLogService(door, options_.clock));
  parts_->services.push_back(MakeBlobService(door));
  parts_->services.push_back(MakeFoundingService(door, options_.clock));
  parts_->services.push_back(MakeStatusService(door, options_.clock));
  grpc::ServerBuilder builder;
  net::BoundServer(builder);
  parts_->acceptor = builder.experimental().AddExternalConnectionAcceptor(
      grpc::ServerBuilder::experimental_type::ExternalConnectionType::FROM_FD,
      net::PinnedServerCredentials(*options_.certificate));
  for (const auto& service : parts_->services) builder.RegisterService(service.get());
  parts_->server = builder.BuildAndStart();
  if (parts_->server == nullptr) return absl::InternalError("gRPC made no server");
  parts_->listener->Start([acceptor = parts_->acceptor.get()](int listener, int fd) {
    grpc::experimental::ExternalConnectionAcceptor::NewConnectionParameters connection;
    connection.listener_fd = listener;
    connection.fd = fd;
    acceptor->HandleNewConnection(&connection);
  });
  endpoint.port = parts_->listener->port();
  address_ = net::FormatEndpoint(endpoint);
  return absl::OkStatus();
}

absl::Status Server::ListenForOperator() {
  AdminHooks hooks;
  hooks.describe = [this] { return Describe(); };
  hooks.store = options_.store;
  hooks.data = options_.data;
  parts_->admin_service = MakeAdminService(std::move(hooks));
  grpc::ServerBuilder builder;
  builder.RegisterService(parts_->admin_service.get());
  parts_->admin_server = builder.BuildAndStart();
  if (parts_->admin_server == nullptr) return absl::InternalError("gRPC made no server");
  absl::StatusOr<std::unique_ptr<net::UnixListener>> listener =
      net::UnixListener::Listen(options_.data->admin_socket(), parts_->admin_server.get());
  if (!listener.ok()) return listener.status();
  parts_->admin_listener = *std::move(listener);
  return absl::OkStatus();
}

absl::StatusOr<pb::ServerStatus> Server::Describe() const {
  QUORATE_ASSIGN_OR_RETURN(pb::ServerStatus status,
                           DescribeStore(*options_.custodian, *options_.clock, options_.data));
  status.set_running(true);
  status.set_listening(address_);
  status.set_start_time_ms(start_time_ms_);
  status.set_callers(static_cast<uint32_t>(parts_->callers.callers()));
  status.set_streams(static_cast<uint32_t>(parts_->callers.streams()));
  return status;
}

void Server::Stop() {
  parts_->admin_listener.reset();
  parts_->listener.reset();
  options_.custodian->Stop();
  const auto deadline = std::chrono::system_clock::now() + kGrace;
  if (parts_->server != nullptr) {
    if (auto* health = parts_->server->GetHealthCheckService()) health->Shutdown();
    parts_->server->Shutdown(deadline);
  }
  if (parts_->admin_server != nullptr) parts_->admin_server->Shutdown(deadline);
}

absl::StatusOr<pb::ServerStatus> DescribeStore(Custodian& custodian, const base::Clock& clock,
                                               const DataFolder* data) {
  pb::ServerStatus status;
  status.set_version(kVersion);
  status.set_time_ms(absl::ToUnixMillis(clock.Now()));
  QUORATE_ASSIGN_OR_RETURN(std::vector<Custodian::LogSummary> logs, custodian.Summarise());
  for (const Custodian::LogSummary& log : logs) {
    pb::OrganisationStatus& out = *status.add_organisations();
    out.set_id(Hex(log.id.span()));
    out.set_entries(log.tip.size);
    out.set_last_entry_time_ms(static_cast<int64_t>(log.tip.time_ms));
    out.set_root(RootOf(log.tip.checkpoint));
    out.set_blob_bytes(log.blob_bytes);
  }
  status.set_drafts(static_cast<uint32_t>(custodian.drafts().count()));
  if (data == nullptr) return status;
  for (const std::string& path : {data->database(), data->database() + "-wal"}) {
    std::error_code error;
    const auto size = std::filesystem::file_size(path, error);
    if (!error) status.set_store_bytes(status.store_bytes() + size);
  }
  std::error_code error;
  const auto space = std::filesystem::space(data->path(), error);
  if (!error) status.set_disk_free_bytes(space.available);
  return status;
}

}  // namespace quorate::server
