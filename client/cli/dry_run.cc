#include "client/cli/dry_run.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "client/cli/duration.h"
#include "client/cli/output.h"
#include "crypto/bytes.h"

namespace quorate::cli {
namespace {

constexpr size_t kNameBytes = 64;
constexpr char kLogged[] =
    "every organiser can read it; the server keeps it and sees its size, its time and your key";

template <typename Names>
std::string Joined(const Names& names) {
  std::string out;
  for (const std::string& name : names) {
    absl::StrAppend(&out, out.empty() ? "" : ", ", Shown(name, kNameBytes));
  }
  return out.empty() ? "nobody" : out;
}

const v1::ItemView* FindItem(const v1::Account& account, std::string_view kind) {
  const auto found = std::ranges::find_if(
      account.items(), [kind](const v1::ItemView& item) { return item.kind() == kind; });
  return found == account.items().end() ? nullptr : &*found;
}

std::string SubjectOf(const v1::Request& request) {
  return absl::StrCat("request ", Shown(request.id(), kNameBytes), " for ",
                      Shown(request.account(), kNameBytes), ", by ",
                      Shown(request.requester(), kNameBytes));
}

std::string OpensFor(const Output& out, const v1::Request& request) {
  std::string text = absl::StrCat("it then opens for ", Joined(request.recipients()));
  if (request.cooling_off_until_ms() > absl::ToUnixMillis(out.now())) {
    absl::StrAppend(&text, ", not before ", out.Time(request.cooling_off_until_ms()),
                    " (cooling-off)");
  }
  return text;
}

// The word that this person has said last, or "".
std::string MyWord(const v1::Request& request) {
  const auto me = std::ranges::find_if(request.holders(),
                                       [](const v1::HolderView& holder) { return holder.is_me(); });
  return me == request.holders().end() ? "" : me->word();
}

// The items that a request names, or the one that the node takes where it names none.
std::vector<std::string> RequestedKinds(const v1::CreateRequestRequest& create,
                                        const v1::Account& account) {
  std::vector<std::string> kinds;
  for (const v1::ItemRef& ref : create.items()) kinds.push_back(ref.kind());
  if (!kinds.empty()) return kinds;
  if (FindItem(account, "password") != nullptr) return {"password"};
  for (const v1::ItemView& item : account.items()) kinds.push_back(item.kind());
  return kinds;
}

}  // namespace

absl::Status PrintDryRun(Context& context, const DryRun& plan) {
  QUORATE_ASSIGN_OR_RETURN(v1::NodeStatus status, context.node.GetStatus({}));
  const std::string seen_by = plan.seen_by.empty() ? kLogged : plan.seen_by;
  if (context.out.json()) {
    JsonOut json;
    json.BeginObject();
    json.Member("dry_run", true);
    json.Member("statement", plan.statement);
    json.Member("subject", plan.subject);
    json.Member("by", status.person());
    json.Member("seen_by", seen_by);
    json.Member("effects", plan.effects);
    json.Member("needs_unlock", !status.unlocked());
    json.EndObject();
    context.out.PrintJson(json);
    return absl::OkStatus();
  }
  std::string text =
      absl::StrCat("A dry run: nothing was signed, sent or kept.\n  would sign  ", plan.statement,
                   ": ", plan.subject, "\n  as          ", Shown(status.person(), kNameBytes),
                   ", with your signing and device keys\n  seen by     ", seen_by, "\n");
  const char* label = "  then        ";
  for (const std::string& effect : plan.effects) {
    absl::StrAppend(&text, label, effect, "\n");
    label = "              ";
  }
  if (!status.unlocked())
    absl::StrAppend(&text, "  first       unlock your node: quorate unlock\n");
  context.out.Print(text);
  return absl::OkStatus();
}

absl::StatusOr<DryRun> DryDeposit(Context& context, const std::string& vault,
                                  const std::string& name, const std::string& kind) {
  v1::GetAccountRequest request;
  request.set_name(name);
  absl::StatusOr<v1::Account> known = context.node.GetAccount(request);
  if (!known.ok() && !absl::IsNotFound(known.status())) return known.status();
  const v1::Account account = known.ok() ? *std::move(known) : v1::Account();
  const v1::ItemView* before = FindItem(account, kind);
  const uint32_t version = before == nullptr ? 1 : before->newest_version() + 1;
  std::string until = "requests take it, as the newest, until one is confirmed";
  if (before != nullptr && before->confirmed()) {
    until = absl::StrCat("until then requests take v", before->default_version());
  }
  DryRun dry{"deposit", absl::StrCat(name, " in vault ", Shown(vault, kNameBytes)), "", {}};
  dry.effects.push_back(absl::StrCat(kind, " v", version,
                                     ", encrypted to the vault's key: a candidate until another "
                                     "organiser confirms it; ",
                                     until));
  if (before != nullptr && before->exposed()) {
    dry.effects.push_back(absl::StrCat("those who were shown the one before cannot confirm it: ",
                                       Joined(before->exposed_to())));
  }
  return dry;
}

absl::StatusOr<DryRun> DryRequest(Context& context, const v1::CreateRequestRequest& create,
                                  const v1::Account& account) {
  QUORATE_ASSIGN_OR_RETURN(v1::NodeStatus status, context.node.GetStatus({}));
  v1::GetVaultRequest of_account;
  of_account.set_name(account.vault());
  QUORATE_ASSIGN_OR_RETURN(v1::Vault vault, context.node.GetVault(of_account));
  std::vector<std::string> recipients(create.recipients().begin(), create.recipients().end());
  if (recipients.empty()) recipients.push_back(status.person());
  std::vector<std::string> may;
  for (const std::string& holder : vault.acknowledged()) {
    if (holder != status.person() && std::ranges::find(recipients, holder) == recipients.end()) {
      may.push_back(holder);
    }
  }
  DryRun dry{"request",
             absl::StrCat(Shown(account.name(), kNameBytes), " (",
                          Joined(RequestedKinds(create, account)), ")"),
             "",
             {}};
  dry.effects.push_back(
      absl::StrCat(vault.threshold(), " of these open it, all of them are told: ", Joined(may)));
  dry.effects.push_back(
      absl::StrCat(vault.denials_to_block(), " denials block it for good; it ends after ",
                   FormatDuration(vault.request_lifetime_seconds()), ", and opens not before ",
                   FormatDuration(vault.cooling_off_seconds()), " have passed"));
  dry.effects.push_back(
      absl::StrCat("from the first share on it counts as exposed to ", Joined(recipients)));
  return dry;
}

DryRun DryApprove(Context& context, const v1::Request& request) {
  DryRun dry{"approve", SubjectOf(request), "", {}};
  const uint32_t count = request.approvals() + 1;
  std::string counts = absl::StrCat("it would be approval ", count, " of ", request.threshold());
  if (count >= request.threshold()) {
    absl::StrAppend(&counts, ": ", OpensFor(context.out, request));
  }
  dry.effects.push_back(std::move(counts));
  dry.effects.push_back(
      "your node prepares its share at once, and sends it when the quorum stands, also while you "
      "are away");
  return dry;
}

DryRun DryDeny(const v1::Request& request) {
  DryRun dry{"deny", SubjectOf(request), "", {}};
  const uint32_t count = request.denials() + (MyWord(request) == "denied" ? 0 : 1);
  dry.effects.push_back(
      absl::StrCat("it would be denial ", count, " of ", request.denials_to_block(),
                   count >= request.denials_to_block() ? ": the request is blocked for good"
                                                       : " that block the request"));
  if (MyWord(request) == "approved") dry.effects.push_back("your approval no longer counts");
  return dry;
}

DryRun DryWithdraw(const v1::Request& request) {
  DryRun dry{"withdraw", SubjectOf(request), "", {}};
  if (request.mine()) {
    dry.effects.push_back("your request is over, for everyone");
    return dry;
  }
  const std::string word = MyWord(request);
  const uint32_t denials = request.denials() - (word == "denied" ? 1 : 0);
  const uint32_t approvals = request.approvals() - (word == "approved" ? 1 : 0);
  dry.effects.push_back(absl::StrCat("you have said nothing then: ", approvals, " of ",
                                     request.threshold(), " approve, ", denials, " of ",
                                     request.denials_to_block(), " deny"));
  return dry;
}

DryRun DryAccept(const v1::Request& request) {
  return {"accept",
          SubjectOf(request),
          "",
          {"your node makes a one-time key, which only this passphrase opens; holders can approve "
           "once all who receive have accepted"}};
}

DryRun DryConfirm(const v1::Account& account) {
  DryRun dry{"confirm", absl::StrCat("account ", Shown(account.name(), kNameBytes)), "", {}};
  for (const v1::ItemView& item : account.items()) {
    const bool newest_confirmed =
        item.confirmed() && item.default_version() == item.newest_version();
    if (newest_confirmed) continue;
    dry.effects.push_back(absl::StrCat("requests take ", Shown(item.kind(), kNameBytes), " v",
                                       item.newest_version(), " from then on"));
  }
  return dry;
}

DryRun DryAlarm(const v1::Account& account) {
  return {"alarm",
          absl::StrCat("account ", Shown(account.name(), kNameBytes)),
          "",
          {absl::StrCat("nothing of it but recovery codes opens, approved or not, until ",
                        account.lifts_needed(), " holders have lifted it")}};
}

DryRun DryLift(const v1::Account& account) {
  DryRun dry{"lift", absl::StrCat("account ", Shown(account.name(), kNameBytes)), "", {}};
  const int count = account.lifts_size() + 1;
  dry.effects.push_back(absl::StrCat("it would be lift ", count, " of ", account.lifts_needed()));
  if (static_cast<uint32_t>(count) >= account.lifts_needed()) {
    dry.effects.push_back("the freeze ends, and what was approved meanwhile is released");
  }
  return dry;
}

DryRun DryDraft(const v1::DraftSpec& spec) {
  return {"draft",
          absl::StrCat("charter of ", Shown(spec.organisation())),
          "whoever has its link; the server keeps it sealed and sees its size",
          {absl::StrCat("these are invited, by the link, to join: ", Joined(spec.organisers())),
           "nothing is founded before all of them have joined and signed"}};
}

DryRun DrySign(const v1::Draft& draft) {
  const int signatures = draft.signed_by_size() + 1;
  const int founders = draft.spec().organisers_size();
  return {"founding",
          absl::StrCat("charter of ", Shown(draft.spec().organisation()), ", digest ",
                       crypto::Hex(crypto::AsBytes(draft.founding_digest()))),
          "every founder; once founded the charter stands first on the log, where the server sees "
          "keys and thresholds and no names",
          {signatures >= founders ? "yours would be the last signature: the organisation is founded"
                                  : absl::StrCat("it would be signature ", signatures, " of ",
                                                 founders, "; founded once all have signed")}};
}

}  // namespace quorate::cli
