#ifndef QUORATE_CLIENT_AUDIT_FILTER_H_
#define QUORATE_CLIENT_AUDIT_FILTER_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "client/audit/timeline.h"

namespace quorate::audit {

// Which rows to show: those that pass all that is set.
struct Filter {
  std::string account = {};
  std::string by = {};       // An organiser's name.
  std::string kind = {};     // As Row::kind.
  std::string request = {};  // The first digits of its identifier, in hexadecimal.
  std::optional<uint64_t> since_ms = {};
  std::optional<uint64_t> until_ms = {};  // Exclusive.
  bool refused = false;
  std::optional<uint64_t> last = {};  // Of those that pass the rest.
};

// Indices into `rows`, ascending.
[[nodiscard]] std::vector<size_t> Select(const std::vector<Row>& rows, const Filter& filter);

// InvalidArgument, reason USAGE, for what no row can ever match: a kind that does not exist, a
// request that is not 6 to 64 hexadecimal digits. Puts names and digits into lower case.
[[nodiscard]] absl::Status Normalise(Filter& filter);

}  // namespace quorate::audit

#endif  // QUORATE_CLIENT_AUDIT_FILTER_H_
