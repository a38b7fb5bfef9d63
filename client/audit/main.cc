// quorate-audit: reads the whole log from the server and believes nothing of it unchecked.

#include <signal.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "client/audit/filter.h"
#include "client/audit/moment.h"
#include "client/audit/read_log.h"
#include "client/audit/render.h"
#include "client/audit/report.h"
#include "client/audit/seen_heads.h"
#include "client/audit/server_source.h"
#include "client/cli/complete.h"
#include "client/cli/complete_values.h"
#include "client/cli/exit_codes.h"
#include "client/cli/json_out.h"
#include "client/cli/node_client.h"
#include "client/cli/output.h"
#include "crypto/init.h"
#include "custody/base/clock.h"
#include "custody/base/error_info.h"
#include "custody/base/process_memory.h"
#include "custody/base/status_macros.h"
#include "custody/keystore/organisation_record.h"
#include "custody/net/transport.h"

namespace quorate::audit {
namespace {

constexpr size_t kMaxErrorBytes = 2000;

constexpr char kVerifyHelp[] = R"(
Costs a reading of the whole log. The server learns that you read it; the other organisers do not.

  quorate-audit verify)";

constexpr char kShowHelp[] = R"(
Costs a reading of the whole log, however few lines are shown. The server learns that you read it;
the other organisers do not. No item is decrypted.

  quorate-audit show --account mastodon --since 2d)";

constexpr char kCompletionHelp[] = R"(
Names come from your node, where it runs; nobody else learns of it. For this shell:

  source <(quorate-audit completion bash))";

struct Flags {
  std::string home;
  std::string charter_words;
  std::string since;
  std::string until;
  Filter filter;
  bool json = false;
  bool show = false;
};

// As shells count. Nothing is half done: files are replaced whole.
extern "C" void ExitInterrupted(int number) { _exit(128 + number); }

void Write(int fd, std::string_view text) { (void)cli::WriteFd(fd, crypto::AsBytes(text)); }

void PrintError(const absl::Status& status, bool json) {
  if (json) {
    Write(STDERR_FILENO, cli::ErrorAsJson(status) + "\n");
    return;
  }
  std::string text = "quorate-audit: " + cli::Shown(cli::MessageOf(status), kMaxErrorBytes) + "\n";
  const std::string next = base::GetNext(status);
  if (!next.empty()) text += "  next: " + cli::Shown(next, kMaxErrorBytes) + "\n";
  Write(STDERR_FILENO, text);
}

void AddCommon(CLI::App* command, Flags& flags) {
  command->add_option("--home", flags.home, "The folder of keys; default $QUORATE_HOME")
      ->type_name(cli::kFolderValue);
  command->add_flag("--json", flags.json, "For scripts: an object a line");
  command
      ->add_option("--charter-words", flags.charter_words,
                   "The twelve words of the founding, to be compared")
      ->type_name("WORDS");
}

void AddFilters(CLI::App* command, Flags& flags) {
  command->add_option("--account", flags.filter.account, "Only what is about this account")
      ->type_name(cli::kAccountValue);
  command->add_option("--by", flags.filter.by, "Only what this organiser said")
      ->type_name(cli::kOrganiserValue);
  command->add_option("--kind", flags.filter.kind, "Only this kind of statement")
      ->type_name("KIND");
  command->add_option("--request", flags.filter.request, "Only this request and what answers it")
      ->type_name(cli::kRequestValue);
  command
      ->add_option("--since", flags.since,
                   "From here on: 2026-11-25, \"2026-11-25 10:30\" (UTC), or a time ago (2d)")
      ->type_name("TIME");
  command->add_option("--until", flags.until, "Up to here; a day counts to its end")
      ->type_name("TIME");
  command->add_flag("--refused", flags.filter.refused, "Only what was refused");
  command->add_option("--last", flags.filter.last, "Only the last of them")->type_name("N");
}

