#include "custody/log/base64.h"

#include <gtest/gtest.h>

namespace quorate::log {
namespace {

// RFC 4648 section 10.
TEST(Base64Test, WritesTheVectorsOfTheRfc) {
  EXPECT_EQ(Base64(crypto::AsBytes("")), "");
  EXPECT_EQ(Base64(crypto::AsBytes("f")), "Zg==");
  EXPECT_EQ(Base64(crypto::AsBytes("fo")), "Zm8=");
  EXPECT_EQ(Base64(crypto::AsBytes("foo")), "Zm9v");
  EXPECT_EQ(Base64(crypto::AsBytes("foob")), "Zm9vYg==");
  EXPECT_EQ(Base64(crypto::AsBytes("fooba")), "Zm9vYmE=");
  EXPECT_EQ(Base64(crypto::AsBytes("foobar")), "Zm9vYmFy");
  EXPECT_EQ(Base64(crypto::Bytes{0xFB, 0xFF, 0xBF}), "+/+/");
}

TEST(Base64Test, ReadsWhatItWrites) {
  crypto::Bytes bytes;
  for (int i = 0; i < 300; ++i) {
    EXPECT_EQ(FromBase64(Base64(bytes)), bytes);
    bytes.push_back(static_cast<uint8_t>(i * 37));
  }
}

TEST(Base64Test, RejectsEveryOtherSpelling) {
  for (const char* text : {"Zg=", "Zg", "Z", "Z===", "====", "=", "Zg==Zg==", "Zm9v=", "Zm=v",
                           "Zm9v\n", " Zm9v", "Zm9-", "Zm9_", "Zh==", "Zm9=", "Zg=v", "Zm9v===="}) {
    EXPECT_FALSE(FromBase64(text).has_value()) << text;
  }
  EXPECT_FALSE(FromBase64(std::string_view("Zm9\0", 4)).has_value());
}

}  // namespace
}  // namespace quorate::log
