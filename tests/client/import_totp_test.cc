#include <gtest/gtest.h>

#include <string>

#include "client/import/totp.h"
#include "tests/client/import_testing.h"

namespace quorate::client {
namespace {

// RFC 6238's SHA-1 seed, "12345678901234567890", in base32.
constexpr char kSeed[] = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";

absl::StatusOr<TotpParameters> Parse(const std::string& text) {
  return ParseTotp(crypto::AsBytes(text));
}

std::string Decoded(const std::string& text) {
  const auto parameters = ParseTotp(crypto::AsBytes(text));
  if (!parameters.ok()) return parameters.status().ToString();
  const auto seed = DecodeTotpSecret(*parameters);
  return seed.ok() ? TextOf(*seed) : seed.status().ToString();
}

std::string Uri(const std::string& query) { return "otpauth://totp/Label:user?" + query; }

TEST(Totp, ReadsEveryParameter) {
  const std::string text =
      Uri(std::string("secret=") + kSeed + "&issuer=X&algorithm=SHA256&digits=8&period=60");
  const auto totp = Parse(text);
  ASSERT_TRUE(totp.ok()) << totp.status();
  EXPECT_EQ(totp->digits, 8);
  EXPECT_EQ(totp->period_seconds, 60);
  EXPECT_EQ(totp->algorithm, TotpAlgorithm::kSha256);
  EXPECT_EQ(crypto::AsText(totp->secret), kSeed);
  EXPECT_EQ(reinterpret_cast<const char*>(totp->secret.data()), text.data() + text.find(kSeed));
  EXPECT_EQ(Decoded(text), "12345678901234567890");
}

TEST(Totp, HasTheUsualDefaults) {
  for (const std::string& text : {Uri(std::string("secret=") + kSeed), std::string(kSeed)}) {
    const auto totp = Parse(text);
    ASSERT_TRUE(totp.ok()) << totp.status();
    EXPECT_EQ(totp->digits, 6);
    EXPECT_EQ(totp->period_seconds, 30);
    EXPECT_EQ(totp->algorithm, TotpAlgorithm::kSha1);
  }
}

TEST(Totp, DecodesSeedsAsPeopleWriteThem) {
  for (const char* seed :
       {"gezd gnbv gy3t qojq gezd gnbv gy3t qojq", "GEZDGNBV-GY3TQOJQ-GEZDGNBV-GY3TQOJQ",
        "gezd%20gnbvgy3tqojqgezdgnbvgy3tqojq", "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ%3D%3D",
        "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ==="}) {
    EXPECT_EQ(Decoded(Uri(std::string("secret=") + seed)), "12345678901234567890") << seed;
    EXPECT_EQ(Decoded(seed), "12345678901234567890") << seed;
  }
}

TEST(Totp, DecodesEveryTailLength) {
  // RFC 4648 §10's "foobar" series behind ten bytes.
  EXPECT_EQ(Decoded("GEZDGNBVGY3TQOJQMY"), "1234567890f");
  EXPECT_EQ(Decoded("GEZDGNBVGY3TQOJQMZXQ"), "1234567890fo");
  EXPECT_EQ(Decoded("GEZDGNBVGY3TQOJQMZXW6"), "1234567890foo");
  EXPECT_EQ(Decoded("GEZDGNBVGY3TQOJQMZXW6YQ"), "1234567890foob");
  EXPECT_EQ(Decoded("GEZDGNBVGY3TQOJQMZXW6YTB"), "1234567890fooba");
}

TEST(Totp, IgnoresCaseOfSchemeAndNames) {
  EXPECT_TRUE(Parse(std::string("OTPAUTH://TOTP/x?SECRET=") + kSeed + "&Algorithm=sha512").ok());
}

TEST(Totp, RefusesMalformedAddresses) {
  const std::string seed = std::string("secret=") + kSeed;
  const std::string faults[] = {
      "",
      "otpauth://",
      "otpauth://totp/x",
      "otpauth://totp/x?",
      "otpauth://totp?" + seed,
      "otpauth://other/x?" + seed,
      "https://totp/x?" + seed,
      Uri("issuer=x"),
      Uri("secret="),
      Uri("secret"),
      Uri(seed + "&" + seed),
      Uri(seed + "&digits=5"),
      Uri(seed + "&digits=9"),
      Uri(seed + "&digits="),
      Uri(seed + "&digits=06"),
      Uri(seed + "&digits=+6"),
      Uri(seed + "&digits=6&digits=6"),
      Uri(seed + "&period=9"),
      Uri(seed + "&period=301"),
      Uri(seed + "&period=-30"),
      Uri(seed + "&period=99999999999"),
      Uri(seed + "&algorithm=MD5"),
      Uri(seed + "&algorithm="),
      Uri("secret=GEZDGNBVGY3TQOJ1"),          // 1 is not in the alphabet
      Uri("secret=GEZDGNBVGY3TQOJQG"),         // impossible length
      Uri("secret=GEZDGNBVGY3TQOJQGEZ"),       // impossible length
      Uri("secret=GEZDGNBVGY3TQOJQGEZDGN"),    // impossible length
      Uri("secret=GEZDGNBVGY3TQOJQ=GE"),       // padding inside
      Uri("secret=GEZDGNBVGY3TQOJQ%2"),        // cut percent sign
      Uri("secret=GEZDGNBVGY3TQOJQ%ZZ"),       // no hexadecimal
      Uri("secret=GEZDGNBVGY3TQOJQ%00"),       // NUL
      Uri("secret=GEZDGNBVGY3TQOI"),           // nine bytes
      Uri("secret=" + std::string(208, 'A')),  // 130 bytes
      Uri(seed + "&x=" + std::string(4096, 'x')),
  };
  for (const std::string& text : faults) {
    EXPECT_EQ(Parse(text).status().code(), absl::StatusCode::kInvalidArgument) << text;
  }
}

TEST(Totp, AcceptsTheLongestSeed) {
  EXPECT_EQ(Decoded(Uri("secret=" + std::string(204, 'A') + "A")).size(), 128u);
}

TEST(Totp, NamesWhatIsNotSupported) {
  const std::string seed = std::string("secret=") + kSeed;
  EXPECT_EQ(Parse("otpauth://hotp/x?" + seed + "&counter=7").status().code(),
            absl::StatusCode::kUnimplemented);
  EXPECT_EQ(Parse(std::string("steam://") + kSeed).status().code(),
            absl::StatusCode::kUnimplemented);
  EXPECT_EQ(Parse(Uri(seed + "&encoder=steam")).status().code(), absl::StatusCode::kUnimplemented);
}

TEST(Totp, ErrorsCarryNothingOfTheSeed) {
  for (const char* text : {"otpauth://totp/x?secret=HUNTER2HUNTER2!", "HUNTER2", "HUNTER2!",
                           "otpauth://totp/x?secret=GEZDGNBVGY3TQOJQ&digits=HUNTER2"}) {
    const absl::Status status = Parse(text).status();
    ASSERT_FALSE(status.ok());
    EXPECT_EQ(status.ToString().find("HUNTER2"), std::string::npos);
  }
}

}  // namespace
}  // namespace quorate::client
