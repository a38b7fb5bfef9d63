#include <algorithm>
#include <map>
#include <set>

#include "absl/strings/str_cat.h"
#include "client/cli/commands.h"
#include "client/cli/deposit.h"
#include "client/cli/exit_codes.h"
#include "client/cli/lookup.h"
#include "client/cli/table.h"
#include "client/import/import.h"
#include "custody/keystore/secret_file.h"

namespace quorate::cli {
namespace {

using client::ImportedAccount;
using client::ImportedItem;
using client::ImportProblem;
using client::ImportResult;
using client::ItemKindName;
using client::ProblemSeverity;

struct PlannedAccount {
  const ImportedAccount* account = nullptr;
  std::vector<ImportedItem> items;  // What is left to deposit.
  std::string outcome;              // "planned", "skipped", "deposited", "failed".
};

struct Plan {
  std::vector<PlannedAccount> accounts;
  std::vector<ImportProblem> problems;

  size_t Count(std::string_view outcome) const {
    return static_cast<size_t>(std::ranges::count_if(
        accounts, [outcome](const PlannedAccount& a) { return a.outcome == outcome; }));
  }
  bool HasRefusals() const {
    return std::ranges::any_of(problems, [](const ImportProblem& problem) {
      return problem.severity == ProblemSeverity::kRefused;
    });
  }
};

absl::StatusOr<crypto::Secret> GetExportPassphrase(Context& context, const ImportOptions& options) {
  if (!options.export_passphrase_file.empty()) {
    absl::StatusOr<crypto::Secret> read =
        keystore::ReadPassphraseFile(options.export_passphrase_file);
    if (!read.ok()) return AsLocalError("--export-passphrase-file", read.status());
    return read;
  }
  if (!context.terminal.interactive()) {
    return UsageError("the export is encrypted with a password, and nobody is here to type it",
                      "give --export-passphrase-file FILE, or run it in a terminal");
  }
  return context.terminal.AskSecret("Password of the export: ", keystore::kMaxPassphraseBytes);
}

absl::StatusOr<ImportResult> ReadExport(Context& context, const ImportOptions& options) {
  absl::StatusOr<crypto::Secret> file =
      options.file == "-" ? keystore::ReadSecretFd(0, client::kMaxImportBytes)
                          : keystore::ReadSecretFile(options.file, client::kMaxImportBytes);
  if (!file.ok()) return AsLocalError("the export", file.status());
  // An error of the person's or the password's file is told as it is, not as one of the export.
  absl::Status no_passphrase;
  absl::StatusOr<ImportResult> result = client::ParseExport(
      *std::move(file), options.format, [&]() -> absl::StatusOr<crypto::Secret> {
        absl::StatusOr<crypto::Secret> passphrase = GetExportPassphrase(context, options);
        no_passphrase = passphrase.status();
        return passphrase;
      });
  if (!no_passphrase.ok()) return no_passphrase;
  if (!result.ok()) return AsLocalError("the export", result.status());
  return result;
}

// What is there already is left alone, so that an import that stopped can be run again.
void PlanAccount(const ImportedAccount& account, const v1::Account* known,
                 const ImportOptions& options, Plan& plan) {
  PlannedAccount planned{&account, {}, "planned"};
  if (known != nullptr && known->vault() != options.vault) {
    plan.problems.push_back({account.line,
                             absl::StrCat("account ", account.account, " is in another vault, ",
                                          Shown(known->vault(), 64)),
                             "rename the entry in the export", ProblemSeverity::kRefused});
    planned.outcome = "failed";
    plan.accounts.push_back(std::move(planned));
    return;
  }
  std::set<std::string> there;
  if (known != nullptr && !options.update) {
    for (const v1::ItemView& item : known->items()) there.insert(item.kind());
  }
  for (const ImportedItem& item : account.items) {
    if (!there.contains(std::string(ItemKindName(item.kind)))) planned.items.push_back(item);
  }
  if (planned.items.empty()) planned.outcome = "skipped";
  if (planned.items.size() < account.items.size()) {
    plan.problems.push_back(
        {account.line,
         absl::StrCat("account ", account.account, planned.items.empty() ? " is" : " is partly",
                      " there already"),
         "--update deposits new versions", ProblemSeverity::kNotice});
  }
  plan.accounts.push_back(std::move(planned));
}

absl::StatusOr<Plan> MakePlan(Context& context, const ImportOptions& options,
                              const ImportResult& result) {
  QUORATE_ASSIGN_OR_RETURN(std::vector<v1::Account> accounts, AllAccounts(context.node, ""));
  std::map<std::string, const v1::Account*> known;
  for (const v1::Account& account : accounts) known[account.name()] = &account;
  Plan plan;
  plan.problems = result.problems;
  for (const ImportedAccount& account : result.accounts) {
    const auto found = known.find(account.account);
    PlanAccount(account, found == known.end() ? nullptr : found->second, options, plan);
  }
  return plan;
}

std::string ItemsOf(const ImportedAccount& account) {
  std::string out;
  for (const ImportedItem& item : account.items) {
    out += (out.empty() ? "" : ", ") + std::string(ItemKindName(item.kind));
  }
  return out;
}

void PrintReportJson(Context& context, const ImportOptions& options, const Plan& plan) {
  JsonOut json;
  json.BeginObject();
  json.Member("vault", options.vault);
  json.Member("dry_run", options.dry_run);
  for (const char* outcome : {"planned", "deposited", "skipped", "failed"}) {
    json.Member(outcome, uint64_t{plan.Count(outcome)});
  }
  json.Key("accounts");
  json.BeginArray();
  for (const PlannedAccount& planned : plan.accounts) {
    json.BeginObject();
    json.Member("line", uint64_t{planned.account->line});
    json.Member("account", planned.account->account);
    json.Member("title", planned.account->title);
    json.Key("items");
    json.BeginArray();
    for (const ImportedItem& item : planned.account->items) json.Text(ItemKindName(item.kind));
    json.EndArray();
    json.Member("outcome", planned.outcome);
    json.EndObject();
  }
  json.EndArray();
  json.Key("problems");
  json.BeginArray();
  for (const ImportProblem& problem : plan.problems) {
    json.BeginObject();
    json.Member("line", uint64_t{problem.line});
    json.Member("severity", problem.severity == ProblemSeverity::kRefused ? "refused" : "notice");
    json.Member("reason", problem.reason);
    json.Member("next", problem.next);
    json.EndObject();
  }
  json.EndArray();
  json.EndObject();
  context.out.PrintJson(json);
}

void PrintReport(Context& context, const ImportOptions& options, const Plan& plan) {
  if (context.out.json()) return PrintReportJson(context, options, plan);
  if (options.dry_run) {
    Table table({"line", "account", "items", "user", "title", ""});
    for (const PlannedAccount& planned : plan.accounts) {
      const ImportedAccount& account = *planned.account;
      table.AddRow({absl::StrCat(account.line), account.account, ItemsOf(account),
                    Shown(account.username, 60), Shown(account.title, 60), planned.outcome});
    }
    context.out.Print(table.Render(context.out.colour()));
  }
  for (const ImportProblem& problem : plan.problems) {
    context.out.Print(absl::StrCat(
        "line ", problem.line, problem.severity == ProblemSeverity::kRefused ? ": refused: " : ": ",
        Shown(problem.reason), problem.next.empty() ? "" : "; " + Shown(problem.next), "\n"));
  }
  context.out.Print(absl::StrCat(plan.Count("deposited"), " deposited, ", plan.Count("skipped"),
                                 " there already, ", plan.Count("failed"), " failed, ",
                                 plan.Count("planned"),
                                 options.dry_run ? " would be deposited\n" : " not tried\n"));
}

absl::Status DepositOne(Context& context, const ImportOptions& options,
                        const PlannedAccount& planned) {
  const ImportedAccount& account = *planned.account;
  DepositPlan deposit{
      options.vault, account.account, account.title, account.username, account.url, {}, false};
  for (const ImportedItem& item : planned.items) deposit.items.push_back({item.kind, item.value});
  return MakeDeposit(context, deposit).status();
}

// Stops at the first failure unless told to keep going; then gives the first.
absl::Status DepositAll(Context& context, const ImportOptions& options, Plan& plan) {
  absl::Status first;
  const size_t total = plan.Count("planned");
  size_t done = 0;
  for (PlannedAccount& planned : plan.accounts) {
    if (planned.outcome != "planned") continue;
    const absl::Status deposited = DepositOne(context, options, planned);
    planned.outcome = deposited.ok() ? "deposited" : "failed";
    if (!deposited.ok()) {
      plan.problems.push_back(
          {planned.account->line,
           absl::StrCat("account ", planned.account->account, ": ", MessageOf(deposited)),
           base::GetNext(deposited), ProblemSeverity::kRefused});
      if (first.ok()) first = deposited;
      if (!options.keep_going) break;
    }
    ++done;
    if (context.terminal.interactive()) {
      context.out.Remark(absl::StrCat("\r", done, " of ", total, done == total ? "\n" : ""));
    }
  }
  return first;
}

absl::Status RefusedLines() {
  return LocalError("some lines of the export cannot be taken; nothing was deposited",
                    "correct them, or give --keep-going to import the rest");
}

absl::Status LeftOut() {
  return base::MakeError(absl::StatusCode::kFailedPrecondition, "INCOMPLETE",
                         "some lines of the export were left out; the report above names them",
                         "keep the export until they are taken care of");
}

}  // namespace

absl::Status Import(Context& context, const ImportOptions& options) {
  QUORATE_ASSIGN_OR_RETURN(ImportResult result, ReadExport(context, options));
  if (!options.dry_run) {
    QUORATE_RETURN_IF_ERROR(UnlockIfGiven(context, options.passphrase_file));
  }
  QUORATE_ASSIGN_OR_RETURN(Plan plan, MakePlan(context, options, result));
  const bool refused = plan.HasRefusals() && !options.keep_going;
  if (refused || options.dry_run) {
    PrintReport(context, options, plan);
    return refused ? RefusedLines() : absl::OkStatus();
  }
  const absl::Status deposited = DepositAll(context, options, plan);
  PrintReport(context, options, plan);
  if (!deposited.ok()) {
    return base::WithNext(deposited, "run the same import again: what is there already is skipped");
  }
  if (plan.HasRefusals()) return LeftOut();
  context.out.Remark("The export still holds every secret: delete it now.\n");
  return absl::OkStatus();
}

}  // namespace quorate::cli
