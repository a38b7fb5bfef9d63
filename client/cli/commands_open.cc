#include <cstdlib>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "client/cli/commands.h"
#include "client/cli/exit_codes.h"
#include "client/cli/lookup.h"
#include "client/cli/open_item.h"
#include "client/cli/process.h"
#include "client/cli/secret_text.h"

namespace quorate::cli {
namespace {

constexpr absl::Duration kClipboardTime = absl::Seconds(30);
constexpr int kSecretFd = 3;

enum class Way { kScreen, kReveal, kJson, kCopy, kExec };

absl::StatusOr<Way> ChooseWay(const Context& context, const OpenOptions& options) {
  const int chosen = (options.reveal ? 1 : 0) + (options.copy ? 1 : 0) + (options.exec ? 1 : 0) +
                     (context.out.json() ? 1 : 0);
  if (chosen > 1) {
    return UsageError("--reveal, --json, --copy and --exec exclude each other", "give one of them");
  }
  if (options.exec != !options.command.empty()) {
    return UsageError("--exec needs a command after --",
                      "quorate open ID --exec -- COMMAND ARGUMENT…");
  }
  if (options.exec) return Way::kExec;
  if (options.copy) return Way::kCopy;
  if (options.reveal) return Way::kReveal;
  if (context.out.json()) return Way::kJson;
  if (context.out.is_terminal() && context.terminal.interactive()) return Way::kScreen;
  return UsageError("a secret goes into a pipe or file only when asked to",
                    "give --reveal for the bare value, or --json");
}

// One call may end before the quorum has answered; the request's own end is the node's to tell.
absl::StatusOr<v1::OpenedRequest> CallOpen(Context& context, const v1::OpenRequestRequest& open) {
  while (true) {
    absl::StatusOr<v1::OpenedRequest> opened =
        WithUnlock(context, [&] { return context.node.OpenRequest(open); });
    if (open.wait() && absl::IsDeadlineExceeded(opened.status())) continue;
    return opened;
  }
}

// Who is awaited, where the request is simply not ready.
absl::Status Explain(Context& context, const v1::Request& before, const absl::Status& status) {
  if (!absl::IsFailedPrecondition(status) || base::GetReason(status) == "LOCKED") return status;
  v1::GetRequestRequest get;
  get.set_id(before.leaf_hash());
  absl::StatusOr<v1::Request> now = context.node.GetRequest(get);
  if (!now.ok() || now->state() != "open" || now->openable_by_me()) return status;
  std::string text =
      absl::StrCat("not yet: ", now->approvals(), " of ", now->threshold(), " have approved");
  const std::string reason = base::GetReason(status);
  if (!now->frozen().empty()) {
    return base::MakeError(absl::StatusCode::kFailedPrecondition, reason,
                           absl::StrCat(text, ", but the account is ", Shown(now->frozen())),
                           absl::StrCat("quorate show account/", now->account()));
  }
  if (!now->waiting_for().empty()) absl::StrAppend(&text, "; waits for ", now->waiting_for());
  return base::MakeError(absl::StatusCode::kFailedPrecondition,
                         reason.empty() ? "NOT_OPENABLE" : reason, text,
                         absl::StrCat("quorate open ", now->id(), " --wait"));
}

absl::Status ShowOnScreen(Context& context, const v1::Request& request,
                          const std::vector<OpenedValue>& values) {
  SecretText screen;
  std::string head = Shown(request.account());
  for (const std::string& part : {request.username(), request.url()}) {
    if (!part.empty()) head += "   " + Shown(part);
  }
  screen.Append(head + "\r\n\r\n");
  bool replaced = false;
  for (const OpenedValue& value : values) {
    screen.Append(absl::StrCat(value.kind, " v", value.version, "\r\n\r\n  "));
    replaced = screen.AppendForTerminal(value.secret.Reveal(), "\r\n  ") || replaced;
    screen.Append("\r\n\r\n");
  }
  if (replaced) {
    screen.Append(
        "\"?\" stands for something that a terminal cannot show: the bytes themselves "
        "only with --json.\r\n\r\n");
  }
  screen.Append("Any key wipes this screen and closes the request.");
  return context.terminal.ShowUntilKey(screen.Take());
}

absl::Status Reveal(Context& context, const std::vector<OpenedValue>& values) {
  bool replaced = false;
  SecretText text;
  for (const OpenedValue& value : values) {
    // A depositor may have put commands for a terminal into the value.
    if (context.out.is_terminal()) {
      replaced = text.AppendForTerminal(value.secret.Reveal(), "\n") || replaced;
    } else {
      text.Append(value.secret.Reveal());
    }
    text.Append("\n");
  }
  if (replaced) {
    context.out.Remark("\"?\" stands for something that a terminal cannot show; a pipe gets it.\n");
  }
  return context.out.WriteSecret(text.Take());
}

absl::Status WriteJson(Context& context, const v1::Request& request,
                       const std::vector<OpenedValue>& values) {
  SecretText text;
  text.Append("{\"id\":");
  text.AppendJsonString(crypto::AsBytes(request.id()));
  text.Append(",\"account\":");
  text.AppendJsonString(crypto::AsBytes(request.account()));
  text.Append(",\"items\":[");
  bool first = true;
  for (const OpenedValue& value : values) {
    text.Append(absl::StrCat(first ? "" : ",", "{\"kind\":\"", value.kind,
                             "\",\"version\":", value.version, ","));
    first = false;
    if (IsUtf8(value.secret.Reveal())) {
      text.Append("\"value\":");
      text.AppendJsonString(value.secret.Reveal());
    } else {
      text.Append("\"value_base64\":");
      text.AppendJsonBase64(value.secret.Reveal());
    }
    text.Append("}");
  }
  text.Append("]}\n");
  return context.out.WriteSecret(text.Take());
}

struct Clipboard {
  Program copy;
  Program clear;
};

std::optional<Clipboard> FindClipboard() {
  const auto made = [](const std::string& file, std::vector<std::string> copy,
                       std::vector<std::string> clear) {
    return Clipboard{{file, std::move(copy), {}}, {file, std::move(clear), {}}};
  };
  if (std::getenv("WAYLAND_DISPLAY") != nullptr && FindInPath("wl-copy").has_value()) {
    return made("wl-copy", {"--trim-newline"}, {"--clear"});
  }
  if (std::getenv("DISPLAY") != nullptr && FindInPath("xclip").has_value()) {
    return made("xclip", {"-selection", "clipboard"}, {"-selection", "clipboard"});
  }
  if (std::getenv("DISPLAY") != nullptr && FindInPath("xsel").has_value()) {
    return made("xsel", {"-b", "-i"}, {"-b", "-c"});
  }
  if (FindInPath("pbcopy").has_value()) return made("pbcopy", {}, {});
  return std::nullopt;
}

absl::Status CheckExit(int code, const std::string& program) {
  if (code == 0) return absl::OkStatus();
  return LocalError(absl::StrCat(program, " failed with exit code ", code),
                    "open again with another option; the request is not closed");
}

absl::Status Copy(Context& context, const Clipboard& clipboard, const crypto::Secret& secret) {
  const auto clear = [clipboard] {
    return RunWithSecret(clipboard.clear, crypto::Secret(), 0, true);
  };
  if (context.terminal.interactive()) {
    context.terminal.UndoOnSignal([clear] { (void)clear(); });
  }
  QUORATE_ASSIGN_OR_RETURN(int code, RunWithSecret(clipboard.copy, secret, 0, true));
  QUORATE_RETURN_IF_ERROR(CheckExit(code, clipboard.copy.file));
  if (!context.terminal.interactive()) {
    context.out.Remark("Copied; clear the clipboard when you are done.\n");
    return absl::OkStatus();
  }
  context.out.Remark("Copied. Any key clears the clipboard, as do 30 seconds.\n");
  QUORATE_RETURN_IF_ERROR(context.terminal.WaitForKey(kClipboardTime));
  QUORATE_ASSIGN_OR_RETURN(code, clear());
  context.terminal.UndoOnSignal({});
  if (code == 0) return absl::OkStatus();
  return LocalError(absl::StrCat(clipboard.clear.file, " failed with exit code ", code),
                    "the clipboard may still hold the secret: clear it by hand");
}

absl::Status Execute(Context& context, const OpenOptions& options, const crypto::Secret& secret) {
  const Program program{options.command.front(),
                        {options.command.begin() + 1, options.command.end()},
                        {{"QUORATE_SECRET_FD", absl::StrCat(kSecretFd)}}};
  QUORATE_ASSIGN_OR_RETURN(context.exit_code, RunWithSecret(program, secret, kSecretFd, false));
  return absl::OkStatus();
}

absl::StatusOr<const OpenedValue*> OnlyValue(const std::vector<OpenedValue>& values,
                                             const std::string& kind) {
  const OpenedValue* found = nullptr;
  for (const OpenedValue& value : values) {
    if (!kind.empty() && value.kind != kind) continue;
    if (found != nullptr) {
      return UsageError("the request has several items, and this takes one",
                        "choose with --item, or use --json");
    }
    found = &value;
  }
  if (found == nullptr) return UsageError("the request has no such item", "quorate show ID");
  return found;
}

absl::Status Present(Context& context, const OpenOptions& options, Way way,
                     const std::optional<Clipboard>& clipboard, const v1::Request& request,
                     const std::vector<OpenedValue>& values) {
  if (way == Way::kScreen) return ShowOnScreen(context, request, values);
  if (way == Way::kReveal) return Reveal(context, values);
  if (way == Way::kJson) return WriteJson(context, request, values);
  QUORATE_ASSIGN_OR_RETURN(const OpenedValue* value, OnlyValue(values, options.item));
  if (way == Way::kCopy) return Copy(context, *clipboard, value->secret);
  return Execute(context, options, value->secret);
}

}  // namespace

absl::Status Open(Context& context, const OpenOptions& options) {
  QUORATE_ASSIGN_OR_RETURN(Way way, ChooseWay(context, options));
  std::optional<Clipboard> clipboard;
  if (way == Way::kCopy) {
    clipboard = FindClipboard();
    if (!clipboard.has_value()) {
      return LocalError("no program for the clipboard was found",
                        "install wl-clipboard, xclip or xsel, or leave --copy out");
    }
  }
  QUORATE_ASSIGN_OR_RETURN(v1::Request request, FindRequest(context.node, options.id));
  QUORATE_RETURN_IF_ERROR(UnlockIfGiven(context, options.passphrase_file));
  const crypto::WrapKey key = crypto::WrapKey::Random(context.random);
  v1::OpenRequestRequest open;
  open.set_id(request.leaf_hash());
  open.set_public_key(crypto::AsString(key.public_key.span()));
  open.set_wait(options.wait);
  absl::StatusOr<v1::OpenedRequest> opened = CallOpen(context, open);
  if (!opened.ok()) return Explain(context, request, opened.status());
  QUORATE_ASSIGN_OR_RETURN(std::vector<OpenedValue> values, OpenItems(key, request, *opened));
  QUORATE_RETURN_IF_ERROR(Present(context, options, way, clipboard, request, values));
  if (const int code = context.exit_code.value_or(0); code != 0) {
    context.out.Remark(absl::StrCat(Shown(options.command.front()), " ended with exit code ", code,
                                    ": the request stays open, try again\n"));
    return absl::OkStatus();
  }
  v1::CloseRequestRequest close;
  close.set_id(request.leaf_hash());
  absl::Status closed = context.node.CloseRequest(close).status();
  if (!closed.ok()) {
    context.out.Remark(absl::StrCat("The request could not be closed (", Shown(MessageOf(closed)),
                                    "); quorate status tells more.\n"));
  }
  return absl::OkStatus();
}

}  // namespace quorate::cli
