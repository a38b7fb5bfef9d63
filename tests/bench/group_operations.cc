#include "tests/bench/group_operations.h"

#include <benchmark/benchmark.h>

#include <array>
#include <utility>

// The names that the linker's --wrap gives: calls arrive at __wrap_, and libsodium is __real_.
// NOLINTBEGIN(bugprone-reserved-identifier)
extern "C" {
int __real_crypto_scalarmult_ristretto255(unsigned char* q, const unsigned char* n,
                                          const unsigned char* p);
int __real_crypto_scalarmult_ristretto255_base(unsigned char* q, const unsigned char* n);
int __real_crypto_core_ristretto255_add(unsigned char* r, const unsigned char* p,
                                        const unsigned char* q);
int __real_crypto_core_ristretto255_sub(unsigned char* r, const unsigned char* p,
                                        const unsigned char* q);
int __real_crypto_core_ristretto255_is_valid_point(const unsigned char* p);
}

namespace quorate::bench {
namespace {

using Bytes32 = std::array<unsigned char, 32>;

GroupOperations counts;

Bytes32 MakeScalar() {
  Bytes32 scalar;
  // Less than the group's order, and with as many set bits as a random one.
  for (size_t i = 0; i < scalar.size(); ++i) scalar[i] = static_cast<unsigned char>(37 * i + 11);
  scalar.back() = 0x0b;
  return scalar;
}

Bytes32 MakePoint() {
  Bytes32 point;
  __real_crypto_scalarmult_ristretto255_base(point.data(), MakeScalar().data());
  return point;
}

}  // namespace

GroupOperations TakeCounts() { return std::exchange(counts, {}); }

void RunMultiplications(const GroupOperations& operations) {
  static const Bytes32 kScalar = MakeScalar();
  static const Bytes32 kPoint = MakePoint();
  Bytes32 out;
  for (uint64_t i = 0; i < operations.base_multiplications; ++i) {
    benchmark::DoNotOptimize(
        __real_crypto_scalarmult_ristretto255_base(out.data(), kScalar.data()));
  }
  for (uint64_t i = 0; i < operations.multiplications; ++i) {
    benchmark::DoNotOptimize(
        __real_crypto_scalarmult_ristretto255(out.data(), kScalar.data(), kPoint.data()));
  }
}

void RunAdditionsAndDecodings(const GroupOperations& operations) {
  static const Bytes32 kPoint = MakePoint();
  Bytes32 out;
  for (uint64_t i = 0; i < operations.additions; ++i) {
    benchmark::DoNotOptimize(
        __real_crypto_core_ristretto255_add(out.data(), kPoint.data(), kPoint.data()));
  }
  for (uint64_t i = 0; i < operations.decodings; ++i) {
    benchmark::DoNotOptimize(__real_crypto_core_ristretto255_is_valid_point(kPoint.data()));
  }
}

}  // namespace quorate::bench

extern "C" {
int __wrap_crypto_scalarmult_ristretto255(unsigned char* q, const unsigned char* n,
                                          const unsigned char* p);
int __wrap_crypto_scalarmult_ristretto255_base(unsigned char* q, const unsigned char* n);
int __wrap_crypto_core_ristretto255_add(unsigned char* r, const unsigned char* p,
                                        const unsigned char* q);
int __wrap_crypto_core_ristretto255_sub(unsigned char* r, const unsigned char* p,
                                        const unsigned char* q);
int __wrap_crypto_core_ristretto255_is_valid_point(const unsigned char* p);

int __wrap_crypto_scalarmult_ristretto255(unsigned char* q, const unsigned char* n,
                                          const unsigned char* p) {
  ++quorate::bench::counts.multiplications;
  return __real_crypto_scalarmult_ristretto255(q, n, p);
}

int __wrap_crypto_scalarmult_ristretto255_base(unsigned char* q, const unsigned char* n) {
  ++quorate::bench::counts.base_multiplications;
  return __real_crypto_scalarmult_ristretto255_base(q, n);
}

int __wrap_crypto_core_ristretto255_add(unsigned char* r, const unsigned char* p,
                                        const unsigned char* q) {
  ++quorate::bench::counts.additions;
  return __real_crypto_core_ristretto255_add(r, p, q);
}

int __wrap_crypto_core_ristretto255_sub(unsigned char* r, const unsigned char* p,
                                        const unsigned char* q) {
  ++quorate::bench::counts.additions;
  return __real_crypto_core_ristretto255_sub(r, p, q);
}

int __wrap_crypto_core_ristretto255_is_valid_point(const unsigned char* p) {
  ++quorate::bench::counts.decodings;
  return __real_crypto_core_ristretto255_is_valid_point(p);
}
}
// NOLINTEND(bugprone-reserved-identifier)
