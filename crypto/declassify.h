#ifndef QUORATE_CRYPTO_DECLASSIFY_H_
#define QUORATE_CRYPTO_DECLASSIFY_H_

#include <cstddef>

#ifdef QUORATE_CHECK_CONSTANT_TIME
#include <valgrind/memcheck.h>
#endif

// For the constant-time check (tests/constant_time), which runs this folder's code under valgrind
// with every secret marked as undefined: whatever branches on a secret or indexes memory with one
// is then reported. Each call of Declassify is a claim, to be read as one: this value is public
// from here on, though it was computed from secrets. In every other build both do nothing.
namespace quorate::crypto {

inline void Declassify([[maybe_unused]] const void* data, [[maybe_unused]] size_t size) {
#ifdef QUORATE_CHECK_CONSTANT_TIME
  VALGRIND_MAKE_MEM_DEFINED(data, size);
#endif
}

template <typename T>
T Declassified(T value) {
  Declassify(&value, sizeof(value));
  return value;
}

}  // namespace quorate::crypto

#endif  // QUORATE_CRYPTO_DECLASSIFY_H_
