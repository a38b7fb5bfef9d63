#ifndef QUORATE_CLIENT_CLI_MESSAGE_JSON_H_
#define QUORATE_CLIENT_CLI_MESSAGE_JSON_H_

#include "client/cli/json_out.h"
#include "google/protobuf/message.h"

namespace quorate::cli {

// A message of the node as JSON: every field under its name in the proto file, present or not;
// bytes in lower-case hexadecimal, 64-bit numbers as numbers. So the keys are as stable as the
// proto. Messages hold no secrets.
void WriteMessage(JsonOut& out, const google::protobuf::Message& message);

// The members alone, for an object that holds more.
void WriteMembers(JsonOut& out, const google::protobuf::Message& message);

}  // namespace quorate::cli

#endif  // QUORATE_CLIENT_CLI_MESSAGE_JSON_H_
