#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <string>

#include "client/import/line_table.h"
#include "tests/client/import_testing.h"

namespace quorate::client {
namespace {

TEST(ImportFormats, HaveDistinctIds) {
  std::set<std::string_view> ids;
  for (const ImportFormat* format : ImportFormats()) {
    EXPECT_TRUE(ids.insert(format->id).second) << format->id;
    EXPECT_EQ(FindImportFormat(format->id), format);
  }
  EXPECT_EQ(FindImportFormat("no-such-format"), nullptr);
  EXPECT_EQ(FindImportFormat(""), nullptr);
}

TEST(ImportFormats, EachSampleIsDetectedAsItsOwn) {
  const std::pair<const char*, const char*> cases[] = {
      {"keepassxc.csv", "keepassxc-csv"},
      {"keepassxc_bom_crlf.csv", "keepassxc-csv"},
      {"keepassxc.xml", "keepassxc-xml"},
      {"bitwarden.json", "bitwarden-json"},
      {"bitwarden.csv", "bitwarden-csv"},
      {"1password.csv", "1password-csv"},
      {"apple.csv", "apple-csv"},
      {"lastpass.csv", "lastpass-csv"},
      {"proton.csv", "proton-csv"},
      {"firefox.csv", "firefox-csv"},
      {"chrome.csv", "chrome-csv"},
      {"bitwarden_account_encrypted.json", "bitwarden-json"},
      {"bitwarden_protected_pbkdf2.json", "bitwarden-json"},
      {"otpauth.txt", "otpauth"},
      {"otpauth_migration.txt", "otpauth"},
  };
  for (const auto& [name, id] : cases) {
    const auto file = ReadSecretFile(std::string("tests/client/samples/") + name, kMaxImportBytes);
    ASSERT_TRUE(file.ok()) << name;
    int matches = 0;
    for (const ImportFormat* format : ImportFormats()) matches += format->detect(file->Reveal());
    EXPECT_EQ(matches, 1) << name;
    ASSERT_NE(DetectImportFormat(file->Reveal()), nullptr) << name;
    EXPECT_EQ(DetectImportFormat(file->Reveal())->id, id) << name;
  }
}

TEST(ParseExport, RefusesWhatLooksLikeNoFormat) {
  for (const char* text : {"", "hello", "{}", "a,b,c\n1,2,3\n", "<html></html>"}) {
    EXPECT_EQ(ParseText(text).status().code(), absl::StatusCode::kInvalidArgument) << text;
  }
}

TEST(ParseExport, NamesTheKnownFormatsWhereTheGivenOneIsUnknown) {
  const absl::Status status = ParseText("x", "hunter2").status();
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(status.message()),
              testing::HasSubstr("keepassxc-csv, keepassxc-xml, bitwarden-json"));
  EXPECT_THAT(std::string(status.message()), testing::Not(testing::HasSubstr("hunter2")));
}

TEST(ParseExport, RefusesNulBytesWhichMeanUtf16) {
  EXPECT_EQ(ParseText(std::string("\xFF\xFEG\0r\0", 6)).status().code(),
            absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(ParseText(std::string("Group,Title,Username,Password,URL,Notes\ng,t,u,p\0,,\n", 51))
                .status()
                .code(),
            absl::StatusCode::kInvalidArgument);
}

TEST(ParseExport, BoundsTheFile) {
  const std::string header = "Group,Title,Username,Password,URL,Notes\n";
  EXPECT_TRUE(ParseText(header + std::string(kMaxImportLines - 1, '\n')).ok());
  EXPECT_EQ(ParseText(header + std::string(kMaxImportLines, '\n')).status().code(),
            absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(ParseExport(crypto::Secret::Zero(kMaxImportBytes + 1)).status().code(),
            absl::StatusCode::kInvalidArgument);
}

TEST(ItemKind, KeepsItsNumbersAndNames) {
  const std::pair<int, const char*> kinds[] = {
      {1, "password"}, {2, "totp"}, {3, "recovery-codes"}, {4, "token"}, {5, "note"}};
  for (const auto& [number, name] : kinds) {
    EXPECT_EQ(ItemKindName(static_cast<ItemKind>(number)), name);
  }
  EXPECT_EQ(static_cast<int>(ItemKind::kNote), 5);
}

TEST(LineTable, CountsFromOneAndEndsALineWithItsBreak) {
  const std::string text = "ab\n\nc";
  const LineTable lines(crypto::AsBytes(text));
  const size_t expected[] = {1, 1, 1, 2, 3, 3};
  for (size_t i = 0; i <= text.size(); ++i) EXPECT_EQ(lines.LineAt(i), expected[i]) << i;
}

}  // namespace
}  // namespace quorate::client
