#include <gtest/gtest.h>

#include <string>

#include "tests/client/import_testing.h"

namespace quorate::client {
namespace {

constexpr char kPassword[] = "corr\"ect, horse";
constexpr char kNote[] = "First line\nsecond \"line\"";
constexpr char kSeed[] = "MFRGGZDFMZTWQ2LKNNWG23TPOBYXE43U";
constexpr char kAddress[] =
    "otpauth://totp/Town:page?secret=MFRGGZDFMZTWQ2LKNNWG23TPOBYXE43U&issuer=Town";

// What every sample says about its first two entries, as far as its format can say it.
struct Sample {
  const char* file;
  const char* first;
  const char* second;
  const char* note;  // null where the format has none
  const char* totp;
  size_t second_line;
};

constexpr Sample kSamples[] = {
    {"chrome.csv", "page.example", "eire.example", kNote, nullptr, 4},
    {"firefox.csv", "page.example", "eire.example", nullptr, nullptr, 3},
    {"lastpass.csv", "town-page", "eire", kNote, kSeed, 4},
    {"1password.csv", "town-page", "eire", kNote, kAddress, 4},
    {"apple.csv", "town-page", "eire", kNote, kAddress, 4},
    {"proton.csv", "town-page", "eire", kNote, kAddress, 4},
    {"bitwarden.csv", "town-page", "eire", kNote, kAddress, 4},
};

std::optional<std::string> Expected(const char* text) {
  if (text == nullptr) return std::nullopt;
  return text;
}

TEST(CsvFormats, EachReadsItsSample) {
  for (const Sample& sample : kSamples) {
    SCOPED_TRACE(sample.file);
    const auto result = ParseSample(sample.file);
    ASSERT_TRUE(result.ok()) << result.status();
    EXPECT_TRUE(ItemsPointIntoBuffer(*result));
    const ImportedAccount* first = FindAccount(*result, sample.first);
    ASSERT_NE(first, nullptr);
    EXPECT_EQ(first->line, 2u);
    EXPECT_EQ(first->username, "page@town.example");
    EXPECT_TRUE(first->url.starts_with("https://page.example"));
    EXPECT_EQ(ValueOf(*result, sample.first, ItemKind::kPassword), kPassword);
    EXPECT_EQ(ValueOf(*result, sample.first, ItemKind::kNote), Expected(sample.note));
    EXPECT_EQ(ValueOf(*result, sample.first, ItemKind::kTotp), Expected(sample.totp));
    const ImportedAccount* second = FindAccount(*result, sample.second);
    ASSERT_NE(second, nullptr);
    EXPECT_EQ(second->line, sample.second_line);
    EXPECT_EQ(second->username, "łukasz");
    EXPECT_EQ(ValueOf(*result, sample.second, ItemKind::kPassword), "pä55-日本");
    EXPECT_EQ(second->items.size(), 1u);
  }
}

TEST(CsvFormats, TakeNotesAsNotes) {
  for (const char* file : {"lastpass.csv", "proton.csv", "bitwarden.csv"}) {
    const auto result = ParseSample(file);
    ASSERT_TRUE(result.ok()) << result.status();
    EXPECT_EQ(ValueOf(*result, "door", ItemKind::kNote), "code 0000") << file;
    EXPECT_EQ(ValueOf(*result, "door", ItemKind::kPassword), std::nullopt) << file;
    EXPECT_EQ(FindAccount(*result, "door")->url, "") << file;
  }
}

TEST(CsvFormats, LeaveNothingOutSilently) {
  const std::pair<const char*, size_t> cases[] = {
      {"chrome.csv", 0}, {"firefox.csv", 0}, {"lastpass.csv", 0},  {"1password.csv", 0},
      {"apple.csv", 0},  {"proton.csv", 6},  {"bitwarden.csv", 4},
  };
  for (const auto& [file, line] : cases) {
    const auto result = ParseSample(file);
    ASSERT_TRUE(result.ok()) << result.status();
    EXPECT_EQ(result->problems.size(), line == 0 ? 0u : 1u) << file;
    EXPECT_EQ(result->HasRefusals(), line != 0) << file;
    EXPECT_EQ(ProblemAt(*result, line) != nullptr, line != 0) << file;
  }
}

}  // namespace
}  // namespace quorate::client
