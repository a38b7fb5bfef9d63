#include "custody/log/note_key.h"

#include <sodium.h>

#include <optional>
#include <utility>

#include "custody/base/error_info.h"
#include "custody/log/base64.h"

namespace quorate::log {
namespace {

using crypto::Bytes;
using crypto::PublicSigningKey;

absl::Status BadKey(std::string_view what) {
  return base::MakeError(absl::StatusCode::kInvalidArgument, "NOTE_KEY_MALFORMED", what,
                         "ask whoever gave you the key for it again");
}

// Takes one code point off the front; absent when that is not well-formed (Unicode table 3-7).
std::optional<char32_t> TakeCodePoint(std::string_view& text) {
  const auto lead = static_cast<unsigned char>(text[0]);
  const size_t length = lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
  if ((lead >= 0x80 && lead < 0xC2) || lead > 0xF4 || text.size() < length) return std::nullopt;
  char32_t point = length == 1 ? lead : lead & (0xFFu >> (length + 1));
  for (size_t i = 1; i < length; ++i) {
    const auto next = static_cast<unsigned char>(text[i]);
    if ((next & 0xC0) != 0x80) return std::nullopt;
    point = point << 6 | (next & 0x3Fu);
  }
  const bool overlong = (length == 3 && point < 0x800) || (length == 4 && point < 0x10000);
  const bool surrogate = point >= 0xD800 && point <= 0xDFFF;
  if (overlong || surrogate || point > 0x10FFFF) return std::nullopt;
  text.remove_prefix(length);
  return point;
}

// The White_Space property of the Unicode character database.
bool IsUnicodeSpace(char32_t c) {
  return (c >= 0x09 && c <= 0x0D) || c == 0x20 || c == 0x85 || c == 0xA0 || c == 0x1680 ||
         (c >= 0x2000 && c <= 0x200A) || c == 0x2028 || c == 0x2029 || c == 0x202F || c == 0x205F ||
         c == 0x3000;
}

KeyId ComputeId(const std::string& name, NoteKeyType type, const PublicSigningKey& key) {
  Bytes input = crypto::ToBytes(name);
  input.push_back('\n');
  input.push_back(static_cast<uint8_t>(type));
  input.insert(input.end(), key.value.begin(), key.value.end());
  const crypto::Digest digest = crypto::Sha256(input);
  KeyId id = 0;
  for (size_t i = 0; i < 4; ++i) id = id << 8 | digest.value[i];
  return id;
}

std::string HexId(KeyId id) {
  const uint8_t bytes[] = {static_cast<uint8_t>(id >> 24), static_cast<uint8_t>(id >> 16),
                           static_cast<uint8_t>(id >> 8), static_cast<uint8_t>(id)};
  return crypto::Hex(bytes);
}

}  // namespace

bool IsKeyName(std::string_view name) {
  if (name.empty() || name.size() > kMaxKeyNameBytes) return false;
  while (!name.empty()) {
    const std::optional<char32_t> point = TakeCodePoint(name);
    if (!point.has_value() || *point < 0x20 || *point == U'+' || IsUnicodeSpace(*point)) {
      return false;
    }
  }
  return true;
}

bool IsNoteText(std::string_view text) {
  while (!text.empty()) {
    const std::optional<char32_t> point = TakeCodePoint(text);
    if (!point.has_value() || (*point < 0x20 && *point != U'\n')) return false;
  }
  return true;
}

NoteKey::NoteKey(std::string name, NoteKeyType type, const PublicSigningKey& key)
    : name_(std::move(name)), type_(type), key_(key), id_(ComputeId(name_, type_, key_)) {}

absl::StatusOr<NoteKey> NoteKey::Create(std::string name, NoteKeyType type,
                                        const PublicSigningKey& key) {
  if (!IsKeyName(name)) return BadKey("a key name is empty, too long or has forbidden characters");
  if (type != NoteKeyType::kEd25519 && type != NoteKeyType::kCosignatureV1) {
    return BadKey("a key is of a type that this version does not know");
  }
  // Refuses small order, mixed order and second encodings of one point.
  if (crypto_core_ed25519_is_valid_point(key.value.data()) != 1) {
    return BadKey("a key is not an Ed25519 public key");
  }
  return NoteKey(std::move(name), type, key);
}

absl::StatusOr<NoteKey> NoteKey::Parse(std::string_view vkey) {
  const size_t first = vkey.find('+');
  if (first == std::string_view::npos || first > kMaxKeyNameBytes || vkey.size() < first + 10 ||
      vkey[first + 9] != '+') {
    return BadKey("a key is not of the form name+id+key");
  }
  const std::string_view id = vkey.substr(first + 1, 8);
  const std::optional<Bytes> bytes = FromBase64(vkey.substr(first + 10));
  if (!bytes.has_value() || bytes->size() != 1 + PublicSigningKey::kSize) {
    return BadKey("a key is not the base64 of a type and 32 bytes");
  }
  const auto key = PublicSigningKey::FromBytes(crypto::ByteSpan(*bytes).subspan(1));
  const auto type = static_cast<NoteKeyType>(bytes->front());
  absl::StatusOr<NoteKey> parsed = Create(std::string(vkey.substr(0, first)), type, *key);
  if (parsed.ok() && HexId(parsed->id()) != id) return BadKey("a key id is not that of its key");
  return parsed;
}

std::string NoteKey::Encode() const {
  Bytes bytes{static_cast<uint8_t>(type_)};
  bytes.insert(bytes.end(), key_.value.begin(), key_.value.end());
  return name_ + "+" + HexId(id_) + "+" + Base64(bytes);
}

}  // namespace quorate::log
