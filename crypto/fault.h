#ifndef QUORATE_CRYPTO_FAULT_H_
#define QUORATE_CRYPTO_FAULT_H_

#include <cstdint>
#include <optional>
#include <string_view>

#include "absl/status/status.h"
#include "crypto/shamir.h"

namespace quorate::crypto {

// A failure that somebody is to blame for. Travels inside a Status as a typed detail.
enum class Fault : uint8_t {
  // A dealing passed every public check, but what it holds for one receiver is wrong: complain.
  kBadSubShare = 1,
  // A decryption share whose proof does not hold.
  kBadDecryptionShare = 2,
};

struct NamedFault {
  Fault fault;
  // The dealer, or the holder who sent the share.
  ShareIndex culprit;
  bool operator==(const NamedFault&) const = default;
};

// An InvalidArgument that carries `fault`.
absl::Status FaultStatus(const NamedFault& fault, std::string_view message);
// Absent when nobody is named.
std::optional<NamedFault> FaultOf(const absl::Status& status);

}  // namespace quorate::crypto

#endif  // QUORATE_CRYPTO_FAULT_H_
