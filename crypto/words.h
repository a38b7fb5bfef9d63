#ifndef QUORATE_CRYPTO_WORDS_H_
#define QUORATE_CRYPTO_WORDS_H_

#include <array>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "crypto/bytes.h"

namespace quorate::crypto {

// 1024 common English words, sorted, no two with the same first four letters. Do not change: people
// compare words between versions of this program.
inline constexpr size_t kWordListSize = 1024;
extern const std::array<std::string_view, kWordListSize> kWordList;

// The first 10 * count bits of the digest, most significant first, a word for each ten; `count` is
// at most 25. Twelve words are 120 bits: for people to read to each other, not a secret.
std::vector<std::string> FingerprintWords(const Digest& digest, size_t count);

}  // namespace quorate::crypto

#endif  // QUORATE_CRYPTO_WORDS_H_
