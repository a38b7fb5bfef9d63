#include "crypto/words.h"

#include "crypto/require.h"

namespace quorate::crypto {

std::vector<std::string> FingerprintWords(const Digest& digest, size_t count) {
  constexpr size_t kBits = 10;
  Require(count * kBits <= Digest::kSize * 8);
  std::vector<std::string> words;
  for (size_t i = 0; i < count; ++i) {
    size_t index = 0;
    for (size_t bit = i * kBits; bit < (i + 1) * kBits; ++bit) {
      index = index << 1 | (digest.value[bit / 8] >> (7 - bit % 8) & 1u);
    }
    words.emplace_back(kWordList[index]);
  }
  return words;
}

}  // namespace quorate::crypto
