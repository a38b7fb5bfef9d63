#ifndef QUORATE_CRYPTO_SHAMIR_H_
#define QUORATE_CRYPTO_SHAMIR_H_

#include <compare>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "absl/status/statusor.h"
#include "crypto/random.h"
#include "crypto/scalar.h"
#include "crypto/secret.h"

namespace quorate::crypto {

// The most holders that a vault can have.
inline constexpr uint32_t kMaxHolders = 255;

// A number in [1, kMaxHolders] with a meaning. A default-made one is 0, is not valid, and is
// refused by everything in this folder.
template <typename Tag>
class HolderCount {
 public:
  constexpr HolderCount() = default;
  // Absent outside [1, kMaxHolders].
  static constexpr std::optional<HolderCount> From(uint32_t value) {
    if (value == 0 || value > kMaxHolders) return std::nullopt;
    return HolderCount(value);
  }
  constexpr uint32_t value() const { return value_; }
  constexpr bool valid() const { return value_ != 0; }
  constexpr auto operator<=>(const HolderCount&) const = default;

 private:
  explicit constexpr HolderCount(uint32_t value) : value_(value) {}
  uint32_t value_ = 0;
};

// Where on the polynomial a holder's share lies. It comes from the charter, never from a message.
using ShareIndex = HolderCount<struct ShareIndexTag>;
// How many shares rebuild the key; the degree of the polynomial is one less.
using Threshold = HolderCount<struct ThresholdTag>;

// A secret polynomial of degree k-1 over the scalars (Shamir, 1979). Move-only. The leading
// coefficient is never zero for k > 1, so fewer than k shares never determine it.
class Polynomial {
 public:
  // `constant` is f(0); for k = 1 it is all there is. InvalidArgument for an invalid threshold.
  [[nodiscard]] static absl::StatusOr<Polynomial> Random(Threshold threshold,
                                                         const SecretScalar& constant,
                                                         RandomSource& random);
  // For test vectors: coefficients from a_0 up, 32 canonical bytes each.
  [[nodiscard]] static absl::StatusOr<Polynomial> FromCoefficients(Secret coefficients);

  Threshold threshold() const { return threshold_; }
  // A copy of a_m, m < k.
  SecretScalar Coefficient(uint32_t m) const;
  // f(index). InvalidArgument for an invalid index: f(0) is the secret.
  [[nodiscard]] absl::StatusOr<SecretScalar> Evaluate(ShareIndex index) const;

 private:
  Polynomial(Threshold threshold, Secret coefficients)
      : threshold_(threshold), coefficients_(std::move(coefficients)) {}

  Threshold threshold_;
  Secret coefficients_;
};

// lambda_i with f(0) = sum lambda_i f(i), in the order of `indices`, with one inversion for all.
// InvalidArgument for no, invalid, repeated or more than kMaxHolders indices.
[[nodiscard]] absl::StatusOr<std::vector<Scalar>> LagrangeCoefficients(
    std::span<const ShareIndex> indices);

struct IndexedSecret {
  ShareIndex index;
  SecretScalar value;
};

// For tests and test vectors only: puts the secret together in one place, which the programs never
// do. Errors as LagrangeCoefficients.
[[nodiscard]] absl::StatusOr<SecretScalar> CombineSecretForTest(
    std::span<const IndexedSecret> shares);

}  // namespace quorate::crypto

#endif  // QUORATE_CRYPTO_SHAMIR_H_
