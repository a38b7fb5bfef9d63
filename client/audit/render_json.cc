#include <string_view>

#include "client/audit/moment.h"
#include "client/audit/render.h"
#include "client/cli/json_out.h"
#include "crypto/bytes.h"

namespace quorate::audit {
namespace {

using cli::JsonOut;

void PeopleMember(JsonOut& json, std::string_view key, const std::vector<Said>& said) {
  json.Key(key);
  json.BeginArray();
  for (const Said& one : said) {
    json.BeginObject();
    json.Member("who", one.who);
    json.Member("time_ms", one.time_ms);
    if (!one.reason.empty()) json.Member("reason", one.reason);
    json.EndObject();
  }
  json.EndArray();
}

void StoryMember(JsonOut& json, const Story& story) {
  json.Key("became");
  json.BeginObject();
  json.Member("state", story.state);
  json.Member("recipients", story.recipients);
  PeopleMember(json, "accepted", story.accepted);
  PeopleMember(json, "approved", story.approved);
  PeopleMember(json, "denied", story.denied);
  PeopleMember(json, "taken_back", story.retracted);
  PeopleMember(json, "released", story.released);
  PeopleMember(json, "opened", story.opened);
  json.EndObject();
}

void FaultMember(JsonOut& json, const Report& report) {
  json.Key("fault");
  json.BeginObject();
  json.Member("reason", report.fault->reason);
  json.Member("what", report.fault->what);
  if (report.bad_entry.has_value()) {
    json.Member("index", report.bad_entry->index);
    if (report.fault->until.has_value()) json.Member("until", *report.fault->until);
    if (!report.bad_entry->who.empty()) json.Member("author", report.bad_entry->who);
    if (report.bad_entry->time_ms.has_value()) json.Member("time_ms", *report.bad_entry->time_ms);
  }
  json.EndObject();
}

void RefusedMember(JsonOut& json, const Report& report) {
  json.Key("refused_for");
  json.BeginArray();
  for (const RefusedGroup& group : report.refused_groups) {
    json.BeginObject();
    json.Member("who", group.who);
    json.Member("count", group.count);
    json.Member("first_index", group.first_index);
    json.Member("reason", ledger::RefusalName(group.refusal));
    json.Member("what", ledger::RefusalReason(group.refusal));
    json.EndObject();
  }
  json.EndArray();
}

std::string_view KindName(ledger::AnomalyKind kind) {
  switch (kind) {
    case ledger::AnomalyKind::kRefused:
      return "REFUSED";
    case ledger::AnomalyKind::kBadDealing:
      return "BAD_DEALING";
    case ledger::AnomalyKind::kFalseComplaint:
      return "FALSE_COMPLAINT";
    case ledger::AnomalyKind::kPrematureShares:
      return "PREMATURE_SHARES";
  }
  return "UNKNOWN";
}

void NamedMember(JsonOut& json, const Report& report) {
  json.Key("named");
  json.BeginArray();
  for (const auto& [who, anomaly] : report.named) {
    json.BeginObject();
    json.Member("who", who);
    json.Member("index", anomaly.index);
    json.Member("kind", KindName(anomaly.kind));
    if (anomaly.kind == ledger::AnomalyKind::kRefused) {
      json.Member("reason", ledger::RefusalName(anomaly.refusal));
    }
    json.Member("what", ledger::AnomalyText(anomaly.kind, anomaly.refusal));
    json.EndObject();
  }
  json.EndArray();
}

void ComparedMember(JsonOut& json, const Report& report) {
  json.Key("compared");
  json.BeginArray();
  for (const Comparison& comparison : report.comparisons) {
    json.BeginObject();
    json.Member("with", comparison.seen.by);
    json.Member("size", comparison.seen.head.size);
    json.Member("same", comparison.same);
    json.EndObject();
  }
  json.EndArray();
}

std::string Joined(const std::vector<std::string>& words) {
  std::string out;
  for (const std::string& word : words) out += (out.empty() ? "" : " ") + word;
  return out;
}

std::string RowJson(const Timeline& timeline, const Row& row) {
  JsonOut json;
  json.BeginObject();
  json.Member("index", row.index);
  json.Member("time_ms", row.time_ms);
  json.Member("author", row.who);
  json.Member("author_number", uint64_t{row.author.value});
  json.Member("signed", row.is_theirs);
  json.Member("statement", row.kind);
  if (!row.vault.empty()) json.Member("vault", row.vault);
  if (!row.account.empty()) json.Member("account", row.account);
  if (row.request.has_value()) json.Member("request", crypto::Hex(row.request->span()));
  json.Member("what", row.what);
  if (!row.reason.empty()) json.Member("reason", row.reason);
  json.Member("outcome", row.admitted() ? "admitted" : ledger::RefusalName(row.refusal));
  if (!row.admitted()) json.Member("refused_because", ledger::RefusalReason(row.refusal));
  const Story* story = timeline.FindStory(row);
  if (row.admitted() && row.request == row.leaf_hash && story != nullptr) {
    StoryMember(json, *story);
  }
  json.Member("leaf_hash", crypto::Hex(row.leaf_hash.span()));
  json.EndObject();
  return json.Take() + "\n";
}

}  // namespace

std::string VerdictJson(const Report& report, absl::Time now) {
  JsonOut json;
  json.BeginObject();
  json.Member("verdict", VerdictName(report.verdict()));
  if (report.fault.has_value()) FaultMember(json, report);
  json.Member("entries", report.entries);
  json.Member("size", report.head.size);
  if (report.head.size > 0) json.Member("root", crypto::Hex(report.head.root.span()));
  if (report.entries > 0) json.Member("state_digest", crypto::Hex(report.state_digest.span()));
  json.Member("refused", report.refused);
  RefusedMember(json, report);
  NamedMember(json, report);
  if (report.entries > 0) {
    json.Member("ends", FormatMoment(report.ends_ms));
    json.Member("ends_ms", report.ends_ms);
    json.Member("ends_said", FormatAgo(report.ends_ms, now));
  }
  ComparedMember(json, report);
  json.Member("words", Joined(report.words));
  json.Member("notes", report.remarks);
  json.EndObject();
  return json.Take() + "\n";
}

std::string RowsJson(const Timeline& timeline, const std::vector<size_t>& selected) {
  std::string out;
  for (const size_t i : selected) out += RowJson(timeline, timeline.rows()[i]);
  return out;
}

}  // namespace quorate::audit
