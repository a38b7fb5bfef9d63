#include "client/cli/args.h"

#include <algorithm>
#include <memory>
#include <sstream>
#include <utility>

#include "CLI/CLI.hpp"
#include "client/cli/commands.h"
#include "client/cli/complete.h"
#include "client/cli/complete_values.h"
#include "client/cli/exit_codes.h"
#include "client/cli/help_text.h"

namespace quorate::cli {
namespace {

constexpr char kVersion[] = "quorate 0.1.0";

// The options of all commands; CLI11 writes into it while it parses, the chosen command reads it.
struct AllOptions {
  std::string home;
  bool json = false;
  std::string passphrase_file;
  bool yes = false;
  bool dry_run = false;
  InitOptions init;
  BackupOptions backup;
  RestoreOptions restore;
  NodeOptions node;
  DraftOptions draft;
  std::string vault_filter;
  bool all_requests = false;
  std::string show_name;
  std::string shell;
  DepositOptions deposit;
  ImportOptions import;
  MigrateOptions migrate;
  RequestOptions request;
  WordOptions word;
  OpenOptions open;
};

using Run = std::function<absl::Status(Context&)>;

// Builds the parser; each command that is met sets `run`.
class Parser {
 public:
  Parser() : app_("Keeps a group's shared logins so that no single person can take one over.") {
    app_.name("quorate");
    app_.footer(kMainHelp);
    app_.set_version_flag("--version", kVersion);
    app_.fallthrough();
    app_.require_subcommand(1);
    app_.add_option("--home", all_.home, "Your folder")->type_name(kFolderValue);
    app_.add_flag("--json", all_.json, "Print JSON");
    AddIdentity();
    AddBackup();
    AddNode();
    AddOrganisation();
    AddLists();
    AddDeposits();
    AddRequest();
    AddWords();
    AddOpen();
    AddAccount();
    AddCompletion();
  }

  CLI::App& app() { return app_; }
  AllOptions& all() { return all_; }
  Run& run() { return run_; }

 private:
  CLI::App* Command(CLI::App& parent, const char* name, const char* description, const char* footer,
                    Run run) {
    CLI::App* command = parent.add_subcommand(name, description);
    command->footer(footer);
    command->callback([this, run = std::move(run)] { run_ = run; });
    return command;
  }
  void AddPassphrase(CLI::App* command) {
    command
        ->add_option("--passphrase-file", all_.passphrase_file,
                     "Read the passphrase from this file instead of asking")
        ->type_name(kFileValue);
  }
  void AddYes(CLI::App* command, const char* description) {
    command->add_flag("--yes", all_.yes, description);
  }

  void AddDryRun(CLI::App* command) {
    command->add_flag("--dry-run", all_.dry_run,
                      "Say what would be signed and logged, and change nothing");
  }

  void AddIdentity();
  void AddBackup();
  void AddNode();
  void AddOrganisation();
  void AddLists();
  void AddDeposits();
  void AddRequest();
  void AddWords();
  CLI::App* AddWord(const char* name, const char* description, const char* footer,
                    const char* subject, absl::Status (*word)(Context&, const WordOptions&));
  void AddOpen();
  void AddAccount();
  void AddCompletion();

