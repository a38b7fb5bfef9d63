#include "client/import/name.h"

#include <algorithm>
#include <array>

#include "client/import/utf8.h"
#include "custody/ledger/queries.h"

namespace quorate::client {
namespace {

constexpr char32_t kReplacement = 0xFFFD;
constexpr std::string_view kEllipsis = "\xE2\x80\xA6";

// U+00C0 to U+017F in order.
constexpr std::array<std::string_view, 0x180 - 0xC0> kLatin = {
    "a", "a", "a",  "a",  "a", "a", "ae", "c", "e", "e", "e", "e", "i", "i", "i",  "i",   // U+00C0
    "d", "n", "o",  "o",  "o", "o", "o",  "",  "o", "u", "u", "u", "u", "y", "th", "ss",  // U+00D0
    "a", "a", "a",  "a",  "a", "a", "ae", "c", "e", "e", "e", "e", "i", "i", "i",  "i",   // U+00E0
    "d", "n", "o",  "o",  "o", "o", "o",  "",  "o", "u", "u", "u", "u", "y", "th", "y",   // U+00F0
    "a", "a", "a",  "a",  "a", "a", "c",  "c", "c", "c", "c", "c", "c", "c", "d",  "d",   // U+0100
    "d", "d", "e",  "e",  "e", "e", "e",  "e", "e", "e", "e", "e", "g", "g", "g",  "g",   // U+0110
    "g", "g", "g",  "g",  "h", "h", "h",  "h", "i", "i", "i", "i", "i", "i", "i",  "i",   // U+0120
    "i", "i", "ij", "ij", "j", "j", "k",  "k", "k", "l", "l", "l", "l", "l", "l",  "l",   // U+0130
    "l", "l", "l",  "n",  "n", "n", "n",  "n", "n", "n", "n", "n", "o", "o", "o",  "o",   // U+0140
    "o", "o", "oe", "oe", "r", "r", "r",  "r", "r", "r", "s", "s", "s", "s", "s",  "s",   // U+0150
    "s", "s", "t",  "t",  "t", "t", "t",  "t", "u", "u", "u", "u", "u", "u", "u",  "u",   // U+0160
    "u", "u", "u",  "u",  "w", "w", "y",  "y", "y", "z", "z", "z", "z", "z", "z",  "s",   // U+0170
};

// Vietnamese, U+1EA0 to U+1EF9: base letters, one for each pair of capital and small.
constexpr std::string_view kVietnamese = "aaaaaaaaaaaaeeeeeeeeiioooooooooooouuuuuuuyyyy";

// The ASCII spelling of a letter; empty for what has none.
std::string_view LatinBase(char32_t point) {
  if (point >= 0xC0 && point < 0x180) return kLatin[point - 0xC0];
  if (point == 0x218 || point == 0x219) return "s";
  if (point == 0x21A || point == 0x21B) return "t";
  if (point == 0x1A0 || point == 0x1A1) return "o";
  if (point == 0x1AF || point == 0x1B0) return "u";
  if (point == 0x1E9E) return "ss";
  if (point >= 0x1EA0 && point <= 0x1EF9) return kVietnamese.substr((point - 0x1EA0) / 2, 1);
  return {};
}

bool IsAlnum(char32_t c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); }

bool IsNameChar(char32_t c) {
  return IsAlnum(c) || c == '.' || c == '_' || c == '@' || c == '+' || c == '-';
}

bool IsCombiningMark(char32_t point) { return point >= 0x300 && point <= 0x36F; }

void AppendSlug(char32_t point, std::string& out) {
  if (point >= 'A' && point <= 'Z') point += 'a' - 'A';
  if (IsNameChar(point) && point != '-') {
    out.push_back(static_cast<char>(point));
  } else if (std::string_view base = LatinBase(point); !base.empty()) {
    out.append(base);
  } else if (!IsCombiningMark(point) && !out.empty() && out.back() != '-') {
    out.push_back('-');
  }
}

// Characters that could move the cursor, reorder the line, or hide.
bool IsUnsafe(char32_t c) {
  if (c < 0x20 || (c >= 0x7F && c <= 0x9F)) return true;
  if (c == 0xAD || c == 0x61C || c == 0x180E || c == 0x200B || c == 0x200E || c == 0x200F)
    return true;
  if (c >= 0x2028 && c <= 0x202E) return true;
  if (c >= 0x2060 && c <= 0x206F) return true;
  if (c == 0xFEFF || (c >= 0xFFF0 && c <= 0xFFFB)) return true;
  if ((c & 0xFFFE) == 0xFFFE || (c >= 0xFDD0 && c <= 0xFDEF)) return true;
  return c >= 0xE0000 && c <= 0xE0FFF;
}

bool IsBreak(char32_t c) {
  return c == '\t' || c == '\n' || c == '\r' || c == 0x2028 || c == 0x2029;
}

enum class Bad { kReplace, kDrop };

// Cuts on a code point so that an ellipsis fits. `text` is valid UTF-8.
void Shorten(size_t max, std::string& text) {
  if (text.size() <= max) return;
  const bool room = max >= kEllipsis.size();
  size_t end = room ? max - kEllipsis.size() : max;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
  text.resize(end);
  if (room) text.append(kEllipsis);
}

std::string Tame(std::string_view utf8, size_t max, Bad bad) {
  std::string out;
  for (size_t at = 0; at < utf8.size() && out.size() <= max;) {
    const Utf8Step step = DecodeUtf8(utf8, at);
    at += step.length;
    const bool kept = step.valid && !IsUnsafe(step.point) &&
                      (bad == Bad::kReplace || ledger::IsTextCharacter(step.point));
    if (kept) {
      AppendUtf8(step.point, out);
    } else if (bad == Bad::kReplace) {
      AppendUtf8(kReplacement, out);
    } else if (step.valid && IsBreak(step.point) && !out.empty() && out.back() != ' ') {
      out.push_back(' ');
    }
  }
  Shorten(max, out);
  return out;
}

}  // namespace

