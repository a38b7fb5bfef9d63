#include "custody/node/daemon/submit_queue.h"

#include <gtest/gtest.h>

#include <string>

#include "custody/base/error_info.h"
#include "custody/node/daemon/append_answer.h"

namespace quorate::node {
namespace {

using Lane = SubmitQueue::Lane;

ledger::StatementId Id(uint32_t number) {
  ledger::StatementId id;
  for (size_t i = 0; i < 4; ++i) id.value[i] = static_cast<uint8_t>(number >> (8 * i));
  return id;
}

TEST(SubmitQueue, GivesEachStatementOnceHoweverOftenItIsAdded) {
  base::FakeClock clock;
  SubmitQueue queue(&clock);
  for (int i = 0; i < 1000; ++i) queue.Add(Id(1), Lane::kWords);
  EXPECT_EQ(queue.size(), 1u);
  EXPECT_EQ(queue.Take(Lane::kWords), Id(1));
  // It is under way: handing it out again does not send it twice at once.
  queue.Add(Id(1), Lane::kWords);
  EXPECT_EQ(queue.Take(Lane::kWords), std::nullopt);
  queue.Done(Id(1));
  EXPECT_EQ(queue.size(), 0u);
}

TEST(SubmitQueue, ADenialWaitsNeitherForAnUploadNorForOtherWords) {
  base::FakeClock clock;
  SubmitQueue queue(&clock);
  queue.Add(Id(1), Lane::kUploads);
  ASSERT_EQ(queue.Take(Lane::kUploads), Id(1));
  queue.Add(Id(2), Lane::kWords);
  ASSERT_EQ(queue.Take(Lane::kWords), Id(2));
  queue.Add(Id(3), Lane::kRefusals);
  EXPECT_EQ(queue.Take(Lane::kRefusals), Id(3));
}

TEST(SubmitQueue, KeepsTheOrderOfMaking) {
  base::FakeClock clock;
  SubmitQueue queue(&clock);
  for (uint32_t number : {7u, 3u, 5u}) queue.Add(Id(number), Lane::kWords);
  EXPECT_EQ(queue.Take(Lane::kWords), Id(7));
  EXPECT_EQ(queue.Take(Lane::kWords), Id(3));
  EXPECT_EQ(queue.Take(Lane::kWords), Id(5));
}

TEST(SubmitQueue, WhatWasNotTakenWaitsLongerEachTimeAndHoldsUpNothingElse) {
  base::FakeClock clock;
  SubmitQueue queue(&clock);
  queue.Add(Id(1), Lane::kWords);
  queue.Add(Id(2), Lane::kWords);
  absl::Duration before;
  for (int i = 0; i < 12; ++i) {
    ASSERT_EQ(queue.Take(Lane::kWords), Id(1));
    queue.Later(Id(1));
    if (i == 0) {
      EXPECT_EQ(queue.Take(Lane::kWords), Id(2));
      queue.Done(Id(2));
    }
    const absl::Duration wait = queue.Wait(Lane::kWords);
    EXPECT_GE(wait, before);
    EXPECT_LE(wait, SubmitQueue::kLongestWait);
    EXPECT_EQ(queue.Take(Lane::kWords), std::nullopt);
    before = wait;
    clock.Advance(wait);
  }
  EXPECT_EQ(before, SubmitQueue::kLongestWait);
}

TEST(SubmitQueue, AServerThatIsAwayHoldsUpTheWholeLane) {
  base::FakeClock clock;
  SubmitQueue queue(&clock);
  queue.Add(Id(1), Lane::kWords);
  queue.Add(Id(2), Lane::kWords);
  queue.Add(Id(3), Lane::kRefusals);
  ASSERT_EQ(queue.Take(Lane::kWords), Id(1));
  queue.ServerAway(Id(1));
  EXPECT_EQ(queue.Take(Lane::kWords), std::nullopt);
  EXPECT_EQ(queue.Take(Lane::kRefusals), Id(3));
  clock.Advance(queue.Wait(Lane::kWords));
  EXPECT_EQ(queue.Take(Lane::kWords), Id(1));
}

TEST(SubmitQueue, EverythingIsDueOnceTheConnectionIsBack) {
  base::FakeClock clock;
  SubmitQueue queue(&clock);
  queue.Add(Id(1), Lane::kWords);
  queue.Add(Id(2), Lane::kWords);
  ASSERT_EQ(queue.Take(Lane::kWords), Id(1));
  queue.Later(Id(1));
  ASSERT_EQ(queue.Take(Lane::kWords), Id(2));
  queue.ServerAway(Id(2));
  queue.AllDue();
  EXPECT_EQ(queue.Wait(Lane::kWords), absl::ZeroDuration());
  EXPECT_EQ(queue.Take(Lane::kWords), Id(1));
  EXPECT_EQ(queue.Take(Lane::kWords), Id(2));
  EXPECT_EQ(queue.Wait(Lane::kWords), absl::InfiniteDuration());
}

TEST(SubmitQueue, IsBoundedButHasRoomForADenial) {
  base::FakeClock clock;
  SubmitQueue queue(&clock);
  for (uint32_t i = 0; i < 2 * SubmitQueue::kMaxWaiting; ++i) queue.Add(Id(i), Lane::kWords);
  EXPECT_EQ(queue.size(), SubmitQueue::kMaxWaiting);
  queue.Add(Id(1'000'000), Lane::kRefusals);
  EXPECT_EQ(queue.Take(Lane::kRefusals), Id(1'000'000));
}

AppendAnswer AnswerTo(absl::StatusCode code, const std::string& reason) {
  return ClassifyAppend(base::MakeError(code, reason, "what", "next"));
}

TEST(AppendAnswer, RefusesForDocumentedReasonsAlone) {
  for (const char* reason : {"TOO_LARGE", "NOT_CANONICAL", "BODY_DIGEST_MISMATCH", "MALFORMED",
                             "WRONG_ORGANISATION", "UNKNOWN_AUTHOR", "BAD_SIGNATURE"}) {
    EXPECT_EQ(AnswerTo(absl::StatusCode::kInvalidArgument, reason), AppendAnswer::kRefused);
    EXPECT_EQ(AnswerTo(absl::StatusCode::kInternal, reason), AppendAnswer::kLater);
  }
  EXPECT_EQ(AnswerTo(absl::StatusCode::kAlreadyExists, "STATEMENT_ID_USED"),
            AppendAnswer::kRefused);
  EXPECT_EQ(AnswerTo(absl::StatusCode::kAlreadyExists, "SOMETHING_ELSE"), AppendAnswer::kLater);
  EXPECT_EQ(AnswerTo(absl::StatusCode::kInvalidArgument, "SOMETHING_ELSE"), AppendAnswer::kLater);
  EXPECT_EQ(ClassifyAppend(absl::OkStatus()), AppendAnswer::kTaken);
}

TEST(AppendAnswer, AFullDiskOrAQuotaOfTheServerIsNoRefusal) {
  for (const char* reason : {"DISK_FULL", "STORE_FULL", "STORE_MEMORY", "TOO_MANY_CALLS",
                             "LOG_QUEUE_FULL", "BLOB_QUOTA", "DAILY_QUOTA", "NEVER_HEARD_OF"}) {
    EXPECT_EQ(AnswerTo(absl::StatusCode::kResourceExhausted, reason), AppendAnswer::kLater);
  }
  EXPECT_EQ(AnswerTo(absl::StatusCode::kFailedPrecondition, "BLOB_MISSING"), AppendAnswer::kLater);
  EXPECT_EQ(AnswerTo(absl::StatusCode::kDataLoss, "STORE_DAMAGED"), AppendAnswer::kLater);
  EXPECT_EQ(AnswerTo(absl::StatusCode::kPermissionDenied, "NOT_A_MEMBER"), AppendAnswer::kLater);
  EXPECT_EQ(ClassifyAppend(absl::UnknownError("")), AppendAnswer::kLater);
  EXPECT_EQ(ClassifyAppend(absl::InternalError("")), AppendAnswer::kLater);
}

TEST(AppendAnswer, AForeignServerOnTheWayIsNoAnswerAtAll) {
  EXPECT_EQ(AnswerTo(absl::StatusCode::kUnauthenticated, "WRONG_SERVER_CERTIFICATE"),
            AppendAnswer::kServerAway);
  EXPECT_EQ(ClassifyAppend(absl::UnavailableError("")), AppendAnswer::kServerAway);
  EXPECT_EQ(ClassifyAppend(absl::DeadlineExceededError("")), AppendAnswer::kServerAway);
}

}  // namespace
}  // namespace quorate::node
