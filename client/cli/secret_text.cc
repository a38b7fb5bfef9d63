#include "client/cli/secret_text.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <utility>

#include "client/import/utf8.h"

namespace quorate::cli {
namespace {

using client::DecodeUtf8;
using client::Utf8Step;
using crypto::ByteSpan;
using crypto::Secret;

constexpr size_t kFirstCapacity = 1024;

// What a terminal acts on, or what changes how the text around it reads.
bool ActsOnTerminal(char32_t point) {
  if (point < 0x20 || (point >= 0x7F && point <= 0x9F)) return true;
  if (point >= 0x200B && point <= 0x200F) return true;
  return (point >= 0x2028 && point <= 0x202E) || (point >= 0x2060 && point <= 0x206F) ||
         point == 0xFEFF || (point >= 0xFFF9 && point <= 0xFFFB) || point >= 0xE0000;
}

// The two-character escape of JSON for `c`, or 0.
char ShortEscape(uint8_t c) {
  switch (c) {
    case '"':
      return '"';
    case '\\':
      return '\\';
    case '\b':
      return 'b';
    case '\f':
      return 'f';
    case '\n':
      return 'n';
    case '\r':
      return 'r';
    case '\t':
      return 't';
    default:
      return 0;
  }
}

void AppendUnit(SecretText& out, uint32_t unit) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::array<uint8_t, 6> text = {'\\', 'u'};
  for (size_t i = 0; i < 4; ++i) {
    text[2 + i] = static_cast<uint8_t>(kDigits[(unit >> (12 - 4 * i)) & 0xF]);
  }
  out.Append(ByteSpan(text));
  // The digits name a character of the secret.
  std::ranges::fill(text, uint8_t{0});
}

void AppendEscaped(SecretText& out, char32_t point) {
  if (point < 0x10000) return AppendUnit(out, static_cast<uint32_t>(point));
  const uint32_t rest = static_cast<uint32_t>(point) - 0x10000;
  AppendUnit(out, 0xD800 + (rest >> 10));
  AppendUnit(out, 0xDC00 + (rest & 0x3FF));
}

}  // namespace

void SecretText::Append(const Secret& secret) { Append(secret.Reveal()); }

void SecretText::Append(ByteSpan bytes) {
  if (bytes.size() > buffer_.size() - used_) {
    Secret larger =
        Secret::Zero(std::max({kFirstCapacity, 2 * buffer_.size(), used_ + bytes.size()}));
    std::ranges::copy(buffer_.Reveal().first(used_), larger.RevealMutable().begin());
    buffer_ = std::move(larger);
  }
  std::ranges::copy(bytes, buffer_.RevealMutable().subspan(used_).begin());
  used_ += bytes.size();
}

void SecretText::AppendJsonString(ByteSpan value) {
  const std::string_view text = crypto::AsText(value);
  Append("\"");
  for (size_t at = 0; at < text.size();) {
    const Utf8Step step = DecodeUtf8(text, at);
    const char escape = step.length == 1 ? ShortEscape(value[at]) : char{0};
    if (escape != 0) {
      Append("\\");
      Append(std::string_view(&escape, 1));
    } else if (ActsOnTerminal(step.point)) {
      AppendEscaped(*this, step.point);
    } else {
      Append(value.subspan(at, step.length));
    }
    at += step.length;
  }
  Append("\"");
}

void SecretText::AppendJsonBase64(ByteSpan value) {
  constexpr std::string_view kAlphabet =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  Append("\"");
  for (size_t at = 0; at < value.size(); at += 3) {
    const size_t count = std::min<size_t>(3, value.size() - at);
    uint32_t group = 0;
    for (size_t i = 0; i < 3; ++i) group = group << 8 | (i < count ? value[at + i] : 0u);
    for (size_t i = 0; i < 4; ++i) {
      const size_t digit = (group >> (18 - 6 * i)) & 0x3F;
      Append(i <= count ? kAlphabet.substr(digit, 1) : std::string_view("="));
    }
  }
  Append("\"");
}

bool SecretText::AppendForTerminal(ByteSpan value, std::string_view line_end) {
  const std::string_view text = crypto::AsText(value);
  bool replaced = false;
  for (size_t at = 0; at < text.size();) {
    const Utf8Step step = DecodeUtf8(text, at);
    if (step.valid && step.point == U'\n') {
      Append(line_end);
    } else if (step.valid && (step.point == U'\t' || !ActsOnTerminal(step.point))) {
      Append(value.subspan(at, step.length));
    } else {
      Append("?");
      replaced = true;
    }
    at += step.length;
  }
  return replaced;
}

Secret SecretText::Take() const { return Secret::Copy(buffer_.Reveal().first(used_)); }

bool IsUtf8(ByteSpan bytes) {
  const std::string_view text = crypto::AsText(bytes);
  for (size_t at = 0; at < text.size();) {
    const Utf8Step step = DecodeUtf8(text, at);
    if (!step.valid) return false;
    at += step.length;
  }
  return true;
}

}  // namespace quorate::cli
