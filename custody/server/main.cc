// quorate-server: the custody server.

#include <grpcpp/health_check_service_interface.h>
#include <grpcpp/impl/codegen/service_type.h>
#include <grpcpp/security/server_credentials.h>
#include <grpcpp/server.h>
#include <grpcpp/server_builder.h>
#include <signal.h>
#include <sys/prctl.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <string>

#include "crypto/init.h"
#include "custody/base/error_info.h"
#include "custody/base/files.h"
#include "custody/base/status_macros.h"
#include "custody/keystore/secret_file.h"
#include "custody/net/certificate.h"
#include "custody/net/invite.h"
#include "custody/net/listener.h"
#include "custody/net/transport.h"
#include "custody/server/services.h"
#include "custody/store/sqlite_store.h"

namespace quorate::server {
namespace {

constexpr size_t kSeedBytes = 32;

struct Flags {
  std::string data;
  std::string listen;
  std::string advertise;
  std::string target;
  bool json = false;
};

std::string TlsSeed(const Flags& flags) { return flags.data + "/tls.key"; }
std::string LogSeed(const Flags& flags) { return flags.data + "/log.key"; }
std::string Database(const Flags& flags) { return flags.data + "/server.db"; }
std::string ListenFile(const Flags& flags) { return flags.data + "/listen"; }
std::string AddressFile(const Flags& flags) { return flags.data + "/address"; }

absl::StatusOr<crypto::Secret> ReadSeed(const std::string& path) {
  QUORATE_ASSIGN_OR_RETURN(crypto::Secret seed, keystore::ReadSecretFile(path, kSeedBytes));
  if (seed.size() == kSeedBytes) return seed;
  return base::MakeError(absl::StatusCode::kDataLoss, "STORE_DAMAGED", path + " is damaged",
                         "restore it from a backup");
}

absl::StatusOr<net::Certificate> ReadCertificate(const Flags& flags) {
  QUORATE_ASSIGN_OR_RETURN(crypto::Secret seed, ReadSeed(TlsSeed(flags)));
  QUORATE_ASSIGN_OR_RETURN(crypto::SigningKey key, crypto::SigningKey::FromSeed(seed));
  return net::Certificate::Create(key);
}

absl::StatusOr<std::string> ReadText(const std::string& path) {
  QUORATE_ASSIGN_OR_RETURN(crypto::Bytes bytes, base::ReadFile(path, 1024));
  std::string text = crypto::AsString(bytes);
  while (!text.empty() && text.back() == '\n') text.pop_back();
  return text;
}

absl::Status Init(const Flags& flags) {
  QUORATE_RETURN_IF_ERROR(net::ParseEndpoint(flags.listen, true).status());
  if (!flags.advertise.empty()) {
    QUORATE_RETURN_IF_ERROR(net::ParseEndpoint(flags.advertise).status());
  }
  QUORATE_RETURN_IF_ERROR(base::MakePrivateFolder(flags.data));
  crypto::SystemRandom random;
  // Never over keys that are there: whoever has them is the server that charters pin.
  QUORATE_RETURN_IF_ERROR(base::CreateFileExclusively(
      TlsSeed(flags), crypto::Secret::Random(kSeedBytes, random).Reveal()));
  QUORATE_RETURN_IF_ERROR(base::CreateFileExclusively(
      LogSeed(flags), crypto::Secret::Random(kSeedBytes, random).Reveal()));
  QUORATE_RETURN_IF_ERROR(
      base::WriteFileAtomically(ListenFile(flags), crypto::AsBytes(flags.listen)));
  if (!flags.advertise.empty()) {
    QUORATE_RETURN_IF_ERROR(
        base::WriteFileAtomically(flags.data + "/advertise", crypto::AsBytes(flags.advertise)));
  }
  std::printf("%s",
              flags.json ? "{\"initialised\":true}\n" : "keys made; next: quorate-server serve\n");
  return absl::OkStatus();
}

// What is told to people: the advertised address, or the one that it listens on.
absl::StatusOr<std::string> Invite(const Flags& flags) {
  QUORATE_ASSIGN_OR_RETURN(net::Certificate certificate, ReadCertificate(flags));
  std::string address;
  for (const std::string& path :
       {flags.data + "/advertise", AddressFile(flags), ListenFile(flags)}) {
    QUORATE_ASSIGN_OR_RETURN(bool exists, base::FileExists(path));
    if (!exists) continue;
    QUORATE_ASSIGN_OR_RETURN(address, ReadText(path));
    break;
  }
  QUORATE_ASSIGN_OR_RETURN(net::Endpoint endpoint, net::ParseEndpoint(address));
  return net::FormatInvite({endpoint, certificate.digest()});
}

// Where to listen. Port 0 takes any the first time and the same one from then on: nodes look for
// the server where they were invited to.
absl::StatusOr<std::string> ListenAddress(const Flags& flags) {
  QUORATE_ASSIGN_OR_RETURN(std::string listen, ReadText(ListenFile(flags)));
  QUORATE_ASSIGN_OR_RETURN(net::Endpoint endpoint, net::ParseEndpoint(listen, true));
  QUORATE_ASSIGN_OR_RETURN(bool listened, base::FileExists(AddressFile(flags)));
  return endpoint.port == 0 && listened ? ReadText(AddressFile(flags)) : listen;
}

absl::Status Serve(const Flags& flags) {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  ::signal(SIGPIPE, SIG_IGN);
  QUORATE_ASSIGN_OR_RETURN(net::Certificate certificate, ReadCertificate(flags));
  QUORATE_ASSIGN_OR_RETURN(crypto::Secret log_seed, ReadSeed(LogSeed(flags)));
  QUORATE_ASSIGN_OR_RETURN(std::string listen, ListenAddress(flags));
  QUORATE_ASSIGN_OR_RETURN(net::Endpoint endpoint, net::ParseEndpoint(listen, true));
  QUORATE_ASSIGN_OR_RETURN(std::unique_ptr<store::SqliteStore> store,
                           store::SqliteStore::Open(Database(flags)));
  base::SystemClock clock;
  QUORATE_ASSIGN_OR_RETURN(
      std::unique_ptr<Custodian> custodian,
      Custodian::Open({store.get(), &clock, std::move(log_seed), certificate.digest()}));
  grpc::EnableDefaultHealthCheckService(true);
  std::vector<std::unique_ptr<grpc::Service>> services;
  services.push_back(MakeLogService(custodian.get()));
  services.push_back(MakeBlobService(custodian.get()));
  services.push_back(MakeFoundingService(custodian.get()));
  services.push_back(MakeStatusService(custodian.get(), &clock));
  grpc::ServerBuilder builder;
  net::BoundServer(builder);
  int port = 0;
  builder.AddListeningPort(listen, net::PinnedServerCredentials(certificate), &port);
  for (const auto& service : services) builder.RegisterService(service.get());
  std::unique_ptr<grpc::Server> server = builder.BuildAndStart();
  if (server == nullptr || port == 0) {
    return base::MakeError(absl::StatusCode::kUnavailable, "CANNOT_LISTEN",
                           "the server cannot listen on " + listen,
                           "choose another port, or end the program that has it");
  }
  endpoint.port = static_cast<uint16_t>(port);
  const std::string address = net::FormatEndpoint(endpoint);
  QUORATE_RETURN_IF_ERROR(base::WriteFileAtomically(AddressFile(flags), crypto::AsBytes(address)));
  std::printf(flags.json ? "{\"listening\":\"%s\"}\n" : "listening on %s\n", address.c_str());
  std::fflush(stdout);
  int got = 0;
  ::sigwait(&signals, &got);
  custodian->Stop();
  server->Shutdown(std::chrono::system_clock::now() + std::chrono::seconds(3));
  return absl::OkStatus();
}

absl::Status CheckStore(const Flags& flags) {
  QUORATE_ASSIGN_OR_RETURN(net::Certificate certificate, ReadCertificate(flags));
  QUORATE_ASSIGN_OR_RETURN(crypto::Secret log_seed, ReadSeed(LogSeed(flags)));
  QUORATE_ASSIGN_OR_RETURN(std::unique_ptr<store::SqliteStore> store,
                           store::SqliteStore::Open(Database(flags)));
  QUORATE_RETURN_IF_ERROR(store->Check());
  base::SystemClock clock;
  QUORATE_RETURN_IF_ERROR(
      Custodian::Open({store.get(), &clock, std::move(log_seed), certificate.digest()}).status());
  std::printf("%s",
              flags.json ? "{\"sound\":true}\n" : "sound: every log adds up to its checkpoint\n");
  return absl::OkStatus();
}

int ExitCode(const absl::Status& status) {
  switch (status.code()) {
    case absl::StatusCode::kOk:
      return 0;
    case absl::StatusCode::kFailedPrecondition:
    case absl::StatusCode::kPermissionDenied:
    case absl::StatusCode::kAlreadyExists:
      return 3;
    case absl::StatusCode::kUnavailable:
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
    std::fprintf(stderr, "quorate-server: %s\n", std::string(status.message()).c_str());
    const std::string next = base::GetNext(status);
    if (!next.empty()) std::fprintf(stderr, "  %s\n", next.c_str());
  }
  return ExitCode(status);
}

int Main(int argc, char** argv) {
  CLI::App app{"quorate-server: keeps an organisation's log and blobs; reads neither."};
  Flags flags;
  app.require_subcommand(1);
  app.add_flag("--json", flags.json, "answers and errors as JSON");
  auto command = [&](const char* name, const char* help) {
    CLI::App* sub = app.add_subcommand(name, help);
    sub->add_option("--data", flags.data, "the server's folder")->required();
    sub->add_flag("--json", flags.json, "answers and errors as JSON");
    return sub;
  };
  CLI::App* init = command("init", "make keys and settings");
  init->add_option("--listen", flags.listen, "HOST:PORT; port 0 takes any")->required();
  init->add_option("--advertise", flags.advertise, "HOST:PORT that invites name");
  CLI::App* serve = command("serve", "run in the foreground");
  CLI::App* invite = command("invite", "print what founders need to reach this server");
  CLI::App* check = command("check", "verify the whole store; the server must be stopped");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  }
  ::prctl(PR_SET_DUMPABLE, 0);
  net::PrepareTransport([](std::string_view line) {
    std::fprintf(stderr, "%.*s\n", static_cast<int>(line.size()), line.data());
  });
  if (absl::Status ready = crypto::InitCrypto(); !ready.ok()) return Report(ready, flags.json);
  if (init->parsed()) return Report(Init(flags), flags.json);
  if (serve->parsed()) return Report(Serve(flags), flags.json);
  if (check->parsed()) return Report(CheckStore(flags), flags.json);
  if (!invite->parsed()) return 2;
  absl::StatusOr<std::string> text = Invite(flags);
  if (!text.ok()) return Report(text.status(), flags.json);
  std::printf(flags.json ? "{\"invite\":\"%s\"}\n" : "%s\n", text->c_str());
  return 0;
}

}  // namespace
}  // namespace quorate::server

int main(int argc, char** argv) { return quorate::server::Main(argc, argv); }
