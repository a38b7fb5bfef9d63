#include <charconv>

#include "absl/strings/str_cat.h"
#include "client/cli/commands.h"
#include "client/cli/dry_run.h"
#include "client/cli/exit_codes.h"
#include "client/cli/item_codec.h"
#include "client/cli/lookup.h"
#include "client/cli/message_json.h"
#include "client/cli/views.h"

namespace quorate::cli {
namespace {

void PrintRequest(Context& context, const v1::Request& request, const std::string& headline,
                  const std::string& next) {
  if (context.out.json()) {
    JsonOut json;
    WriteMessage(json, request);
    context.out.PrintJson(json);
    return;
  }
  context.out.Print(headline + "\n");
  if (!request.waiting_for().empty()) {
    context.out.Print("  waits for " + Shown(request.waiting_for()) + "\n");
  }
  if (!next.empty()) context.out.Print("  next: " + next + "\n");
}

void PrintAccount(Context& context, const v1::Account& account, const std::string& headline) {
  if (context.out.json()) {
    JsonOut json;
    WriteMessage(json, account);
    context.out.PrintJson(json);
  } else {
    context.out.Print(headline + "\n" + DescribeAccount(context.out, account));
  }
}

absl::StatusOr<v1::ItemRef> ParseItemRef(const std::string& text) {
  const size_t at = text.find('@');
  v1::ItemRef ref;
  ref.set_kind(text.substr(0, at));
  uint32_t version = 0;
  bool good = ParseItemKind(ref.kind()).has_value();
  if (good && at != std::string::npos) {
    const char* end = text.data() + text.size();
    const auto [stopped, error] = std::from_chars(text.data() + at + 1, end, version);
    good = error == std::errc() && stopped == end && version > 0;
  }
  if (!good) {
    return UsageError(
        "--item is not an item",
        "give password, totp, recovery-codes, token or note, or a version of one: password@3");
  }
  ref.set_version(version);
  return ref;
}

// Asks on a terminal; scripts have said what they want by calling.
absl::Status AskUnlessYes(Context& context, const WordOptions& options,
                          const std::string& question) {
  if (options.yes || options.dry_run || !context.terminal.interactive()) return absl::OkStatus();
  QUORATE_ASSIGN_OR_RETURN(bool yes, AskYesNo(context.terminal, question, false));
  if (yes) return absl::OkStatus();
  return base::MakeError(absl::StatusCode::kUnknown, "DECLINED", "nothing was done", "");
}

absl::StatusOr<v1::Request> FindForWord(Context& context, const WordOptions& options) {
  QUORATE_ASSIGN_OR_RETURN(v1::Request request, FindRequest(context.node, options.subject));
  if (options.dry_run) return request;
  QUORATE_RETURN_IF_ERROR(UnlockIfGiven(context, options.passphrase_file));
  return request;
}

}  // namespace

absl::Status MakeRequest(Context& context, const RequestOptions& options) {
  if (options.reason.empty()) {
    return UsageError("a request needs a reason: it is all that the others go by",
                      "--reason 'what you need it for'");
  }
  v1::CreateRequestRequest create;
  for (const std::string& item : options.items) {
    QUORATE_ASSIGN_OR_RETURN(*create.add_items(), ParseItemRef(item));
  }
  QUORATE_ASSIGN_OR_RETURN(v1::Account account, FindAccount(context.node, options.account));
  create.set_account(account.name());
  create.set_reason(options.reason);
  create.mutable_recipients()->Add(options.recipients.begin(), options.recipients.end());
  if (options.dry_run) {
    create.set_validate_only(true);
    QUORATE_RETURN_IF_ERROR(context.node.CreateRequest(create).status());
    QUORATE_ASSIGN_OR_RETURN(DryRun dry, DryRequest(context, create, account));
    return PrintDryRun(context, dry);
  }
  QUORATE_RETURN_IF_ERROR(UnlockIfGiven(context, options.passphrase_file));
  absl::StatusOr<v1::Request> made =
      WithUnlock(context, [&] { return context.node.CreateRequest(create); });
  if (!made.ok()) return made.status();
  PrintRequest(context, *made,
               absl::StrCat("Request ", Shown(made->id()), " for ", Shown(made->account())),
               absl::StrCat("quorate open ", Shown(made->id()), " --wait"));
  return absl::OkStatus();
}

absl::Status Approve(Context& context, const WordOptions& options) {
  if (!options.yes && !options.dry_run && !context.terminal.interactive()) {
    return UsageError("approving needs a person who reads the request",
                      "run it in a terminal, or give --yes and --passphrase-file FILE");
  }
  QUORATE_ASSIGN_OR_RETURN(v1::Request request, FindRequest(context.node, options.subject));
  if (!options.yes && !options.dry_run) {
    context.out.Remark(DescribeRequest(context.out, request));
    QUORATE_RETURN_IF_ERROR(AskUnlessYes(context, options, "Approve exactly this?"));
  }
  QUORATE_ASSIGN_OR_RETURN(
      crypto::Secret passphrase,
      GetPassphrase(context.terminal, options.passphrase_file, "Passphrase, to approve: "));
  v1::ApproveRequestRequest approve;
  // What was shown, not what a prefix means by now.
  approve.set_id(request.leaf_hash());
  QUORATE_ASSIGN_OR_RETURN(*approve.mutable_passphrase(), SealForNode(context, passphrase));
  approve.set_validate_only(options.dry_run);
  QUORATE_ASSIGN_OR_RETURN(v1::Request approved, context.node.ApproveRequest(approve));
  if (options.dry_run) return PrintDryRun(context, DryApprove(context, approved));
  PrintRequest(context, approved, absl::StrCat("Approved ", Shown(approved.id())),
               absl::StrCat("until its share is sent you can still change your mind: quorate deny ",
                            Shown(approved.id()), " --reason …"));
  return absl::OkStatus();
}

absl::Status Deny(Context& context, const WordOptions& options) {
  if (options.reason.empty()) {
    return UsageError("a denial needs a reason, for the others", "--reason 'why not'");
  }
  QUORATE_ASSIGN_OR_RETURN(v1::Request request, FindForWord(context, options));
  v1::DenyRequestRequest deny;
  deny.set_id(request.leaf_hash());
  deny.set_reason(options.reason);
  if (options.dry_run) {
    deny.set_validate_only(true);
    QUORATE_ASSIGN_OR_RETURN(request, context.node.DenyRequest(deny));
    return PrintDryRun(context, DryDeny(request));
  }
  absl::StatusOr<v1::Request> denied =
      WithUnlock(context, [&] { return context.node.DenyRequest(deny); });
  if (!denied.ok()) return denied.status();
  PrintRequest(context, *denied, absl::StrCat("Denied ", Shown(denied->id())), "");
  return absl::OkStatus();
}

absl::Status Withdraw(Context& context, const WordOptions& options) {
  QUORATE_ASSIGN_OR_RETURN(v1::Request request, FindForWord(context, options));
  const std::string question =
      absl::StrCat(request.mine() ? "Withdraw your request for " : "Take back your approval for ",
                   Shown(request.account()), "?");
  QUORATE_RETURN_IF_ERROR(AskUnlessYes(context, options, question));
  v1::WithdrawRequestRequest withdraw;
  withdraw.set_id(request.leaf_hash());
  if (options.dry_run) {
    withdraw.set_validate_only(true);
    QUORATE_ASSIGN_OR_RETURN(request, context.node.WithdrawRequest(withdraw));
    return PrintDryRun(context, DryWithdraw(request));
  }
  absl::StatusOr<v1::Request> withdrawn =
      WithUnlock(context, [&] { return context.node.WithdrawRequest(withdraw); });
  if (!withdrawn.ok()) return withdrawn.status();
  PrintRequest(context, *withdrawn, absl::StrCat("Withdrawn from ", Shown(withdrawn->id())), "");
  return absl::OkStatus();
}

absl::Status Accept(Context& context, const WordOptions& options) {
  QUORATE_ASSIGN_OR_RETURN(v1::Request request, FindForWord(context, options));
  v1::AcceptRequestRequest accept;
  accept.set_id(request.leaf_hash());
  if (options.dry_run) {
    accept.set_validate_only(true);
    QUORATE_ASSIGN_OR_RETURN(request, context.node.AcceptRequest(accept));
    return PrintDryRun(context, DryAccept(request));
  }
  absl::StatusOr<v1::Request> accepted =
      WithUnlock(context, [&] { return context.node.AcceptRequest(accept); });
  if (!accepted.ok()) return accepted.status();
  PrintRequest(context, *accepted, absl::StrCat("Accepted ", Shown(accepted->id())),
               absl::StrCat("quorate open ", Shown(accepted->id()), " --wait"));
  return absl::OkStatus();
}

absl::Status Confirm(Context& context, const WordOptions& options) {
  QUORATE_ASSIGN_OR_RETURN(v1::Account account, FindAccount(context.node, options.subject));
  QUORATE_RETURN_IF_ERROR(AskUnlessYes(context, options,
                                       absl::StrCat("You logged in to ", Shown(account.name()),
                                                    " with what is deposited, and it worked?")));
  v1::ConfirmAccountRequest confirm;
  confirm.set_name(account.name());
  if (options.dry_run) {
    confirm.set_validate_only(true);
    QUORATE_RETURN_IF_ERROR(context.node.ConfirmAccount(confirm).status());
    return PrintDryRun(context, DryConfirm(account));
  }
  // Without anybody to ask, an unlocked node may do without; it says so where it does not.
  if (!options.passphrase_file.empty() || context.terminal.interactive()) {
    QUORATE_ASSIGN_OR_RETURN(
        crypto::Secret passphrase,
        GetPassphrase(context.terminal, options.passphrase_file, "Passphrase, to confirm: "));
    QUORATE_ASSIGN_OR_RETURN(*confirm.mutable_passphrase(), SealForNode(context, passphrase));
  }
  QUORATE_ASSIGN_OR_RETURN(v1::Account confirmed, context.node.ConfirmAccount(confirm));
  PrintAccount(context, confirmed, "Confirmed");
  return absl::OkStatus();
}

absl::Status RaiseAlarm(Context& context, const WordOptions& options) {
  if (options.reason.empty()) {
    return UsageError("an alarm needs a reason, for the others", "--reason 'what is wrong'");
  }
  QUORATE_ASSIGN_OR_RETURN(v1::Account account, FindAccount(context.node, options.subject));
  v1::RaiseAlarmRequest raise;
  raise.set_name(account.name());
  raise.set_reason(options.reason);
  if (options.dry_run) {
    raise.set_validate_only(true);
    QUORATE_RETURN_IF_ERROR(context.node.RaiseAlarm(raise).status());
    return PrintDryRun(context, DryAlarm(account));
  }
  QUORATE_RETURN_IF_ERROR(UnlockIfGiven(context, options.passphrase_file));
  QUORATE_RETURN_IF_ERROR(
      AskUnlessYes(context, options,
                   absl::StrCat("Freeze ", Shown(account.name()),
                                "? Nothing of it but recovery codes opens until ",
                                account.lifts_needed(), " holders lift the alarm.")));
  absl::StatusOr<v1::Account> frozen =
      WithUnlock(context, [&] { return context.node.RaiseAlarm(raise); });
  if (!frozen.ok()) return frozen.status();
  PrintAccount(context, *frozen, Shown(frozen->name()) + " is frozen");
  if (!context.out.json()) {
    context.out.Print(
        "  next, as deploy/runbook.md goes on: get the others on a call, and each of you runs\n"
        "    quorate status\n");
  }
  return absl::OkStatus();
}

absl::Status LiftAlarms(Context& context, const WordOptions& options) {
  if (options.reason.empty()) {
    return UsageError("lifting an alarm needs a reason, for the others",
                      "--reason 'why it is well again'");
  }
  if (!options.yes && !options.dry_run && !context.terminal.interactive()) {
    return UsageError("lifting an alarm needs a person who reads it",
                      "run it in a terminal, or give --yes and --passphrase-file FILE");
  }
  QUORATE_ASSIGN_OR_RETURN(v1::Account account, FindAccount(context.node, options.subject));
  if (!options.yes && !options.dry_run) {
    context.out.Remark(DescribeAccount(context.out, account));
    QUORATE_RETURN_IF_ERROR(AskUnlessYes(context, options, "Lift exactly these alarms?"));
  }
  QUORATE_ASSIGN_OR_RETURN(
      crypto::Secret passphrase,
      GetPassphrase(context.terminal, options.passphrase_file, "Passphrase, to lift: "));
  v1::LiftAlarmsRequest lift;
  lift.set_name(account.name());
  lift.set_reason(options.reason);
  for (const v1::AlarmView& alarm : account.alarms()) lift.add_alarms(alarm.leaf_hash());
  QUORATE_ASSIGN_OR_RETURN(*lift.mutable_passphrase(), SealForNode(context, passphrase));
  if (options.dry_run) {
    lift.set_validate_only(true);
    QUORATE_RETURN_IF_ERROR(context.node.LiftAlarms(lift).status());
    return PrintDryRun(context, DryLift(account));
  }
  QUORATE_ASSIGN_OR_RETURN(v1::Account lifted, context.node.LiftAlarms(lift));
  PrintAccount(context, lifted,
               lifted.frozen() ? absl::StrCat("Lifted: ", lifted.lifts_size(), " of ",
                                              lifted.lifts_needed(), " have")
                               : absl::StrCat("Lifted: ", Shown(lifted.name()), " is free"));
  return absl::OkStatus();
}

}  // namespace quorate::cli
