#include "custody/server/refusals.h"

#include "custody/base/error_info.h"

namespace quorate::server {

using absl::StatusCode;
using base::MakeError;

absl::Status Invalid(std::string_view reason, std::string_view what) {
  return MakeError(StatusCode::kInvalidArgument, reason, what, "update the node's software");
}

absl::Status Malformed() {
  return Invalid("MALFORMED", "a field has another size than it must have");
}

absl::Status NotAMember() {
  return MakeError(StatusCode::kPermissionDenied, "NOT_A_MEMBER",
                   "this key belongs to no member of that organisation here",
                   "use the node that joined it");
}

absl::Status PastTheEnd() {
  return MakeError(StatusCode::kOutOfRange, "PAST_THE_END", "the log has no entry there",
                   "read the checkpoint first");
}

absl::Status Stopping() {
  return MakeError(StatusCode::kUnavailable, "STOPPING", "the server is stopping", "try again");
}

absl::Status WrongWriteToken() {
  return MakeError(StatusCode::kPermissionDenied, "WRONG_WRITE_TOKEN",
                   "the caller does not know the draft's link", "use the link");
}

absl::Status Damaged(std::string_view what) {
  return MakeError(StatusCode::kDataLoss, "STORE_DAMAGED", what,
                   "stop the server and restore its last backup");
}

absl::Status FromStore(const absl::Status& status) {
  switch (status.code()) {
    case StatusCode::kResourceExhausted:
      return MakeError(StatusCode::kResourceExhausted, "DISK_FULL", "the server's disk is full",
                       "ask whoever runs the server, then try again");
    // What the disk was not when the server started.
    case StatusCode::kPermissionDenied:
      return MakeError(StatusCode::kUnavailable, "STORE_IO", "the server's disk is not writable",
                       "ask whoever runs the server, then try again");
    case StatusCode::kAborted:
    case StatusCode::kNotFound:
    case StatusCode::kAlreadyExists:
      return Damaged("the store is not as the server left it");
    default:
      return status;
  }
}

}  // namespace quorate::server
