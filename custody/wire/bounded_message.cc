#include "custody/wire/bounded_message.h"

#include <google/protobuf/descriptor.h>
#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/wire_format_lite.h>
#include <grpcpp/impl/codegen/proto_utils.h>
#include <grpcpp/support/proto_buffer_reader.h>

#include <cstdint>

#include "custody/base/error_info.h"

namespace quorate::wire {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::internal::WireFormatLite;
using google::protobuf::io::CodedInputStream;

enum class Count { kFits, kTooMany, kMalformed };

absl::Status Refused(const char* reason, const char* what) {
  return base::MakeError(absl::StatusCode::kInvalidArgument, reason, what,
                         "update the node's software");
}

Count CountFields(CodedInputStream& in, const Descriptor& type, size_t& left);

Count CountNested(CodedInputStream& in, const Descriptor* type, size_t& left) {
  uint32_t size = 0;
  if (!in.ReadVarint32(&size) || size > INT32_MAX) return Count::kMalformed;
  const int bytes = static_cast<int>(size);
  if (type == nullptr) return in.Skip(bytes) ? Count::kFits : Count::kMalformed;
  const CodedInputStream::Limit limit = in.PushLimit(bytes);
  const Count count = CountFields(in, *type, left);
  // Less is left than the message was to have.
  if (count == Count::kFits && in.BytesUntilLimit() != 0) return Count::kMalformed;
  in.PopLimit(limit);
  return count;
}

Count CountFields(CodedInputStream& in, const Descriptor& type, size_t& left) {
  while (const uint32_t tag = in.ReadTag()) {
    if (left == 0) return Count::kTooMany;
    --left;
    uint64_t number = 0;
    uint32_t half = 0;
    switch (WireFormatLite::GetTagWireType(tag)) {
      case WireFormatLite::WIRETYPE_VARINT:
        if (!in.ReadVarint64(&number)) return Count::kMalformed;
        break;
      case WireFormatLite::WIRETYPE_FIXED64:
        if (!in.ReadLittleEndian64(&number)) return Count::kMalformed;
        break;
      case WireFormatLite::WIRETYPE_FIXED32:
        if (!in.ReadLittleEndian32(&half)) return Count::kMalformed;
        break;
      case WireFormatLite::WIRETYPE_LENGTH_DELIMITED: {
        const FieldDescriptor* field =
            type.FindFieldByNumber(WireFormatLite::GetTagFieldNumber(tag));
        const Count count =
            CountNested(in, field == nullptr ? nullptr : field->message_type(), left);
        if (count != Count::kFits) return count;
        break;
      }
      default:
        return Count::kMalformed;  // Groups, which nobody sends.
    }
  }
  return in.ConsumedEntireMessage() ? Count::kFits : Count::kMalformed;
}

Count CountAll(grpc::ByteBuffer& bytes, const Descriptor& type) {
  grpc::ProtoBufferReader reader(&bytes);
  if (!reader.status().ok()) return Count::kMalformed;
  CodedInputStream in(&reader);
  size_t left = kMaxMessageFields;
  return CountFields(in, type, left);
}

}  // namespace

absl::Status ReadMessage(const grpc::ByteBuffer& bytes, google::protobuf::Message& message) {
  const absl::Status malformed = Refused("MALFORMED", "the message cannot be read");
  // Shares the bytes; a reader wants one that it may change.
  grpc::ByteBuffer own(bytes);
  if (own.Length() == 0) {
    message.Clear();
    return absl::OkStatus();
  }
  const Count count = CountAll(own, *message.GetDescriptor());
  if (count == Count::kMalformed) return malformed;
  if (count == Count::kTooMany) {
    return Refused("TOO_MANY_FIELDS", "the message has more fields than any has");
  }
  grpc::ProtoBufferReader reader(&own);
  if (!reader.status().ok() || !message.ParseFromZeroCopyStream(&reader)) return malformed;
  return absl::OkStatus();
}

absl::Status WriteMessage(const google::protobuf::Message& message, grpc::ByteBuffer& bytes) {
  bytes.Clear();  // gRPC's writer takes an empty one only.
  bool is_own = false;
  const grpc::Status written =
      grpc::SerializationTraits<google::protobuf::Message>::Serialize(message, &bytes, &is_own);
  return written.ok() ? absl::OkStatus() : absl::InternalError("the message cannot be written");
}

}  // namespace quorate::wire
