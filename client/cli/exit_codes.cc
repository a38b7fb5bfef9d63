#include "client/cli/exit_codes.h"

#include "custody/base/error_info.h"

namespace quorate::cli {
namespace {

constexpr std::string_view kUsageReason = "USAGE";
constexpr std::string_view kLocalReason = "LOCAL";

}  // namespace

ExitCode ExitCodeFor(const absl::Status& status) {
  if (status.ok()) return ExitCode::kDone;
  const std::string reason = base::GetReason(status);
  if (reason == kUsageReason) return ExitCode::kUsage;
  if (reason == kLocalReason) return ExitCode::kFailed;
  if (reason.starts_with("MISSING") || reason.starts_with("INCOMPLETE")) {
    return ExitCode::kIncomplete;
  }
  if (reason == "WRONG_SERVER_CERTIFICATE") return ExitCode::kIntegrity;
  switch (status.code()) {
    case absl::StatusCode::kPermissionDenied:
    case absl::StatusCode::kFailedPrecondition:
    case absl::StatusCode::kAborted:
      return ExitCode::kRefused;
    case absl::StatusCode::kUnavailable:
    case absl::StatusCode::kDeadlineExceeded:
      return ExitCode::kUnreachable;
    case absl::StatusCode::kDataLoss:
      return ExitCode::kIntegrity;
    case absl::StatusCode::kCancelled:
      return ExitCode::kInterrupted;
    default:
      return ExitCode::kFailed;
  }
}

absl::Status UsageError(std::string_view message, std::string_view next) {
  return base::MakeError(absl::StatusCode::kInvalidArgument, kUsageReason, message, next);
}

absl::Status LocalError(std::string_view message, std::string_view next) {
  return base::MakeError(absl::StatusCode::kInternal, kLocalReason, message, next);
}

absl::Status AsLocalError(std::string_view what, const absl::Status& status) {
  return base::MakeError(status.code(), kLocalReason, std::string(what) + ": " + MessageOf(status),
                         base::GetNext(status));
}

std::string MessageOf(const absl::Status& status) {
  return std::string(status.message().data(), status.message().size());
}

}  // namespace quorate::cli
