#ifndef QUORATE_CLIENT_CLI_SECRET_TEXT_H_
#define QUORATE_CLIENT_CLI_SECRET_TEXT_H_

#include <cstddef>
#include <string_view>

#include "crypto/bytes.h"
#include "crypto/secret.h"

namespace quorate::cli {

// Puts text with secrets in it together inside guarded memory: what is to be shown, or JSON.
// Grows by moving from one guarded buffer to a larger one. Not thread-safe.
class SecretText {
 public:
  SecretText() = default;
  SecretText(const SecretText&) = delete;
  SecretText& operator=(const SecretText&) = delete;

  void Append(crypto::ByteSpan bytes);
  void Append(const crypto::Secret& secret);
  void Append(std::string_view text) { Append(crypto::AsBytes(text)); }

  // `value` as a JSON string with its quotes. Characters that a terminal acts on (C1, DEL,
  // direction and line separators) are escaped too. `value` must be UTF-8 (IsUtf8).
  void AppendJsonString(crypto::ByteSpan value);
  // Standard base64 (RFC 4648 §4) with its quotes, for values that are not UTF-8.
  void AppendJsonBase64(crypto::ByteSpan value);
  // `value` made fit for a terminal: whatever a terminal would act on, and bytes that are not
  // UTF-8, become "?"; line ends and tabs stay, a line end as `line_end`. True where something was
  // replaced, so that the value shown is not the value.
  bool AppendForTerminal(crypto::ByteSpan value, std::string_view line_end);

  size_t size() const { return used_; }
  // A guarded copy of exactly what was appended.
  crypto::Secret Take() const;

 private:
  crypto::Secret buffer_;
  size_t used_ = 0;
};

[[nodiscard]] bool IsUtf8(crypto::ByteSpan bytes);

}  // namespace quorate::cli

#endif  // QUORATE_CLIENT_CLI_SECRET_TEXT_H_
