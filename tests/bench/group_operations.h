#ifndef QUORATE_TESTS_BENCH_GROUP_OPERATIONS_H_
#define QUORATE_TESTS_BENCH_GROUP_OPERATIONS_H_

#include <cstdint>

namespace quorate::bench {

// How often the code under test called into libsodium's group, counted at link time (--wrap).
struct GroupOperations {
  uint64_t base_multiplications = 0;
  uint64_t multiplications = 0;
  uint64_t additions = 0;
  uint64_t decodings = 0;
};

// Counts since the last call.
GroupOperations TakeCounts();

// Repeats these operations, on fixed valid operands, straight in libsodium.
void RunMultiplications(const GroupOperations& counts);
void RunAdditionsAndDecodings(const GroupOperations& counts);

}  // namespace quorate::bench

#endif  // QUORATE_TESTS_BENCH_GROUP_OPERATIONS_H_
