#ifndef QUORATE_CRYPTO_DEALING_INTERNAL_H_
#define QUORATE_CRYPTO_DEALING_INTERNAL_H_

#include <cstddef>
#include <optional>

#include "crypto/dealing.h"

namespace quorate::crypto::internal {

// Where a holder stands among the receivers; absent when it is not one of them.
std::optional<size_t> PositionOf(const SharingContext& context, ShareIndex index);

// What a shared point opens for the receiver at `position`; absent when the ciphertext does not
// open, is not a canonical scalar, or is not on the committed polynomial. Used alike by the
// receiver and by whoever judges its complaint. The dealing has passed CheckDealing.
std::optional<SecretScalar> OpenWithSharedPoint(const SharingContext& context,
                                                const Dealing& dealing, size_t position,
                                                const Secret& shared);

}  // namespace quorate::crypto::internal

#endif  // QUORATE_CRYPTO_DEALING_INTERNAL_H_
