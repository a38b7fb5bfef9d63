#include <gtest/gtest.h>

#include <string>

#include "client/cli/exit_codes.h"
#include "custody/base/error_info.h"

namespace quorate::cli {
namespace {

ExitCode CodeOf(absl::StatusCode code, const std::string& reason) {
  return ExitCodeFor(base::MakeError(code, reason, "what", "next"));
}

TEST(ExitCodes, AreFixedForEverySortOfEnd) {
  EXPECT_EQ(ExitCodeFor(absl::OkStatus()), ExitCode{0});
  EXPECT_EQ(CodeOf(absl::StatusCode::kInternal, "BUG"), ExitCode{1});
  EXPECT_EQ(CodeOf(absl::StatusCode::kNotFound, "UNKNOWN_ACCOUNT"), ExitCode{1});
  EXPECT_EQ(ExitCodeFor(UsageError("what", "next")), ExitCode{2});
  EXPECT_EQ(CodeOf(absl::StatusCode::kFailedPrecondition, "NOT_YET"), ExitCode{3});
  EXPECT_EQ(CodeOf(absl::StatusCode::kPermissionDenied, "NOT_A_HOLDER"), ExitCode{3});
  EXPECT_EQ(CodeOf(absl::StatusCode::kUnavailable, "NODE_NOT_RUNNING"), ExitCode{4});
  EXPECT_EQ(CodeOf(absl::StatusCode::kDeadlineExceeded, "NOT_LOGGED_YET"), ExitCode{4});
  EXPECT_EQ(CodeOf(absl::StatusCode::kDataLoss, "FORKED_LOG"), ExitCode{5});
  EXPECT_EQ(ExitCodeFor(absl::CancelledError("")), ExitCode{130});
}

TEST(ExitCodes, NamesThatFitSeveralThingsAreWrongUsage) {
  EXPECT_EQ(CodeOf(absl::StatusCode::kInvalidArgument, "AMBIGUOUS"), ExitCode::kUsage);
  EXPECT_EQ(CodeOf(absl::StatusCode::kInvalidArgument, "AMBIGUOUS_ACCOUNT"), ExitCode::kUsage);
  EXPECT_EQ(CodeOf(absl::StatusCode::kInvalidArgument, "AMBIGUOUS_REQUEST"), ExitCode::kUsage);
}

TEST(ExitCodes, WhatIsNotHereYetIsIncompleteAndNotUnreachable) {
  EXPECT_EQ(CodeOf(absl::StatusCode::kUnavailable, "BLOB_MISSING"), ExitCode::kIncomplete);
  EXPECT_EQ(CodeOf(absl::StatusCode::kFailedPrecondition, "INCOMPLETE"), ExitCode::kIncomplete);
}

TEST(ExitCodes, AHaltedNodeIsAMatterOfIntegrityWhateverItsStatusCode) {
  EXPECT_EQ(CodeOf(absl::StatusCode::kFailedPrecondition, "HALTED"), ExitCode::kIntegrity);
  EXPECT_EQ(CodeOf(absl::StatusCode::kDataLoss, "HALTED"), ExitCode::kIntegrity);
  EXPECT_EQ(CodeOf(absl::StatusCode::kUnauthenticated, "WRONG_SERVER_CERTIFICATE"),
            ExitCode::kIntegrity);
}

TEST(ExitCodes, AFileOfThisMachineIsNeverTakenForTheNodesAnswer) {
  EXPECT_EQ(ExitCodeFor(AsLocalError("the export", absl::PermissionDeniedError("no"))),
            ExitCode::kFailed);
}

}  // namespace
}  // namespace quorate::cli
