#ifndef QUORATE_CLIENT_AUDIT_TIMELINE_H_
#define QUORATE_CLIENT_AUDIT_TIMELINE_H_

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "client/audit/replay.h"
#include "custody/ledger/ledger.h"
#include "custody/ledger/refusal.h"
#include "custody/ledger/state.h"

// What the log says, for people: one row a statement, and what became of each request. All text is
// fit to show (client::SafeText), whoever wrote it. Pure.
namespace quorate::audit {

struct Row {
  uint64_t index = 0;
  uint64_t time_ms = 0;            // The log's.
  ledger::OrganiserNumber author;  // 0 where the entry does not say.
  std::string who;
  // Whether the author's signature holds. Where it does not, `who` is only what somebody wrote.
  bool is_theirs = false;
  std::string kind;                         // ledger::StatementName, or "unreadable".
  std::string vault;                        // Empty where it is about none or not known.
  std::string account;                      // The same.
  std::optional<ledger::LeafHash> request;  // The one that it makes or speaks of.
  std::string what;                         // In words of ours.
  std::string reason;                       // In the author's words.
  ledger::RefusalCode refusal = ledger::RefusalCode::kNone;
  ledger::LeafHash leaf_hash;
  bool admitted() const { return refusal == ledger::RefusalCode::kNone; }
};

struct Said {
  std::string who;
  uint64_t time_ms = 0;
  std::string reason;
};

// What became of a request.
struct Story {
  std::string state;  // "open", "opened", "withdrawn", "denied" or "expired".
  std::vector<std::string> recipients;
  std::vector<Said> accepted;
  std::vector<Said> approved;   // Approvals that stand.
  std::vector<Said> denied;     // Denials that stand.
  std::vector<Said> retracted;  // Whose last word took back an earlier one.
  std::vector<Said> released;   // Whose node sent shares; `reason` says where it was out of order.
  std::vector<Said> opened;
};

class Timeline {
 public:
  // `state` is the one after the entry.
  void Add(const ledger::Entry& entry, const ledger::Outcome& outcome, const ledger::State& state,
           const Names& names);
  // Once after the last entry: `now_ms` decides what has expired.
  void Finish(const ledger::State& state, const Names& names, uint64_t now_ms);

  const std::vector<Row>& rows() const { return rows_; }
  // By the request's leaf hash; admitted requests only.
  const std::map<ledger::LeafHash, Story>& stories() const { return stories_; }
  const Story* FindStory(const Row& row) const;

 private:
  std::vector<Row> rows_;
  std::map<ledger::LeafHash, Story> stories_;
};

}  // namespace quorate::audit

#endif  // QUORATE_CLIENT_AUDIT_TIMELINE_H_
