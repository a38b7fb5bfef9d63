#ifndef QUORATE_CLIENT_AUDIT_FIRST_BAD_H_
#define QUORATE_CLIENT_AUDIT_FIRST_BAD_H_

#include <cstdint>
#include <string>

#include "client/audit/log_source.h"
#include "client/audit/read_log.h"
#include "custody/log/tree.h"

namespace quorate::audit {

// Entries [0, index) are under the checkpoint; the first that is not lies in [index, until), which
// is one entry unless the source gave no proofs.
struct FirstBad {
  uint64_t index = 0;
  uint64_t until = 0;
  std::string reason;
  std::string what;
};

// Where entries that do not add up to copy.head go wrong, and how. `tree` holds all of
// copy.entries, at least one. Asks for at most 70 proofs.
[[nodiscard]] FirstBad FindFirstBad(const LogCopy& copy, const log::Tree& tree, const Trust& trust,
                                    LogSource& source);

}  // namespace quorate::audit

#endif  // QUORATE_CLIENT_AUDIT_FIRST_BAD_H_
