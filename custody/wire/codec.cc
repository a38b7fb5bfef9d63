#include "custody/wire/codec.h"

#include <optional>

#include "custody/base/error_info.h"
#include "custody/wire/statement.h"
#include "google/protobuf/io/coded_stream.h"
#include "google/protobuf/io/zero_copy_stream_impl_lite.h"

namespace quorate::wire {
namespace {

// Found, Charter, Organiser: three levels and one to spare.
constexpr int kMaxNesting = 4;

}  // namespace

absl::Status WireError(std::string_view reason, std::string_view field, std::string_view what) {
  std::string message(field);
  message += ": ";
  message += what;
  return base::MakeError(absl::StatusCode::kInvalidArgument, reason, message,
                         "whoever made these bytes runs other or broken software: ask them");
}

crypto::Bytes Serialise(const google::protobuf::Message& message) {
  crypto::Bytes out(message.ByteSizeLong());
  google::protobuf::io::ArrayOutputStream array(out.data(), static_cast<int>(out.size()));
  google::protobuf::io::CodedOutputStream coded(&array);
  coded.SetSerializationDeterministic(true);
  message.SerializeWithCachedSizes(&coded);
  return out;
}

absl::Status ParseCanonical(crypto::ByteSpan bytes, size_t max_bytes,
                            google::protobuf::Message& message) {
  const std::string name(message.GetDescriptor()->name());
  if (bytes.size() > max_bytes) return WireError(kTooLarge, name, "larger than it may be");
  google::protobuf::io::CodedInputStream coded(bytes.data(), static_cast<int>(bytes.size()));
  coded.SetRecursionLimit(kMaxNesting);
  if (!message.ParseFromCodedStream(&coded) || !coded.ConsumedEntireMessage()) {
    return WireError(kNotAMessage, name, "does not parse");
  }
  // Unknown fields are written back as they came: without this they would pass the comparison.
  message.DiscardUnknownFields();
  const crypto::Bytes again = Serialise(message);
  if (!std::equal(again.begin(), again.end(), bytes.begin(), bytes.end())) {
    return WireError(kNotCanonical, name, "not the one encoding of what it says");
  }
  return absl::OkStatus();
}

void Reader::Fail(std::string_view reason, std::string_view field, std::string_view what) {
  if (status_.ok()) status_ = WireError(reason, field, what);
}

void Reader::FailLength(std::string_view field) { Fail(kWrongLength, field, "wrong length"); }

crypto::Bytes Reader::Sized(const std::string& in, size_t min_bytes, size_t max_bytes,
                            std::string_view field) {
  if (in.size() < min_bytes || in.size() > max_bytes) {
    FailLength(field);
    return {};
  }
  return crypto::ToBytes(in);
}

std::string Reader::Text(const std::string& in, size_t max_bytes, std::string_view field) {
  if (in.size() > max_bytes) {
    FailLength(field);
    return {};
  }
  return in;
}

crypto::Point Reader::Element(const std::string& in, std::string_view field) {
  const std::optional<crypto::Point> point = crypto::Point::FromBytes(crypto::AsBytes(in));
  if (in.size() != crypto::Point::kSize) {
    FailLength(field);
  } else if (!point.has_value() || point->IsIdentity()) {
    Fail(kBadPoint, field, "no group element that may stand here");
  } else {
    return *point;
  }
  return {};
}

crypto::Scalar Reader::Number(const std::string& in, std::string_view field) {
  const std::optional<crypto::Scalar> scalar = crypto::Scalar::FromCanonical(crypto::AsBytes(in));
  if (in.size() != crypto::Scalar::kSize) {
    FailLength(field);
  } else if (!scalar.has_value()) {
    Fail(kBadScalar, field, "not below the group order");
  } else {
    return *scalar;
  }
  return {};
}

void Reader::Need(bool present, std::string_view field) {
  if (!present) Fail(kMissingField, field, "missing");
}

bool Reader::CheckCount(int count, size_t max_count, std::string_view field) {
  if (static_cast<size_t>(count) <= max_count) return true;
  Fail(kTooMany, field, "more than there may be");
  return false;
}

}  // namespace quorate::wire
