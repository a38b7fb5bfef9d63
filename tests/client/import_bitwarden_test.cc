#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "absl/strings/str_cat.h"
#include "tests/client/import_testing.h"

namespace quorate::client {
namespace {

std::string Export(const std::string& items) {
  return absl::StrCat("{\"encrypted\":false,\"folders\":[],\n\"items\":[\n", items, "\n]}");
}

std::string Login(const std::string& name, const std::string& login) {
  return absl::StrCat("{\"type\":1,\"name\":\"", name, "\",\"notes\":null,\"login\":", login, "}");
}

TEST(BitwardenJson, ReadsTheSample) {
  const auto result = ParseSample("bitwarden.json");
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_TRUE(ItemsPointIntoBuffer(*result));
  ASSERT_EQ(result->accounts.size(), 5u);
  EXPECT_EQ(result->accounts[0].username, "page@town.example");
  EXPECT_EQ(result->accounts[0].url, "https://page.example/login");
  EXPECT_EQ(result->accounts[0].line, 11u);
  EXPECT_EQ(ValueOf(*result, "town-page", ItemKind::kPassword), "corr\"ect \\ horse");
  EXPECT_EQ(ValueOf(*result, "town-page", ItemKind::kNote), "First line\nsecond \"line\"");
  EXPECT_EQ(ValueOf(*result, "town-page", ItemKind::kRecoveryCodes), "aaaa-1111\nbbbb-2222");
  EXPECT_EQ(ValueOf(*result, "town-page", ItemKind::kToken), "tok-dummy");
  EXPECT_EQ(ValueOf(*result, "town-page", ItemKind::kTotp),
            "otpauth://totp/Town:page?secret=MFRGGZDFMZTWQ2LKNNWG23TPOBYXE43U&issuer=Town");
  EXPECT_EQ(ValueOf(*result, "eire", ItemKind::kPassword), "pä55-日本-😀");
  EXPECT_EQ(ValueOf(*result, "eire", ItemKind::kTotp), "gezd gnbv gy3t qojq gezd gnbv gy3t qojq");
  EXPECT_EQ(FindAccount(*result, "eire")->line, 63u);
}

TEST(BitwardenJson, TakesASecureNoteAsANote) {
  const auto result = ParseSample("bitwarden.json");
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_EQ(ValueOf(*result, "door", ItemKind::kNote), "code 0000");
  EXPECT_EQ(ValueOf(*result, "door", ItemKind::kPassword), std::nullopt);
  EXPECT_EQ(ProblemAt(*result, 91), nullptr);
}

TEST(BitwardenJson, ReportsWhatItLeavesOutByLine) {
  const auto result = ParseSample("bitwarden.json");
  ASSERT_TRUE(result.ok()) << result.status();
  ASSERT_NE(ProblemAt(*result, 110), nullptr) << "a card";
  EXPECT_EQ(ProblemAt(*result, 110)->severity, ProblemSeverity::kRefused);
  ASSERT_NE(ProblemAt(*result, 134), nullptr) << "an empty login";
  EXPECT_EQ(ProblemAt(*result, 134)->severity, ProblemSeverity::kNotice);
  ASSERT_NE(ProblemAt(*result, 157), nullptr) << "a passkey";
  EXPECT_EQ(ProblemAt(*result, 157)->severity, ProblemSeverity::kRefused);
  EXPECT_EQ(ValueOf(*result, "passkey", ItemKind::kPassword), "with-passkey");
  const auto at_184 = std::ranges::count(result->problems, 184u, &ImportProblem::line);
  EXPECT_EQ(at_184, 2) << "an unknown field and a second field of recovery codes";
  EXPECT_EQ(ValueOf(*result, "odd-field", ItemKind::kRecoveryCodes), "one");
  EXPECT_EQ(result->problems.size(), 5u);
}

TEST(BitwardenJson, ParsesInTheBufferItselfWithoutATrailingNul) {
  for (const char* end : {"", " ", "\n", "\n\n"}) {
    const auto result = ParseText(Export(Login("a", "{\"password\":\"p\"}")) + end);
    ASSERT_TRUE(result.ok()) << result.status();
    EXPECT_EQ(ValueOf(*result, "a", ItemKind::kPassword), "p");
    EXPECT_TRUE(ItemsPointIntoBuffer(*result));
  }
}

TEST(BitwardenJson, DecodesEscapes) {
  const auto result =
      ParseText(Export(Login("a", "{\"password\":\"\\\"\\\\\\/\\b\\t\\u00e9\\ud83d\\ude00\"}")));
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_EQ(ValueOf(*result, "a", ItemKind::kPassword), "\"\\/\b\té😀");
}

TEST(BitwardenJson, RefusesAnAccountEncryptedExportAndSaysWhatToDo) {
  const auto result = ParseSample("bitwarden_account_encrypted.json");
  EXPECT_EQ(result.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(result.status().message()), testing::HasSubstr("password protected"));
}

TEST(BitwardenJson, RefusesEveryTruncation) {
  const std::string text = Export(Login("a", "{\"password\":\"p\\u00e9\",\"totp\":null}"));
  for (size_t cut = 0; cut < text.size(); ++cut) {
    EXPECT_EQ(ParseText(text.substr(0, cut), "bitwarden-json").status().code(),
              absl::StatusCode::kInvalidArgument)
        << cut;
  }
}

TEST(BitwardenJson, NamesTheLineOfASyntaxError) {
  const auto status = ParseText(Export("{\"type\":1,\n\"name\":hunter2}")).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(status.message()), testing::HasSubstr("line 4"));
  EXPECT_THAT(std::string(status.message()), testing::Not(testing::HasSubstr("hunter2")));
}

TEST(BitwardenJson, RefusesOtherJson) {
  for (const char* text : {"{}", "[]", "null", "1", "\"x\"", "{\"encrypted\":false}",
                           "{\"encrypted\":false,\"items\":{}}", "{\"items\":null}", "{} {}",
                           "{\"encrypted\":false,\"items\":[]}x"}) {
    EXPECT_EQ(ParseText(text, "bitwarden-json").status().code(), absl::StatusCode::kInvalidArgument)
        << text;
  }
}

TEST(BitwardenJson, ReportsEntriesOfAnotherShape) {
  for (const char* item :
       {"1", "null", "[]", "\"x\"", "{}", "{\"type\":\"1\"}", "{\"type\":1}", "{\"type\":9}",
        "{\"type\":1,\"login\":[]}", "{\"type\":1,\"login\":{\"password\":5}}",
        "{\"type\":1,\"name\":{},\"login\":{\"password\":\"p\"}}",
        "{\"type\":1,\"notes\":[],\"login\":{\"password\":\"p\"}}",
        "{\"type\":1,\"login\":{\"password\":\"p\",\"totp\":[]}}"}) {
    const auto result =
        ParseText(Export(std::string(item) + "," + Login("b", "{\"password\":\"q\"}")));
    ASSERT_TRUE(result.ok()) << item;
    EXPECT_EQ(result->accounts.size(), 1u) << item;
    EXPECT_EQ(ValueOf(*result, "b", ItemKind::kPassword), "q") << item;
    EXPECT_TRUE(result->HasRefusals()) << item;
  }
}

TEST(BitwardenJson, ToleratesOddSideFields) {
  const auto result = ParseText(Export(
      "{\"type\":1,\"name\":\"a\",\"fields\":[1,null,{\"name\":5,\"value\":true,\"type\":2}],"
      "\"login\":{\"password\":\"p\",\"uris\":[7],\"fido2Credentials\":5}}"));
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_EQ(ValueOf(*result, "a", ItemKind::kPassword), "p");
  EXPECT_TRUE(result->HasRefusals()) << "a field that is not text";
}

TEST(BitwardenJson, RefusesANulInASecret) {
  const auto result = ParseText(Export(Login("a", "{\"password\":\"p\\u0000q\"}")));
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_TRUE(result->accounts.empty());
  EXPECT_TRUE(result->HasRefusals());
}

TEST(BitwardenJson, SurvivesDeepNesting) {
  const std::string deep = std::string(2'000'000, '[');
  EXPECT_EQ(ParseText(Export(deep)).status().code(), absl::StatusCode::kInvalidArgument);
  const std::string closed = std::string(200'000, '[') + std::string(200'000, ']');
  const auto result = ParseText(Export(closed + "," + Login("b", "{\"password\":\"q\"}")));
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_EQ(result->accounts.size(), 1u);
}

TEST(BitwardenJson, BoundsTheNumberOfEntries) {
  std::string items = "1";
  for (size_t i = 1; i < kMaxImportEntries; ++i) items += ",1";
  EXPECT_TRUE(ParseText(Export(items)).ok());
  EXPECT_EQ(ParseText(Export(items + ",1")).status().code(), absl::StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace quorate::client
