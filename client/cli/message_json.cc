#include "client/cli/message_json.h"

#include <string>

#include "crypto/bytes.h"
#include "google/protobuf/descriptor.h"

namespace quorate::cli {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;

constexpr int kNotRepeated = -1;

void WriteText(JsonOut& out, const Message& message, const FieldDescriptor& field, int index) {
  const Reflection& reflection = *message.GetReflection();
  const std::string text = index == kNotRepeated
                               ? reflection.GetString(message, &field)
                               : reflection.GetRepeatedString(message, &field, index);
  if (field.type() == FieldDescriptor::TYPE_BYTES) {
    out.Text(crypto::Hex(crypto::AsBytes(text)));
  } else {
    out.Text(text);
  }
}

// node.proto has texts, bytes, messages, truth values and whole numbers; a field of another type
// would print as null, which the tests refuse.
void WriteValue(JsonOut& out, const Message& message, const FieldDescriptor& field, int index) {
  const Reflection& r = *message.GetReflection();
  const bool one = index == kNotRepeated;
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_STRING:
      return WriteText(out, message, field, index);
    case FieldDescriptor::CPPTYPE_MESSAGE:
      return WriteMessage(
          out, one ? r.GetMessage(message, &field) : r.GetRepeatedMessage(message, &field, index));
    case FieldDescriptor::CPPTYPE_BOOL:
      return out.Bool(one ? r.GetBool(message, &field) : r.GetRepeatedBool(message, &field, index));
    case FieldDescriptor::CPPTYPE_UINT32:
      return out.UnsignedNumber(one ? r.GetUInt32(message, &field)
                                    : r.GetRepeatedUInt32(message, &field, index));
    case FieldDescriptor::CPPTYPE_UINT64:
      return out.UnsignedNumber(one ? r.GetUInt64(message, &field)
                                    : r.GetRepeatedUInt64(message, &field, index));
    case FieldDescriptor::CPPTYPE_INT32:
      return out.Number(one ? r.GetInt32(message, &field)
                            : r.GetRepeatedInt32(message, &field, index));
    case FieldDescriptor::CPPTYPE_INT64:
      return out.Number(one ? r.GetInt64(message, &field)
                            : r.GetRepeatedInt64(message, &field, index));
    default:
      return out.Null();
  }
}

}  // namespace

void WriteMembers(JsonOut& out, const Message& message) {
  const google::protobuf::Descriptor& type = *message.GetDescriptor();
  for (int i = 0; i < type.field_count(); ++i) {
    const FieldDescriptor& field = *type.field(i);
    out.Key(field.name());
    if (!field.is_repeated()) {
      WriteValue(out, message, field, kNotRepeated);
      continue;
    }
    out.BeginArray();
    const int size = message.GetReflection()->FieldSize(message, &field);
    for (int j = 0; j < size; ++j) WriteValue(out, message, field, j);
    out.EndArray();
  }
}

void WriteMessage(JsonOut& out, const Message& message) {
  out.BeginObject();
  WriteMembers(out, message);
  out.EndObject();
}

}  // namespace quorate::cli
