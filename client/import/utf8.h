#ifndef QUORATE_CLIENT_IMPORT_UTF8_H_
#define QUORATE_CLIENT_IMPORT_UTF8_H_

#include <cstddef>
#include <string>
#include <string_view>

namespace quorate::client {

// One step through UTF-8. An invalid byte is a step of length 1 with `valid` false.
struct Utf8Step {
  char32_t point = 0;
  size_t length = 1;
  bool valid = false;
};

// Strict (RFC 3629): no overlong forms, no surrogates, nothing above U+10FFFF. `at` < text.size().
[[nodiscard]] Utf8Step DecodeUtf8(std::string_view text, size_t at);

// `point` must be a valid scalar value.
void AppendUtf8(char32_t point, std::string& out);

}  // namespace quorate::client

#endif  // QUORATE_CLIENT_IMPORT_UTF8_H_
