#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>

#include "client/import/bitwarden_envelope.h"
#include "tests/client/import_testing.h"

namespace quorate::client {
namespace {

using testing::HasSubstr;
using testing::Not;

// Of every sample: see make_bitwarden_protected.py beside them.
constexpr char kPassword[] = "dummy Pässword 1";

std::string Sample(const std::string& name) {
  const auto file =
      ReadSecretFile("tests/client/samples/bitwarden_protected_" + name + ".json", kMaxImportBytes);
  return file.ok() ? TextOf(*file) : "";
}

// Gives `password` and counts how often it was asked for.
struct Person {
  std::string password = kPassword;
  int asked = 0;

  absl::StatusOr<ImportResult> Import(std::string_view text, std::string_view format = {}) {
    return ParseExport(SecretFrom(text), format, [this]() -> absl::StatusOr<crypto::Secret> {
      ++asked;
      return SecretFrom(password);
    });
  }
};

std::string Replaced(std::string text, const std::string& from, const std::string& to) {
  const size_t at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return at == std::string::npos ? text : text.replace(at, from.size(), to);
}

// A member's sealed text, "2.iv|ciphertext|mac", with the first character of one part changed.
std::string Flipped(std::string text, const std::string& member, int part) {
  size_t at = text.find("\"2.", text.find(member)) + 3;
  for (; part > 0; --part) at = text.find('|', at) + 1;
  text[at] = text[at] == 'A' ? 'B' : 'A';
  return text;
}

constexpr char kCheck[] = "encKeyValidation_DO_NOT_EDIT";

TEST(BitwardenProtected, OpensWhatEachWayOfMakingTheKeySealed) {
  for (const char* name : {"pbkdf2", "argon2id", "argon2id_one_lane"}) {
    Person person;
    const auto result = person.Import(Sample(name));
    ASSERT_TRUE(result.ok()) << name << result.status();
    EXPECT_EQ(person.asked, 1);
    EXPECT_TRUE(ItemsPointIntoBuffer(*result));
    ASSERT_EQ(result->accounts.size(), 2u);
    EXPECT_EQ(result->accounts[0].username, "page@town.example");
    EXPECT_EQ(ValueOf(*result, "town-page", ItemKind::kPassword), "pä55 \"dummy\" 😀");
    EXPECT_EQ(ValueOf(*result, "town-page", ItemKind::kTotp),
              "otpauth://totp/Town:page?secret=MFRGGZDFMZTWQ2LKNNWG23TPOBYXE43U");
    EXPECT_EQ(ValueOf(*result, "door", ItemKind::kNote), "code 0000");
    EXPECT_FALSE(result->HasRefusals());
  }
}

TEST(BitwardenProtected, OpensUnderItsFormatsNameAndBehindAByteOrderMark) {
  EXPECT_TRUE(Person().Import(Sample("pbkdf2"), "bitwarden-json").ok());
  EXPECT_TRUE(Person().Import("\xEF\xBB\xBF\n" + Sample("pbkdf2")).ok());
}

TEST(BitwardenProtected, RefusesAWrongPassword) {
  for (const char* name : {"pbkdf2", "argon2id"}) {
    for (const char* password : {"dummy Pässword 2", "dummy Password 1", "dummy Pässword 1 "}) {
      const absl::Status status = Person{password}.Import(Sample(name)).status();
      EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
      EXPECT_THAT(std::string(status.message()), HasSubstr("the password does not open"));
      EXPECT_THAT(std::string(status.message()), Not(HasSubstr("dummy")));
    }
  }
  EXPECT_EQ(Person{""}.Import(Sample("pbkdf2")).status().code(),
            absl::StatusCode::kInvalidArgument);
}

TEST(BitwardenProtected, WithoutAPasswordSaysWhatToDo) {
  const absl::Status status = ParseText(Sample("pbkdf2")).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(status.message()), HasSubstr("encrypted with a password"));
}

TEST(BitwardenProtected, GivesBackTheErrorOfWhoeverIsAsked) {
  const absl::Status status =
      ParseExport(SecretFrom(Sample("pbkdf2")), {}, [] {
        return absl::StatusOr<crypto::Secret>(absl::CancelledError("went away"));
      }).status();
  EXPECT_EQ(status, absl::CancelledError("went away"));
}

TEST(BitwardenProtected, TellsDamageFromAWrongPassword) {
  const std::string sample = Sample("pbkdf2");
  for (const char* member : {kCheck, "\"data\""}) {
    for (int part : {0, 1, 2}) {
      Person person;
      const absl::Status status = person.Import(Flipped(sample, member, part)).status();
      EXPECT_EQ(person.asked, 1) << member << part;
      EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
      EXPECT_THAT(std::string(status.message()), HasSubstr("right, but this export is damaged"));
    }
  }
}

TEST(BitwardenProtected, RefusesWhatIsNoExportUnderAGoodMac) {
  EXPECT_THAT(std::string(Person().Import(Sample("padding")).status().message()),
              HasSubstr("right, but this export is damaged"));
  EXPECT_THAT(std::string(Person().Import(Sample("not_json")).status().message()),
              HasSubstr("not valid JSON"));
  Person person;
  EXPECT_EQ(person.Import(Sample("nested")).status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(person.asked, 1) << "an export inside an export is not opened";
}

TEST(BitwardenProtected, RefusesEveryFaultOfTheEnvelopeBeforeAskingForThePassword) {
  const std::string sample = Sample("pbkdf2");
  const std::string argon2id = Sample("argon2id");
  const std::pair<std::string, std::string> cases[] = {
      {"not true", Replaced(sample, "\"encrypted\": true", "\"encrypted\": false")},
      {"not protected", Replaced(sample, "Protected\": true", "Protected\": 1")},
      {"no salt", Replaced(sample, "\"salt\"", "\"pepper\"")},
      {"empty salt", Replaced(sample, "AAECAwQFBgcICQoLDA0ODw==", "")},
      {"long salt", Replaced(sample, "AAECAwQF", std::string(kMaxBitwardenSalt, 'A'))},
      {"salt no text", Replaced(sample, "\"AAECAwQFBgcICQoLDA0ODw==\"", "5")},
      {"no kind of key", Replaced(sample, "kdfType", "kdfTyp")},
      {"unknown kind of key", Replaced(sample, "\"kdfType\": 0", "\"kdfType\": 2")},
      {"negative kind of key", Replaced(sample, "\"kdfType\": 0", "\"kdfType\": -1")},
      {"kind of key as text", Replaced(sample, "\"kdfType\": 0", "\"kdfType\": \"0\"")},
      {"no iterations", Replaced(sample, "kdfIterations", "iterations")},
      {"few iterations", Replaced(sample, "5000", "4999")},
      {"many iterations", Replaced(sample, "5000", "2000001")},
      {"huge iterations", Replaced(sample, "5000", "4294972296")},
      {"broken iterations", Replaced(sample, "5000", "5000.5")},
      {"one pass", Replaced(argon2id, "Iterations\": 2", "Iterations\": 1")},
      {"eleven passes", Replaced(argon2id, "Iterations\": 2", "Iterations\": 11")},
      {"little memory", Replaced(argon2id, "Memory\": 16", "Memory\": 15")},
      {"much memory", Replaced(argon2id, "Memory\": 16", "Memory\": 1025")},
      {"no memory", Replaced(argon2id, "Memory\": 16", "Memory\": null")},
      {"no lanes", Replaced(argon2id, "Parallelism\": 4", "Parallelism\": 0")},
      {"negative lanes", Replaced(argon2id, "Parallelism\": 4", "Parallelism\": -4")},
      {"many lanes", Replaced(argon2id, "Parallelism\": 4", "Parallelism\": 17")},
      {"no check", Replaced(sample, kCheck, "encKeyValidation")},
      {"no data", Replaced(sample, "\"data\"", "\"datum\"")},
      {"other encryption", Replaced(sample, "\"data\": \"2.", "\"data\": \"0.")},
      {"no encryption", Replaced(sample, "\"data\": \"2.", "\"data\": \"")},
      {"short vector", Replaced(sample, "\"data\": \"2.28G0", "\"data\": \"2.")},
      {"no bars", Replaced(sample, "lxjgEAQ==|", "lxjgEAQ==")},
      {"third bar", Replaced(sample, "lxjgEAQ==|", "lxjgEAQ==||")},
      {"no ciphertext", Replaced(sample,
                                 "aFwYzQ4twaBNwbbIEnR0uYoAR+32uN5xa+WqGTiFvg7sLrNh6POid"
                                 "abukI/L/JZx",
                                 "")},
      {"half a block", Replaced(sample, "aFwYzQ4twaBN", "")},
      {"no base64", Replaced(sample, "aFwYzQ4t", "aFwYzQ4-")},
      {"white space", Replaced(sample, "aFwYzQ4t", "aFwY zQ4t")},
      {"short mac", Replaced(sample, "z1nlVx9F", "")},
      {"trailing bytes", sample + "x"},
  };
  for (const auto& [name, text] : cases) {
    Person person;
    const absl::Status status = person.Import(text).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << name;
    EXPECT_THAT(std::string(status.message()), HasSubstr("again")) << name;
    EXPECT_EQ(person.asked, 0) << name;
  }
}

TEST(BitwardenProtected, AdmitsTheBoundsOfTheKeyDerivation) {
  const std::pair<std::string, std::string> cases[] = {
      {"pbkdf2", Replaced(Sample("pbkdf2"), "5000", "2000000")},
      {"passes", Replaced(Sample("argon2id"), "Iterations\": 2", "Iterations\": 10")},
      {"memory", Replaced(Sample("argon2id"), "Memory\": 16", "Memory\": 1024")},
      {"lanes", Replaced(Sample("argon2id"), "Parallelism\": 4", "Parallelism\": 16")},
  };
  for (const auto& [name, text] : cases) {
    crypto::Secret copy = SecretFrom(text);
    EXPECT_TRUE(ParseBitwardenEnvelope(copy.RevealMutable()).ok()) << name;
  }
}

TEST(BitwardenProtected, RefusesEveryTruncation) {
  const std::string sample = Sample("pbkdf2");
  for (size_t cut = 0; cut + 2 < sample.size(); ++cut) {
    EXPECT_EQ(ParseText(sample.substr(0, cut), "bitwarden-json").status().code(),
              absl::StatusCode::kInvalidArgument)
        << cut;
  }
}

TEST(BitwardenProtected, TakesAPlainExportThatSpeaksOfPasswordsForWhatItIs) {
  Person person;
  const auto result = person.Import(
      "{\"encrypted\":false,\"items\":[{\"type\":1,\"name\":\"\\\"passwordProtected\\\": true\","
      "\"notes\":\"passwordProtected\",\"passwordProtected\":true,"
      "\"login\":{\"password\":\"passwordProtected\"}}]}");
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_EQ(result->accounts.size(), 1u);
  EXPECT_EQ(person.asked, 0);
}

}  // namespace
}  // namespace quorate::client
