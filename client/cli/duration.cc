#include "client/cli/duration.h"

#include <algorithm>
#include <array>
#include <cstddef>

namespace quorate::cli {
namespace {

struct Unit {
  char name;
  uint64_t seconds;
};
constexpr std::array<Unit, 4> kUnits = {{{'d', 86400}, {'h', 3600}, {'m', 60}, {'s', 1}}};
constexpr uint64_t kMaxSeconds = uint64_t{3660} * 86400;

absl::Status NotADuration() {
  return absl::InvalidArgumentError(
      "not a duration; write seconds as a number, or text like \"90s\", \"30m\", \"24h\", \"2d\"");
}

}  // namespace

absl::StatusOr<uint64_t> ParseDuration(std::string_view text) {
  if (text.empty()) return NotADuration();
  uint64_t total = 0;
  size_t next_unit = 0;
  size_t at = 0;
  while (at < text.size()) {
    uint64_t count = 0;
    const size_t first_digit = at;
    while (at < text.size() && text[at] >= '0' && text[at] <= '9') {
      count = count * 10 + static_cast<uint64_t>(text[at++] - '0');
      if (count > kMaxSeconds) return NotADuration();
    }
    if (at == first_digit || at == text.size()) return NotADuration();
    while (next_unit < kUnits.size() && kUnits[next_unit].name != text[at]) ++next_unit;
    if (next_unit == kUnits.size()) return NotADuration();
    total += count * kUnits[next_unit++].seconds;
    if (total > kMaxSeconds) return NotADuration();
    ++at;
  }
  return total;
}

std::string FormatDuration(uint64_t seconds) {
  std::string out;
  for (const Unit& unit : kUnits) {
    if (seconds < unit.seconds) continue;
    out += std::to_string(seconds / unit.seconds) + unit.name;
    seconds %= unit.seconds;
  }
  return out.empty() ? "0s" : out;
}

std::string RoughDuration(absl::Duration span) {
  const int64_t seconds = std::max<int64_t>(absl::ToInt64Seconds(span), 0);
  if (seconds < 90) return std::to_string(seconds) + " s";
  if (seconds < 90 * 60) return std::to_string(seconds / 60) + " min";
  if (seconds < int64_t{48} * 3600) return std::to_string(seconds / 3600) + " h";
  return std::to_string(seconds / 86400) + " d";
}

std::string FormatTime(int64_t ms, absl::Time now, absl::TimeZone zone) {
  if (ms == 0) return "-";
  const absl::Time time = absl::FromUnixMillis(ms);
  const bool today = absl::ToCivilDay(time, zone) == absl::ToCivilDay(now, zone);
  return absl::FormatTime(today ? "%H:%M" : "%Y-%m-%d %H:%M", time, zone);
}

}  // namespace quorate::cli
