#include "client/cli/exit_codes.h"

#include <algorithm>
#include <array>
#include <utility>

#include "custody/base/error_info.h"

namespace quorate::cli {
namespace {

constexpr std::string_view kUsageReason = "USAGE";
constexpr std::string_view kLocalReason = "LOCAL";

// Reasons that say more than the status code they come with.
constexpr auto kByReason = std::to_array<std::pair<std::string_view, ExitCode>>({
    {kUsageReason, ExitCode::kUsage},
    {kLocalReason, ExitCode::kFailed},
    // The node could not tell which one was meant.
    {"AMBIGUOUS", ExitCode::kUsage},
    {"AMBIGUOUS_ACCOUNT", ExitCode::kUsage},
    {"AMBIGUOUS_REQUEST", ExitCode::kUsage},
    {"BAD_REQUEST_ID", ExitCode::kUsage},
    {"UNKNOWN_ITEM", ExitCode::kUsage},
    {"WHICH_ITEM", ExitCode::kUsage},
    {"BLOB_MISSING", ExitCode::kIncomplete},
    {"INCOMPLETE", ExitCode::kIncomplete},
    {"WRONG_SERVER_CERTIFICATE", ExitCode::kIntegrity},
    // A forked log, a damaged store or a restored copy.
    {"HALTED", ExitCode::kIntegrity},
});

}  // namespace

ExitCode ExitCodeFor(const absl::Status& status) {
  if (status.ok()) return ExitCode::kDone;
  const std::string reason = base::GetReason(status);
  const auto known = std::ranges::find(kByReason, std::string_view(reason),
                                       &std::pair<std::string_view, ExitCode>::first);
  if (known != kByReason.end()) return known->second;
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
