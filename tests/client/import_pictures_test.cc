#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <string_view>

#include "client/import/foreign_file.h"
#include "client/import/otpauth_migration.h"
#include "client/import/qr_picture.h"
#include "tests/client/import_testing.h"

// Pictures of QR codes, transfer codes, and files that are no exports.
namespace quorate::client {
namespace {

using testing::HasSubstr;

constexpr char kAddress[] =
    "otpauth://totp/Town%20Page:page%40town.example?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
    "&issuer=Town%20Page";

std::string Sample(const std::string& name) {
  const auto file = ReadSecretFile("tests/client/samples/" + name, kMaxImportBytes);
  return file.ok() ? TextOf(*file) : "";
}

std::string MessageOf(const absl::Status& status) { return std::string(status.message()); }

TEST(QrPicture, GivesTheAddressInIt) {
  for (const char* name : {"otpauth_qr.png", "otpauth_qr_transparent.png"}) {
    const auto result = ParseSample(name);
    ASSERT_TRUE(result.ok()) << name << result.status();
    EXPECT_TRUE(ItemsPointIntoBuffer(*result));
    EXPECT_TRUE(result->problems.empty());
    EXPECT_EQ(ValueOf(*result, "town-page", ItemKind::kTotp), kAddress) << name;
  }
}

TEST(QrPicture, OfATransferCodeGivesAllItsAccounts) {
  const auto result = ParseSample("otpauth_qr_migration.png");
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_EQ(ValueOf(*result, "town-page", ItemKind::kTotp), kAddress);
  EXPECT_EQ(result->accounts.size(), 2u);
}

TEST(QrPicture, OfSomethingElseIsRefusedByItsLine) {
  const auto result = ParseSample("otpauth_qr_link.png");
  ASSERT_TRUE(result.ok()) << result.status();
  ASSERT_NE(ProblemAt(*result, 1), nullptr);
  EXPECT_THAT(ProblemAt(*result, 1)->reason, HasSubstr("not an otpauth:// address"));
}

TEST(QrPicture, ThatIsDamagedIsRefusedAndSaysWhatToDo) {
  const std::string whole = Sample("otpauth_qr.png");
  ASSERT_GT(whole.size(), 100u);
  for (size_t size = 8; size + 12 < whole.size(); size += 7) {
    const absl::Status status = ParseText(whole.substr(0, size)).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << size;
    EXPECT_THAT(MessageOf(status), HasSubstr("save it again as PNG")) << size;
  }
}

// PNG's checksum of a chunk, big-endian.
std::string Crc(std::string_view bytes) {
  uint32_t crc = 0xffffffff;
  for (const char c : bytes) {
    crc ^= static_cast<uint8_t>(c);
    for (int bit = 0; bit < 8; ++bit) crc = crc & 1 ? crc >> 1 ^ 0xedb88320 : crc >> 1;
  }
  crc = ~crc;
  std::string out;
  for (int shift = 24; shift >= 0; shift -= 8) out += static_cast<char>(crc >> shift & 0xff);
  return out;
}

TEST(QrPicture, OfTooManyPixelsIsRefusedBeforeTheyAreRead) {
  constexpr size_t kHeader = 12, kSize = 16, kHeaderCrc = 29;
  std::string bomb = Sample("otpauth_qr.png");
  ASSERT_EQ(bomb.substr(kHeaderCrc, 4), Crc(std::string_view(bomb).substr(kHeader, 17)));
  bomb.replace(kSize, 8, std::string("\0\0\xff\xff\0\0\xff\xff", 8));
  bomb.replace(kHeaderCrc, 4, Crc(std::string_view(bomb).substr(kHeader, 17)));
  EXPECT_THAT(MessageOf(ParseText(bomb).status()), HasSubstr("too large"));
}

TEST(OtpauthMigration, ReadsTheSampleLineByLine) {
  const auto result = ParseSample("otpauth_migration.txt");
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_TRUE(ItemsPointIntoBuffer(*result));
  ASSERT_EQ(result->accounts.size(), 3u);
  EXPECT_EQ(result->accounts[0].title, "Town Page");
  EXPECT_EQ(result->accounts[0].username, "page@town.example");
  EXPECT_EQ(result->accounts[0].line, 1u);
  EXPECT_EQ(ValueOf(*result, "town-page", ItemKind::kTotp), kAddress);
  EXPECT_EQ(result->accounts[1].title, "Éire");
  EXPECT_EQ(result->accounts[1].username, "us");
  EXPECT_EQ(ValueOf(*result, "eire", ItemKind::kTotp),
            "otpauth://totp/%C3%89ire%3Aus?secret=MFRGGZDFMZTWQ2LKNNWG23TPOBYXE43U"
            "&issuer=%C3%89ire&algorithm=SHA256&digits=8");
  EXPECT_EQ(result->accounts[2].line, 2u);
  // What counts, and what hashes with MD5, is left out and said.
  EXPECT_EQ(std::ranges::count_if(result->problems,
                                  [](const ImportProblem& problem) {
                                    return problem.line == 1 &&
                                           problem.severity == ProblemSeverity::kRefused;
                                  }),
            2);
}

TEST(OtpauthMigration, RefusesEveryTruncation) {
  const std::string code = Sample("otpauth_migration.txt").substr(0, 330);
  ASSERT_NE(code.find("data="), std::string::npos);
  for (size_t size = code.find("data="); size < 300; ++size) {
    const auto result = ParseText(code.substr(0, size));
    ASSERT_TRUE(result.ok()) << size;
    // Base64 of whole groups may end between two accounts, and then the first ones are whole.
    if (!result->accounts.empty()) continue;
    ASSERT_NE(ProblemAt(*result, 1), nullptr) << size;
    EXPECT_THAT(ProblemAt(*result, 1)->reason, HasSubstr("cannot be read")) << size;
  }
}

TEST(OtpauthMigration, SurvivesEveryChangedByte) {
  const std::string code = Sample("otpauth_migration.txt");
  for (size_t at = 0; at < code.size(); ++at) {
    for (const char byte : {'\0', '/', 'A', '\xff'}) {
      std::string changed = code;
      changed[at] = byte;
      const crypto::Secret out = ExpandOtpauthMigrations(crypto::AsBytes(changed));
      EXPECT_GE(out.size(), 1u);
    }
  }
}

TEST(OtpauthMigration, LeavesOtherTextAsItIs) {
  for (const char* text : {"", "\n", "a\nb", "otpauth://totp/a?secret=GEZDGNBVGY3TQOJQ\r\n\n"}) {
    const std::string out =
        TextOf(ExpandOtpauthMigrations(crypto::AsBytes(std::string_view(text))));
    EXPECT_EQ(out, *text == '\0' ? std::string(1, '\0') : text);
  }
}

TEST(OtpauthMigration, MakesNoMoreAddressesThanAnImportTakes) {
  // Twelve accounts with a seed of one byte.
  constexpr char kTwelve[] =
      "CgMKATEKAwoBMQoDCgExCgMKATEKAwoBMQoDCgExCgMKATEKAwoBMQoDCgExCgMKATEKAwoBMQoDCgEx";
  std::string code = "otpauth-migration://offline?data=";
  for (size_t i = 0; i < kMaxImportEntries / 12; ++i) code += kTwelve;
  const std::string most = TextOf(ExpandOtpauthMigrations(crypto::AsBytes(code)));
  EXPECT_EQ(std::ranges::count(most, kAddressSeparator) + 1,
            static_cast<ptrdiff_t>(kMaxImportEntries / 12 * 12));
  code += kTwelve;
  ASSERT_TRUE(HasOtpauthMigration(crypto::AsBytes(code)));
  EXPECT_EQ(TextOf(ExpandOtpauthMigrations(crypto::AsBytes(code))), code);
}

TEST(ForeignFile, IsRefusedWithWhatToDoInstead) {
  const std::pair<std::string, const char*> cases[] = {
      {std::string("\x03\xD9\xA2\x9A\x67\xFB\x4B\xB5", 8), "KeePassXC"},
      {std::string("PK\x03\x04\x14\0\0\0", 8), "1Password"},
      {std::string("SQLite format 3\0\x10\0", 18), "CSV"},
      {"!MTIzNDU2Nzg5MDEyMzQ1Ng==|c2VjcmV0,!MTIz|x\n", "LastPass CSV File"},
      {R"({"nextId":2,"logins":[{"encryptedUsername":"MDIE"}]})", "about:logins"},
      {"***5642bee8-a5ff-11dc-8314-0800200c9a66***\n", "CSV"},
      {std::string("\xFF\xD8\xFF\xE0\0\x10JFIF", 10), "PNG"},
      {std::string("RIFF\x24\0\0\0WEBPVP8 ", 16), "PNG"},
      {"%PDF-1.7\n", "CSV or JSON"},
  };
  for (const auto& [file, what] : cases) {
    const absl::Status status = ParseText(file).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << file;
    EXPECT_THAT(MessageOf(status), HasSubstr(what)) << file;
    // Naming a format does not make it one.
    EXPECT_THAT(MessageOf(ParseText(file, "chrome-csv").status()), HasSubstr(what)) << file;
  }
}

TEST(ForeignFile, IsNoneOfTheSamples) {
  for (const char* name : {"keepassxc.csv", "keepassxc.xml", "bitwarden.json", "1password.csv",
                           "apple.csv", "lastpass.csv", "proton.csv", "firefox.csv", "chrome.csv",
                           "bitwarden.csv", "otpauth.txt", "otpauth_migration.txt"}) {
    const std::string text = Sample(name);
    ASSERT_FALSE(text.empty()) << name;
    EXPECT_TRUE(RefuseForeignFile(crypto::AsBytes(text)).ok()) << name;
  }
}

}  // namespace
}  // namespace quorate::client
