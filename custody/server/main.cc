// quorate-server: the custody server.

#include <CLI/CLI.hpp>
#include <cstdio>
#include <string>

#include "crypto/init.h"
#include "custody/base/error_info.h"
#include "custody/base/process_memory.h"
#include "custody/net/transport.h"
#include "custody/server/commands.h"

namespace quorate::server {
namespace {

constexpr char kExitCodes[] =
    "Exit codes: 0 done, 1 failed, 2 usage, 3 refused, 4 not reachable (also a failing disk), "
    "5 damaged, 130 interrupted.";

int ExitCode(const absl::Status& status) {
  switch (status.code()) {
    case absl::StatusCode::kOk:
      return 0;
    case absl::StatusCode::kInvalidArgument:
      return 2;
    case absl::StatusCode::kFailedPrecondition:
    case absl::StatusCode::kPermissionDenied:
    case absl::StatusCode::kAlreadyExists:
      return 3;
    case absl::StatusCode::kUnavailable:
    case absl::StatusCode::kDeadlineExceeded:
      return 4;
    case absl::StatusCode::kDataLoss:
      return 5;
    case absl::StatusCode::kCancelled:
      return 130;
    default:
      return 1;
  }
}

int Report(const absl::Status& status, bool json) {
  if (status.ok() || absl::IsCancelled(status)) return ExitCode(status);
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
  absl::Status (*chosen)(const Flags&) = nullptr;
  app.require_subcommand(1);
  app.footer(kExitCodes);
  app.add_flag("--json", flags.json, "answers and errors as JSON");
  auto command = [&](const char* name, absl::Status (*run)(const Flags&), const char* help) {
    CLI::App* sub = app.add_subcommand(name, help);
    sub->add_option("--data", flags.data, "the server's folder")->required()->type_name("DIR");
    sub->add_flag("--json", flags.json, "answers and errors as JSON");
    sub->footer(kExitCodes);
    sub->callback([&chosen, run] { chosen = run; });
    return sub;
  };
  CLI::App* init = command("init", Init, "make keys and settings");
  init->add_option("--listen", flags.listen, "port 0 takes any")
      ->required()
      ->type_name("HOST:PORT");
  init->add_option("--advertise", flags.advertise, "what invites name")->type_name("HOST:PORT");
  CLI::App* serve = command("serve", Serve, "run in the foreground, until SIGTERM");
  serve->add_flag("--reflection", flags.reflection, "describe the services to whoever asks");
  command("invite", PrintInvite, "print what founders need to reach this server");
  command("status", PrintStatus, "what it keeps and who uses it; running or stopped");
  command("check", CheckStore, "verify the whole store; the server must be stopped");
  CLI::App* backup = command("backup", Backup,
                             "copy store and keys to a new folder and verify it; running or "
                             "stopped");
  backup->add_option("--to", flags.to, "the new folder; its parent must exist")
      ->required()
      ->type_name("DIR");
  CLI::App* restore =
      command("restore", Restore, "make the server's folder from a backup and verify it");
  restore->add_option("--from", flags.from, "the folder of a backup")->required()->type_name("DIR");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  }
  base::HideProcessMemory();
  net::PrepareTransport([](std::string_view line) {
    std::fprintf(stderr, "%.*s\n", static_cast<int>(line.size()), line.data());
  });
  if (absl::Status ready = crypto::InitCrypto(); !ready.ok()) return Report(ready, flags.json);
  return Report(chosen(flags), flags.json);
}

}  // namespace
}  // namespace quorate::server

int main(int argc, char** argv) { return quorate::server::Main(argc, argv); }
