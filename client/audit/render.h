#ifndef QUORATE_CLIENT_AUDIT_RENDER_H_
#define QUORATE_CLIENT_AUDIT_RENDER_H_

#include <cstddef>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "client/audit/report.h"

namespace quorate::audit {

// All of these end in "\n" unless they are empty. The text is for terminals: nothing in it moves
// the cursor or reorders a line. JSON is ASCII, an object a line.

[[nodiscard]] std::string VerdictText(const Report& report, absl::Time now);
[[nodiscard]] std::string VerdictJson(const Report& report, absl::Time now);

// The rows that `selected` names; under a request, what became of it.
[[nodiscard]] std::string RowsText(const Timeline& timeline, const std::vector<size_t>& selected);
[[nodiscard]] std::string RowsJson(const Timeline& timeline, const std::vector<size_t>& selected);

}  // namespace quorate::audit

#endif  // QUORATE_CLIENT_AUDIT_RENDER_H_
