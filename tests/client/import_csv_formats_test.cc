#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

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

using Rows = std::vector<std::vector<std::string>>;

Rows ReadRows(const std::string& name) {
  const auto file = ReadSecretFile("tests/client/samples/" + name, kMaxImportBytes);
  Rows rows;
  if (!file.ok()) return rows;
  bool quoted = false;
  rows.emplace_back(1);
  for (const char c : TextOf(*file)) {
    if (c == '"') quoted = !quoted;
    if (c == ',' && !quoted) {
      rows.back().emplace_back();
    } else if (c == '\n' && !quoted) {
      rows.emplace_back(1);
    } else {
      rows.back().back() += c;  // With its quotes.
    }
  }
  rows.pop_back();
  return rows;
}

std::string Text(const Rows& rows, const std::string& end = "\n") {
  std::string text;
  for (const std::vector<std::string>& row : rows) {
    for (size_t i = 0; i < row.size(); ++i) text += (i > 0 ? "," : "") + row[i];
    text += end;
  }
  return text;
}

// Everything that an import says of its accounts.
std::string Told(const absl::StatusOr<ImportResult>& result) {
  if (!result.ok()) return result.status().ToString();
  std::string told;
  for (const ImportedAccount& account : result->accounts) {
    told += account.account + "|" + account.title + "|" + account.username + "|" + account.url;
    for (const ImportedItem& item : account.items) {
      told += "|" + std::string(ItemKindName(item.kind)) + "=" + crypto::AsString(item.value);
    }
    told += "\n";
  }
  return told + std::to_string(result->problems.size());
}

// The column with the passwords.
size_t PasswordColumn(const Rows& rows) {
  for (size_t i = 0; i < rows[0].size(); ++i) {
    std::string name = rows[0][i];
    std::erase(name, '"');
    if (name == "password" || name == "Password" || name == "login_password") return i;
  }
  return rows[0].size();
}

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

TEST(CsvFormats, ReadAByteOrderMarkAndCrlfAlike) {
  for (const Sample& sample : kSamples) {
    const std::string text = "\xEF\xBB\xBF" + Text(ReadRows(sample.file), "\r\n");
    EXPECT_EQ(Told(ParseText(text)), Told(ParseSample(sample.file))) << sample.file;
  }
}

TEST(CsvFormats, FindColumnsByNameInAnyOrder) {
  for (const Sample& sample : kSamples) {
    Rows rows = ReadRows(sample.file);
    for (std::vector<std::string>& row : rows) std::ranges::reverse(row);
    EXPECT_EQ(Told(ParseText(Text(rows))), Told(ParseSample(sample.file))) << sample.file;
  }
}

TEST(CsvFormats, TakeSecretsUpTo32KiB) {
  for (const Sample& sample : kSamples) {
    Rows rows = ReadRows(sample.file);
    const size_t column = PasswordColumn(rows);
    ASSERT_LT(column, rows[1].size()) << sample.file;
    rows[1][column] = std::string(kMaxItemBytes, 'x');
    auto result = ParseText(Text(rows));
    ASSERT_TRUE(result.ok()) << sample.file << result.status();
    EXPECT_EQ(ValueOf(*result, sample.first, ItemKind::kPassword)->size(), kMaxItemBytes);
    rows[1][column] += 'x';
    result = ParseText(Text(rows));
    ASSERT_TRUE(result.ok()) << sample.file;
    ASSERT_NE(ProblemAt(*result, 2), nullptr) << sample.file;
    EXPECT_EQ(ProblemAt(*result, 2)->severity, ProblemSeverity::kRefused) << sample.file;
  }
}

TEST(CsvFormats, SayWhatAnEmptyPasswordLeavesOut) {
  for (const Sample& sample : kSamples) {
    Rows rows = ReadRows(sample.file);
    rows[2][PasswordColumn(rows)].clear();
    const auto result = ParseText(Text(rows));
    ASSERT_TRUE(result.ok()) << sample.file << result.status();
    EXPECT_EQ(ValueOf(*result, sample.second, ItemKind::kPassword), std::nullopt) << sample.file;
    EXPECT_NE(ProblemAt(*result, sample.second_line), nullptr) << sample.file;
  }
}

TEST(CsvFormats, GiveAnEntryOfTheSameNameOneOfItsOwn) {
  for (const Sample& sample : kSamples) {
    Rows rows = ReadRows(sample.file);
    rows.push_back(rows[1]);
    const auto result = ParseText(Text(rows));
    ASSERT_TRUE(result.ok()) << sample.file << result.status();
    EXPECT_EQ(ValueOf(*result, std::string(sample.first) + "-2", ItemKind::kPassword), kPassword)
        << sample.file;
  }
}

}  // namespace
}  // namespace quorate::client
