#include <algorithm>
#include <cstdint>
#include <optional>
#include <string_view>

#include "custody/ledger/queries.h"

namespace quorate::ledger {
namespace {

bool IsLowerOrDigit(char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); }

bool IsNameCharacter(char c) {
  return IsLowerOrDigit(c) || c == '.' || c == '_' || c == '@' || c == '+' || c == '-';
}

// Takes one character off `text`. Absent for what is not UTF-8 (RFC 3629 §3): stray or missing
// continuation bytes, overlong forms, surrogates, and what lies above U+10FFFF.
std::optional<uint32_t> TakeCharacter(std::string_view& text) {
  auto byte = [&text](size_t i) { return static_cast<uint8_t>(text[i]); };
  uint8_t lead = byte(0);
  size_t length = lead < 0x80 ? 1 : lead < 0xC0 ? 0 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
  if (length == 0 || lead > 0xF4 || text.size() < length) return std::nullopt;
  uint32_t character = length == 1 ? lead : lead & (0xFFu >> (length + 1));
  for (size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xC0) != 0x80) return std::nullopt;
    character = (character << 6) | (byte(i) & 0x3Fu);
  }
  constexpr uint32_t kSmallest[] = {0, 0, 0x80, 0x800, 0x10000};
  if (character < kSmallest[length] || character > 0x10FFFF) return std::nullopt;
  if (character >= 0xD800 && character <= 0xDFFF) return std::nullopt;
  text.remove_prefix(length);
  return character;
}

// What could make a text show as something else than it is, or break a line.
bool IsHarmful(uint32_t c) {
  bool control = c < 0x20 || (c >= 0x7F && c <= 0x9F);
  bool separator = c == 0x2028 || c == 0x2029;
  bool bidirectional = c == 0x061C || c == 0x200E || c == 0x200F || (c >= 0x202A && c <= 0x202E) ||
                       (c >= 0x2066 && c <= 0x2069);
  return control || separator || bidirectional;
}

}  // namespace

bool IsValidName(std::string_view name, size_t max_bytes) {
  return !name.empty() && name.size() <= max_bytes && IsLowerOrDigit(name.front()) &&
         std::all_of(name.begin(), name.end(), IsNameCharacter);
}

bool IsValidText(std::string_view text, size_t max_bytes) {
  if (text.size() > max_bytes) return false;
  while (!text.empty()) {
    std::optional<uint32_t> character = TakeCharacter(text);
    if (!character.has_value() || IsHarmful(*character)) return false;
  }
  return true;
}

}  // namespace quorate::ledger
