#include "crypto/init.h"

#include <sodium.h>

namespace quorate::crypto {

absl::Status InitCrypto() {
  if (sodium_init() < 0) {
    return absl::UnavailableError(
        "the system's random source cannot be opened; check that /dev/urandom is there");
  }
  return absl::OkStatus();
}

}  // namespace quorate::crypto
