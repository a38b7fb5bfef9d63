#ifndef QUORATE_TESTS_HOSTILE_ANSWER_H_
#define QUORATE_TESTS_HOSTILE_ANSWER_H_

#include <rapidjson/document.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "crypto/bytes.h"

namespace quorate::hostile {

// One line of standard input: a JSON object. What is absent is empty, 0 or false.
class Line {
 public:
  // InvalidArgument where it is no object.
  [[nodiscard]] static absl::StatusOr<Line> Parse(const std::string& text);

  std::string Text(const char* key) const;
  uint32_t Number(const char* key, uint32_t otherwise = 0) const;
  std::vector<uint32_t> Numbers(const char* key) const;
  std::vector<std::string> Texts(const char* key) const;
  bool Has(const char* key) const { return document_.HasMember(key); }
  // 32 bytes in hexadecimal; absent where it is anything else.
  std::optional<crypto::Digest> Hash(const char* key) const;

 private:
  rapidjson::Document document_;
};

// One line of standard output: an object of texts and numbers.
class Answer {
 public:
  Answer() { document_.SetObject(); }
  Answer& Add(const char* key, const std::string& value);
  Answer& Add(const char* key, uint64_t value);
  void Print() const;

 private:
  rapidjson::Document document_;
};

Answer ErrorAnswer(const absl::Status& status);

}  // namespace quorate::hostile

#endif  // QUORATE_TESTS_HOSTILE_ANSWER_H_