absl::Status ReadFilter(Flags& flags, absl::Time now) {
  QUORATE_RETURN_IF_ERROR(Normalise(flags.filter));
  if (!flags.since.empty()) {
    QUORATE_ASSIGN_OR_RETURN(flags.filter.since_ms, ParseMoment(flags.since, now, false));
  }
  if (!flags.until.empty()) {
    QUORATE_ASSIGN_OR_RETURN(flags.filter.until_ms, ParseMoment(flags.until, now, true));
  }
  return absl::OkStatus();
}

struct Audited {
  Report report;
  std::vector<std::string> warnings;
};

// Adds a head that could be had, or says why it could not.
void Collect(absl::StatusOr<std::optional<SeenHead>> head, AuditOptions& options,
             std::vector<std::string>& warnings) {
  if (head.ok()) {
    if (head->has_value()) options.seen.push_back(**std::move(head));
  } else if (base::GetReason(head.status()) != "NODE_NOT_RUNNING") {
    warnings.push_back("not compared: " + cli::Shown(cli::MessageOf(head.status())));
  }
}

absl::StatusOr<std::optional<SeenHead>> AskNode(const keystore::Home& home, const Trust& trust,
                                                std::vector<std::string>& warnings) {
  QUORATE_ASSIGN_OR_RETURN(const node::v1::NodeStatus status,
                           cli::ConnectToNode(home.socket())->GetStatus({}));
  if (!status.halted_because().empty()) {
    warnings.push_back("your node has halted: " + cli::Shown(status.halted_because()));
  }
  return HeadOfNode(status, trust);
}

absl::StatusOr<Audited> RunAudit(const Flags& flags, const base::Clock& clock) {
  QUORATE_RETURN_IF_ERROR(crypto::InitCrypto());
  QUORATE_ASSIGN_OR_RETURN(const keystore::Home home, keystore::FindHome(flags.home));
  QUORATE_ASSIGN_OR_RETURN(const keystore::Keystore keystore, keystore::Keystore::Open(home));
  QUORATE_ASSIGN_OR_RETURN(const std::optional<keystore::OrganisationRecord> record,
                           keystore::ReadOrganisation(keystore));
  if (!record.has_value()) {
    return base::MakeError(absl::StatusCode::kFailedPrecondition, "NO_ORGANISATION",
                           "this person belongs to no organisation yet",
                           "quorate organisation show says what is missing");
  }
  AuditOptions options;
  options.trust = {ledger::OrganisationId{record->organisation.value}, record->log_key};
  options.organisation_key = &record->organisation_key;
  options.charter_words = flags.charter_words;
  Audited out;
  // Before the log: an honest server then shows at least as much.
  Collect(AskNode(home, options.trust, out.warnings), options, out.warnings);
  Collect(ReadRecordedHead(home.audited_checkpoint(), options.trust), options, out.warnings);
  QUORATE_ASSIGN_OR_RETURN(const std::unique_ptr<LogSource> server, OpenServer(keystore, *record));
  const LogCopy copy = ReadLog(*server, options.trust, clock);
  options.now = clock.Now();
  out.report = Audit(copy, options, *server);
  if (out.report.verdict() == Verdict::kVerified) {
    const absl::Status kept =
        RecordHead(home.audited_checkpoint(), options.trust, out.report.checkpoint);
    if (!kept.ok()) {
      out.warnings.push_back("the checkpoint could not be recorded: " +
                             cli::Shown(cli::MessageOf(kept)));
    }
  }
  return out;
}

