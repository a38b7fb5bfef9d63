#ifndef QUORATE_CRYPTO_INIT_H_
#define QUORATE_CRYPTO_INIT_H_

#include "absl/status/status.h"

namespace quorate::crypto {

// Prepares libsodium. Every program and test binary calls it once before anything else in this
// folder; a second call does nothing. Thread-safe. Unavailable when the system's random source
// cannot be opened: nothing here may be used then.
[[nodiscard]] absl::Status InitCrypto();

}  // namespace quorate::crypto

#endif  // QUORATE_CRYPTO_INIT_H_
