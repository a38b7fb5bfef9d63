#ifndef QUORATE_CRYPTO_REQUIRE_H_
#define QUORATE_CRYPTO_REQUIRE_H_

#include <cstdlib>

namespace quorate::crypto {

// Ends the process on a bug of our own. Never for what a peer sent.
inline void Require(bool holds) {
  if (!holds) std::abort();
}

}  // namespace quorate::crypto

#endif  // QUORATE_CRYPTO_REQUIRE_H_
