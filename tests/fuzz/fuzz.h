#ifndef QUORATE_TESTS_FUZZ_FUZZ_H_
#define QUORATE_TESTS_FUZZ_FUZZ_H_

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string_view>

#include "crypto/bytes.h"

// What the fuzz targets share. Each target takes bytes that a peer could have sent and ends the
// process where the code under test breaks a promise; anything else that goes wrong is for the
// sanitisers.
namespace quorate::fuzz {

inline void Promise(bool kept, const char* what) {
  if (kept) return;
  std::fprintf(stderr, "broken promise: %s\n", what);
  std::abort();
}

// Takes pieces off an input. What is not there is empty or zero.
class Input {
 public:
  Input(const uint8_t* data, size_t size) : rest_(data, size) {}

  uint8_t Byte() {
    if (rest_.empty()) return 0;
    const uint8_t byte = rest_.front();
    rest_ = rest_.subspan(1);
    return byte;
  }
  uint16_t U16() {
    const unsigned low = Byte();
    return static_cast<uint16_t>(low | static_cast<unsigned>(Byte()) << 8);
  }
  crypto::ByteSpan Take(size_t size) {
    const crypto::ByteSpan piece = rest_.first(size < rest_.size() ? size : rest_.size());
    rest_ = rest_.subspan(piece.size());
    return piece;
  }
  crypto::ByteSpan Rest() { return Take(rest_.size()); }
  std::string_view RestText() { return crypto::AsText(Rest()); }
  bool empty() const { return rest_.empty(); }

 private:
  crypto::ByteSpan rest_;
};

}  // namespace quorate::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

#endif  // QUORATE_TESTS_FUZZ_FUZZ_H_