int Run(Flags& flags, const base::Clock& clock) {
  const absl::Status filter = ReadFilter(flags, clock.Now());
  absl::StatusOr<Audited> audited =
      filter.ok() ? RunAudit(flags, clock) : absl::StatusOr<Audited>(filter);
  if (!audited.ok()) {
    PrintError(audited.status(), flags.json);
    return base::GetReason(audited.status()) == "USAGE" ? static_cast<int>(cli::ExitCode::kUsage)
                                                        : static_cast<int>(cli::ExitCode::kFailed);
  }
  Report& report = audited->report;
  for (std::string& warning : audited->warnings) report.remarks.push_back(std::move(warning));
  const absl::Time now = clock.Now();
  std::string answer;
  if (flags.show) {
    const std::vector<size_t> selected = Select(report.timeline.rows(), flags.filter);
    answer = flags.json ? RowsJson(report.timeline, selected) : RowsText(report.timeline, selected);
  } else {
    answer = flags.json ? VerdictJson(report, now) : VerdictText(report, now);
  }
  const absl::Status written = cli::WriteFd(STDOUT_FILENO, crypto::AsBytes(answer));
  if (report.fault.has_value()) {
    PrintError(AsStatus(*report.fault), flags.json);
    return VerdictExitCode(report.verdict());
  }
  if (written.ok()) return static_cast<int>(cli::ExitCode::kDone);
  PrintError(written, flags.json);
  return static_cast<int>(cli::ExitCode::kFailed);
}

// The flag may not have been read when reading the arguments fails.
bool WantsJson(int argc, char** argv) {
  const std::vector<std::string> args(argv, argv + argc);
  return std::find(args.begin(), args.end(), "--json") != args.end();
}

int ExitOnParse(const CLI::App& app, const CLI::ParseError& error, bool json) {
  if (error.get_exit_code() == 0) return app.exit(error);
  if (json) {
    PrintError(cli::UsageError(cli::Shown(error.what()), "quorate-audit --help"), true);
  } else {
    (void)app.exit(error);
  }
  return static_cast<int>(cli::ExitCode::kUsage);
}

int PrintCompletion(const std::string& shell) {
  absl::StatusOr<std::string> script = cli::CompletionScript(shell, "quorate-audit");
  if (!script.ok()) {
    PrintError(script.status(), false);
    return static_cast<int>(cli::ExitCodeFor(script.status()));
  }
  const absl::Status written = cli::WriteFd(STDOUT_FILENO, crypto::AsBytes(*script));
  return static_cast<int>(cli::ExitCodeFor(written));
}

int Main(int argc, char** argv) {
  base::HideProcessMemory();
  signal(SIGPIPE, SIG_IGN);
  signal(SIGINT, ExitInterrupted);
  CLI::App app{
      "quorate-audit: reads the organisation's log, verifies all of it and says what it holds.\n"
      "Exit codes: 0 verified, 1 failed, 2 usage, 4 unreachable, 5 tampered, 6 incomplete, "
      "130 interrupted."};
  Flags flags;
  app.name("quorate-audit");
  app.require_subcommand(1);
  CLI::App* verify =
      app.add_subcommand("verify", "VERIFIED, TAMPERED (exit 5) or INCOMPLETE (exit 6)");
  CLI::App* show = app.add_subcommand("show", "One line for each statement");
  AddCommon(verify, flags);
  AddCommon(show, flags);
  AddFilters(show, flags);
  verify->footer(kVerifyHelp);
  show->footer(kShowHelp);
  std::string shell;
  CLI::App* completion =
      app.add_subcommand("completion", "Print what makes a shell complete commands");
  completion->footer(kCompletionHelp);
  completion->add_option("shell", shell, "bash, zsh or fish")->required()->type_name("SHELL");
  const std::vector<std::string> args(argv + (argc > 0 ? 1 : 0), argv + argc);
  if (cli::IsCompletion(args)) return cli::AnswerCompletion(app, args);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return ExitOnParse(app, error, WantsJson(argc, argv));
  }
  if (completion->parsed()) return PrintCompletion(shell);
  flags.show = show->parsed();
  net::PrepareTransport();
  return Run(flags, base::SystemClock());
}

}  // namespace
}  // namespace quorate::audit

int main(int argc, char** argv) { return quorate::audit::Main(argc, argv); }
