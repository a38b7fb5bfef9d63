#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "absl/strings/str_cat.h"
#include "tests/client/import_testing.h"

namespace quorate::client {
namespace {

std::string File(const std::string& groups) {
  return absl::StrCat("<KeePassFile>\n<Root>\n", groups, "</Root></KeePassFile>");
}

std::string Entry(const std::string& title, const std::string& value,
                  const std::string& attributes = "") {
  return absl::StrCat("<Entry>\n<String><Key>Title</Key><Value>", title,
                      "</Value></String><String><Key>Password</Key><Value", attributes, ">", value,
                      "</Value></String></Entry>\n");
}

std::string InGroup(const std::string& entries) { return File("<Group>" + entries + "</Group>"); }

TEST(KeePassXcXml, ReadsTheSample) {
  const auto result = ParseSample("keepassxc.xml");
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_TRUE(ItemsPointIntoBuffer(*result));
  ASSERT_EQ(result->accounts.size(), 3u);
  const ImportedAccount* page = FindAccount(*result, "town-page");
  ASSERT_NE(page, nullptr);
  EXPECT_EQ(page->username, "page@town.example");
  EXPECT_EQ(page->url, "https://page.example/login");
  EXPECT_EQ(ValueOf(*result, "town-page", ItemKind::kPassword), "corr\"ect, horse");
  EXPECT_EQ(ValueOf(*result, "town-page", ItemKind::kNote), "First line\nsecond \"line\"");
  EXPECT_EQ(ValueOf(*result, "town-page", ItemKind::kRecoveryCodes), "aaaa-1111\nbbbb-2222");
  EXPECT_EQ(ValueOf(*result, "town-page", ItemKind::kToken), "tok-dummy");
  EXPECT_EQ(ValueOf(*result, "town-page", ItemKind::kTotp),
            "otpauth://totp/Town:page?secret=MFRGGZDFMZTWQ2LKNNWG23TPOBYXE43U&issuer=Town");
  EXPECT_EQ(ValueOf(*result, "eire", ItemKind::kPassword), "pä55-<日本>& ");
}

TEST(KeePassXcXml, KeepsAPasswordOfSpaces) {
  const auto result = ParseSample("keepassxc.xml");
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_EQ(ValueOf(*result, "spaces", ItemKind::kPassword), "   ");
}

TEST(KeePassXcXml, SkipsHistoryAndTheRecycleBin) {
  const auto result = ParseSample("keepassxc.xml");
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_EQ(FindAccount(*result, "binned"), nullptr);
  EXPECT_EQ(FindAccount(*result, "old"), nullptr);
  ASSERT_EQ(result->problems.size(), 2u);
  EXPECT_THAT(result->problems[0].reason, testing::HasSubstr("attachments"));
  EXPECT_EQ(result->problems[0].severity, ProblemSeverity::kRefused);
  EXPECT_THAT(result->problems[1].reason, testing::HasSubstr("recycle bin"));
  EXPECT_EQ(result->problems[1].severity, ProblemSeverity::kNotice);
}

TEST(KeePassXcXml, NamesTheLineOfAnEntry) {
  const auto result = ParseText(InGroup(Entry("a", "p") + "\n" + Entry("b", "q")));
  ASSERT_TRUE(result.ok()) << result.status();
  ASSERT_EQ(result->accounts.size(), 2u);
  EXPECT_EQ(result->accounts[0].line, 3u);
  EXPECT_EQ(result->accounts[1].line, 6u);
}

TEST(KeePassXcXml, RefusesAnEncryptedOrBrokenFieldByLine) {
  for (const std::string& entry :
       {Entry("a", "hunter2", " Protected=\"True\""), Entry("a", "hun<!-- -->ter2"),
        Entry("a", "hun<b>ter2</b>"), Entry("a", "hun<![CDATA[ter2]]>")}) {
    const auto result = ParseText(InGroup(entry + Entry("b", "q")));
    ASSERT_TRUE(result.ok()) << result.status();
    ASSERT_EQ(result->accounts.size(), 1u) << entry;
    EXPECT_EQ(result->accounts[0].account, "b");
    ASSERT_EQ(result->problems.size(), 1u) << entry;
    EXPECT_EQ(result->problems[0].line, 3u);
    EXPECT_TRUE(result->HasRefusals());
  }
}

TEST(KeePassXcXml, ReadsCharacterData) {
  const auto result = ParseText(InGroup(Entry("a", "<![CDATA[<p&q>]]>")));
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_EQ(ValueOf(*result, "a", ItemKind::kPassword), "<p&q>");
}

TEST(KeePassXcXml, RefusesReferencesThatWouldCutAText) {
  for (const char* reference : {"&#0;", "&#x0;", "&#00;", "&#4294967296;", "&#x110000;", "&#x;",
                                "&#-1;", "&#1", "&#99999999999;"}) {
    EXPECT_EQ(ParseText(InGroup(Entry("a", absl::StrCat("p", reference, "q")))).status().code(),
              absl::StatusCode::kInvalidArgument)
        << reference;
  }
  const auto result = ParseText(InGroup(Entry("a", "p&#9;&#x1F600;q")));
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_EQ(ValueOf(*result, "a", ItemKind::kPassword), "p\t😀q");
}

TEST(KeePassXcXml, RefusesEveryTruncation) {
  const std::string text = InGroup(Entry("a", "p"));
  for (size_t cut = 0; cut < text.size(); ++cut) {
    EXPECT_EQ(ParseText(text.substr(0, cut), "keepassxc-xml").status().code(),
              absl::StatusCode::kInvalidArgument)
        << cut;
  }
}

TEST(KeePassXcXml, RefusesOtherXml) {
  for (const char* text : {"<a/>", "<KeePassFile/>", "<KeePassFile><Meta/></KeePassFile>", "x"}) {
    EXPECT_EQ(ParseText(text, "keepassxc-xml").status().code(), absl::StatusCode::kInvalidArgument)
        << text;
  }
}

TEST(KeePassXcXml, BoundsTheDepthOfGroupsAndSurvivesDeepNesting) {
  const auto nested = [](size_t depth) {
    std::string open, close;
    for (size_t i = 0; i < depth; ++i) open += "<Group>", close += "</Group>";
    return File(open + Entry("a", "p") + close);
  };
  const auto deepest = ParseText(nested(64));
  ASSERT_TRUE(deepest.ok()) << deepest.status();
  EXPECT_EQ(deepest->accounts.size(), 1u);
  EXPECT_EQ(ParseText(nested(65)).status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(ParseText(nested(100'000)).status().code(), absl::StatusCode::kInvalidArgument);
}

TEST(KeePassXcXml, BoundsTheNumberOfEntries) {
  std::string entries;
  for (size_t i = 0; i < kMaxImportEntries; ++i) entries += "<Entry/>";
  EXPECT_TRUE(ParseText(InGroup(entries)).ok());
  EXPECT_EQ(ParseText(InGroup(entries + "<Entry/>")).status().code(),
            absl::StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace quorate::client
