#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "absl/strings/str_cat.h"
#include "tests/client/import_testing.h"

namespace quorate::client {
namespace {

constexpr char kHeader[] =
    "\"Group\",\"Title\",\"Username\",\"Password\",\"URL\",\"Notes\",\"TOTP\",\"Icon\"\n";

std::string Row(const std::string& title, const std::string& password,
                const std::string& notes = "", const std::string& totp = "",
                const std::string& url = "", const std::string& username = "u") {
  return absl::StrCat("\"g\",\"", title, "\",\"", username, "\",\"", password, "\",\"", url,
                      "\",\"", notes, "\",\"", totp, "\",\"0\"\n");
}

TEST(KeePassXcCsv, ReadsTheSample) {
  const auto result = ParseSample("keepassxc.csv");
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_TRUE(ItemsPointIntoBuffer(*result));
  ASSERT_EQ(result->accounts.size(), 4u);
  const ImportedAccount& page = result->accounts[0];
  EXPECT_EQ(page.account, "town-page");
  EXPECT_EQ(page.title, "Town Page");
  EXPECT_EQ(page.username, "page@town.example");
  EXPECT_EQ(page.url, "https://page.example/login");
  EXPECT_EQ(page.line, 2u);
  EXPECT_EQ(ValueOf(*result, "town-page", ItemKind::kPassword), "corr\"ect, horse");
  EXPECT_EQ(ValueOf(*result, "town-page", ItemKind::kNote),
            "First line\nsecond \"line\", with a comma\n\nlast line");
  EXPECT_EQ(ValueOf(*result, "town-page", ItemKind::kTotp),
            "otpauth://totp/Town%20Page:page?secret=MFRGGZDFMZTWQ2LKNNWG23TPOBYXE43U&period=30"
            "&digits=6&issuer=Town%20Page");
  const ImportedAccount* eire = FindAccount(*result, "eire-strasse-1");
  ASSERT_NE(eire, nullptr);
  EXPECT_EQ(eire->title, "Éire Straße №1");
  EXPECT_EQ(eire->line, 6u);
  EXPECT_EQ(crypto::AsString(eire->items.at(0).value), "pä55-wörd-日本");
}

TEST(KeePassXcCsv, GivesTheSecondOfANameASuffixAndSaysSo) {
  const auto result = ParseSample("keepassxc.csv");
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_EQ(ValueOf(*result, "town-page-2", ItemKind::kPassword), "second-secret");
  EXPECT_EQ(ValueOf(*result, "town-page-3", ItemKind::kPassword), "third-secret");
  const ImportProblem* problem = ProblemAt(*result, 7);
  ASSERT_NE(problem, nullptr);
  EXPECT_EQ(problem->severity, ProblemSeverity::kNotice);
  EXPECT_THAT(problem->reason, testing::HasSubstr("town-page-2"));
}

TEST(KeePassXcCsv, SkipsEntriesWithoutAPasswordByLine) {
  const auto result = ParseSample("keepassxc.csv");
  ASSERT_TRUE(result.ok()) << result.status();
  ASSERT_NE(ProblemAt(*result, 9), nullptr);
  EXPECT_EQ(ProblemAt(*result, 9)->severity, ProblemSeverity::kNotice);
  ASSERT_NE(ProblemAt(*result, 10), nullptr);
  EXPECT_EQ(ProblemAt(*result, 10)->severity, ProblemSeverity::kRefused) << "a note is lost";
  EXPECT_TRUE(result->HasRefusals());
  EXPECT_EQ(FindAccount(*result, "only-notes"), nullptr);
}

TEST(KeePassXcCsv, ReadsCrlfAndByteOrderMark) {
  const auto result = ParseSample("keepassxc_bom_crlf.csv");
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_EQ(result->accounts.size(), 2u);
  EXPECT_TRUE(result->problems.empty());
  EXPECT_EQ(ValueOf(*result, "town-page", ItemKind::kPassword), "corr\"ect, horse");
}

TEST(KeePassXcCsv, NamesTheLineOfATruncatedQuoteAndReadsNoFurther) {
  const auto result = ParseSample("keepassxc_truncated.csv");
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_EQ(result->accounts.size(), 1u);
  ASSERT_EQ(result->problems.size(), 1u);
  EXPECT_EQ(result->problems[0].line, 6u);
  EXPECT_TRUE(result->HasRefusals());
}

TEST(KeePassXcCsv, NamesRowsWithAWrongNumberOfColumnsAndGoesOn) {
  const auto result =
      ParseText(kHeader + Row("a", "p1") + "\"g\",\"b\",\"u\",\"p2\"\n" +
                "\"g\",\"c\",\"u\",\"p3\",\"\",\"\",\"\",\"0\",\"extra\"\n" + Row("d", "p4"));
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_EQ(result->accounts.size(), 2u);
  EXPECT_EQ(ValueOf(*result, "d", ItemKind::kPassword), "p4");
  ASSERT_EQ(result->problems.size(), 2u);
  EXPECT_EQ(result->problems[0].line, 3u);
  EXPECT_EQ(result->problems[1].line, 4u);
  EXPECT_TRUE(result->HasRefusals());
}

TEST(KeePassXcCsv, FindsColumnsByNameNotByPosition) {
  const auto result = ParseText(
      "Notes,Password,Username,Title,Group,URL\n"
      "n,p,u,t,g,https://x.example\n");
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_EQ(ValueOf(*result, "t", ItemKind::kPassword), "p");
  EXPECT_EQ(ValueOf(*result, "t", ItemKind::kNote), "n");
  EXPECT_EQ(result->accounts[0].username, "u");
  EXPECT_EQ(result->accounts[0].url, "https://x.example");
}

TEST(KeePassXcCsv, RefusesAFileWithoutItsHeader) {
  EXPECT_EQ(ParseText(Row("a", "hunter2")).status().code(), absl::StatusCode::kInvalidArgument);
  for (const char* text : {"", "\"", "a,b\n"}) {
    const absl::Status status = ParseText(text, "keepassxc-csv").status();
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << text;
  }
  const absl::Status status = ParseText(Row("a", "hunter2"), "keepassxc-csv").status();
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(status.ToString().find("hunter2"), std::string::npos);
}

TEST(KeePassXcCsv, RefusesAMissingColumnByName) {
  const absl::Status status =
      ParseText("Group,Title,Username,URL,Notes\n", "keepassxc-csv").status();
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(status.message()), testing::HasSubstr("Password"));
}

TEST(KeePassXcCsv, RefusesADoubledColumn) {
  EXPECT_EQ(ParseText("Group,Title,Username,Password,URL,Notes,password\n").status().code(),
            absl::StatusCode::kInvalidArgument);
}

TEST(KeePassXcCsv, TakesSecretsUpTo32KiB) {
  const std::string largest(kMaxItemBytes, 'x');
  const auto result = ParseText(kHeader + Row("a", largest, largest));
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_TRUE(result->problems.empty());
  EXPECT_EQ(ValueOf(*result, "a", ItemKind::kPassword), largest);
  EXPECT_EQ(ValueOf(*result, "a", ItemKind::kNote), largest);
}

TEST(KeePassXcCsv, RefusesLargerSecretsByLine) {
  const std::string larger(kMaxItemBytes + 1, 'x');
  const auto result = ParseText(kHeader + Row("a", larger, "note") + Row("b", "p", larger));
  ASSERT_TRUE(result.ok()) << result.status();
  ASSERT_EQ(result->problems.size(), 2u);
  EXPECT_EQ(result->problems[0].line, 2u);
  EXPECT_EQ(result->problems[1].line, 3u);
  EXPECT_TRUE(result->HasRefusals());
  EXPECT_EQ(FindAccount(*result, "a"), nullptr);
  EXPECT_EQ(ValueOf(*result, "b", ItemKind::kPassword), "p");
  EXPECT_EQ(ValueOf(*result, "b", ItemKind::kNote), std::nullopt);
}

TEST(KeePassXcCsv, LeavesOutAnInvalidOneTimeCodeAndSaysSo) {
  const auto result = ParseText(kHeader + Row("a", "p", "", "otpauth://hotp/x?secret=AAAA"));
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_EQ(ValueOf(*result, "a", ItemKind::kPassword), "p");
  EXPECT_EQ(ValueOf(*result, "a", ItemKind::kTotp), std::nullopt);
  ASSERT_NE(ProblemAt(*result, 2), nullptr);
  EXPECT_TRUE(result->HasRefusals());
}

TEST(KeePassXcCsv, BoundsTheNumberOfEntries) {
  std::string text = kHeader;
  for (size_t i = 0; i < kMaxImportEntries; ++i) text += Row("same", "p");
  const auto result = ParseText(text);
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_EQ(result->accounts.size(), kMaxImportEntries);
  EXPECT_EQ(result->accounts.back().account, absl::StrCat("same-", kMaxImportEntries));
  EXPECT_EQ(ParseText(text + Row("same", "p")).status().code(), absl::StatusCode::kInvalidArgument);
  // Broken rows count as well.
  EXPECT_EQ(ParseText(text + "x\n").status().code(), absl::StatusCode::kInvalidArgument);
}

TEST(KeePassXcCsv, SuffixesAvoidNamesThatAreTaken) {
  const auto result =
      ParseText(kHeader + Row("a", "1") + Row("a-2", "2") + Row("a", "3") + Row("A", "4"));
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_EQ(ValueOf(*result, "a", ItemKind::kPassword), "1");
  EXPECT_EQ(ValueOf(*result, "a-2", ItemKind::kPassword), "2");
  EXPECT_EQ(ValueOf(*result, "a-3", ItemKind::kPassword), "3");
  EXPECT_EQ(ValueOf(*result, "a-4", ItemKind::kPassword), "4");
}

TEST(KeePassXcCsv, CleansWhatIsShown) {
  const auto result = ParseText(kHeader + Row("Pa\x1B[31mge\u202E\xFF", "p", "", "",
                                              "https://u:hunter2@x.example/a@b", "us\ner"));
  ASSERT_TRUE(result.ok()) << result.status();
  ASSERT_EQ(result->accounts.size(), 1u);
  EXPECT_EQ(result->accounts[0].title, "Pa[31mge");
  EXPECT_EQ(result->accounts[0].username, "us er");
  EXPECT_EQ(result->accounts[0].url, "https://x.example/a@b");
  EXPECT_EQ(result->problems.size(), 3u);
  EXPECT_FALSE(result->HasRefusals());
}

TEST(KeePassXcCsv, BoundsTitlesAndNamesEntriesWithoutOne) {
  const auto result = ParseText(kHeader + Row(std::string(5000, 't'), "p") +
                                Row("", "p", "", "", "https://x.example:8443/login") +
                                Row("", "p", "", "", "", "someone") + Row("", "p", "", "", "", ""));
  ASSERT_TRUE(result.ok()) << result.status();
  ASSERT_EQ(result->accounts.size(), 4u);
  EXPECT_EQ(result->accounts[0].title.size(), kMaxTitleBytes);
  EXPECT_EQ(result->accounts[1].account, "x.example");
  EXPECT_EQ(result->accounts[2].account, "someone");
  EXPECT_EQ(result->accounts[3].account, "account");
}

TEST(KeePassXcCsv, ProblemsCarryNothingSecret) {
  const auto result =
      ParseText(kHeader + Row("a", "", "hunter2") + Row("b", "p", "", "otpauth://totp/hunter2") +
                "\"hunter2\",\"hunter2\"\n" + "\"hunter2\"hunter2\n");
  ASSERT_TRUE(result.ok()) << result.status();
  ASSERT_EQ(result->problems.size(), 4u);
  for (const ImportProblem& problem : result->problems) {
    EXPECT_EQ((problem.reason + problem.next).find("hunter2"), std::string::npos);
    EXPECT_FALSE(problem.reason.empty());
    EXPECT_FALSE(problem.next.empty());
  }
}

}  // namespace
}  // namespace quorate::client