std::string AccountSlug(std::string_view title) {
  std::string out;
  for (size_t at = 0; at < title.size() && out.size() < kMaxAccountName;) {
    const Utf8Step step = DecodeUtf8(title, at);
    at += step.length;
    AppendSlug(step.valid ? step.point : kReplacement, out);
    if (!out.empty() && !IsAlnum(static_cast<unsigned char>(out.front()))) out.clear();
  }
  if (out.size() > kMaxAccountName) out.resize(kMaxAccountName);
  while (!out.empty() && out.back() == '-') out.pop_back();
  return out.empty() ? "account" : out;
}

bool IsAccountName(std::string_view name) {
  if (name.empty() || name.size() > kMaxAccountName) return false;
  if (!IsAlnum(static_cast<unsigned char>(name.front()))) return false;
  return std::all_of(name.begin(), name.end(),
                     [](char c) { return IsNameChar(static_cast<unsigned char>(c)); });
}

std::string WithSuffix(std::string_view name, size_t number) {
  const std::string suffix = "-" + std::to_string(number);
  return std::string(name.substr(0, kMaxAccountName - suffix.size())) + suffix;
}

std::string SafeText(std::string_view utf8, size_t max) { return Tame(utf8, max, Bad::kReplace); }

std::string CleanText(std::string_view utf8, size_t max) {
  while (!utf8.empty() && (utf8.front() == ' ')) utf8.remove_prefix(1);
  std::string out = Tame(utf8, max, Bad::kDrop);
  while (!out.empty() && out.back() == ' ') out.pop_back();
  return out;
}

std::string CleanAddress(std::string_view utf8, size_t max) {
  constexpr char kDigits[] = "0123456789ABCDEF";
  std::string out;
  for (const char c : CleanText(utf8, utf8.size())) {
    std::string one(1, c);
    if (c <= ' ' || c > '~') {
      const uint8_t byte = static_cast<uint8_t>(c);
      one = {'%', kDigits[byte >> 4], kDigits[byte & 15]};
    }
    if (out.size() + one.size() > max) break;
    out += one;
  }
  return out;
}

}  // namespace quorate::client
