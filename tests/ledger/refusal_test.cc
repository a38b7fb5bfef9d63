#include "custody/ledger/refusal.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

namespace quorate::ledger {
namespace {

// Numbers and names are part of the rules; scripts and stored refusals rely on them.
TEST(RefusalTest, EveryCodeHasAnUpperSnakeCaseNameAndASentenceOfItsOwn) {
  std::set<std::string_view> names;
  std::set<std::string_view> reasons;
  int known = 0;
  for (int number = 0; number < 1000; ++number) {
    auto code = static_cast<RefusalCode>(number);
    std::string_view name = RefusalName(code);
    if (name == "UNKNOWN_REFUSAL") continue;
    ++known;
    EXPECT_TRUE(names.insert(name).second) << name;
    EXPECT_TRUE(reasons.insert(RefusalReason(code)).second) << name;
    EXPECT_EQ(name.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZ_"), name.npos) << name;
    EXPECT_TRUE(RefusalReason(code).ends_with('.')) << name;
  }
  EXPECT_EQ(known, 68);
}

TEST(RefusalTest, NumbersDoNotMove) {
  EXPECT_EQ(RefusalName(static_cast<RefusalCode>(0)), "NONE");
  EXPECT_EQ(RefusalName(static_cast<RefusalCode>(18)), "BLOBS_MISMATCH");
  EXPECT_EQ(RefusalName(static_cast<RefusalCode>(34)), "NOT_ENOUGH_ENDORSEMENTS");
  EXPECT_EQ(RefusalName(static_cast<RefusalCode>(62)), "FALSE_COMPLAINT");
  EXPECT_EQ(RefusalName(static_cast<RefusalCode>(88)), "ALREADY_CONFIRMED");
  EXPECT_EQ(RefusalName(static_cast<RefusalCode>(118)), "NOT_OPENABLE");
  EXPECT_EQ(RefusalName(static_cast<RefusalCode>(131)), "ALARMS_CHANGED");
}

TEST(RefusalTest, ANumberOfLaterRulesHasAFallback) {
  EXPECT_EQ(RefusalName(static_cast<RefusalCode>(999)), "UNKNOWN_REFUSAL");
  EXPECT_FALSE(RefusalReason(static_cast<RefusalCode>(999)).empty());
}

}  // namespace
}  // namespace quorate::ledger
