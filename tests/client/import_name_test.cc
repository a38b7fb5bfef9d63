#include <gtest/gtest.h>

#include <initializer_list>
#include <string>

#include "client/import/name.h"
#include "client/import/utf8.h"

namespace quorate::client {
namespace {

TEST(AccountSlug, MapsTitlesToNames) {
  const std::pair<const char*, const char*> cases[] = {
      {"Town Page", "town-page"},
      {"  Town   Page!  ", "town-page"},
      {"Éire Straße", "eire-strasse"},
      {"Łódź Ærø Þór Œuvre", "lodz-aero-thor-oeuvre"},
      {"Timișoara Đà Nẵng", "timisoara-da-nang"},
      {"e\xCC\x81ire", "eire"},  // decomposed
      {"STRA\xE1\xBA\x9E"
       "E",
       "strasse"},
      {"@page@town.example", "page@town.example"},
      {"a.b_c@d+e-f", "a.b_c@d+e-f"},
      {"...", "account"},
      {"日本", "account"},
      {"日本 page", "page"},
      {"", "account"},
      {"../../etc/passwd", "etc-passwd"},
      {"a/../b", "a-..-b"},
      {"2×2", "2-2"},
      {"\xFFpage\xC3", "page"},
  };
  for (const auto& [title, name] : cases) {
    EXPECT_EQ(AccountSlug(title), name) << title;
    EXPECT_TRUE(IsAccountName(AccountSlug(title))) << title;
  }
}

TEST(AccountSlug, EveryCodePointGivesAValidName) {
  for (char32_t point = 0; point <= 0x10FFFF; ++point) {
    if (point >= 0xD800 && point <= 0xDFFF) continue;
    std::string text;
    AppendUtf8(point, text);
    ASSERT_TRUE(IsAccountName(AccountSlug(text))) << static_cast<uint32_t>(point);
    ASSERT_TRUE(IsAccountName(AccountSlug("x" + text + "y"))) << static_cast<uint32_t>(point);
  }
}

TEST(AccountSlug, BoundsTheLengthAlsoWhereALetterBecomesTwo) {
  EXPECT_EQ(AccountSlug(std::string(500, 'a')), std::string(kMaxAccountName, 'a'));
  EXPECT_EQ(AccountSlug(std::string(63, 'a') + "ß").size(), kMaxAccountName);
  EXPECT_EQ(AccountSlug(std::string(63, 'a') + " b"), std::string(63, 'a'));
}

TEST(AccountName, RefusesOtherShapes) {
  for (const char* name : {"", ".a", "-a", "@a", "A", "a b", "a/b", "é", "a\n"}) {
    EXPECT_FALSE(IsAccountName(name)) << name;
  }
  EXPECT_FALSE(IsAccountName(std::string(65, 'a')));
  EXPECT_TRUE(IsAccountName(std::string(64, 'a')));
}

TEST(AccountName, SuffixStaysWithinTheBound) {
  EXPECT_EQ(WithSuffix("page", 2), "page-2");
  const std::string name = WithSuffix(std::string(64, 'a'), 1234);
  EXPECT_EQ(name.size(), kMaxAccountName);
  EXPECT_TRUE(name.ends_with("a-1234"));
}

TEST(SafeText, ReplacesWhatATerminalWouldObey) {
  EXPECT_EQ(SafeText("a\x1B[31mb", 99), "a\uFFFD[31mb");
  EXPECT_EQ(SafeText("a\x07\r\n\tb", 99), "a\uFFFD\uFFFD\uFFFD\uFFFDb");
  EXPECT_EQ(SafeText(std::string("a\0b", 3), 99), "a\uFFFDb");
  EXPECT_EQ(SafeText("a\x7F", 99), "a\uFFFD");
  EXPECT_EQ(SafeText("a\xC2\x9B"
                     "31m",
                     99),
            "a\uFFFD31m");  // C1 control sequence introducer
}

TEST(SafeText, ReplacesBidirectionalAndInvisibleControls) {
  for (char32_t point : std::initializer_list<char32_t>{
           0xAD, 0x61C, 0x200B, 0x200E, 0x200F, 0x2028, 0x2029, 0x202A, 0x202E, 0x2060, 0x2066,
           0x2069, 0xFEFF, 0xFFF9, 0xFFFE, 0xE0001, 0xE0041, 0x10FFFF}) {
    std::string text = "a";
    AppendUtf8(point, text);
    EXPECT_EQ(SafeText(text, 99), "a\uFFFD") << static_cast<uint32_t>(point);
    EXPECT_EQ(CleanText(text + "b", 99), point == 0x2028 || point == 0x2029 ? "a b" : "ab");
  }
}

TEST(SafeText, KeepsOrdinaryTextOfAnyScript) {
  const std::string text = "Éire 日本 עברית 👩\u200D🚀";
  EXPECT_EQ(SafeText(text, 99), text);
  EXPECT_EQ(CleanText(text, 99), "Éire 日本 עברית 👩🚀") << "kept text has no joiners";
}

TEST(SafeText, ReplacesEachInvalidByte) {
  EXPECT_EQ(SafeText("a\xFF\xFE", 99), "a\uFFFD\uFFFD");
  EXPECT_EQ(SafeText("\xC0\xAF", 99), "\uFFFD\uFFFD");            // overlong
  EXPECT_EQ(SafeText("\xED\xA0\x80", 99), "\uFFFD\uFFFD\uFFFD");  // surrogate
  EXPECT_EQ(SafeText("\xF4\x90\x80\x80", 99).size(), 12u);        // above U+10FFFF
  EXPECT_EQ(SafeText("\xE2\x82", 99), "\uFFFD\uFFFD");            // cut short
  EXPECT_EQ(SafeText("\xE0\x80\x80", 99), "\uFFFD\uFFFD\uFFFD");  // overlong
  EXPECT_EQ(SafeText("\xF0\x80\x80\x80", 99).size(), 12u);        // overlong
}

TEST(SafeText, CutsOnACodePointAndSaysSo) {
  EXPECT_EQ(SafeText("abcdef", 6), "abcdef");
  EXPECT_EQ(SafeText("abcdefg", 6), "abc\u2026");
  EXPECT_EQ(SafeText("ééééé", 6), "é\u2026");
  EXPECT_EQ(SafeText("日本", 2), "");
  EXPECT_EQ(SafeText("abc", 0), "");
  for (size_t max = 0; max < 40; ++max) {
    EXPECT_LE(SafeText("\x1B日本\xFF éß 👩 and a long tail of words", max).size(), max);
    EXPECT_LE(CleanText("\x1B日本\xFF éß 👩 and a long tail of words", max).size(), max);
  }
}

TEST(CleanAddress, EncodesWhatIsNotPrintableAscii) {
  EXPECT_EQ(CleanAddress(" https://example.org/a?b=c#d ", 99), "https://example.org/a?b=c#d");
  EXPECT_EQ(CleanAddress("https://é.example/a b\u200B", 99), "https://%C3%A9.example/a%20b");
  EXPECT_EQ(CleanAddress("aé", 6), "a%C3");
  EXPECT_EQ(CleanAddress("abc", 2), "ab");
}

TEST(CleanText, TurnsLineBreaksIntoSpacesAndTrims) {
  EXPECT_EQ(CleanText("  a\r\n\tb \n", 99), "a b");
  EXPECT_EQ(CleanText("a\x1B[0m\xFF\u202E", 99), "a[0m");
  EXPECT_EQ(CleanText("\n \x1B", 99), "");
}

}  // namespace
}  // namespace quorate::client
