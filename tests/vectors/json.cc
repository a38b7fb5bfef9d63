#include "tests/vectors/json.h"

#include <algorithm>
#include <array>
#include <limits>
#include <optional>

namespace quorate::vectors {

void Out::Name(const char* key) {
  if (key != nullptr) writer_.Key(key);
}

void Out::Hex(const char* key, crypto::ByteSpan bytes) { Text(key, crypto::Hex(bytes)); }

void Out::Points(const char* key, std::span<const crypto::Point> points) {
  Array(key, [&] {
    for (const crypto::Point& point : points) Hex(nullptr, point.span());
  });
}

void Out::Number(const char* key, uint64_t value) {
  Name(key);
  writer_.Uint64(value);
}

void Out::Text(const char* key, const std::string& text) {
  Name(key);
  writer_.String(text.c_str(), static_cast<rapidjson::SizeType>(text.size()));
}

In In::operator[](const char* key) const {
  std::string path = path_ + "." + key;
  if (!Has(key)) {
    report_->failures.push_back(path + ": missing");
    return In(nullptr, path, report_);
  }
  return In(&(*value_)[key], path, report_);
}

bool In::Has(const char* key) const {
  return value_ != nullptr && value_->IsObject() && value_->HasMember(key);
}

std::vector<In> In::Items() const {
  std::vector<In> items;
  if (value_ == nullptr || !value_->IsArray()) {
    Fail("not an array");
    return items;
  }
  for (const rapidjson::Value& item : value_->GetArray()) {
    items.emplace_back(&item, path_ + "[" + std::to_string(items.size()) + "]", report_);
  }
  return items;
}

std::string In::Text() const {
  if (value_ == nullptr || !value_->IsString()) {
    Fail("not a string");
    return "";
  }
  return std::string(value_->GetString(), value_->GetStringLength());
}

crypto::Bytes In::Hex() const {
  std::optional<crypto::Bytes> bytes = crypto::FromHex(Text());
  if (!bytes.has_value()) Fail("not lower-case hexadecimal");
  return bytes.value_or(crypto::Bytes{});
}

crypto::Digest In::Digest() const {
  std::optional<crypto::Digest> digest = crypto::Digest::FromBytes(Hex());
  if (!digest.has_value()) Fail("not 32 bytes");
  return digest.value_or(crypto::Digest{});
}

crypto::Point In::Point() const {
  std::optional<crypto::Point> point = crypto::Point::FromBytes(Hex());
  if (!point.has_value()) Fail("not a canonical point");
  return point.value_or(crypto::Point{});
}

std::vector<crypto::Point> In::Points() const {
  std::vector<crypto::Point> points;
  for (const In& item : Items()) points.push_back(item.Point());
  return points;
}

crypto::Scalar In::Scalar() const {
  std::optional<crypto::Scalar> scalar = crypto::Scalar::FromCanonical(Hex());
  if (!scalar.has_value()) Fail("not a canonical scalar");
  return scalar.value_or(crypto::Scalar{});
}

crypto::SecretScalar In::Secret() const { return crypto::SecretScalar::FromPublic(Scalar()); }

crypto::ShareIndex In::Index() const {
  std::optional<crypto::ShareIndex> index = crypto::ShareIndex::From(Number());
  if (!index.has_value()) Fail("not an index");
  return index.value_or(crypto::ShareIndex{});
}

crypto::Threshold In::Threshold() const {
  std::optional<crypto::Threshold> threshold = crypto::Threshold::From(Number());
  if (!threshold.has_value()) Fail("not a threshold");
  return threshold.value_or(crypto::Threshold{});
}

uint32_t In::Number() const {
  if (value_ == nullptr || !value_->IsUint()) {
    Fail("not a number of 32 bits");
    return 0;
  }
  return value_->GetUint();
}

void In::Expect(bool holds, const char* what) const {
  ++report_->checks;
  if (!holds) Fail(what);
}

void In::ExpectOk(const absl::Status& status) const {
  Expect(status.ok(), status.ok() ? "" : "does not verify");
}

void In::ExpectHex(crypto::ByteSpan expected) const {
  crypto::Bytes bytes = Hex();
  Expect(std::equal(bytes.begin(), bytes.end(), expected.begin(), expected.end()),
         "differs from what was computed");
}

void In::ExpectPoints(std::span<const crypto::Point> expected) const {
  std::vector<crypto::Point> points = Points();
  Expect(std::equal(points.begin(), points.end(), expected.begin(), expected.end()),
         "differ from what was computed");
}

}  // namespace quorate::vectors
