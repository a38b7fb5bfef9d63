#include "client/audit/moment.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>
#include <optional>

#include "custody/base/error_info.h"

namespace quorate::audit {
namespace {

constexpr uint64_t kMinuteMs = 60'000;
constexpr uint64_t kDayMs = 24 * 60 * kMinuteMs;

struct Unit {
  char letter;
  int64_t seconds;
};
constexpr std::array<Unit, 5> kUnits = {
    {{'s', 1}, {'m', 60}, {'h', 3600}, {'d', 86400}, {'w', 7 * 86400}}};
constexpr int64_t kMaxAgoSeconds = int64_t{100} * 365 * 86400;

std::optional<absl::Duration> ParseAgo(std::string_view text) {
  if (text.size() < 2) return std::nullopt;
  const auto unit = std::find_if(kUnits.begin(), kUnits.end(),
                                 [&](const Unit& u) { return u.letter == text.back(); });
  text.remove_suffix(1);
  int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (unit == kUnits.end() || error != std::errc() || end != text.data() + text.size() ||
      number < 0 || number > kMaxAgoSeconds / unit->seconds) {
    return std::nullopt;
  }
  return absl::Seconds(number * unit->seconds);
}

// Length and shape first: absl's parser takes more than is written here.
std::optional<absl::Time> ParseAs(std::string_view shape, const char* format,
                                  const std::string& text) {
  if (text.size() != shape.size()) return std::nullopt;
  for (size_t i = 0; i < shape.size(); ++i) {
    const bool digit = text[i] >= '0' && text[i] <= '9';
    if (shape[i] == '0' ? !digit : text[i] != shape[i]) return std::nullopt;
  }
  absl::Time out;
  std::string error;
  if (!absl::ParseTime(format, text, absl::UTCTimeZone(), &out, &error)) return std::nullopt;
  return out;
}

std::string Count(int64_t number, std::string_view unit) {
  return std::to_string(number) + " " + std::string(unit) + (number == 1 ? "" : "s");
}

std::string InOneUnit(absl::Duration span) {
  if (span < absl::Hours(1)) return Count(span / absl::Minutes(1), "minute");
  if (span < absl::Hours(48)) return Count(span / absl::Hours(1), "hour");
  return Count(span / absl::Hours(24), "day");
}

}  // namespace

absl::StatusOr<uint64_t> ParseMoment(std::string_view text, absl::Time now, bool end) {
  std::string plain(text);
  if (!plain.empty() && plain.back() == 'Z') plain.pop_back();
  std::replace(plain.begin(), plain.end(), 'T', ' ');
  std::optional<absl::Time> time;
  uint64_t span_ms = 1;
  if (const std::optional<absl::Duration> ago = ParseAgo(text); ago.has_value()) {
    time = now - *ago;
  } else if ((time = ParseAs("0000-00-00", "%Y-%m-%d", plain)).has_value()) {
    span_ms = kDayMs;
  } else if ((time = ParseAs("0000-00-00 00:00", "%Y-%m-%d %H:%M", plain)).has_value()) {
    span_ms = kMinuteMs;
  } else if ((time = ParseAs("0000-00-00 00:00:00", "%Y-%m-%d %H:%M:%S", plain)).has_value()) {
    span_ms = 1000;
  }
  if (!time.has_value() || *time < absl::UnixEpoch()) {
    return base::MakeError(absl::StatusCode::kInvalidArgument, "USAGE", "this is no time",
                           "write 2026-11-25, \"2026-11-25 10:30\" (UTC), or a time ago: 2d, 90m");
  }
  return static_cast<uint64_t>(absl::ToUnixMillis(*time)) + (end ? span_ms : 0);
}

std::string FormatMoment(uint64_t ms) {
  // The latest that fits four digits of a year: what a log claims may be anything.
  constexpr uint64_t kLatestMs = 253'402'300'799'000;
  return absl::FormatTime("%Y-%m-%d %H:%M:%S",
                          absl::FromUnixMillis(static_cast<int64_t>(std::min(ms, kLatestMs))),
                          absl::UTCTimeZone());
}

std::string FormatAgo(uint64_t ms, absl::Time now) {
  constexpr uint64_t kMost = std::numeric_limits<int64_t>::max() / 2;
  const absl::Duration ago = now - absl::FromUnixMillis(static_cast<int64_t>(std::min(ms, kMost)));
  if (ago > -absl::Minutes(1) && ago < absl::Minutes(1)) return "just now";
  return ago < absl::ZeroDuration() ? "in " + InOneUnit(-ago) : InOneUnit(ago) + " ago";
}

}  // namespace quorate::audit
