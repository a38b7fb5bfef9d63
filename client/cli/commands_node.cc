#include <algorithm>
#include <optional>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "client/cli/commands.h"
#include "client/cli/exit_codes.h"
#include "client/cli/message_json.h"
#include "client/cli/process.h"
#include "client/cli/views.h"
#include "crypto/bytes.h"
#include "custody/base/error_info.h"
#include "custody/base/files.h"

namespace quorate::cli {
namespace {

constexpr absl::Duration kStartTime = absl::Seconds(20);
constexpr absl::Duration kStopTime = absl::Seconds(20);
constexpr absl::Duration kFirstPause = absl::Milliseconds(10);
constexpr absl::Duration kLongestPause = absl::Milliseconds(250);

constexpr uint64_t kMaxLogBytes = 64 << 20;
constexpr std::string_view kItsName = "quorate-holder: ";

// What a node's exit code stands for.
absl::StatusCode CodeOf(int exit_code) {
  switch (exit_code) {
    case 3:
      return absl::StatusCode::kFailedPrecondition;
    case 4:
      return absl::StatusCode::kUnavailable;
    case 5:
      return absl::StatusCode::kDataLoss;
    default:
      return absl::StatusCode::kInternal;
  }
}

// The last line in which a node gave its reason; empty where the log cannot be read.
std::string LastWords(const std::string& log) {
  const auto bytes = base::ReadFile(log, kMaxLogBytes);
  if (!bytes.ok()) return "";
  const std::string text = crypto::AsString(*bytes);
  const size_t start = text.rfind(kItsName);
  if (start == std::string::npos) return "";
  const size_t from = start + kItsName.size();
  return Shown(text.substr(from, text.find('\n', from) - from));
}

bool NotThere(const absl::Status& status) { return absl::IsUnavailable(status); }

void PrintProcess(Context& context, const std::string& state, const v1::NodeStatus& status,
                  bool already) {
  if (!context.out.json()) {
    context.out.Print(absl::StrCat("Your node ", already ? "was running already" : state,
                                   ", process ", status.process_id(),
                                   status.unlocked() ? ", unlocked" : ", locked", "\n"));
    return;
  }
  JsonOut json;
  json.BeginObject();
  json.Member("state", state);
  json.Member("process_id", static_cast<uint64_t>(std::max(status.process_id(), 0)));
  json.Member("unlocked", status.unlocked());
  json.Member("already", already);
  json.EndObject();
  context.out.PrintJson(json);
}

absl::Status CheckIdentity(const keystore::Home& home) {
  QUORATE_ASSIGN_OR_RETURN(bool there, base::FileExists(home.identity()));
  if (there) return absl::OkStatus();
  return base::MakeError(absl::StatusCode::kNotFound, "NO_IDENTITY",
                         "there is no identity in " + home.folder,
                         "quorate init --name NAME --server INVITE");
}

// Says why in the node's own words, and ends as it did.
absl::Status EndedEarly(const keystore::Home& home, int exit_code) {
  const std::string words = LastWords(home.log());
  return base::MakeError(CodeOf(exit_code), "NODE_ENDED",
                         absl::StrCat("the node ended at once, with exit code ", exit_code,
                                      words.empty() ? "" : ": ", words),
                         absl::StrCat("its own words are at the end of ", home.log()));
}

// Until the node answers. Its end is noticed at once, through `child`.
absl::StatusOr<v1::NodeStatus> WaitUntilReady(Context& context, pid_t pid,
                                              const WatchedProcess& child) {
  const absl::Time deadline = absl::Now() + kStartTime;
  absl::Duration pause = kFirstPause;
  while (absl::Now() < deadline) {
    if (child.WaitForEnd(pause)) {
      return EndedEarly(context.home, ExitedChild(pid).value_or(-1));
    }
    absl::StatusOr<v1::NodeStatus> status = context.node.GetStatus({});
    if (status.ok() || !NotThere(status.status())) return status;
    pause = std::min(2 * pause, kLongestPause);
  }
  return base::MakeError(absl::StatusCode::kDeadlineExceeded, "NODE_NOT_READY",
                         "the node was started but does not answer yet",
                         "look at " + context.home.log() + ", then quorate status");
}

// What unlocks the node after its start: asked before it, so that a person is not kept waiting.
absl::StatusOr<std::optional<crypto::Secret>> AskBefore(Context& context,
                                                        const NodeOptions& options) {
  if (options.locked || !options.passphrase_file.empty() || !context.terminal.interactive()) {
    return std::optional<crypto::Secret>();
  }
  QUORATE_ASSIGN_OR_RETURN(crypto::Secret passphrase,
                           GetPassphrase(context.terminal, "", "Passphrase: "));
  return std::optional<crypto::Secret>(std::move(passphrase));
}

absl::Status StartProcess(Context& context, const NodeOptions& options) {
  Program program{FindBeside("quorate-holder"), {"--home", context.home.folder}, {}};
  // Without a passphrase the node starts locked.
  if (!options.locked && !options.passphrase_file.empty()) {
    program.arguments.insert(program.arguments.end(),
                             {"--passphrase-file", options.passphrase_file});
  }
  QUORATE_ASSIGN_OR_RETURN(pid_t pid, StartDetached(program, context.home.log()));
  absl::StatusOr<WatchedProcess> child = WatchedProcess::Open(pid);
  if (!child.ok()) return EndedEarly(context.home, ExitedChild(pid).value_or(-1));
  return WaitUntilReady(context, pid, *child).status();
}

}  // namespace

absl::Status NodeStart(Context& context, const NodeOptions& options) {
  QUORATE_RETURN_IF_ERROR(CheckIdentity(context.home));
  absl::StatusOr<v1::NodeStatus> running = context.node.GetStatus({});
  if (!running.ok() && !NotThere(running.status())) return running.status();
  const bool already = running.ok();
  if (already && running->unlocked()) {
    PrintProcess(context, "running", *running, already);
    return absl::OkStatus();
  }
  QUORATE_ASSIGN_OR_RETURN(std::optional<crypto::Secret> passphrase, AskBefore(context, options));
  if (!already) QUORATE_RETURN_IF_ERROR(StartProcess(context, options));
  if (passphrase.has_value()) QUORATE_RETURN_IF_ERROR(Unlock(context, *passphrase));
  if (already && !options.locked) {
    QUORATE_RETURN_IF_ERROR(UnlockIfGiven(context, options.passphrase_file));
  }
  QUORATE_ASSIGN_OR_RETURN(v1::NodeStatus status, context.node.GetStatus({}));
  PrintProcess(context, "running", status, already);
  if (!status.unlocked()) {
    context.out.Remark("It follows the log, but cannot act for you before: quorate unlock\n");
  }
  return absl::OkStatus();
}

absl::Status NodeStop(Context& context) {
  QUORATE_ASSIGN_OR_RETURN(v1::NodeStatus status, context.node.GetStatus({}));
  // Opened before the node is told, so that the number still means the node.
  absl::StatusOr<WatchedProcess> process = WatchedProcess::Open(status.process_id());
  absl::Status stopped = context.node.Stop({}).status();
  // A node that goes may take its answer with it.
  if (!stopped.ok() && !NotThere(stopped)) return stopped;
  if (process.ok() && !process->WaitForEnd(kStopTime)) {
    return base::MakeError(absl::StatusCode::kDeadlineExceeded, "NODE_STILL_RUNNING",
                           absl::StrCat("process ", status.process_id(), " has not ended yet"),
                           "look at " + context.home.log());
  }
  status.set_unlocked(false);
  PrintProcess(context, "stopped", status, false);
  return absl::OkStatus();
}

absl::Status ShowStatus(Context& context) {
  QUORATE_ASSIGN_OR_RETURN(v1::NodeStatus status, context.node.GetStatus({}));
  if (!context.out.json()) {
    context.out.Print(DescribeStatus(context.out, status));
    return absl::OkStatus();
  }
  JsonOut json;
  WriteMessage(json, status);
  context.out.PrintJson(json);
  return absl::OkStatus();
}

absl::Status UnlockCommand(Context& context, const std::string& passphrase_file) {
  QUORATE_ASSIGN_OR_RETURN(crypto::Secret passphrase,
                           GetPassphrase(context.terminal, passphrase_file, "Passphrase: "));
  QUORATE_RETURN_IF_ERROR(Unlock(context, passphrase));
  return ShowStatus(context);
}

absl::Status LockCommand(Context& context) {
  QUORATE_RETURN_IF_ERROR(context.node.Lock({}).status());
  return ShowStatus(context);
}

absl::Status Watch(Context& context) {
  context.out.Remark("Watching; Ctrl-C ends it.\n");
  return context.node.WatchEvents({}, [&context](const v1::NodeEvent& event) {
    if (context.out.json()) {
      JsonOut json;
      WriteMessage(json, event);
      context.out.PrintJson(json);
    } else {
      context.out.Print(DescribeEvent(context.out, event));
    }
    return context.out.status().ok();
  });
}

}  // namespace quorate::cli
