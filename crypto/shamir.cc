#include "crypto/shamir.h"

#include <sodium.h>

#include <algorithm>

#include "crypto/require.h"

namespace quorate::crypto {
namespace {

constexpr size_t kSize = Scalar::kSize;

// index * product of (other - index). Factors are less than 2^8, so that eight of them fit a word
// and most of the work is not modulo L.
absl::StatusOr<Scalar> Denominator(std::span<const ShareIndex> indices, ShareIndex index) {
  static_assert(kMaxHolders < 256);
  if (!index.valid()) return absl::InvalidArgumentError("a share's index is outside its bounds");
  Scalar product = Scalar::FromU64(1);
  uint64_t word = index.value();
  bool negative = false;
  size_t same = 0;
  for (ShareIndex other : indices) {
    if (other == index) {
      ++same;
      continue;
    }
    negative = negative != (other < index);
    word *= other < index ? index.value() - other.value() : other.value() - index.value();
    if (word >> 56 != 0) {
      product = product * Scalar::FromU64(word);
      word = 1;
    }
  }
  if (same != 1) {
    return absl::InvalidArgumentError("two shares have one index; give each holder's once");
  }
  product = product * Scalar::FromU64(word);
  return negative ? product.Negate() : product;
}

}  // namespace

absl::StatusOr<Polynomial> Polynomial::Random(Threshold threshold, const SecretScalar& constant,
                                              RandomSource& random) {
  if (!threshold.valid()) {
    return absl::InvalidArgumentError("the threshold is outside its bounds; choose 1 to 255");
  }
  Secret coefficients = Secret::Zero(threshold.value() * kSize);
  std::span<uint8_t> out = coefficients.RevealMutable();
  std::copy_n(constant.Reveal().begin(), kSize, out.begin());
  for (size_t m = 1; m < threshold.value(); ++m) {
    SecretScalar coefficient = SecretScalar::Random(random);
    std::copy_n(coefficient.Reveal().begin(), kSize, out.subspan(m * kSize).begin());
  }
  return Polynomial(threshold, std::move(coefficients));
}

absl::StatusOr<Polynomial> Polynomial::FromCoefficients(Secret coefficients) {
  std::optional<Threshold> threshold =
      Threshold::From(static_cast<uint32_t>(std::min<size_t>(coefficients.size() / kSize, 256)));
  if (!threshold.has_value() || coefficients.size() % kSize != 0) {
    return absl::InvalidArgumentError("the list of coefficients has a wrong size");
  }
  for (size_t m = 0; m < threshold->value(); ++m) {
    absl::StatusOr<SecretScalar> coefficient =
        SecretScalar::FromCanonical(coefficients.Slice(m * kSize, kSize));
    if (!coefficient.ok()) return coefficient.status();
    if (m > 0 && m + 1 == threshold->value() && coefficient->IsZero()) {
      return absl::InvalidArgumentError("the leading coefficient is zero; fewer shares would do");
    }
  }
  return Polynomial(*threshold, std::move(coefficients));
}

SecretScalar Polynomial::Coefficient(uint32_t m) const {
  Require(m < threshold_.value());
  absl::StatusOr<SecretScalar> coefficient =
      SecretScalar::FromCanonical(coefficients_.Slice(m * kSize, kSize));
  Require(coefficient.ok());
  return *std::move(coefficient);
}

absl::StatusOr<SecretScalar> Polynomial::Evaluate(ShareIndex index) const {
  if (!index.valid()) {
    return absl::InvalidArgumentError("the share's index is outside its bounds; 0 is the secret's");
  }
  Scalar x = Scalar::FromU64(index.value());
  Secret wide = Secret::Zero(2 * kSize);
  uint8_t* sum = wide.RevealMutable().data();
  const uint8_t* coefficients = coefficients_.Reveal().data();
  std::copy_n(coefficients + (threshold_.value() - 1) * kSize, kSize, sum);
  for (size_t m = threshold_.value() - 1; m-- > 0;) {
    // Both terms are below 2^253, so the sum fits and need not be reduced before the next product,
    // which takes any 32 bytes: half of the reductions would be for nothing.
    crypto_core_ristretto255_scalar_mul(sum, sum, x.data());
    sodium_add(sum, coefficients + m * kSize, kSize);
  }
  return SecretScalar::FromWide(wide);
}

absl::StatusOr<std::vector<Scalar>> LagrangeCoefficients(std::span<const ShareIndex> indices) {
  if (indices.empty() || indices.size() > kMaxHolders) {
    return absl::InvalidArgumentError("the number of shares is outside its bounds; give 1 to 255");
  }
  // lambda_i = product of all x_j / (x_i * product of (x_j - x_i)).
  Scalar numerator = Scalar::FromU64(1);
  std::vector<Scalar> denominators;
  for (ShareIndex index : indices) {
    absl::StatusOr<Scalar> denominator = Denominator(indices, index);
    if (!denominator.ok()) return denominator.status();
    denominators.push_back(*denominator);
    numerator = numerator * Scalar::FromU64(index.value());
  }
  // Montgomery's trick: one inversion of the product of all denominators.
  std::vector<Scalar> weights(indices.size());
  Scalar product = Scalar::FromU64(1);
  for (size_t i = 0; i < indices.size(); ++i) {
    weights[i] = product;
    product = product * denominators[i];
  }
  absl::StatusOr<Scalar> inverse = product.Invert();
  if (!inverse.ok()) return inverse.status();
  Scalar rest = numerator * *inverse;
  for (size_t i = indices.size(); i-- > 0;) {
    weights[i] = weights[i] * rest;
    rest = rest * denominators[i];
  }
  return weights;
}

absl::StatusOr<SecretScalar> CombineSecretForTest(std::span<const IndexedSecret> shares) {
  std::vector<ShareIndex> indices;
  for (const IndexedSecret& share : shares) indices.push_back(share.index);
  absl::StatusOr<std::vector<Scalar>> weights = LagrangeCoefficients(indices);
  if (!weights.ok()) return weights.status();
  SecretScalar sum = SecretScalar::Zero();
  for (size_t i = 0; i < shares.size(); ++i) sum = sum.AddMul((*weights)[i], shares[i].value);
  return sum;
}

}  // namespace quorate::crypto
