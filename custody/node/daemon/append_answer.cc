#include "custody/node/daemon/append_answer.h"

#include <algorithm>
#include <array>
#include <string>
#include <string_view>

#include "custody/base/error_info.h"

namespace quorate::node {
namespace {

// With INVALID_ARGUMENT only.
constexpr auto kUnfit = std::to_array<std::string_view>(
    {"BAD_SIGNATURE", "BODY_DIGEST_MISMATCH", "MALFORMED", "MALFORMED_HEADER", "NOT_CANONICAL",
     "TOO_LARGE", "TOO_MANY", "UNKNOWN_AUTHOR", "WRONG_ORGANISATION"});

}  // namespace

AppendAnswer ClassifyAppend(const absl::Status& status) {
  const std::string reason = base::GetReason(status);
  switch (status.code()) {
    case absl::StatusCode::kOk:
      return AppendAnswer::kTaken;
    case absl::StatusCode::kInvalidArgument:
      return std::ranges::find(kUnfit, reason) != kUnfit.end() ? AppendAnswer::kRefused
                                                               : AppendAnswer::kLater;
    case absl::StatusCode::kAlreadyExists:
      return reason == "STATEMENT_ID_USED" ? AppendAnswer::kRefused : AppendAnswer::kLater;
    case absl::StatusCode::kUnavailable:
    case absl::StatusCode::kDeadlineExceeded:
    case absl::StatusCode::kCancelled:
    case absl::StatusCode::kUnauthenticated:
      return AppendAnswer::kServerAway;
    default:
      return AppendAnswer::kLater;
  }
}

}  // namespace quorate::node
