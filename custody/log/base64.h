#ifndef QUORATE_CUSTODY_LOG_BASE64_H_
#define QUORATE_CUSTODY_LOG_BASE64_H_

#include <optional>
#include <string>
#include <string_view>

#include "crypto/bytes.h"

namespace quorate::log {

// RFC 4648 §4: the standard alphabet, padded, as signed notes and checkpoints use it.
[[nodiscard]] std::string Base64(crypto::ByteSpan bytes);

// Strict: one text for each value. Absent on another alphabet, missing or wrong padding, white
// space or set bits after the last byte.
[[nodiscard]] std::optional<crypto::Bytes> FromBase64(std::string_view text);

}  // namespace quorate::log

#endif  // QUORATE_CUSTODY_LOG_BASE64_H_
