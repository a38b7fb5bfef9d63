#include "crypto/words.h"

#include <algorithm>
#include <set>

#include "tests/crypto/testing.h"

namespace quorate::crypto {
namespace {

TEST(Words, AreSortedShortAndUnlikeInTheirFirstFourLetters) {
  std::set<std::string_view> beginnings;
  EXPECT_TRUE(std::is_sorted(kWordList.begin(), kWordList.end()));
  for (std::string_view word : kWordList) {
    EXPECT_GE(word.size(), 3u);
    EXPECT_LE(word.size(), 8u) << word;
    for (char c : word) EXPECT_TRUE(c >= 'a' && c <= 'z') << word;
    EXPECT_TRUE(beginnings.insert(word.substr(0, 4)).second) << word;
  }
}

TEST(Words, NeverChange) {
  std::string all;
  for (std::string_view word : kWordList) all.append(word).push_back(' ');
  EXPECT_EQ(Hex(Sha256(AsBytes(all)).span()),
            "753b2d4546407b70d0ee89ec258768b42890557c0e425cf2f2b27f0b7e01e261");
}

TEST(Words, TakeTenBitsEach) {
  Digest zero;
  EXPECT_EQ(FingerprintWords(zero, 2), (std::vector<std::string>{"acid", "acid"}));
  Digest digest;
  digest.value[0] = 0x00;
  digest.value[1] = 0x40;  // 00 0000 0001 | 00 0000 ...
  digest.value[2] = 0x1f;  // ... 0001 | 1111 1111 11
  digest.value[3] = 0xfc;
  std::vector<std::string> words = FingerprintWords(digest, 3);
  EXPECT_EQ(words[0], kWordList[1]);
  EXPECT_EQ(words[1], kWordList[1]);
  EXPECT_EQ(words[2], kWordList[1023]);
}

TEST(Words, TwelveCoverTheFirst120BitsAndOnlyThose) {
  Digest digest = D("charter");
  std::vector<std::string> words = FingerprintWords(digest, 12);
  EXPECT_EQ(words.size(), 12u);
  for (size_t bit = 0; bit < 256; ++bit) {
    Digest changed = digest;
    changed.value[bit / 8] ^= static_cast<uint8_t>(0x80 >> bit % 8);
    EXPECT_EQ(FingerprintWords(changed, 12) != words, bit < 120) << bit;
  }
}

}  // namespace
}  // namespace quorate::crypto
