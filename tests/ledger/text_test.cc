#include <gtest/gtest.h>

#include <string>

#include "custody/ledger/queries.h"

namespace quorate::ledger {
namespace {

TEST(NameTest, TakesLowerCaseNames) {
  for (const char* name : {"a", "0", "page", "page.2@example-host_x+y"}) {
    EXPECT_TRUE(IsValidName(name, 64)) << name;
  }
  EXPECT_TRUE(IsValidName(std::string(64, 'a'), 64));
}

TEST(NameTest, RefusesEverythingElse) {
  for (const char* name : {"", ".a", "-a", "@a", "_a", "+a", "A", "aB", "a b", "a/b", "a\n",
                           "\xc3\xa4", "a\xc3\xa4", "a:b", "a%"}) {
    EXPECT_FALSE(IsValidName(name, 64)) << name;
  }
  EXPECT_FALSE(IsValidName(std::string(65, 'a'), 64));
  EXPECT_FALSE(IsValidName(std::string_view("a\0b", 3), 64));
}

TEST(TextTest, TakesTextOfAnyScript) {
  for (const char* text : {"", "The page", "Straße", "ελ", "مرحبا", "日本", "👩", "a\u00a0b"}) {
    EXPECT_TRUE(IsValidText(text, 100)) << text;
  }
  EXPECT_TRUE(IsValidText("\xf4\x8f\xbf\xbf", 4)) << "U+10FFFF";
  EXPECT_TRUE(IsValidText(std::string(100, 'x'), 100));
}

TEST(TextTest, RefusesTooManyBytes) { EXPECT_FALSE(IsValidText(std::string(101, 'x'), 100)); }

TEST(TextTest, RefusesControlCharactersAndLineBreaks) {
  for (const char* text : {"\n", "\r", "\t", "\x1b[2J", "\x7f", "\xc2\x80", "\xc2\x9f",
                           "\xe2\x80\xa8", "\xe2\x80\xa9"}) {
    EXPECT_FALSE(IsValidText(text, 100));
  }
  EXPECT_FALSE(IsValidText(std::string_view("\0", 1), 100));
}

TEST(TextTest, RefusesBidirectionalFormatting) {
  for (const char* text :
       {"\u061c", "\u200e", "\u200f", "\u202a", "\u202e", "\u2066", "\u2069", "page\u202egpj"}) {
    EXPECT_FALSE(IsValidText(text, 100));
  }
}

TEST(TextTest, RefusesWhatIsNotSeen) {
  for (const char* text : {"\u00ad", "\u034f", "\u115f", "\u180e", "\u200b", "\u200d", "\u2060",
                           "\u206f", "\u3164", "\ufe0f", "\ufeff", "\uffa0", "\ufff9", "\ufffb",
                           "\U000e0001", "\U000e0fff", "page\u200b"}) {
    EXPECT_FALSE(IsValidText(text, 100)) << text;
  }
}

TEST(TextTest, TakesAddressesOfPrintableAsciiOnly) {
  for (const char* url : {"", "https://example.org/login?a=b#c", "android://app"}) {
    EXPECT_TRUE(IsValidUrl(url)) << url;
  }
  for (const char* url : {"https://m\u00e9.org", "a b", "a\tb", "\x7f", "\u200b"}) {
    EXPECT_FALSE(IsValidUrl(url)) << url;
  }
  EXPECT_TRUE(IsValidUrl(std::string(kMaxUrlBytes, 'x')));
  EXPECT_FALSE(IsValidUrl(std::string(kMaxUrlBytes + 1, 'x')));
}

TEST(TextTest, RefusesWhatIsNotUtf8) {
  for (const char* text :
       {"\x80", "\xbf", "\xc3", "\xc3(", "\xe2\x82", "\xe2(\xa1", "\xf0\x9f\x98", "\xc0\xaf",
        "\xc1\xbf", "\xe0\x80\xaf", "\xf0\x80\x80\xaf", "\xed\xa0\x80", "\xed\xbf\xbf",
        "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xff", "\xfe", "\xf8\x88\x80\x80\x80"}) {
    EXPECT_FALSE(IsValidText(text, 100)) << text;
  }
}

}  // namespace
}  // namespace quorate::ledger
