#ifndef QUORATE_CRYPTO_RANDOM_H_
#define QUORATE_CRYPTO_RANDOM_H_

#include <array>
#include <cstdint>
#include <span>

#include "crypto/bytes.h"
#include "crypto/secret.h"

namespace quorate::crypto {

// Where randomness comes from. Not thread-safe unless the implementation says so.
class RandomSource {
 public:
  virtual ~RandomSource() = default;
  virtual void Fill(std::span<uint8_t> out) = 0;
};

// The operating system's generator, through libsodium. Thread-safe.
class SystemRandom final : public RandomSource {
 public:
  void Fill(std::span<uint8_t> out) override;
};

// For tests and the simulator only: the XChaCha20 key stream of a 32-byte seed under an all-zero
// nonce. One continuous stream, so how calls cut it up does not matter. Not thread-safe.
class SeededRandom final : public RandomSource {
 public:
  explicit SeededRandom(const std::array<uint8_t, 32>& seed);
  explicit SeededRandom(uint64_t seed);
  void Fill(std::span<uint8_t> out) override;

 private:
  Secret seed_;
  uint64_t position_ = 0;
};

}  // namespace quorate::crypto

#endif  // QUORATE_CRYPTO_RANDOM_H_
