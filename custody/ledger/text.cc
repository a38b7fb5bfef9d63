#include <algorithm>
#include <cstdint>
#include <iterator>
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

struct Range {
  uint32_t first;
  uint32_t last;
};

// What is not seen, turns others around, or shows as nothing: two texts that look alike must be
// alike. Marks, joiners and fillers of Unicode's Default_Ignorable_Code_Point and the like.
constexpr Range kInvisible[] = {
    {0x00AD, 0x00AD},   {0x034F, 0x034F},   {0x061C, 0x061C},  {0x115F, 0x1160}, {0x17B4, 0x17B5},
    {0x180B, 0x180F},   {0x200B, 0x200F},   {0x2028, 0x202E},  {0x2060, 0x206F}, {0x2800, 0x2800},
    {0x3164, 0x3164},   {0xFE00, 0xFE0F},   {0xFEFF, 0xFEFF},  {0xFFA0, 0xFFA0}, {0xFFF0, 0xFFFB},
    {0x1BCA0, 0x1BCA3}, {0x1D173, 0x1D17A}, {0xE0000, 0xE0FFF}};

// What could make a text show as something else than it is, or break a line.
bool IsHarmful(uint32_t c) {
  bool control = c < 0x20 || (c >= 0x7F && c <= 0x9F);
  return control ||
         std::any_of(std::begin(kInvisible), std::end(kInvisible),
                     [c](const Range& range) { return c >= range.first && c <= range.last; });
}

}  // namespace

bool IsTextCharacter(uint32_t code_point) { return !IsHarmful(code_point); }

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

bool IsValidUrl(std::string_view url) {
  return url.size() <= kMaxUrlBytes &&
         std::all_of(url.begin(), url.end(), [](char c) { return c > ' ' && c <= '~'; });
}

}  // namespace quorate::ledger
