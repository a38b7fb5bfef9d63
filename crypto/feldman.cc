#include "crypto/feldman.h"

namespace quorate::crypto {

std::vector<Point> Commit(const Polynomial& polynomial) {
  std::vector<Point> commitments;
  commitments.reserve(polynomial.threshold().value());
  for (uint32_t m = 0; m < polynomial.threshold().value(); ++m) {
    commitments.push_back(Point::MulBase(polynomial.Coefficient(m)));
  }
  return commitments;
}

absl::StatusOr<Point> PublicShare(std::span<const Point> commitments, ShareIndex index) {
  if (commitments.empty() || !index.valid()) {
    return absl::InvalidArgumentError("no commitments, or a share's index outside its bounds");
  }
  Scalar x = Scalar::FromU64(index.value());
  Point sum = commitments.back();
  for (size_t m = commitments.size() - 1; m-- > 0;) sum = sum.Mul(x) + commitments[m];
  return sum;
}

bool VerifyShare(std::span<const Point> commitments, ShareIndex index, const SecretScalar& share) {
  absl::StatusOr<Point> expected = PublicShare(commitments, index);
  return expected.ok() && Point::MulBase(share) == *expected;
}

}  // namespace quorate::crypto
