#ifndef QUORATE_CUSTODY_WIRE_BOUNDED_MESSAGE_H_
#define QUORATE_CUSTODY_WIRE_BOUNDED_MESSAGE_H_

#include <google/protobuf/message.h>
#include <grpcpp/support/byte_buffer.h>

#include <cstddef>

#include "absl/status/status.h"

namespace quorate::wire {

// Fields of a message with those of the messages in it. More than any that our services have: 512
// entries or 512 cards, with what is in them.
inline constexpr size_t kMaxMessageFields = 4096;

// Parses a peer's bytes, but counts the fields first: an empty field takes two bytes on the wire
// and forty in memory, so that ten MiB of them would become hundreds. InvalidArgument MALFORMED,
// TOO_MANY_FIELDS. Thread-safe.
[[nodiscard]] absl::Status ReadMessage(const grpc::ByteBuffer& bytes,
                                       google::protobuf::Message& message);

// Internal where the message is larger than gRPC can send.
[[nodiscard]] absl::Status WriteMessage(const google::protobuf::Message& message,
                                        grpc::ByteBuffer& bytes);

}  // namespace quorate::wire

#endif  // QUORATE_CUSTODY_WIRE_BOUNDED_MESSAGE_H_
