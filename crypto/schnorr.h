#ifndef QUORATE_CRYPTO_SCHNORR_H_
#define QUORATE_CRYPTO_SCHNORR_H_

#include <string_view>

#include "absl/status/status.h"
#include "crypto/bytes.h"
#include "crypto/point.h"
#include "crypto/random.h"
#include "crypto/scalar.h"

namespace quorate::crypto {

// Knowledge of x with P = xB: c = H(label, context, P, kB), z = k + c x.
struct SchnorrProof {
  Scalar c;
  Scalar z;
  bool operator==(const SchnorrProof&) const = default;
};

// `public_key` must be secret * B. The proof holds for this label and context alone, so `context`
// must name everything that a replay could change. Nonces are hedged.
SchnorrProof ProveKnowledge(std::string_view label, const Digest& context,
                            const SecretScalar& secret, const Point& public_key,
                            RandomSource& random);

// InvalidArgument for the identity or a proof that does not hold. Recomputes the challenge.
[[nodiscard]] absl::Status VerifyKnowledge(std::string_view label, const Digest& context,
                                           const Point& public_key, const SchnorrProof& proof);

}  // namespace quorate::crypto

#endif  // QUORATE_CRYPTO_SCHNORR_H_
