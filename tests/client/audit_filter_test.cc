#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "client/audit/filter.h"
#include "custody/base/error_info.h"

namespace quorate::audit {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

std::vector<Row> Rows() {
  std::vector<Row> rows(5);
  for (size_t i = 0; i < rows.size(); ++i) {
    rows[i].index = i;
    rows[i].time_ms = 1000 * (i + 1);
    rows[i].who = i % 2 == 0 ? "ana" : "ben";
    rows[i].kind = i < 2 ? "deposit" : "request";
    rows[i].account = i == 4 ? "page" : "blog";
  }
  rows[2].request.emplace().value.fill(0xAB);
  rows[3].request.emplace().value.fill(0xCD);
  rows[3].refusal = ledger::RefusalCode::kOwnRequest;
  return rows;
}

std::vector<size_t> Selected(Filter filter) {
  const absl::Status status = Normalise(filter);
  EXPECT_TRUE(status.ok()) << status;
  return Select(Rows(), filter);
}

TEST(AuditFilter, ShowsAllWhereNothingIsAsked) {
  EXPECT_THAT(Selected({}), ElementsAre(0, 1, 2, 3, 4));
}

TEST(AuditFilter, SelectsByEachProperty) {
  EXPECT_THAT(Selected({.account = "page"}), ElementsAre(4));
  EXPECT_THAT(Selected({.by = "ben"}), ElementsAre(1, 3));
  EXPECT_THAT(Selected({.kind = "deposit"}), ElementsAre(0, 1));
  EXPECT_THAT(Selected({.request = "cdcdcd"}), ElementsAre(3));
  EXPECT_THAT(Selected({.refused = true}), ElementsAre(3));
  EXPECT_THAT(Selected({.account = "nothing"}), IsEmpty());
}

TEST(AuditFilter, SelectsWhatPassesAll) {
  EXPECT_THAT(Selected({.by = "ana", .kind = "request"}), ElementsAre(2, 4));
  EXPECT_THAT(Selected({.by = "ana", .refused = true}), IsEmpty());
}

TEST(AuditFilter, TakesSinceAsPartOfTheSpanAndUntilAsItsEnd) {
  EXPECT_THAT(Selected({.since_ms = 2000, .until_ms = 4000}), ElementsAre(1, 2));
  EXPECT_THAT(Selected({.since_ms = 2001}), ElementsAre(2, 3, 4));
}

TEST(AuditFilter, CountsTheLastOfThoseThatPassTheRest) {
  EXPECT_THAT(Selected({.last = 2}), ElementsAre(3, 4));
  EXPECT_THAT(Selected({.by = "ben", .last = 1}), ElementsAre(3));
  EXPECT_THAT(Selected({.last = 0}), IsEmpty());
  EXPECT_THAT(Selected({.last = 100}), ElementsAre(0, 1, 2, 3, 4));
}

TEST(AuditFilter, TakesNamesAndDigitsInAnyCase) {
  EXPECT_THAT(Selected({.account = "Page", .by = "ANA"}), ElementsAre(4));
  EXPECT_THAT(Selected({.request = "ABABABAB"}), ElementsAre(2));
}

TEST(AuditFilter, RefusesWhatNoRowCouldMatch) {
  for (Filter filter : {Filter{.kind = "requests"}, Filter{.request = "abc"},
                        Filter{.request = "xyzxyz"}, Filter{.request = std::string(65, 'a')}}) {
    const absl::Status status = Normalise(filter);
    EXPECT_EQ(base::GetReason(status), "USAGE");
    EXPECT_NE(base::GetNext(status), "");
  }
  Filter filter{.kind = "requests"};
  EXPECT_THAT(base::GetNext(Normalise(filter)), HasSubstr("decryption-shares"));
}

}  // namespace
}  // namespace quorate::audit
