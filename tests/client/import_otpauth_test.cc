#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "tests/client/import_testing.h"

namespace quorate::client {
namespace {

using testing::HasSubstr;

constexpr char kSeed[] = "GEZDGNBVGY3TQOJQ";

std::string Address(const std::string& label, const std::string& more = "") {
  return "otpauth://totp/" + label + "?secret=" + kSeed + more;
}

TEST(OtpauthList, ReadsTheSample) {
  const auto result = ParseSample("otpauth.txt");
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_TRUE(ItemsPointIntoBuffer(*result));
  ASSERT_EQ(result->accounts.size(), 4u);
  EXPECT_EQ(result->accounts[0].title, "Town Page");
  EXPECT_EQ(result->accounts[0].username, "page@town.example");
  EXPECT_EQ(result->accounts[0].line, 1u);
  EXPECT_EQ(result->accounts[0].items.size(), 1u);
  EXPECT_EQ(ValueOf(*result, "town-page", ItemKind::kTotp),
            "otpauth://totp/Town%20Page:page%40town.example?secret=MFRGGZDFMZTWQ2LKNNWG23TPOBYXE43U"
            "&issuer=Town%20Page");
  EXPECT_EQ(result->accounts[1].title, "Éire");
  EXPECT_EQ(result->accounts[1].username, "eire");
  EXPECT_EQ(result->accounts[1].line, 3u);
  EXPECT_EQ(ValueOf(*result, "solo-user", ItemKind::kTotp),
            "otpauth://totp/solo%20user?secret=GEZDGNBVGY3TQOJQ&period=60");
  EXPECT_EQ(FindAccount(*result, "town-page-2")->username, "second");
}

TEST(OtpauthList, RefusesByLineWhatIsNoAddressOfATimeBasedCode) {
  const auto result = ParseSample("otpauth.txt");
  ASSERT_TRUE(result.ok()) << result.status();
  for (size_t line : {5u, 6u, 7u, 9u}) {
    ASSERT_NE(ProblemAt(*result, line), nullptr) << line;
    EXPECT_EQ(ProblemAt(*result, line)->severity, ProblemSeverity::kRefused) << line;
    EXPECT_FALSE(ProblemAt(*result, line)->next.empty()) << line;
  }
  EXPECT_THAT(ProblemAt(*result, 5)->reason, HasSubstr("counter-based"));
  EXPECT_THAT(ProblemAt(*result, 6)->reason, HasSubstr("transfer code"));
  EXPECT_THAT(ProblemAt(*result, 6)->next, HasSubstr("fewer accounts at a time"));
  EXPECT_THAT(ProblemAt(*result, 7)->reason, HasSubstr("not an otpauth:// address"));
}

TEST(OtpauthList, RefusesADamagedTransferCodeAlone) {
  const auto result = ParseText("otpauth-migration://offline?data=CgdkdW1teTEy");
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_TRUE(result->accounts.empty());
  EXPECT_TRUE(result->HasRefusals());
}

TEST(OtpauthList, ReadsAnyLineEnds) {
  for (const char* end : {"\n", "\r\n", "\n\n", " \t\r\n"}) {
    const auto result =
        ParseText("\xEF\xBB\xBF" + std::string(end) + Address("One:a") + end + Address("Two:b"));
    ASSERT_TRUE(result.ok()) << result.status();
    EXPECT_EQ(result->accounts.size(), 2u);
    EXPECT_EQ(ValueOf(*result, "one", ItemKind::kTotp), Address("One:a"));
    EXPECT_EQ(ValueOf(*result, "two", ItemKind::kTotp), Address("Two:b"));
    EXPECT_TRUE(result->problems.empty());
  }
}

TEST(OtpauthList, NamesAccountsByIssuerThenByUser) {
  const struct {
    std::string address, title, username;
  } cases[] = {
      {Address("Page:us"), "Page", "us"},
      {Address("Page:%20us"), "Page", "us"},
      {Address("Page%3Aus"), "Page", "us"},
      {Address("Page:us", "&issuer=Other"), "Page", "us"},
      {Address("us", "&Issuer=Other"), "Other", "us"},
      {Address(":us", "&issuer=Other#x"), "Other", "us"},
      {Address("us"), "us", "us"},
      {Address("Page:"), "Page", ""},
      {Address("a%2", "&issuer=b%ZZ"), "b%ZZ", "a%2"},
      {Address(""), "", ""},
      {Address("Page: "), "Page", ""},
  };
  for (const auto& [address, title, username] : cases) {
    const auto result = ParseText(address);
    ASSERT_TRUE(result.ok()) << address;
    ASSERT_EQ(result->accounts.size(), 1u) << address;
    EXPECT_EQ(result->accounts[0].title, title) << address;
    EXPECT_EQ(result->accounts[0].username, username) << address;
  }
}

TEST(OtpauthList, CleansWhatALabelHidesBehindPercentSigns) {
  const auto result = ParseText(Address("Pa%1B%5B31mge%00%0A:us%E2%80%AEx"));
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_EQ(result->accounts[0].title, "Pa[31mge");
  EXPECT_EQ(result->accounts[0].username, "usx");
}

TEST(OtpauthList, BoundsTheNumberOfLines) {
  std::string text;
  for (size_t i = 0; i < kMaxImportEntries; ++i) text += "x\n";
  EXPECT_TRUE(ParseText(text, "otpauth").ok());
  EXPECT_EQ(ParseText(text + "x", "otpauth").status().code(), absl::StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace quorate::client
