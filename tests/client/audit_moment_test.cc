#include <gtest/gtest.h>

#include <limits>

#include "client/audit/moment.h"

namespace quorate::audit {
namespace {

const absl::Time kNow = absl::FromUnixMillis(1'764'000'000'000);  // 2025-11-24 16:00:00
constexpr uint64_t kDay = 86'400'000;
constexpr uint64_t kMidnight = 1'763'942'400'000;  // 2025-11-24

uint64_t Parsed(std::string_view text, bool end = false) {
  const absl::StatusOr<uint64_t> moment = ParseMoment(text, kNow, end);
  EXPECT_TRUE(moment.ok()) << text;
  return moment.ok() ? *moment : 0;
}

TEST(AuditMoment, ReadsDaysMinutesAndSecondsInUtc) {
  EXPECT_EQ(Parsed("2025-11-24"), kMidnight);
  EXPECT_EQ(Parsed("2025-11-24 10:30"), kMidnight + 10 * 3'600'000 + 30 * 60'000);
  EXPECT_EQ(Parsed("2025-11-24T10:30:05Z"), kMidnight + 10 * 3'600'000 + 30 * 60'000 + 5000);
}

TEST(AuditMoment, CountsAnEndToItsEnd) {
  EXPECT_EQ(Parsed("2025-11-24", true), kMidnight + kDay);
  EXPECT_EQ(Parsed("2025-11-24 00:00", true), kMidnight + 60'000);
  EXPECT_EQ(Parsed("2025-11-24 00:00:00", true), kMidnight + 1000);
}

TEST(AuditMoment, ReadsATimeAgo) {
  EXPECT_EQ(Parsed("2d"), 1'764'000'000'000 - 2 * kDay);
  EXPECT_EQ(Parsed("90m"), 1'764'000'000'000 - 90u * 60'000);
  EXPECT_EQ(Parsed("1w"), 1'764'000'000'000 - 7 * kDay);
  EXPECT_EQ(Parsed("0s"), 1'764'000'000'000u);
}

TEST(AuditMoment, RefusesWhatIsNoTime) {
  for (const char* text : {"",
                           "Z",
                           "d",
                           "2",
                           "2y",
                           "-1d",
                           "2 d",
                           "1.5d",
                           "99999999999999999999d",
                           "9999999d",
                           "2025-13-01",
                           "2025-02-30",
                           "2025-11-24 25:00",
                           "2025-11-24 10",
                           " 2025-11-24",
                           "2025-11-24 ",
                           "1969-12-31",
                           "yesterday",
                           "2025-11-24T10:30+01:00",
                           "infinite-future"}) {
    const absl::StatusOr<uint64_t> moment = ParseMoment(text, kNow, false);
    EXPECT_FALSE(moment.ok()) << text;
  }
}

TEST(AuditMoment, SaysHowLongAgoInOneUnit) {
  const auto ago = [](absl::Duration span) {
    return FormatAgo(static_cast<uint64_t>(absl::ToUnixMillis(kNow - span)), kNow);
  };
  EXPECT_EQ(ago(absl::Seconds(59)), "just now");
  EXPECT_EQ(ago(absl::Seconds(-59)), "just now");
  EXPECT_EQ(ago(absl::Minutes(1)), "1 minute ago");
  EXPECT_EQ(ago(absl::Minutes(59)), "59 minutes ago");
  EXPECT_EQ(ago(absl::Hours(47)), "47 hours ago");
  EXPECT_EQ(ago(absl::Hours(48)), "2 days ago");
  EXPECT_EQ(ago(absl::Hours(-5)), "in 5 hours");
}

TEST(AuditMoment, ShowsAnyTimeThatALogMayClaim) {
  EXPECT_EQ(FormatMoment(kMidnight), "2025-11-24 00:00:00");
  EXPECT_EQ(FormatMoment(0), "1970-01-01 00:00:00");
  EXPECT_EQ(FormatMoment(std::numeric_limits<uint64_t>::max()), "9999-12-31 23:59:59");
  EXPECT_NE(FormatAgo(std::numeric_limits<uint64_t>::max(), kNow), "");
}

}  // namespace
}  // namespace quorate::audit
