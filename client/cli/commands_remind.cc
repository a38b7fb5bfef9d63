#include <algorithm>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/time/time.h"
#include "client/cli/commands.h"
#include "client/cli/lookup.h"

namespace quorate::cli {
namespace {

constexpr size_t kNameBytes = 64;
constexpr size_t kReasonBytes = 1000;

// Whom a message goes to.
struct Awaited {
  std::vector<std::string> to_accept;
  std::vector<std::string> to_approve;
  bool me = false;  // This person is among them, and needs no message.

  bool empty() const { return to_accept.empty() && to_approve.empty(); }
  std::vector<std::string> all() const {
    std::vector<std::string> names = to_accept;
    names.insert(names.end(), to_approve.begin(), to_approve.end());
    return names;
  }
};

// While a recipient has still to accept, nobody can approve.
Awaited WhoIsAwaited(const v1::Request& request, const std::string& me) {
  Awaited awaited;
  for (const std::string& name : request.not_accepted()) {
    if (name == me) {
      awaited.me = true;
    } else {
      awaited.to_accept.push_back(Shown(name, kNameBytes));
    }
  }
  if (request.not_accepted_size() > 0 || request.approvals() >= request.threshold()) return awaited;
  for (const v1::HolderView& holder : request.holders()) {
    const bool silent = holder.word().empty() || holder.word() == "retracted";
    if (!holder.may_approve() || !silent) continue;
    if (holder.is_me()) {
      awaited.me = true;
    } else {
      awaited.to_approve.push_back(Shown(holder.name(), kNameBytes));
    }
  }
  return awaited;
}

// Its readers may be in another zone than this machine.
std::string Deadline(const v1::Request& request) {
  return absl::FormatTime("%Y-%m-%d %H:%M UTC", absl::FromUnixMillis(request.expires_ms()),
                          absl::UTCTimeZone());
}

std::string Message(const v1::Request& request, const Awaited& awaited) {
  const std::string id = Shown(request.id(), kNameBytes);
  std::string text = absl::StrCat(
      "To: ", absl::StrJoin(awaited.all(), ", "), "\n\n", Shown(request.requester(), kNameBytes),
      " asks for ", Shown(request.account(), kNameBytes), " (vault ",
      Shown(request.vault(), kNameBytes), "): ", Shown(request.reason(), kReasonBytes), "\n");
  if (!awaited.to_accept.empty()) {
    absl::StrAppend(&text, "It is to open for you, so before anybody can approve:\n\n",
                    "  quorate accept ", id, "\n\n");
  } else {
    absl::StrAppend(&text, request.approvals(), " of ", request.threshold(),
                    " have approved. Read it, then say yes or no:\n\n", "  quorate show ", id,
                    "\n  quorate approve ", id, "\n  quorate deny ", id, " --reason '…'\n\n");
  }
  absl::StrAppend(&text, "It ends at ", Deadline(request),
                  ". Go by what your own program shows, not by this message.\n");
  return text;
}

void PrintJson(Context& context, const v1::Request& request, const Awaited& awaited) {
  JsonOut json;
  json.BeginObject();
  json.Member("request", request.id());
  json.Member("account", request.account());
  json.Member("to", awaited.all());
  json.Member("deadline_ms", static_cast<uint64_t>(std::max<int64_t>(0, request.expires_ms())));
  json.Member("command",
              absl::StrCat(awaited.to_accept.empty() ? "quorate approve " : "quorate accept ",
                           request.id()));
  json.Member("message", awaited.empty() ? "" : Message(request, awaited));
  json.EndObject();
  context.out.PrintJson(json);
}

}  // namespace

absl::Status Remind(Context& context, const std::string& id) {
  QUORATE_ASSIGN_OR_RETURN(v1::Request request, FindRequest(context.node, id));
  if (request.state() != "open") {
    return base::MakeError(absl::StatusCode::kFailedPrecondition, "REQUEST_CLOSED",
                           absl::StrCat("the request is ", Shown(request.state(), kNameBytes),
                                        ": there is nothing to remind of"),
                           absl::StrCat("quorate show ", Shown(request.id(), kNameBytes)));
  }
  QUORATE_ASSIGN_OR_RETURN(v1::NodeStatus status, context.node.GetStatus({}));
  const Awaited awaited = WhoIsAwaited(request, status.person());
  if (context.out.json()) {
    PrintJson(context, request, awaited);
    return absl::OkStatus();
  }
  if (awaited.empty()) {
    const std::string waits = Shown(request.waiting_for());
    context.out.Remark(absl::StrCat("Nobody else has to answer",
                                    waits.empty() ? "" : "; it waits for " + waits, "\n"));
  } else {
    context.out.Print(Message(request, awaited));
  }
  if (awaited.me) context.out.Remark("You have not answered yourself: quorate status\n");
  return absl::OkStatus();
}

}  // namespace quorate::cli
