#include <signal.h>
#include <unistd.h>

#include <atomic>

#include "custody/base/status_macros.h"
#include "custody/node/daemon/resolve.h"
#include "custody/node/daemon/service_util.h"
#include "custody/node/daemon/services.h"
#include "custody/node/daemon/views.h"

namespace quorate::node {
namespace {

constexpr int kMaxWatchers = 8;
constexpr absl::Duration kWatchStep = absl::Seconds(1);
constexpr int64_t kShownSkewMs = 120'000;

class NodeService final : public pb::NodeService::Service {
 public:
  explicit NodeService(Runtime* runtime) : runtime_(*runtime) {}

  grpc::Status GetStatus(grpc::ServerContext*, const pb::GetStatusRequest*,
                         pb::NodeStatus* response) override {
    const Runtime::Health health = runtime_.GetHealth();
    response->set_person(runtime_.keystore().name());
    response->set_unlocked(runtime_.unlocked());
    response->set_kit_verified(health.kit.has_value());
    if (health.kit.has_value()) response->set_kit_verified_ms(health.kit->verified_ms);
    response->set_server(health.server);
    response->set_connected(health.connected);
    response->set_process_id(::getpid());
    FillTroubles(health, *response);
    absl::StatusOr<bool> filled = runtime_.WithNode<bool>([&](Node& node) {
      FillStatus(node, runtime_.clock().Now(), *response);
      return true;
    });
    if (!filled.ok()) response->set_phase(health.has_draft ? "draft" : "new");
    if (!health.problem.empty()) {
      response->set_phase("halted");
      response->set_halted_because(health.problem);
    }
    FillAdvice(health, *response);
    return grpc::Status::OK;
  }

  grpc::Status CreateSession(grpc::ServerContext*, const pb::CreateSessionRequest*,
                             pb::Session* response) override {
    absl::StatusOr<Runtime::Session> session = runtime_.CreateSession();
    if (!session.ok()) return wire::ToGrpcStatus(session.status());
    response->set_session_id(crypto::AsString(session->id));
    response->set_public_key(crypto::AsString(session->public_key.span()));
    return grpc::Status::OK;
  }

  grpc::Status Unlock(grpc::ServerContext*, const pb::UnlockRequest* request,
                      pb::UnlockResponse*) override {
    absl::StatusOr<crypto::Secret> passphrase = OpenSealed(runtime_, request->passphrase());
    if (!passphrase.ok()) return wire::ToGrpcStatus(passphrase.status());
    return wire::ToGrpcStatus(runtime_.Unlock(*passphrase));
  }

  grpc::Status Lock(grpc::ServerContext*, const pb::LockRequest*, pb::LockResponse*) override {
    runtime_.Lock();
    return grpc::Status::OK;
  }

  grpc::Status Stop(grpc::ServerContext*, const pb::StopRequest*, pb::StopResponse*) override {
    runtime_.RequestStop();
    // The main thread waits for the signal that ends every node.
    ::kill(::getpid(), SIGTERM);
    return grpc::Status::OK;
  }

  grpc::Status WatchEvents(grpc::ServerContext* context, const pb::WatchEventsRequest*,
                           grpc::ServerWriter<pb::NodeEvent>* writer) override {
    if (watchers_.fetch_add(1) >= kMaxWatchers) {
      watchers_.fetch_sub(1);
      return wire::ToGrpcStatus(base::MakeError(
          absl::StatusCode::kResourceExhausted, "TOO_MANY_WATCHERS",
          "eight programs watch this node already", "end one of them: quorate watch"));
    }
    uint64_t sequence = runtime_.last_sequence();
    bool open = true;
    while (open && !context->IsCancelled() && !runtime_.WaitForStop(absl::ZeroDuration())) {
      for (const NodeEventRecord& event : runtime_.WaitForEvents(sequence, kWatchStep)) {
        sequence = event.sequence;
        pb::NodeEvent message;
        message.set_time_ms(absl::ToUnixMillis(event.time));
        message.set_kind(event.kind);
        message.set_subject(event.subject);
        message.set_text(event.text);
        open = open && writer->Write(message);
      }
    }
    watchers_.fetch_sub(1);
    return grpc::Status::OK;
  }

 private:
  static void AddRisk(const std::string& text, const std::string& command, pb::NodeStatus& status) {
    pb::StatusLine& line = *status.add_risks();
    line.set_text(text);
    line.set_command(command);
  }

