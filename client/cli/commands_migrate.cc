#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "client/cli/commands.h"
#include "client/cli/exit_codes.h"
#include "client/cli/lookup.h"
#include "client/cli/migration.h"

namespace quorate::cli {
namespace {

constexpr size_t kNameBytes = 64;

// The texts name no account; here they do.
std::string WhatToDo(const MigrationStep& step, const v1::Account& account) {
  return absl::StrReplaceAll(std::string(step.what),
                             {{"ACCOUNT", Shown(account.name(), kNameBytes)},
                              {"VAULT", Shown(account.vault(), kNameBytes)}});
}

void PrintChecklistJson(Context& context, const v1::Account& account, const MigrationNotes& notes) {
  JsonOut json;
  json.BeginObject();
  json.Member("account", account.name());
  json.Member("not_protected", account.not_protected());
  json.Key("steps");
  json.BeginArray();
  for (const MigrationStep& step : MigrationSteps()) {
    json.BeginObject();
    json.Member("step", step.id);
    json.Member("title", step.title);
    json.Member("what", WhatToDo(step, account));
    json.Member("done", notes.IsDone(step.id));
    json.Member("done_ms", static_cast<uint64_t>(notes.DoneMs(step.id)));
    json.EndObject();
  }
  json.EndArray();
  json.Member("next", notes.Next() == nullptr ? std::string_view() : notes.Next()->id);
  json.EndObject();
  context.out.PrintJson(json);
}

void PrintChecklist(Context& context, const v1::Account& account, const MigrationNotes& notes) {
  if (context.out.json()) return PrintChecklistJson(context, account, notes);
  std::string text = absl::StrCat("Migration of ", Shown(account.name(), kNameBytes),
                                  ", by your own notes on this machine:\n");
  for (const MigrationStep& step : MigrationSteps()) {
    absl::StrAppend(
        &text, notes.IsDone(step.id) ? "  done  " : "  -     ", std::string(step.id),
        std::string(step.id.size() < 16 ? 16 - step.id.size() : 1, ' '),
        notes.IsDone(step.id) ? context.out.Time(notes.DoneMs(step.id)) : std::string(step.title),
        "\n");
  }
  if (const MigrationStep* next = notes.Next(); next != nullptr) {
    absl::StrAppend(&text, "  next: ", WhatToDo(*next, account), "\n");
  }
  if (!account.not_protected().empty()) {
    absl::StrAppend(&text, "Not protected: ", Shown(account.not_protected()), "\n");
  }
  context.out.Print(text);
}

absl::Status DepositPassword(Context& context, const MigrateOptions& options,
                             const v1::Account& account) {
  DepositOptions deposit;
  deposit.account = account.name();
  deposit.vault = account.vault();
  deposit.from = options.from;
  deposit.passphrase_file = options.passphrase_file;
  return DepositQuietly(context, deposit).status();
}

absl::Status DoStep(Context& context, const MigrateOptions& options, const v1::Account& account,
                    const MigrationStep& step, MigrationNotes& notes) {
  if (step.id == kDepositStep) {
    QUORATE_RETURN_IF_ERROR(DepositPassword(context, options, account));
  }
  return notes.MarkDone(step.id, absl::ToUnixMillis(context.out.now()));
}

// At a terminal: each step that is not done, until the person stops.
absl::Status WalkThrough(Context& context, const MigrateOptions& options,
                         const v1::Account& account, MigrationNotes& notes) {
  context.out.Remark(
      "What you have done is noted on this machine alone, and can be stopped and taken up "
      "again.\n");
  for (const MigrationStep& step : MigrationSteps()) {
    if (notes.IsDone(step.id)) continue;
    context.out.Remark(absl::StrCat("\n", context.out.Bold(std::string(step.title)), "\n  ",
                                    WhatToDo(step, account), "\n"));
    const bool password = step.id == kDepositStep;
    QUORATE_ASSIGN_OR_RETURN(
        bool done,
        AskYesNo(context.terminal,
                 password ? "Is it set, and shall it be deposited?" : "Is it done?", false));
    if (!done) break;
    QUORATE_RETURN_IF_ERROR(DoStep(context, options, account, step, notes));
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status AccountMigrate(Context& context, const MigrateOptions& options) {
  const MigrationStep* step = nullptr;
  if (!options.step.empty()) {
    step = FindMigrationStep(options.step);
    if (step == nullptr) {
      return UsageError("there is no such step",
                        absl::StrCat("quorate account migrate ACCOUNT lists them"));
    }
  }
  if (!options.from.empty() && (step == nullptr || step->id != kDepositStep)) {
    return UsageError("--from goes with --step password alone",
                      "quorate account migrate ACCOUNT --step password --from FILE");
  }
  QUORATE_ASSIGN_OR_RETURN(v1::Account account, FindAccount(context.node, options.account));
  QUORATE_ASSIGN_OR_RETURN(MigrationNotes notes,
                           MigrationNotes::Read(context.home.folder, account.name()));
  if (options.again) QUORATE_RETURN_IF_ERROR(notes.Forget());
  if (step != nullptr) {
    QUORATE_RETURN_IF_ERROR(DoStep(context, options, account, *step, notes));
  } else if (context.terminal.interactive() && !context.out.json()) {
    QUORATE_RETURN_IF_ERROR(WalkThrough(context, options, account, notes));
  }
  // A new version changes what is said of it.
  QUORATE_ASSIGN_OR_RETURN(account, FindAccount(context.node, account.name()));
  PrintChecklist(context, account, notes);
  return absl::OkStatus();
}

}  // namespace quorate::cli
