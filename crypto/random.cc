#include "crypto/random.h"

#include <sodium.h>

#include <algorithm>

#include "crypto/require.h"

namespace quorate::crypto {

void SystemRandom::Fill(std::span<uint8_t> out) { randombytes_buf(out.data(), out.size()); }

SeededRandom::SeededRandom(const std::array<uint8_t, 32>& seed) : seed_(Secret::Copy(seed)) {}

SeededRandom::SeededRandom(uint64_t seed) : seed_(Secret::Zero(32)) {
  for (size_t i = 0; i < 8; ++i) {
    seed_.RevealMutable()[i] = static_cast<uint8_t>(seed >> (8 * i));
  }
}

void SeededRandom::Fill(std::span<uint8_t> out) {
  constexpr uint64_t kBlock = 64;
  static constexpr std::array<uint8_t, crypto_stream_xchacha20_NONCEBYTES> kNonce{};
  while (!out.empty()) {
    Secret block = Secret::Zero(kBlock);
    uint8_t* bytes = block.RevealMutable().data();
    Require(crypto_stream_xchacha20_xor_ic(bytes, bytes, kBlock, kNonce.data(), position_ / kBlock,
                                           seed_.Reveal().data()) == 0);
    size_t skip = position_ % kBlock;
    size_t take = std::min<size_t>(kBlock - skip, out.size());
    std::copy_n(bytes + skip, take, out.begin());
    out = out.subspan(take);
    position_ += take;
  }
}

}  // namespace quorate::crypto
