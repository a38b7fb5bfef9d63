#include <pthread.h>
#include <signal.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>
#include <system_error>
#include <thread>
#include <vector>

#include "absl/time/clock.h"
#include "client/cli/args.h"
#include "client/cli/complete_values.h"
#include "client/cli/exit_codes.h"
#include "client/cli/node_client.h"
#include "client/cli/tty_terminal.h"
#include "crypto/init.h"
#include "custody/base/process_memory.h"
#include "custody/net/transport.h"

namespace quorate::cli {
namespace {

constexpr int kSignalBase = 128;
constexpr unsigned kLongestUndoSeconds = 5;

// Blocks the signals that end the program in every thread there will be, and starts one thread that
// waits for them: it brings the terminal back before the process goes, in ordinary code.
void RestoreOnSignals(TtyTerminal& terminal) {
  sigset_t ending;
  sigemptyset(&ending);
  for (const int number : {SIGINT, SIGTERM, SIGHUP, SIGQUIT}) sigaddset(&ending, number);
  pthread_sigmask(SIG_BLOCK, &ending, nullptr);
  signal(SIGPIPE, SIG_IGN);
  std::thread([&terminal, ending] {
    int number = 0;
    if (sigwait(&ending, &number) != 0) return;
    // Neither a terminal that takes nothing nor a program of the clipboard's keeps us here.
    alarm(kLongestUndoSeconds);
    terminal.Abandon();
    _exit(kSignalBase + number);
  }).detach();
}

// The child of `node start` gets the same folder whatever its own is.
absl::StatusOr<keystore::Home> Home(const std::string& given) {
  QUORATE_ASSIGN_OR_RETURN(keystore::Home home, keystore::FindHome(given));
  std::error_code error;
  const std::filesystem::path absolute = std::filesystem::absolute(home.folder, error);
  if (!error) home.folder = absolute.lexically_normal().string();
  while (home.folder.size() > 1 && home.folder.back() == '/') home.folder.pop_back();
  return home;
}

absl::Status RunCommand(const ParsedArgs& parsed, Output& out, TtyTerminal& terminal,
                        int& exit_code) {
  QUORATE_RETURN_IF_ERROR(crypto::InitCrypto());
  QUORATE_ASSIGN_OR_RETURN(keystore::Home home, Home(parsed.home));
  std::unique_ptr<NodeApi> node = ConnectToNode(home.socket());
  crypto::SystemRandom random;
  Context context{*node, out, terminal, random, std::move(home), std::nullopt};
  QUORATE_RETURN_IF_ERROR(parsed.run(context));
  exit_code = context.exit_code.value_or(0);
  return out.status();
}

int Main(const std::vector<std::string>& args) {
  base::HideProcessMemory();
  net::PrepareTransport();
  if (IsCompletion(args)) return AnswerShell(args);
  // A detached thread refers to it until the process ends.
  auto& terminal = *new TtyTerminal(STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO);
  RestoreOnSignals(terminal);
  Output::Options options;
  options.json = WantsJson(args);
  options.colour = isatty(STDOUT_FILENO) == 1 && std::getenv("NO_COLOR") == nullptr;
  options.zone = absl::LocalTimeZone();
  options.now = absl::Now();
  Output out(options);
  absl::StatusOr<ParsedArgs> parsed = ParseArgs(args);
  if (parsed.ok() && !parsed->answer.empty()) {
    out.Print(parsed->answer);
    return static_cast<int>(ExitCodeFor(out.status()));
  }
  int exit_code = 0;
  const absl::Status status =
      parsed.ok() ? RunCommand(*parsed, out, terminal, exit_code) : parsed.status();
  if (status.ok()) return exit_code;
  out.PrintError(status);
  return static_cast<int>(ExitCodeFor(status));
}

}  // namespace
}  // namespace quorate::cli

int main(int argc, char** argv) {
  return quorate::cli::Main(std::vector<std::string>(argv + (argc > 0 ? 1 : 0), argv + argc));
}
