#ifndef QUORATE_CLIENT_AUDIT_CHECK_TREE_H_
#define QUORATE_CLIENT_AUDIT_CHECK_TREE_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "client/audit/fault.h"
#include "client/audit/log_source.h"
#include "client/audit/read_log.h"

namespace quorate::audit {

// A head of this log that was seen by somebody who is believed.
struct SeenHead {
  TreeHead head;
  std::string by;  // "your node", ...
};

struct Comparison {
  SeenHead seen;
  bool same = false;  // False also where the source could not be asked.
};

struct TreeCheck {
  // The worst fault, TAMPERED before any other; of equals the first in the log.
  std::optional<Fault> fault;
  // Entries [0, readable) are under the checkpoint, with the bodies that their authors signed.
  uint64_t readable = 0;
  std::vector<Comparison> comparisons;  // One for each head that was seen.
};

// Whether the entries are what the checkpoint signs, have their authors' bodies, and are the log
// that others saw. Asks `source` for proofs where it needs them: to find the first bad entry, and
// to compare with larger or smaller trees. A false proof proves nothing: what it says is good is
// good whoever says it, and what cannot be shown to be good is bad. Pure but for the source.
[[nodiscard]] TreeCheck CheckTree(const LogCopy& copy, const Trust& trust,
                                  const std::vector<SeenHead>& seen, LogSource& source);

}  // namespace quorate::audit

#endif  // QUORATE_CLIENT_AUDIT_CHECK_TREE_H_
