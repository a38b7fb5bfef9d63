#ifndef QUORATE_TESTS_VECTORS_JSON_H_
#define QUORATE_TESTS_VECTORS_JSON_H_

#include <rapidjson/document.h>
#include <rapidjson/prettywriter.h>
#include <rapidjson/stringbuffer.h>

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "crypto/bytes.h"
#include "crypto/point.h"
#include "crypto/scalar.h"
#include "crypto/shamir.h"

namespace quorate::vectors {

// Writes one document. Keys are null inside arrays.
class Out {
 public:
  template <typename Body>
  void Object(const char* key, Body body) {
    Name(key);
    writer_.StartObject();
    body();
    writer_.EndObject();
  }
  template <typename Body>
  void Array(const char* key, Body body) {
    Name(key);
    writer_.StartArray();
    body();
    writer_.EndArray();
  }
  void Hex(const char* key, crypto::ByteSpan bytes);
  void Points(const char* key, std::span<const crypto::Point> points);
  void Number(const char* key, uint64_t value);
  void Text(const char* key, const std::string& text);
  std::string Finish() const { return buffer_.GetString(); }

 private:
  void Name(const char* key);

  rapidjson::StringBuffer buffer_;
  rapidjson::PrettyWriter<rapidjson::StringBuffer> writer_{buffer_};
};

// What a check found.
struct Report {
  size_t checks = 0;
  std::vector<std::string> failures;
};

// A value that is read. Anything missing or malformed is a failure in the report, and reads as
// zero or empty so that the rest can still be checked.
class In {
 public:
  In(const rapidjson::Value* value, std::string path, Report* report)
      : value_(value), path_(std::move(path)), report_(report) {}

  In operator[](const char* key) const;
  bool Has(const char* key) const;
  std::vector<In> Items() const;

  crypto::Bytes Hex() const;
  crypto::Digest Digest() const;
  crypto::Point Point() const;
  std::vector<crypto::Point> Points() const;
  crypto::Scalar Scalar() const;
  crypto::SecretScalar Secret() const;
  crypto::ShareIndex Index() const;
  crypto::Threshold Threshold() const;
  uint32_t Number() const;
  std::string Text() const;

  // Counts a check of this value.
  void Expect(bool holds, const char* what) const;
  void ExpectOk(const absl::Status& status) const;
  void ExpectHex(crypto::ByteSpan expected) const;
  void ExpectPoints(std::span<const crypto::Point> expected) const;

 private:
  void Fail(const std::string& what) const { report_->failures.push_back(path_ + ": " + what); }

  const rapidjson::Value* value_;
  std::string path_;
  Report* report_;
};

}  // namespace quorate::vectors

#endif  // QUORATE_TESTS_VECTORS_JSON_H_
