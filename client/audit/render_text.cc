#include <algorithm>
#include <string_view>

#include "client/audit/moment.h"
#include "client/audit/render.h"
#include "client/cli/table.h"
#include "crypto/bytes.h"

namespace quorate::audit {
namespace {

constexpr size_t kShownGroups = 12;
constexpr size_t kShownIdDigits = 10;

std::string Line(std::string_view label, const std::string& text) {
  std::string out = "  " + std::string(label);
  out.append(std::max<size_t>(out.size() + 1, 12) - out.size(), ' ');
  return out + text + "\n";
}

std::string Joined(const std::vector<std::string>& parts, std::string_view between) {
  std::string out;
  for (const std::string& part : parts) out += (out.empty() ? "" : std::string(between)) + part;
  return out;
}

std::string Quoted(const std::string& text) { return "\"" + text + "\""; }

std::string People(const std::vector<Said>& said) {
  std::vector<std::string> parts;
  parts.reserve(said.size());
  for (const Said& one : said) {
    parts.push_back(one.reason.empty() ? one.who : one.who + " (" + one.reason + ")");
  }
  return Joined(parts, ", ");
}

std::string StoryText(const Story& story) {
  std::string out = "-> " + story.state;
  const auto add = [&out](std::string_view verb, const std::vector<Said>& said) {
    if (!said.empty()) out += "; " + std::string(verb) + " " + People(said);
  };
  add("accepted by", story.accepted);
  add("approved by", story.approved);
  add("denied by", story.denied);
  add("taken back by", story.retracted);
  add("released by the nodes of", story.released);
  add("opened by", story.opened);
  return out;
}

std::string Words(const Row& row) {
  std::string out = row.what;
  if (!row.reason.empty()) out += (out.empty() ? "" : ": ") + Quoted(row.reason);
  if (row.admitted()) return out;
  const std::string why(ledger::RefusalReason(row.refusal));
  return out + (out.empty() ? "" : " -- ") + why;
}

void AddFault(const Report& report, std::string& out) {
  const Fault& fault = *report.fault;
  out += Line("wrong", fault.what);
  if (!report.bad_entry.has_value()) return;
  const BadEntry& bad = *report.bad_entry;
  std::string where = std::to_string(bad.index);
  if (fault.until.has_value()) {
    where = "between " + where + " and " + std::to_string(*fault.until - 1);
  } else {
    if (!bad.who.empty()) where += ", which says it is by " + bad.who;
    if (bad.time_ms.has_value()) where += ", of " + FormatMoment(*bad.time_ms) + " UTC";
  }
  out += Line("entry", where);
}

void AddRefused(const Report& report, std::string& out) {
  size_t shown = 0;
  for (const RefusedGroup& group : report.refused_groups) {
    if (shown == kShownGroups) {
      out += Line("", "and more: quorate-audit show --refused");
      return;
    }
    out += Line(shown == 0 ? "refused" : "",
                std::to_string(group.count) + " by " + group.who + " (first at " +
                    std::to_string(group.first_index) +
                    "): " + std::string(ledger::RefusalReason(group.refusal)));
    ++shown;
  }
}

// What was refused is told already.
void AddNamed(const Report& report, std::string& out) {
  size_t shown = 0;
  for (const auto& [who, anomaly] : report.named) {
    if (anomaly.kind == ledger::AnomalyKind::kRefused) continue;
    if (shown == kShownGroups) {
      out += Line("", "and more: quorate-audit verify --json");
      return;
    }
    out += Line(shown == 0 ? "named" : "",
                who + " (entry " + std::to_string(anomaly.index) +
                    "): " + std::string(ledger::AnomalyText(anomaly.kind, anomaly.refusal)));
    ++shown;
  }
}

void AddEntries(const Report& report, std::string& out) {
  std::string entries = std::to_string(report.entries);
  if (report.entries != report.head.size) {
    entries += " of " + std::to_string(report.head.size) + " could be verified and read";
  }
  out += Line("entries", entries + ", " + std::to_string(report.refused) + " of them refused");
}

}  // namespace

std::string VerdictText(const Report& report, absl::Time now) {
  std::string out(VerdictName(report.verdict()));
  out += "\n";
  if (report.fault.has_value()) AddFault(report, out);
  if (report.head.size > 0) AddEntries(report, out);
  AddRefused(report, out);
  AddNamed(report, out);
  if (report.entries > 0) {
    out += Line("ends", FormatMoment(report.ends_ms) + " UTC, " + FormatAgo(report.ends_ms, now));
  }
  if (report.head.size > 0) {
    out += Line("root",
                crypto::Hex(report.head.root.span()) + " at " + std::to_string(report.head.size));
  }
  if (report.entries > 0) out += Line("state", crypto::Hex(report.state_digest.span()));
  for (const Comparison& comparison : report.comparisons) {
    const std::string seen = comparison.seen.by + ", which saw " +
                             std::to_string(comparison.seen.head.size) + " entries";
    out += Line("compared", comparison.same ? "the same as " + seen : "NOT shown to be as " + seen);
  }
  if (!report.words.empty()) out += Line("charter", Joined(report.words, " "));
  for (const std::string& remark : report.remarks) out += Line("note", remark);
  return out;
}

std::string RowsText(const Timeline& timeline, const std::vector<size_t>& selected) {
  if (selected.empty()) return "";
  cli::Table table({"ENTRY", "TIME (UTC)", "WHO", "STATEMENT", "VAULT", "ACCOUNT", "REQUEST",
                    "OUTCOME", "IN WORDS"});
  for (const size_t i : selected) {
    const Row& row = timeline.rows()[i];
    const std::string request =
        row.request.has_value() ? crypto::Hex(row.request->span()).substr(0, kShownIdDigits) : "";
    table.AddRow({std::to_string(row.index), FormatMoment(row.time_ms),
                  row.is_theirs ? row.who : row.who + "?", row.kind, row.vault, row.account,
                  request, row.admitted() ? "admitted" : "refused", Words(row)});
    const Story* story = timeline.FindStory(row);
    if (row.admitted() && row.request == row.leaf_hash && story != nullptr) {
      table.AddRow({"", "", "", "", "", "", "", "", StoryText(*story)});
    }
  }
  return table.Render(false);
}

}  // namespace quorate::audit
