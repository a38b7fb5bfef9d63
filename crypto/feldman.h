#ifndef QUORATE_CRYPTO_FELDMAN_H_
#define QUORATE_CRYPTO_FELDMAN_H_

#include <span>
#include <vector>

#include "absl/status/statusor.h"
#include "crypto/point.h"
#include "crypto/shamir.h"

namespace quorate::crypto {

// Feldman's verifiable secret sharing (1987): C_m = a_m B for each coefficient. Commitments show
// a_0 B to everyone; that is the intent here, it is the vault's public key or a public share.
std::vector<Point> Commit(const Polynomial& polynomial);

// sum index^m C_m: the public value of the share at `index`. An identity on the way or at the end
// is legitimate. InvalidArgument for no commitments or an invalid index.
[[nodiscard]] absl::StatusOr<Point> PublicShare(std::span<const Point> commitments,
                                                ShareIndex index);

// Whether share * B is the public value at `index`. A share of zero is legitimate.
[[nodiscard]] bool VerifyShare(std::span<const Point> commitments, ShareIndex index,
                               const SecretScalar& share);

}  // namespace quorate::crypto

#endif  // QUORATE_CRYPTO_FELDMAN_H_
