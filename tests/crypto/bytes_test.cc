#include "crypto/bytes.h"

#include "tests/crypto/testing.h"

namespace quorate::crypto {
namespace {

TEST(Bytes, HexGoesThereAndBack) {
  Bytes bytes = {0x00, 0x1f, 0xa0, 0xff};
  EXPECT_EQ(Hex(bytes), "001fa0ff");
  EXPECT_EQ(FromHex("001fa0ff"), bytes);
  EXPECT_EQ(FromHex(""), Bytes{});
}

TEST(Bytes, HexRefusesOddLengthsCapitalsAndOtherCharacters) {
  for (const char* bad : {"0", "0A", "0g", "0x", " 00", "00 "}) {
    EXPECT_FALSE(FromHex(bad).has_value()) << bad;
  }
}

TEST(Bytes, Base64UrlFollowsTheRfc) {
  // RFC 4648 §10, without padding.
  const std::pair<const char*, const char*> cases[] = {
      {"", ""},           {"f", "Zg"},          {"fo", "Zm8"},         {"foo", "Zm9v"},
      {"foob", "Zm9vYg"}, {"fooba", "Zm9vYmE"}, {"foobar", "Zm9vYmFy"}};
  for (const auto& [plain, coded] : cases) {
    EXPECT_EQ(Base64Url(AsBytes(plain)), coded);
    EXPECT_EQ(FromBase64Url(coded), ToBytes(plain));
  }
  EXPECT_EQ(Base64Url(Bytes{0xfb, 0xff}), "-_8");
}

TEST(Bytes, Base64UrlHasOneEncodingForEachValue) {
  // Left-over bits, padding, the other alphabet, white space, a lone character.
  for (const char* bad : {"Zh", "Zm9", "Zg==", "+_8", "-/8", "Zm 8", "Zm8\n", "Z"}) {
    EXPECT_FALSE(FromBase64Url(bad).has_value()) << bad;
  }
}

TEST(Bytes, Sha256FollowsFips180) {
  EXPECT_EQ(Hex(Sha256(AsBytes("abc")).span()),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST(Bytes, DigestsAreExactly32Bytes) {
  EXPECT_TRUE(Digest::FromBytes(Bytes(32)).has_value());
  EXPECT_FALSE(Digest::FromBytes(Bytes(31)).has_value());
  EXPECT_FALSE(Digest::FromBytes(Bytes(33)).has_value());
}

}  // namespace
}  // namespace quorate::crypto
