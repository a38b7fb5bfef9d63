// quorate-holder: an organiser's node, in the foreground.

#include <fcntl.h>
#include <grpcpp/impl/codegen/service_type.h>
#include <grpcpp/server.h>
#include <grpcpp/server_builder.h>
#include <malloc.h>
#include <signal.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "crypto/init.h"
#include "crypto/random.h"
#include "custody/base/clock.h"
#include "custody/base/error_info.h"
#include "custody/base/process_memory.h"
#include "custody/base/status_macros.h"
#include "custody/keystore/secret_file.h"
#include "custody/net/transport.h"
#include "custody/net/unix_socket.h"
#include "custody/node/daemon/runtime.h"
#include "custody/node/daemon/services.h"

namespace quorate::node {
namespace {

struct Flags {
  std::string home;
  std::string passphrase_file;
  int passphrase_fd = -1;
  bool json = false;
};

constexpr char kExitCodes[] =
    "Exit codes: 0 stopped in good order, 1 failed, 2 usage, 3 refused, 4 not reachable (also a "
    "failing disk), 5 damaged.";

int ExitCode(const absl::Status& status) {
  switch (status.code()) {
    case absl::StatusCode::kOk:
      return 0;
    case absl::StatusCode::kFailedPrecondition:
    case absl::StatusCode::kPermissionDenied:
    case absl::StatusCode::kAborted:
      return 3;
    case absl::StatusCode::kUnavailable:
    case absl::StatusCode::kDeadlineExceeded:
      return 4;
    case absl::StatusCode::kDataLoss:
      return 5;
    default:
      return 1;
  }
}

int Report(const absl::Status& status, bool json) {
  if (status.ok()) return 0;
  if (json) {
    std::fprintf(stderr, "%s\n", base::ErrorJson(status).c_str());
  } else {
    std::fprintf(stderr, "quorate-holder: %s\n", std::string(status.message()).c_str());
    const std::string next = base::GetNext(status);
    if (!next.empty()) std::fprintf(stderr, "  %s\n", next.c_str());
  }
  return ExitCode(status);
}

absl::Status UnlockFrom(const Flags& flags, Runtime& runtime) {
  absl::StatusOr<crypto::Secret> passphrase = absl::NotFoundError("");
  if (!flags.passphrase_file.empty()) {
    passphrase = keystore::ReadPassphraseFile(flags.passphrase_file);
  } else if (flags.passphrase_fd >= 0) {
    passphrase = keystore::ReadPassphrase(flags.passphrase_fd);
    ::close(flags.passphrase_fd);
  } else {
    return absl::OkStatus();
  }
  if (!passphrase.ok()) return passphrase.status();
  return runtime.Unlock(*passphrase);
}

// Blocks the signals that end the node, before any thread exists; a thread takes them up later.
sigset_t BlockSignals() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGTERM);
  sigaddset(&set, SIGINT);
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
  ::signal(SIGPIPE, SIG_IGN);
  return set;
}

absl::Status Run(const Flags& flags) {
  QUORATE_ASSIGN_OR_RETURN(keystore::Home home, keystore::FindHome(flags.home));
  base::SystemClock clock;
  crypto::SystemRandom random;
  const sigset_t signals = BlockSignals();
  if (!crypto::SecretMemoryIsLocked()) {
    std::fprintf(stderr, "warning: memory cannot be locked; keys may reach swap (ulimit -l)\n");
  }
  QUORATE_ASSIGN_OR_RETURN(std::unique_ptr<Runtime> runtime,
                           Runtime::Create({home, &clock, &random}));
  QUORATE_RETURN_IF_ERROR(UnlockFrom(flags, *runtime));

  std::vector<std::unique_ptr<grpc::Service>> services;
  services.push_back(MakeNodeService(runtime.get()));
  services.push_back(MakeCharterService(runtime.get()));
  services.push_back(MakeVaultService(runtime.get()));
  services.push_back(MakeAccountService(runtime.get()));
  services.push_back(MakeRequestService(runtime.get()));
  grpc::ServerBuilder builder;
  builder.SetMaxReceiveMessageSize(static_cast<int>(net::kMaxMessageBytes));
  builder.SetSyncServerOption(grpc::ServerBuilder::SyncServerOption::NUM_CQS, 1);
  builder.SetSyncServerOption(grpc::ServerBuilder::SyncServerOption::MIN_POLLERS, 1);
  builder.SetSyncServerOption(grpc::ServerBuilder::SyncServerOption::MAX_POLLERS, 2);
  grpc::ResourceQuota quota("node");
  quota.SetMaxThreads(48);
  builder.SetResourceQuota(quota);
  for (const auto& service : services) builder.RegisterService(service.get());
  std::unique_ptr<grpc::Server> server = builder.BuildAndStart();
  if (server == nullptr) return absl::InternalError("the node's services do not start");
  QUORATE_ASSIGN_OR_RETURN(std::unique_ptr<net::UnixListener> listener,
                           net::UnixListener::Listen(home.socket(), server.get()));
  runtime->Start();
  std::printf(flags.json ? "{\"ready\":true,\"pid\":%d}\n" : "ready (process %d)\n", ::getpid());
  std::fflush(stdout);

  const timespec step{1, 0};
  while (!runtime->WaitForStop(absl::ZeroDuration())) {
    if (::sigtimedwait(&signals, nullptr, &step) > 0) runtime->RequestStop();
    runtime->Pulse();
  }
  listener.reset();
  // Commands that wait for the log are answered before their streams are cut.
  runtime->Stop();
  server->Shutdown(std::chrono::system_clock::now() + std::chrono::seconds(2));
  return absl::OkStatus();
}

int Main(int argc, char** argv) {
  CLI::App app{
      "quorate-holder: an organiser's node, in the foreground. `quorate node start` runs it in the "
      "background."};
  Flags flags;
  app.add_option("--home", flags.home, "the folder of keys; default $QUORATE_HOME")
      ->type_name("DIR");
  app.add_option("--passphrase-file", flags.passphrase_file, "a file with the passphrase")
      ->type_name("FILE");
  app.add_option("--passphrase-fd", flags.passphrase_fd, "an open descriptor to read it from")
      ->type_name("FD");
  app.add_flag("--json", flags.json, "the ready line and errors as JSON");
  app.set_version_flag("--version", "0.1.0");
  app.footer(kExitCodes);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  }
  // Keys do not belong in a core dump, nor before another process of this user.
  base::HideProcessMemory();
  // Fewer arenas keep the node small; it is never short of processor time. No other thread runs
  // yet. NOLINTNEXTLINE(concurrency-mt-unsafe)
  ::mallopt(M_ARENA_MAX, 2);
  net::PrepareTransport([](std::string_view line) {
    std::fprintf(stderr, "%.*s\n", static_cast<int>(line.size()), line.data());
  });
  if (absl::Status ready = crypto::InitCrypto(); !ready.ok()) return Report(ready, flags.json);
  return Report(Run(flags), flags.json);
}

}  // namespace
}  // namespace quorate::node

int main(int argc, char** argv) { return quorate::node::Main(argc, argv); }
