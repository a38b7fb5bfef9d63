#ifndef QUORATE_CRYPTO_BYTES_H_
#define QUORATE_CRYPTO_BYTES_H_

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace quorate::crypto {

// Public bytes. Secret bytes live in `Secret` alone.
using Bytes = std::vector<uint8_t>;
using ByteSpan = std::span<const uint8_t>;

// 32 public bytes with a meaning: `Tag` keeps digests, keys and identifiers from being mixed up.
template <typename Tag>
struct Bytes32 {
  std::array<uint8_t, 32> value{};

  static constexpr size_t kSize = 32;
  // Absent unless `bytes` is exactly 32 bytes.
  static std::optional<Bytes32> FromBytes(ByteSpan bytes) {
    if (bytes.size() != kSize) return std::nullopt;
    Bytes32 out;
    for (size_t i = 0; i < kSize; ++i) out.value[i] = bytes[i];
    return out;
  }
  ByteSpan span() const { return value; }
  Bytes bytes() const { return Bytes(value.begin(), value.end()); }
  auto operator<=>(const Bytes32&) const = default;
};

// A SHA-256 digest.
using Digest = Bytes32<struct DigestTag>;

inline ByteSpan AsBytes(std::string_view text) {
  return ByteSpan(reinterpret_cast<const uint8_t*>(text.data()), text.size());
}
inline std::string_view AsText(ByteSpan bytes) {
  return std::string_view(reinterpret_cast<const char*>(bytes.data()), bytes.size());
}
inline std::string AsString(ByteSpan bytes) { return std::string(AsText(bytes)); }
inline Bytes ToBytes(std::string_view text) {
  ByteSpan span = AsBytes(text);
  return Bytes(span.begin(), span.end());
}

// Lower-case hexadecimal.
std::string Hex(ByteSpan bytes);
// Absent on an odd length or a character outside [0-9a-f].
std::optional<Bytes> FromHex(std::string_view hex);

// RFC 4648 §5 alphabet without padding; decoding is strict (one encoding for each value).
std::string Base64Url(ByteSpan bytes);
std::optional<Bytes> FromBase64Url(std::string_view text);

// SHA-256 (FIPS 180-4).
Digest Sha256(ByteSpan bytes);

}  // namespace quorate::crypto

#endif  // QUORATE_CRYPTO_BYTES_H_
