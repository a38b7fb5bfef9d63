#ifndef QUORATE_TESTS_VECTORS_SECTIONS_H_
#define QUORATE_TESTS_VECTORS_SECTIONS_H_

#include <array>
#include <cstdlib>
#include <iostream>
#include <utility>

#include "absl/status/statusor.h"
#include "crypto/random.h"
#include "tests/vectors/json.h"

namespace quorate::vectors {

// One array of a document: how it is made and how one element of it is checked.
struct Section {
  const char* key;
  void (*emit)(Out& out, crypto::RandomSource& random);
  void (*check)(const In& element);
};

extern const std::array<Section, 3> kBasicSections;
extern const std::array<Section, 2> kEpochSections;
extern const std::array<Section, 2> kItemSections;
extern const std::array<Section, 6> kKeySections;

// The value, or the end of the program: for what the emitter itself made.
template <typename T>
T Must(absl::StatusOr<T> result) {
  if (!result.ok()) {
    std::cerr << result.status() << "\n";
    std::exit(2);
  }
  return *std::move(result);
}

}  // namespace quorate::vectors

#endif  // QUORATE_TESTS_VECTORS_SECTIONS_H_
