#include "client/cli/views.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "client/cli/duration.h"
#include "client/cli/table.h"

namespace quorate::cli {
namespace {

constexpr size_t kCellBytes = 60;
constexpr size_t kWordsALine = 4;

template <typename Names>
std::string Joined(const Names& names) {
  std::string out;
  for (const std::string& name : names) {
    if (!out.empty()) out += ", ";
    out += Shown(name, kCellBytes);
  }
  return out.empty() ? "nobody" : out;
}

std::string Line(const std::string& label, const std::string& text) {
  return absl::StrCat("  ", label, std::string(label.size() < 12 ? 12 - label.size() : 1, ' '),
                      text, "\n");
}

std::string AlarmText(const Output& out, const v1::AlarmView& alarm) {
  return absl::StrCat(Shown(alarm.by(), kCellBytes),
                      alarm.without_device() ? " (from a paper kit)" : "", ", ",
                      out.Time(alarm.time_ms()), ": ", Shown(alarm.reason(), 1000));
}

std::string ItemSummary(const v1::ItemView& item) {
  std::string out = absl::StrCat(Shown(item.kind(), kCellBytes), " v", item.default_version());
  if (!item.confirmed()) out += " unconfirmed";
  if (item.exposed()) out += " EXPOSED";
  return out;
}

std::string RequestItems(const v1::Request& request) {
  std::string out;
  for (const v1::RequestItemView& item : request.items()) {
    if (!out.empty()) out += ", ";
    absl::StrAppend(&out, Shown(item.kind(), kCellBytes), " v", item.version(),
                    item.confirmed() ? "" : " (unconfirmed)");
    if (item.shares_out() > 0) {
      absl::StrAppend(&out, " (", item.shares_out(), " of ", request.threshold(),
                      " shares already out)");
    }
  }
  return out;
}

std::string HolderNote(const v1::HolderView& holder) {
  std::string note = Shown(holder.reason(), kCellBytes);
  const auto add = [&note](const std::string& text) { note += note.empty() ? text : "; " + text; };
  if (holder.sent_shares()) add("has sent its share");
  if (!holder.irregular().empty()) add(Shown(holder.irregular(), kCellBytes));
  if (!holder.may_approve()) add("may not approve this");
  return note;
}

constexpr char kCandidateSays[] = " (a candidate says so, which nobody has confirmed)";

std::string HolderTable(const Output& out, const v1::Request& request) {
  Table table({"  holder", "word", "when", ""});
  for (const v1::HolderView& holder : request.holders()) {
    table.AddRow({"  " + Shown(holder.name(), kCellBytes) + (holder.is_me() ? " (you)" : ""),
                  holder.word().empty() ? "-" : Shown(holder.word(), kCellBytes),
                  out.Time(holder.word_ms()), HolderNote(holder)});
  }
  return table.Render(out.colour());
}

std::string ProtectedCell(const v1::Account& account) {
  if (!account.not_protected().empty()) return "no";
  const bool has_password = std::ranges::any_of(
      account.items(), [](const v1::ItemView& item) { return item.kind() == "password"; });
  return has_password ? "yes" : "-";
}

}  // namespace

std::string DescribeRequest(const Output& out, const v1::Request& request) {
  std::string text = absl::StrCat(out.Bold("Request " + Shown(request.id())), "\n");
  std::string account = Shown(request.account(), kCellBytes);
  for (const std::string& part : {request.username(), request.url()}) {
    if (!part.empty()) absl::StrAppend(&account, ", ", Shown(part));
  }
  if (request.described_by_candidate()) absl::StrAppend(&account, kCandidateSays);
  text += Line("account", absl::StrCat(account, " (vault ", Shown(request.vault()), ")"));
  text += Line("items", RequestItems(request));
  text += Line("asked by", Shown(request.requester()));
  text += Line("reason", Shown(request.reason(), 1000));
  text += Line("opens for", Joined(request.recipients()));
  text += Line("asked at", absl::StrCat(out.Time(request.created_ms()), ", ends ",
                                        out.Time(request.expires_ms())));
  if (request.cooling_off_until_ms() > 0) {
    text += Line("opens from", out.Time(request.cooling_off_until_ms()) + " (cooling-off)");
  }
  text += Line("state", absl::StrCat(Shown(request.state()), "; ", request.approvals(), " of ",
                                     request.threshold(), " approved, ", request.denials(),
                                     " denied (", request.denials_to_block(), " block it)"));
  if (!request.waiting_for().empty()) text += Line("waits for", Shown(request.waiting_for()));
  return text + HolderTable(out, request);
}

std::string DescribeAccount(const Output& out, const v1::Account& account) {
  std::string text = absl::StrCat(out.Bold("Account " + Shown(account.name())), " (vault ",
                                  Shown(account.vault()), ")\n");
  text += Line("title", absl::StrCat(Shown(account.title()),
                                     account.described_by_candidate() ? kCandidateSays : ""));
  if (!account.username().empty()) text += Line("user", Shown(account.username()));
  if (!account.url().empty()) text += Line("address", Shown(account.url()));
  for (const v1::AlarmView& alarm : account.alarms()) {
    text += Line("FROZEN by", AlarmText(out, alarm));
  }
  for (const v1::AlarmView& lift : account.lifts()) text += Line("lifted by", AlarmText(out, lift));
  if (account.frozen()) {
    text += Line("", absl::StrCat(account.lifts_size(), " of ", account.lifts_needed(),
                                  " have lifted; until then only recovery codes open"));
  }
  if (!account.not_protected().empty())
    text += Line("NO PROTECTION", Shown(account.not_protected()));
  Table table(
      {"  item", "version", "newest", "confirmed by", "deposited by", "when", "exposed to"});
  for (const v1::ItemView& item : account.items()) {
    table.AddRow({"  " + Shown(item.kind(), kCellBytes), absl::StrCat(item.default_version()),
                  absl::StrCat(item.newest_version()),
                  item.confirmed() ? Shown(item.confirmed_by(), kCellBytes) : "nobody yet",
                  Shown(item.deposited_by(), kCellBytes), out.Time(item.deposited_ms()),
                  item.exposed() ? Joined(item.exposed_to()) : "-"});
  }
  return text + table.Render(out.colour());
}

std::string DescribeVault(const v1::Vault& vault) {
  std::string text = absl::StrCat("Vault ", Shown(vault.name()), "\n");
  text += Line("opens with", absl::StrCat(vault.threshold(), " of ", vault.holders_size(), ": ",
                                          Joined(vault.holders())));
  text += Line("cooling-off", FormatDuration(vault.cooling_off_seconds()));
  text += Line("requests", "end after " + FormatDuration(vault.request_lifetime_seconds()));
  text += Line("denials", absl::StrCat(vault.denials_to_block(), " block a request"));
  text += Line("key", absl::StrCat(Shown(vault.state()), ", epoch ", vault.epoch()));
  text += Line("have shares", Joined(vault.acknowledged()));
  if (vault.waiting_for_size() > 0) text += Line("waits for", Joined(vault.waiting_for()));
  return text + Line("accounts", absl::StrCat(vault.accounts()));
}

std::string DescribeDraft(const v1::Draft& draft) {
  const v1::DraftSpec& spec = draft.spec();
  std::string text = absl::StrCat("Draft of ", Shown(spec.organisation()), ", by ",
                                  Shown(draft.author()), ": ", Shown(draft.state()), "\n");
  text += Line("organisers", Joined(spec.organisers()));
  text += Line("charter", absl::StrCat("changed by ", spec.governance_threshold(), " of ",
                                       spec.organisers_size()));
  for (const v1::DraftVault& vault : spec.vaults()) {
    text +=
        Line("vault",
             absl::StrCat(Shown(vault.name()), ": ", vault.threshold(), " of ",
                          vault.holders_size(), " (", Joined(vault.holders()), "); cooling-off ",
                          FormatDuration(vault.cooling_off_seconds()), ", requests end after ",
                          FormatDuration(vault.request_lifetime_seconds())));
  }
  text += Line("witnesses", spec.witnesses_size() == 0 ? "all holders" : Joined(spec.witnesses()));
  text += Line("joined", Joined(draft.joined()));
  text += Line("missing", Joined(draft.missing()));
  text += Line("signed by", Joined(draft.signed_by()));
  for (const std::string& warning : draft.warnings()) text += Line("warning", Shown(warning));
  return text;
}

std::string DescribeOrganisation(const v1::Organisation& organisation) {
  std::string text = absl::StrCat("Organisation ", Shown(organisation.name()), "\n");
  text += Line("id", Shown(organisation.id()));
  text += Line("charter", absl::StrCat("version ", organisation.charter_version(), ", changed by ",
                                       organisation.governance_threshold(), " of ",
                                       organisation.organisers_size()));
  text += Line("witnesses", absl::StrCat(organisation.witness_quorum(), " must agree, ",
                                         organisation.witness_faults(), " may be bad"));
  for (const v1::OrganiserView& organiser : organisation.organisers()) {
    text += Line(
        organiser.number() == organisation.organisers(0).number() ? "organisers" : "",
        absl::StrCat(organiser.number(), " ", Shown(organiser.name()),
                     organiser.is_me() ? " (you)" : "", organiser.witness() ? ", witness" : ""));
  }
  for (const v1::Vault& vault : organisation.vaults()) {
    text += Line("vault", absl::StrCat(Shown(vault.name()), ": ", vault.threshold(), " of ",
                                       vault.holders_size(), ", ", Shown(vault.state())));
  }
  const std::vector<std::string> words(organisation.words().begin(), organisation.words().end());
  return text + (words.empty() ? "" : "The words of its charter:\n" + NumberedWords(words));
}

std::string DescribeEvent(const Output& out, const v1::NodeEvent& event) {
  return absl::StrCat(out.Time(event.time_ms()), "  ", Shown(event.kind(), kCellBytes), "  ",
                      Shown(event.subject(), kCellBytes), "  ", Shown(event.text()), "\n");
}

std::string VaultTable(const Output& out, const std::vector<v1::Vault>& vaults) {
  Table table({"vault", "opens with", "accounts", "key", "waits for"});
  for (const v1::Vault& vault : vaults) {
    table.AddRow({Shown(vault.name(), kCellBytes),
                  absl::StrCat(vault.threshold(), " of ", vault.holders_size()),
                  absl::StrCat(vault.accounts()), Shown(vault.state(), kCellBytes),
                  vault.waiting_for_size() == 0 ? "-" : Joined(vault.waiting_for())});
  }
  return table.Render(out.colour());
}

std::string AccountTable(const Output& out, const std::vector<v1::Account>& accounts) {
  Table table({"account", "vault", "user", "items", "protected", "title"});
  for (const v1::Account& account : accounts) {
    std::string items = account.frozen() ? "FROZEN" : "";
    for (const v1::ItemView& item : account.items()) {
      items += (items.empty() ? "" : ", ") + ItemSummary(item);
    }
    table.AddRow({Shown(account.name(), kCellBytes), Shown(account.vault(), kCellBytes),
                  Shown(account.username(), kCellBytes), items, ProtectedCell(account),
                  Shown(account.title(), kCellBytes)});
  }
  return table.Render(out.colour());
}

std::string RequestTable(const Output& out, const std::vector<v1::Request>& requests) {
  Table table({"request", "account", "asked by", "state", "approved", "ends", "reason"});
  for (const v1::Request& request : requests) {
    table.AddRow({Shown(request.id(), kCellBytes), Shown(request.account(), kCellBytes),
                  Shown(request.requester(), kCellBytes),
                  request.openable_by_me()   ? "ready to open"
                  : request.frozen().empty() ? Shown(request.state(), kCellBytes)
                                             : "frozen",
                  absl::StrCat(request.approvals(), " of ", request.threshold()),
                  out.Time(request.expires_ms()), Shown(request.reason(), kCellBytes)});
  }
  return table.Render(out.colour());
}

std::string NumberedWords(const std::vector<std::string>& words) {
  std::string text;
  for (size_t i = 0; i < words.size(); ++i) {
    const std::string word = Shown(words[i], 16);
    const std::string number = absl::StrCat(i + 1);
    absl::StrAppend(&text, i % kWordsALine == 0 ? "  " : "", std::string(2 - number.size(), ' '),
                    number, " ", word);
    const bool line_ends = i % kWordsALine == kWordsALine - 1 || i + 1 == words.size();
    if (line_ends) {
      text += "\n";
    } else {
      text += std::string(DisplayWidth(word) < 10 ? 10 - DisplayWidth(word) : 1, ' ');
    }
  }
  return text;
}

}  // namespace quorate::cli
