#ifndef QUORATE_CLIENT_CLI_DURATION_H_
#define QUORATE_CLIENT_CLI_DURATION_H_

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace quorate::cli {

// Seconds in "90s", "30m", "24h", "2d" or several of these from large to small ("1h30m"). Each unit
// once, digits only, no spaces; "0s" is zero. InvalidArgument for the rest and for more than ten
// years. The text is not part of the error.
[[nodiscard]] absl::StatusOr<uint64_t> ParseDuration(std::string_view text);

// The shortest text that ParseDuration turns into `seconds`: "1d", "1h30m", "0s".
[[nodiscard]] std::string FormatDuration(uint64_t seconds);

// How long ago or how soon, in one unit: "45 s", "3 min", "5 h", "2 d". Negative counts as zero.
[[nodiscard]] std::string RoughDuration(absl::Duration span);

// `ms` since 1970 as the person's clock shows it: "22:10" on the day of `now`, else "2024-01-31
// 22:10"; "-" for 0.
[[nodiscard]] std::string FormatTime(int64_t ms, absl::Time now, absl::TimeZone zone);

}  // namespace quorate::cli

#endif  // QUORATE_CLIENT_CLI_DURATION_H_