  CLI::App app_;
  AllOptions all_;
  Run run_;
};

void Parser::AddIdentity() {
  CLI::App* init =
      Command(app_, "init", "Make your keys on this machine", kInitHelp, [this](Context& context) {
        all_.init.passphrase_file = all_.passphrase_file;
        return Init(context, all_.init);
      });
  init->add_option("--name", all_.init.name, "How the others see you")->required();
  init->add_option("--server", all_.init.server, "The server's invite, or a draft's link")
      ->required()
      ->type_name("INVITE");
  init->add_option("--argon2id-passes", all_.init.argon2id.passes, "Argon2id passes");
  init->add_option("--argon2id-memory-kib", all_.init.argon2id.memory_kib, "Argon2id memory");
  init->add_flag("--no-kit", all_.init.no_kit, "Do not offer to make a paper kit");
  AddPassphrase(init);
}

void Parser::AddBackup() {
  CLI::App* backup = app_.add_subcommand("backup", "Your paper kit");
  backup->footer(kBackupHelp);
  backup->require_subcommand(1);
  CLI::App* paper = Command(*backup, "paper", "Write your paper kit to a page for the printer",
                            kBackupHelp, [this](Context& context) {
                              all_.backup.passphrase_file = all_.passphrase_file;
                              return BackupPaper(context, all_.backup);
                            });
  paper->add_option("--to", all_.backup.to, "Where to; default quorate-kit.html")
      ->type_name("FILE");
  AddPassphrase(paper);
  CLI::App* verify = Command(*backup, "verify", "See whether you can still read it", kBackupHelp,
                             [this](Context& context) {
                               all_.backup.passphrase_file = all_.passphrase_file;
                               return BackupVerify(context, all_.backup);
                             });
  verify
      ->add_option("--kit-file", all_.backup.kit_file, "Compare this with your keys; asks nothing")
      ->type_name("FILE");
  AddPassphrase(verify);
  CLI::App* restore = Command(app_, "restore", "Come back from a paper kit, to read and to deny",
                              kRestoreHelp, [this](Context& context) {
                                all_.restore.passphrase_file = all_.passphrase_file;
                                return Restore(context, all_.restore);
                              });
  restore->add_option("--kit-file", all_.restore.kit_file, "Read the kit from here; asks nothing")
      ->type_name("FILE");
  restore->add_option("--server", all_.restore.server, "The server's invite; default the kit's")
      ->type_name("INVITE");
  restore->add_option("--organisation", all_.restore.organisation, "Its id; default the kit's")
      ->type_name("DIGITS");
  restore->add_option("--argon2id-passes", all_.restore.argon2id.passes, "Argon2id passes");
  restore->add_option("--argon2id-memory-kib", all_.restore.argon2id.memory_kib, "Argon2id memory");
  AddPassphrase(restore);
}

void Parser::AddNode() {
  CLI::App* node = app_.add_subcommand("node", "Start, stop or look at your node");
  node->footer(kNodeHelp);
  node->require_subcommand(1);
  CLI::App* start =
      Command(*node, "start", "Start it in the background", kNodeHelp, [this](Context& context) {
        all_.node.passphrase_file = all_.passphrase_file;
        return NodeStart(context, all_.node);
      });
  start->add_flag("--locked", all_.node.locked, "Do not unlock it");
  AddPassphrase(start);
  Command(*node, "stop", "Stop it", kNodeStopHelp, NodeStop);
  CLI::App* node_status =
      Command(*node, "status", "As `quorate status`", kNodeStatusHelp, ShowStatus);
  AddPassphrase(node_status);
  Command(app_, "status", "What needs you, and how things are", kStatusHelp, ShowStatus);
  CLI::App* unlock =
      Command(app_, "unlock", "Let your node act for you", kUnlockHelp,
              [this](Context& context) { return UnlockCommand(context, all_.passphrase_file); });
  AddPassphrase(unlock);
  Command(app_, "lock", "Shut your keys away again; the node goes on", kLockHelp, LockCommand);
  Command(app_, "watch", "Print events as they happen", kWatchHelp, Watch);
}

void Parser::AddOrganisation() {
  CLI::App* organisation =
      app_.add_subcommand("organisation", "Found an organisation, or look at it");
  organisation->footer(kOrganisationHelp);
  organisation->require_subcommand(1);
  CLI::App* draft =
      Command(*organisation, "draft", "Draft a charter; prints the link for the others", kDraftHelp,
              [this](Context& context) {
                all_.draft.passphrase_file = all_.passphrase_file;
                all_.draft.dry_run = all_.dry_run;
                return OrganisationDraft(context, all_.draft);
              });
  draft->add_option("charter", all_.draft.file, "charter.toml; - for standard input")
      ->type_name(kFileValue);
  AddDryRun(draft);
  AddPassphrase(draft);
  Command(*organisation, "show", "The draft or the organisation", kShowOrganisationHelp,
          OrganisationShow);
  CLI::App* sign =
      Command(*organisation, "sign", "Sign the charter", kSignHelp, [this](Context& context) {
        return OrganisationSign(context, {all_.yes, all_.passphrase_file, all_.dry_run});
      });
  AddYes(sign, "Sign without asking for the words");
  AddDryRun(sign);
  AddPassphrase(sign);
}

void Parser::AddLists() {
  Command(app_, "vaults", "List the vaults", kVaultsHelp, ListVaults);
  CLI::App* accounts =
      Command(app_, "accounts", "List the accounts", kAccountsHelp,
              [this](Context& context) { return ListAccounts(context, all_.vault_filter); });
  accounts->add_option("--vault", all_.vault_filter, "Only those of this vault")
      ->type_name(kVaultValue);
  CLI::App* requests =
      Command(app_, "requests", "List the open requests", kRequestsHelp,
              [this](Context& context) { return ListRequests(context, all_.all_requests); });
  requests->add_flag("--all", all_.all_requests, "Also those that are over");
  CLI::App* show = Command(app_, "show", "One account, vault or request in full", kShowHelp,
                           [this](Context& context) { return Show(context, all_.show_name); });
  show->add_option("name", all_.show_name, "Its name or identifier")
      ->required()
      ->type_name(kAnyValue);
  CLI::App* remind =
      Command(app_, "remind", "Write a message for those who have not answered", kRemindHelp,
              [this](Context& context) { return Remind(context, all_.show_name); });
  remind->add_option("id", all_.show_name, "The request")->required()->type_name(kRequestValue);
}

void Parser::AddDeposits() {
  CLI::App* deposit =
      Command(app_, "deposit", "Put a secret into a vault", kDepositHelp, [this](Context& context) {
        all_.deposit.passphrase_file = all_.passphrase_file;
        all_.deposit.dry_run = all_.dry_run;
        return Deposit(context, all_.deposit);
      });
  deposit->add_option("account", all_.deposit.account, "The account's name")
      ->required()
      ->type_name(kAccountValue);
  deposit->add_option("--vault", all_.deposit.vault, "The vault")
      ->required()
      ->type_name(kVaultValue);
  deposit->add_option("--item", all_.deposit.item, "What it is; default password")
      ->type_name("ITEM");
  deposit->add_option("--from", all_.deposit.from, "Read it from here; - for standard input")
      ->type_name(kFileValue);
  deposit->add_option("--title", all_.deposit.title, "How the account reads");
  deposit->add_option("--username", all_.deposit.username, "The name to log in with");
  deposit->add_option("--url", all_.deposit.url, "Where to log in");
  AddDryRun(deposit);
  AddPassphrase(deposit);
  CLI::App* import = Command(app_, "import", "Deposit a password manager's export", kImportHelp,
                             [this](Context& context) {
                               all_.import.passphrase_file = all_.passphrase_file;
                               return Import(context, all_.import);
                             });
  import->add_option("file", all_.import.file, "The export; - for standard input")
      ->required()
      ->type_name(kFileValue);
  import->add_option("--vault", all_.import.vault, "The vault")->required()->type_name(kVaultValue);
  import->add_option("--format", all_.import.format, "The export's format")->type_name("FORMAT");
  import->add_flag("--dry-run", all_.import.dry_run, "Deposit nothing, show what would be");
  import->add_flag("--keep-going", all_.import.keep_going, "Go on past lines that are refused");
  import->add_flag("--update", all_.import.update, "New versions of what is there already");
  import
      ->add_option("--export-passphrase-file", all_.import.export_passphrase_file,
                   "Read the password of an encrypted export from this file instead of asking")
      ->type_name(kFileValue);
  AddPassphrase(import);
}

void Parser::AddAccount() {
  CLI::App* account = app_.add_subcommand("account", "Make a login the group's");
  account->footer(kAccountHelp);
  account->require_subcommand(1);
  CLI::App* migrate = Command(*account, "migrate", "What must change at the platform, step by step",
                              kMigrateHelp, [this](Context& context) {
                                all_.migrate.passphrase_file = all_.passphrase_file;
                                return AccountMigrate(context, all_.migrate);
                              });
  migrate->add_option("account", all_.migrate.account, "Its name or title")
      ->required()
      ->type_name(kAccountValue);
  migrate->add_option("--step", all_.migrate.step, "Note this step as done")->type_name("STEP");
  migrate->add_option("--from", all_.migrate.from, "For the step password: deposit what is here")
      ->type_name(kFileValue);
  migrate->add_flag("--again", all_.migrate.again, "Forget the notes and begin anew");
  AddPassphrase(migrate);
}

void Parser::AddRequest() {
  CLI::App* request =
      Command(app_, "request", "Ask for an account", kRequestHelp, [this](Context& context) {
        all_.request.passphrase_file = all_.passphrase_file;
        all_.request.dry_run = all_.dry_run;
        return MakeRequest(context, all_.request);
      });
  request->add_option("account", all_.request.account, "Its name or title")
      ->required()
      ->type_name(kAccountValue);
  request->add_option("--reason", all_.request.reason, "What you need it for")
      ->required()
      ->type_name("TEXT");
  request->add_option("--item", all_.request.items, "Which of its items; default the password")
      ->type_name("ITEM[@VERSION]")
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  request->add_option("--to", all_.request.recipients, "For whom; default yourself")
      ->type_name(kOrganiserValue)
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  AddDryRun(request);
  AddPassphrase(request);
}

CLI::App* Parser::AddWord(const char* name, const char* description, const char* footer,
                          const char* subject, absl::Status (*word)(Context&, const WordOptions&)) {
  CLI::App* command = Command(app_, name, description, footer, [this, word](Context& context) {
    all_.word.yes = all_.yes;
    all_.word.passphrase_file = all_.passphrase_file;
    all_.word.dry_run = all_.dry_run;
    return word(context, all_.word);
  });
  command->add_option(subject, all_.word.subject, "Which")
      ->required()
      ->type_name(std::string_view(subject) == "id" ? kRequestValue : kAccountValue);
  AddYes(command, "Do not ask");
  AddDryRun(command);
  AddPassphrase(command);
  return command;
}

void Parser::AddWords() {
  AddWord("approve", "Say yes to a request", kApproveHelp, "id", Approve);
  CLI::App* deny = AddWord("deny", "Say no to a request", kDenyHelp, "id", Deny);
  deny->add_option("--reason", all_.word.reason, "Why not, for the others")
      ->required()
      ->type_name("TEXT");
  AddWord("withdraw", "Take back your request or approval", kWithdrawHelp, "id", Withdraw);
  AddWord("accept", "Receive what another asked for you", kAcceptHelp, "id", Accept);
  AddWord("confirm", "Say that a deposit works", kConfirmHelp, "account", Confirm);
  CLI::App* alarm =
      AddWord("alarm", "Freeze an account: something is wrong", kAlarmHelp, "account", RaiseAlarm);
  CLI::App* lift = AddWord("lift", "Say that an alarm may end", kLiftHelp, "account", LiftAlarms);
  for (CLI::App* word : {alarm, lift}) {
    word->add_option("--reason", all_.word.reason, "Why, for the others")
        ->required()
        ->type_name("TEXT");
  }
}

void Parser::AddOpen() {
  CLI::App* open =
      Command(app_, "open", "See what a quorum released", kOpenHelp, [this](Context& context) {
        all_.open.passphrase_file = all_.passphrase_file;
        return Open(context, all_.open);
      });
  open->add_option("id", all_.open.id, "The request")->required()->type_name(kRequestValue);
  open->add_flag("--reveal", all_.open.reveal, "Print the bare value, also into a pipe");
  open->add_flag("--copy", all_.open.copy, "To the clipboard");
  open->add_flag("--exec", all_.open.exec, "To a command, which follows after --");
  open->add_option("--item", all_.open.item, "Which of several, for --copy and --exec")
      ->type_name("ITEM");
  open->add_flag("--wait", all_.open.wait, "Wait until the quorum is there");
  AddPassphrase(open);
}

void Parser::AddCompletion() {
  CLI::App* completion = Command(app_, "completion", "Print what makes a shell complete commands",
                                 kCompletionHelp, [this](Context& context) -> absl::Status {
                                   QUORATE_ASSIGN_OR_RETURN(
                                       std::string script, CompletionScript(all_.shell, "quorate"));
                                   context.out.Print(script);
                                   return absl::OkStatus();
                                 });
  completion->add_option("shell", all_.shell, "bash, zsh or fish")->required()->type_name("SHELL");
}

}  // namespace

bool WantsJson(const std::vector<std::string>& args) {
  const auto end = std::ranges::find(args, "--");
  return std::find(args.begin(), end, "--json") != end;
}

int AnswerShell(const std::vector<std::string>& args) {
  Parser parser;
  return AnswerCompletion(parser.app(), args);
}

absl::StatusOr<ParsedArgs> ParseArgs(const std::vector<std::string>& args) {
  auto parser = std::make_shared<Parser>();
  const auto end = std::ranges::find(args, "--");
  const bool has_command = end != args.end();
  if (has_command) parser->all().open.command.assign(end + 1, args.end());
  // CLI11 takes a vector from its end.
  std::vector<std::string> ours(args.begin(), end);
  std::ranges::reverse(ours);
  ParsedArgs out;
  try {
    parser->app().parse(ours);
  } catch (const CLI::Success& answer) {
    std::ostringstream text;
    std::ostringstream unused;
    (void)parser->app().exit(answer, text, unused);
    out.answer = text.str();
    return out;
  } catch (const CLI::Error& error) {
    return UsageError(Shown(error.what()), "quorate --help, or --help after the command");
  }
  if (has_command && !parser->all().open.exec) {
    return UsageError("-- goes with `quorate open ID --exec` only", "quorate open --help");
  }
  out.home = parser->all().home;
  out.json = parser->all().json;
  // The commands read their options out of the parser.
  out.run = [parser](Context& context) { return parser->run()(context); };
  return out;
}

}  // namespace quorate::cli
