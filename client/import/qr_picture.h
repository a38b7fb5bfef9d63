#ifndef QUORATE_CLIENT_IMPORT_QR_PICTURE_H_
#define QUORATE_CLIENT_IMPORT_QR_PICTURE_H_

#include <cstdint>

#include "absl/status/statusor.h"
#include "crypto/bytes.h"
#include "crypto/secret.h"

namespace quorate::client {

// Most pixels of a picture that is looked at: a photograph's.
inline constexpr uint32_t kMaxPicturePixels = 25'000'000;

// Whether `file` is a PNG picture, by its first bytes.
[[nodiscard]] bool IsPng(crypto::ByteSpan file);

// What the QR codes of a PNG picture say, a line each, in guarded memory. The picture's pixels lie
// in guarded memory too. The libraries that decode (libpng, ZXing) work in ordinary memory: what
// they free is overwritten as they free it, by the allocator; while they work, and in registers and
// on the stack, it may be found in this process. InvalidArgument, with what to do, where the
// picture is damaged or too large, or no code is found in it.
[[nodiscard]] absl::StatusOr<crypto::Secret> ReadQrPicture(crypto::ByteSpan png);

}  // namespace quorate::client

#endif  // QUORATE_CLIENT_IMPORT_QR_PICTURE_H_