  // What keeps this node from working, before everything else.
  static void FillTroubles(const Runtime::Health& health, pb::NodeStatus& status) {
    if (!health.paused.empty()) {
      AddRisk(
          "this node can keep nothing, so it neither says nor releases anything: " + health.paused,
          health.paused_next, status);
    }
    if (health.wrong_server) {
      AddRisk("another server than the pinned one answers at " + health.server,
              "ask whoever runs the server, and take no new invite over this connection", status);
    } else if (!health.connected && (health.has_draft || health.has_organisation)) {
      AddRisk("the server " + health.server + " does not answer", "", status);
    }
  }

  static void FillKitAdvice(const std::optional<keystore::KitRecord>& kit, pb::NodeStatus& status) {
    if (!kit.has_value()) {
      AddRisk("without a paper kit, a lost machine leaves you not even a denial",
              "quorate backup paper", status);
    } else if (!kit->organisation.has_value()) {
      AddRisk("your paper kit lacks the organisation's id: make it again", "quorate backup paper",
              status);
    }
  }

  // What a person should know or do that is not of the organisation.
  static void FillAdvice(const Runtime::Health& health, pb::NodeStatus& status) {
    if (health.has_organisation && !status.restored_from_kit()) FillKitAdvice(health.kit, status);
    if (!crypto::SecretMemoryIsLocked()) {
      AddRisk("memory cannot be locked: keys may reach swap", "raise the limit: ulimit -l", status);
    }
    if (std::abs(health.clock_skew_ms) > kShownSkewMs) {
      status.set_clock_skew_ms(health.clock_skew_ms);
      AddRisk("this machine's clock and the server's differ by " +
                  std::to_string(std::abs(health.clock_skew_ms) / 1000) + " seconds",
              "set the clock; releases wait until the clocks agree", status);
    }
    if (!status.unlocked()) {
      status.set_next_command("quorate unlock");
    } else if (status.phase() == "new") {
      status.set_next_command("quorate organisation draft charter.toml");
    } else if (status.phase() == "draft") {
      status.set_next_command("quorate organisation show");
    } else if (!status.needs_you().empty()) {
      status.set_next_command(status.needs_you(0).command());
    } else if (status.phase() == "ready") {
      status.set_next_command("quorate accounts");
    }
  }

  Runtime& runtime_;
  std::atomic<int> watchers_ = 0;
};

class VaultService final : public pb::VaultService::Service {
 public:
  explicit VaultService(Runtime* runtime) : runtime_(*runtime) {}

  grpc::Status GetVault(grpc::ServerContext*, const pb::GetVaultRequest* request,
                        pb::Vault* response) override {
    return Answer(runtime_.WithNode<pb::Vault>([&](Node& node) -> absl::StatusOr<pb::Vault> {
      QUORATE_ASSIGN_OR_RETURN(const ledger::Vault* vault, ResolveVault(node, request->name()));
      return VaultView(node, *vault);
    }),
                  response);
  }

  grpc::Status ListVaults(grpc::ServerContext*, const pb::ListVaultsRequest* request,
                          pb::ListVaultsResponse* response) override {
    return Answer(runtime_.WithNode<pb::ListVaultsResponse>(
                      [&](Node& node) -> absl::StatusOr<pb::ListVaultsResponse> {
                        std::vector<pb::Vault> all;
                        for (const auto& [number, vault] : node.state().vaults) {
                          all.push_back(VaultView(node, vault));
                        }
                        pb::ListVaultsResponse list;
                        QUORATE_ASSIGN_OR_RETURN(
                            std::vector<pb::Vault> page,
                            Page(std::move(all), request->page_size(), request->page_token(),
                                 list.mutable_next_page_token()));
                        for (pb::Vault& vault : page) *list.add_vaults() = std::move(vault);
                        return list;
                      }),
                  response);
  }

 private:
  Runtime& runtime_;
};

}  // namespace

std::unique_ptr<grpc::Service> MakeNodeService(Runtime* runtime) {
  return std::make_unique<NodeService>(runtime);
}

std::unique_ptr<grpc::Service> MakeVaultService(Runtime* runtime) {
  return std::make_unique<VaultService>(runtime);
}

}  // namespace quorate::node
