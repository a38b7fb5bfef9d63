#ifndef QUORATE_TESTS_CRYPTO_TESTING_H_
#define QUORATE_TESTS_CRYPTO_TESTING_H_

#include <gtest/gtest.h>

#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "crypto/dealing.h"
#include "crypto/decryption_share.h"
#include "crypto/fault.h"
#include "crypto/point.h"
#include "crypto/qualified_set.h"
#include "crypto/random.h"
#include "crypto/receiving_key.h"
#include "crypto/scalar.h"
#include "crypto/shamir.h"
#include "crypto/threshold_encryption.h"

namespace quorate::crypto {

inline absl::Status StatusOf(const absl::Status& status) { return status; }
template <typename T>
absl::Status StatusOf(const absl::StatusOr<T>& result) {
  return result.status();
}

#define EXPECT_OK(expression)                                                \
  do {                                                                       \
    absl::Status expect_ok_status = ::quorate::crypto::StatusOf(expression); \
    EXPECT_TRUE(expect_ok_status.ok()) << expect_ok_status;                  \
  } while (false)

#define EXPECT_INVALID(expression) \
  EXPECT_EQ(::quorate::crypto::StatusOf(expression).code(), absl::StatusCode::kInvalidArgument)

// The value, or the end of the test binary.
template <typename T>
T Must(absl::StatusOr<T> result) {
  if (!result.ok()) ADD_FAILURE() << result.status();
  return *std::move(result);
}
template <typename T>
T Must(std::optional<T> result) {
  if (!result.has_value()) ADD_FAILURE() << "no value";
  return *std::move(result);
}

// Always gives the same bytes: a broken generator or a restored snapshot.
class StuckRandom final : public RandomSource {
 public:
  explicit StuckRandom(uint8_t byte = 7) : byte_(byte) {}
  void Fill(std::span<uint8_t> out) override {
    for (uint8_t& byte : out) byte = byte_;
  }

 private:
  uint8_t byte_;
};

inline ShareIndex At(uint32_t index) { return Must(ShareIndex::From(index)); }
inline Threshold K(uint32_t threshold) { return Must(Threshold::From(threshold)); }
inline Scalar U(uint64_t value) { return Scalar::FromU64(value); }
inline SecretScalar S(uint64_t value) { return SecretScalar::FromPublic(U(value)); }
Digest D(std::string_view text);
Point P(std::string_view hex);
Scalar Sc(std::string_view hex);
Point RandomPoint(RandomSource& random);
// The scalar behind a secret, for attackers who know it.
Scalar Known(const SecretScalar& secret);

// A vault's sharing by one trusted dealer, for tests that are not about dealing.
struct TestVault {
  std::vector<Point> commitments;
  std::vector<ShareIndex> indices;
  std::vector<SecretScalar> shares;
  std::vector<Point> public_shares;

  const Point& key() const { return commitments.front(); }
};
TestVault MakeVault(uint32_t k, uint32_t n, RandomSource& random);

// A sharing as its holders run it.
struct TestSharing {
  SharingContext context;
  // In the order of the receivers.
  std::vector<ReceivingKey> keys;
  std::vector<Dealing> dealings;
  std::vector<SecretScalar> shares;
  std::optional<QualifiedSet> set;
};
// Receivers 1..n with their keys, and nothing dealt yet.
TestSharing StartSharing(SharingKind kind, uint32_t k, uint32_t n, RandomSource& random,
                         std::vector<Point> previous = {});
// Opens and combines what `sharing.dealings` hold.
void FinishSharing(TestSharing& sharing);
TestSharing GenerateKey(uint32_t k, uint32_t n, RandomSource& random);
// By the old holders at `positions`.
TestSharing Reshare(const TestSharing& old, const std::vector<size_t>& positions, uint32_t k,
                    uint32_t n, RandomSource& random);

ItemLabel MakeLabel();

// All subsets of {0..n-1} with `size` elements.
std::vector<std::vector<size_t>> Subsets(size_t n, size_t size);

}  // namespace quorate::crypto

#endif  // QUORATE_TESTS_CRYPTO_TESTING_H_
