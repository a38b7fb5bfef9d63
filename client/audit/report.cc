#include "client/audit/report.h"

#include <algorithm>
#include <map>
#include <utility>

#include "client/audit/moment.h"
#include "client/audit/replay.h"
#include "custody/ledger/queries.h"
#include "custody/wire/statement.h"

namespace quorate::audit {
namespace {

constexpr absl::Duration kClockTolerance = absl::Minutes(5);

std::string Joined(const std::vector<std::string>& words) {
  std::string out;
  for (const std::string& word : words) out += (out.empty() ? "" : " ") + word;
  return out;
}

BadEntry ReadBadEntry(const LogCopy& copy, uint64_t index, const Names& names) {
  BadEntry out;
  out.index = index;
  if (index >= copy.entries.size()) return out;
  const absl::StatusOr<ledger::Leaf> leaf = wire::DecodeLeaf(copy.entries[index].leaf);
  if (!leaf.ok()) return out;
  out.time_ms = leaf->log_time_ms;
  const absl::StatusOr<ledger::Header> header = wire::DecodeHeader(leaf->header);
  if (header.ok()) out.who = names.Organiser(header->author);
  return out;
}

std::vector<RefusedGroup> GroupRefused(const std::vector<Row>& rows) {
  std::map<std::pair<std::string, ledger::RefusalCode>, RefusedGroup> groups;
  for (const Row& row : rows) {
    if (row.admitted()) continue;
    const std::string who = row.is_theirs ? row.who : "somebody as " + row.who;
    RefusedGroup& group = groups[{who, row.refusal}];
    if (group.count == 0) group = {who, row.refusal, 0, row.index};
    ++group.count;
  }
  std::vector<RefusedGroup> out;
  out.reserve(groups.size());
  for (auto& [key, group] : groups) out.push_back(std::move(group));
  std::stable_sort(out.begin(), out.end(),
                   [](const RefusedGroup& a, const RefusedGroup& b) { return a.count > b.count; });
  return out;
}

void CompareWords(const AuditOptions& options, Report& report) {
  if (options.charter_words.empty() || report.fault.has_value()) return;
  if (NormaliseWords(options.charter_words) == Joined(report.words)) return;
  report.fault = Fault{Verdict::kTampered,
                       "WRONG_CHARTER",
                       "the charter's words are not the ones that were given",
                       "compare them with another founder's",
                       {},
                       {}};
}

void Remark(const AuditOptions& options, Report& report) {
  if (report.entries > 0) {
    const std::string ago = FormatAgo(report.ends_ms, options.now);
    const absl::Duration age =
        options.now -
        absl::FromUnixMillis(static_cast<int64_t>(std::min(report.ends_ms, uint64_t{1} << 60)));
    if (age >= kQuietLog) {
      report.remarks.push_back("the log ends " + ago +
                               ": nothing was logged since, or its end is withheld; ask another "
                               "member how many entries they see");
    } else if (age < -kClockTolerance) {
      report.remarks.push_back("the log's last entry is dated " + ago +
                               " by this clock: one of the two clocks is wrong");
    }
  }
  if (options.seen.empty() && report.head.size > 0) {
    report.remarks.push_back(
        "there was nothing to compare with: this person's node does not run here, and no earlier "
        "checkpoint is recorded");
  }
}

}  // namespace

std::string NormaliseWords(std::string_view words) {
  std::string out;
  bool between = false;
  for (const char c : words) {
    const bool upper = c >= 'A' && c <= 'Z';
    if (!upper && (c < 'a' || c > 'z')) {
      between = true;
      continue;
    }
    if (between && !out.empty()) out += ' ';
    between = false;
    out += upper ? static_cast<char>(c - 'A' + 'a') : c;
  }
  return out;
}

Report Audit(const LogCopy& copy, const AuditOptions& options, LogSource& source) {
  TreeCheck check = CheckTree(copy, options.trust, options.seen, source);
  Report out;
  out.fault = std::move(check.fault);
  out.comparisons = std::move(check.comparisons);
  out.head = copy.head;
  out.checkpoint = copy.checkpoint;
  out.entries = check.readable;
  Replay replay(options.trust.organisation, *options.organisation_key);
  for (uint64_t index = 0; index < check.readable; ++index) {
    const replica::AppliedEntry applied = replay.Append(copy.entries[index]);
    out.timeline.Add(applied.entry, applied.outcome, replay.state(), replay.names());
    out.refused += applied.outcome.admitted() ? 0 : 1;
    out.ends_ms = applied.entry.leaf.log_time_ms;
  }
  out.state_digest = replay.StateDigest();
  for (const ledger::Anomaly& anomaly : replay.state().anomalies) {
    if (anomaly.author.value == 0) continue;
    out.named.push_back({replay.names().Organiser(anomaly.author), anomaly});
  }
  out.timeline.Finish(replay.state(), replay.names(),
                      static_cast<uint64_t>(std::max<int64_t>(0, absl::ToUnixMillis(options.now))));
  out.words = replay.words();
  out.refused_groups = GroupRefused(out.timeline.rows());
  if (ledger::NeedsUpgrade(replay.state())) {
    out.remarks.push_back(
        "the group has put rules in force that this program does not know: it counts all that came "
        "after as refused; install the newer version");
  }
  CompareWords(options, out);
  if (out.fault.has_value() && out.fault->index.has_value()) {
    out.bad_entry = ReadBadEntry(copy, *out.fault->index, replay.names());
  }
  Remark(options, out);
  return out;
}

}  // namespace quorate::audit
