#ifndef QUORATE_CLIENT_AUDIT_MOMENT_H_
#define QUORATE_CLIENT_AUDIT_MOMENT_H_

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace quorate::audit {

// A moment in milliseconds since 1970, typed by a person, in UTC: "2026-11-25", "2026-11-25 10:30",
// with seconds, a "T" for the space or a "Z" behind where one likes; or a time ago: "2d", "90m",
// "45s", "3h", "2w". With `end`, a day or minute means its end. InvalidArgument, reason USAGE, for
// the rest and for times before 1970.
[[nodiscard]] absl::StatusOr<uint64_t> ParseMoment(std::string_view text, absl::Time now, bool end);

// "2026-11-25 10:30:00", in UTC.
[[nodiscard]] std::string FormatMoment(uint64_t ms);

// How long before `now`, in words: "just now", "3 minutes ago", "2 days ago"; "in 5 hours" for what
// is to come.
[[nodiscard]] std::string FormatAgo(uint64_t ms, absl::Time now);

}  // namespace quorate::audit

#endif  // QUORATE_CLIENT_AUDIT_MOMENT_H_
