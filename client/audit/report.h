#ifndef QUORATE_CLIENT_AUDIT_REPORT_H_
#define QUORATE_CLIENT_AUDIT_REPORT_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/time/time.h"
#include "client/audit/check_tree.h"
#include "client/audit/fault.h"
#include "client/audit/read_log.h"
#include "client/audit/timeline.h"
#include "crypto/secret.h"
#include "custody/ledger/state.h"

namespace quorate::audit {

// Refused statements of one author for one reason.
struct RefusedGroup {
  std::string who;  // Who wrote them, or "somebody as <name>" where that is not shown.
  ledger::RefusalCode refusal = ledger::RefusalCode::kNone;
  uint64_t count = 0;
  uint64_t first_index = 0;
};

// An organiser whom the bytes of the log prove to have broken the rules, or whose node has.
struct Named {
  std::string who;
  ledger::Anomaly anomaly;
};

// The entry that a fault is of, as far as it can be read.
struct BadEntry {
  uint64_t index = 0;
  std::string who;  // Whom it claims to be of; empty where it does not say.
  std::optional<uint64_t> time_ms;
};

struct Report {
  std::optional<Fault> fault;
  std::optional<BadEntry> bad_entry;
  TreeHead head;                // What was read up to; size 0 where there was no checkpoint.
  uint64_t entries = 0;         // How many of them are readable.
  crypto::Digest state_digest;  // What they add up to: the same for every reader.
  uint64_t refused = 0;         // Of those.
  std::vector<RefusedGroup> refused_groups;  // The largest first.
  std::vector<Named> named;                  // In the log's order.
  uint64_t ends_ms = 0;                      // Time of the last readable entry; 0 without one.
  std::vector<std::string> remarks;          // Sentences for a person; no faults.
  std::vector<Comparison> comparisons;
  std::vector<std::string> words;  // Of the founding.
  crypto::Bytes checkpoint;        // The signed note.
  Timeline timeline;               // Of the readable entries.

  Verdict verdict() const { return fault.has_value() ? fault->verdict : Verdict::kVerified; }
};

struct AuditOptions {
  Trust trust;
  const crypto::Secret* organisation_key = nullptr;
  // The founding's words as somebody read them out; empty: not compared.
  std::string charter_words;
  std::vector<SeenHead> seen;
  absl::Time now;
};

// A log counts as quiet, and its end is remarked on, from here on.
inline constexpr absl::Duration kQuietLog = absl::Hours(24);

// All that can be said of a log that was read: the verdict, and what the readable entries say.
// `source` is asked for proofs alone. Pure but for that.
[[nodiscard]] Report Audit(const LogCopy& copy, const AuditOptions& options, LogSource& source);

// Words as people type and paste them: any case, spacing, line breaks, and marks or numbers between
// them ("1. Apple, 2. bread"); only letters count.
[[nodiscard]] std::string NormaliseWords(std::string_view words);

}  // namespace quorate::audit

#endif  // QUORATE_CLIENT_AUDIT_REPORT_H_
