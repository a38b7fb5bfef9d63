#ifndef QUORATE_CUSTODY_LOG_NOTE_KEY_H_
#define QUORATE_CUSTODY_LOG_NOTE_KEY_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "crypto/bytes.h"
#include "crypto/identity.h"

namespace quorate::log {

// Names longer than this are refused.
inline constexpr size_t kMaxKeyNameBytes = 255;

// The first four bytes, big-endian, of SHA-256(name "\n" type public-key).
using KeyId = uint32_t;

// The byte values are part of the format: do not change them.
enum class NoteKeyType : uint8_t {
  kEd25519 = 0x01,
  kCosignatureV1 = 0x04,
};

// The public half of a key that signs notes. Immutable.
class NoteKey {
 public:
  // InvalidArgument for a name that notes cannot carry or that is too long, and for bytes that are
  // not the encoding of an Ed25519 public key of prime order.
  [[nodiscard]] static absl::StatusOr<NoteKey> Create(std::string name, NoteKeyType type,
                                                      const crypto::PublicSigningKey& key);

  // vkey := name "+" 8 lower-case hexadecimal digits of the key id "+" base64(type public-key)
  // InvalidArgument for anything else, for other key types and when the id is not the key's.
  [[nodiscard]] static absl::StatusOr<NoteKey> Parse(std::string_view vkey);
  [[nodiscard]] std::string Encode() const;

  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] NoteKeyType type() const { return type_; }
  [[nodiscard]] const crypto::PublicSigningKey& public_key() const { return key_; }
  [[nodiscard]] KeyId id() const { return id_; }

  bool operator==(const NoteKey&) const = default;

 private:
  NoteKey(std::string name, NoteKeyType type, const crypto::PublicSigningKey& key);

  std::string name_;
  NoteKeyType type_;
  crypto::PublicSigningKey key_;
  KeyId id_;
};

// Whether notes can carry `name`: not empty, at most kMaxKeyNameBytes, valid UTF-8 without "+",
// control characters and Unicode white space.
[[nodiscard]] bool IsKeyName(std::string_view name);

// Whether `text` is well-formed UTF-8 without control characters below U+0020 other than "\n".
[[nodiscard]] bool IsNoteText(std::string_view text);

}  // namespace quorate::log

#endif  // QUORATE_CUSTODY_LOG_NOTE_KEY_H_
