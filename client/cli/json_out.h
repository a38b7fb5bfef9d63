#ifndef QUORATE_CLIENT_CLI_JSON_OUT_H_
#define QUORATE_CLIENT_CLI_JSON_OUT_H_

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"

namespace quorate::cli {

// Writes one JSON value of public data, in ASCII: whatever a peer put into a text reaches a
// terminal as \uXXXX at most. Bytes that are not UTF-8 become U+FFFD. Never for secrets (see
// secret_text.h). Calls must nest as JSON does. Not thread-safe.
class JsonOut {
 public:
  JsonOut();
  ~JsonOut();
  JsonOut(const JsonOut&) = delete;
  JsonOut& operator=(const JsonOut&) = delete;

  void BeginObject();
  void EndObject();
  void BeginArray();
  void EndArray();
  void Key(std::string_view key);
  void Text(std::string_view text);
  void Number(int64_t number);
  void UnsignedNumber(uint64_t number);
  void Bool(bool value);
  void Null();

  // Key and value in one.
  void Member(std::string_view key, std::string_view text);
  void Member(std::string_view key, const char* text) { Member(key, std::string_view(text)); }
  void Member(std::string_view key, bool value);
  void Member(std::string_view key, uint64_t number);
  void Member(std::string_view key, const std::vector<std::string>& texts);

  // What was written, on one line without its end.
  std::string Take() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// {"code", "reason", "message", "next"} and, where there is one, "culprit". The first four are
// always there; a status without a reason has its code for one.
[[nodiscard]] std::string ErrorAsJson(const absl::Status& status);

}  // namespace quorate::cli

#endif  // QUORATE_CLIENT_CLI_JSON_OUT_H_
