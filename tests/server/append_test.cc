#include <gmock/gmock.h>

#include <deque>

#include "custody/log/checkpoint.h"
#include "custody/wire/statement.h"
#include "tests/server/testing.h"

namespace quorate::server::testing {
namespace {

using absl::StatusCode;
using ::testing::ElementsAre;

class AppendTest : public CustodianTest {
 protected:
  absl::StatusOr<pb::AppendResponse> Append(const Group& group, const Submission& submission) {
    return custodian_->Append(group.id(), submission);
  }
};

// What the answer claims, checked as a reader would.
void ExpectProved(const Group& group, const pb::AppendResponse& response,
                  const crypto::PublicSigningKey& log_key) {
  auto key =
      log::NoteKey::Create(log::OriginOf(group.id().span()), log::NoteKeyType::kEd25519, log_key);
  ASSERT_TRUE(key.ok());
  auto checkpoint = log::SignedCheckpoint::Open(response.checkpoint(), *key);
  ASSERT_TRUE(checkpoint.ok()) << checkpoint.status();
  log::Proof proof;
  for (const std::string& hash : response.inclusion_proof()) {
    proof.push_back(*crypto::Digest::FromBytes(crypto::AsBytes(hash)));
  }
  EXPECT_TRUE(log::VerifyInclusion(response.index(), checkpoint->size(),
                                   log::LeafHash(crypto::AsBytes(response.leaf())), proof,
                                   checkpoint->root())
                  .ok());
}

crypto::PublicSigningKey LogKeyOf(Custodian& custodian, const Group& group) {
  auto draft = custodian.drafts().Get(group.draft_id().span());
  return *crypto::PublicSigningKey::FromBytes(crypto::AsBytes(draft->log_key()));
}

TEST_F(AppendTest, AnswersWithAnEntryThatAReaderCanVerify) {
  Group group = Founded();
  const auto response = Append(group, group.Say());
  ASSERT_TRUE(response.ok()) << response.status();
  EXPECT_EQ(response->index(), 1u);
  ExpectProved(group, *response, LogKeyOf(*custodian_, group));
}

TEST_F(AppendTest, RefusesWhatReadersWouldRefuse) {
  Group group = Founded();
  const Submission good = group.Say();
  Submission bad = good;
  bad.header.push_back(0);
  EXPECT_EQ(Append(group, bad).status().code(), StatusCode::kInvalidArgument);
  bad = good;
  bad.body.clear();
  EXPECT_EQ(Reason(Append(group, bad)), "TOO_LARGE");
  bad.body.assign(ledger::kMaxBodyBytes + 1, 1);
  EXPECT_EQ(Reason(Append(group, bad)), "TOO_LARGE");
  bad = good;
  bad.body[0] ^= 1;
  EXPECT_EQ(Reason(Append(group, bad)), "BODY_DIGEST_MISMATCH");
  bad = good;
  ledger::Header header = *wire::DecodeHeader(good.header);
  ++header.body_length;
  bad.header = wire::EncodeHeader(header);
  EXPECT_EQ(Reason(Append(group, bad)), "BODY_DIGEST_MISMATCH");
  EXPECT_EQ(Size(group), 1u);
}

TEST_F(AppendTest, RefusesAnotherOrganisationsStatement) {
  Group one = Founded(1);
  Group two = Founded(2);
  EXPECT_EQ(Reason(custodian_->Append(two.id(), one.Say())), "WRONG_ORGANISATION");
}

TEST_F(AppendTest, KnowsNoOrganisationThatIsNotHere) {
  Group group(*custodian_, 1);
  EXPECT_EQ(Reason(Append(group, group.Say())), "NOT_A_MEMBER");
  EXPECT_EQ(Reason(custodian_->CheckMember(group.id(), group.tls(1))), "NOT_A_MEMBER");
}

TEST_F(AppendTest, RefusesAnAuthorWhoIsNotInTheCharter) {
  Group group = Founded();
  Submission bad = group.Say();
  ledger::Header header = *wire::DecodeHeader(bad.header);
  for (const uint32_t author : {4u, 1000u}) {
    header.author.value = author;
    bad.header = wire::EncodeHeader(header);
    EXPECT_EQ(Reason(Append(group, bad)), "UNKNOWN_AUTHOR");
  }
}

TEST_F(AppendTest, RefusesSignaturesByOtherKeys) {
  Group group = Founded();
  Submission bad = group.Say(1);
  bad.signature = group.Say(2).signature;
  EXPECT_EQ(Reason(Append(group, bad)), "BAD_SIGNATURE");
  // A member who spoils another's statement must not get it onto the log, where it would be refused
  // and its identifier used.
  bad = group.Say(1);
  ASSERT_TRUE(bad.device_signature.has_value());
  bad.device_signature->value[5] ^= 1;
  EXPECT_EQ(Reason(Append(group, bad)), "BAD_SIGNATURE");
  EXPECT_EQ(Size(group), 1u);
}

TEST_F(AppendTest, GivesTheSameStatementItsOneEntry) {
  Group group = Founded();
  const Submission statement = group.Say();
  const auto first = Append(group, statement);
  ASSERT_TRUE(first.ok());
  ASSERT_TRUE(Append(group, group.Say()).ok());
  const auto again = Append(group, statement);
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_EQ(again->index(), first->index());
  EXPECT_EQ(again->leaf(), first->leaf());
  EXPECT_NE(again->checkpoint(), first->checkpoint());
  ExpectProved(group, *again, LogKeyOf(*custodian_, group));
  EXPECT_EQ(Size(group), 3u);
}

TEST_F(AppendTest, RefusesOtherBytesUnderAUsedIdentifier) {
  Group group = Founded();
  Submission statement = group.Say();
  ASSERT_TRUE(Append(group, statement).ok());
  statement.device_signature.reset();
  const auto refused = Append(group, statement);
  EXPECT_EQ(refused.status().code(), StatusCode::kAlreadyExists);
  EXPECT_EQ(Reason(refused), "STATEMENT_ID_USED");
  ASSERT_EQ(Reopen(), absl::OkStatus());
  EXPECT_EQ(Reason(Append(group, statement)), "STATEMENT_ID_USED");
}

TEST_F(AppendTest, CommitsWhatQueuedMeanwhileAsOneBatch) {
  Group group = Founded();
  store_->Hold();
  std::deque<Answer> answers(6);
  custodian_->Append(group.id(), group.Say(), answers[0].Done());
  ASSERT_TRUE(store_->AwaitHeld());
  for (size_t i = 1; i < 6; ++i) custodian_->Append(group.id(), group.Say(), answers[i].Done());
  for (Answer& answer : answers) EXPECT_FALSE(answer.ready());
  EXPECT_EQ(Size(group), 1u);
  store_->LetGo();
  for (size_t i = 0; i < 6; ++i) {
    const auto response = answers[i].Wait();
    ASSERT_TRUE(response.ok()) << response.status();
    EXPECT_EQ(response->index(), i + 1);
    ExpectProved(group, *response, LogKeyOf(*custodian_, group));
  }
  EXPECT_THAT(store_->batches(), ElementsAre(1, 1, 5));
}

TEST_F(AppendTest, FindsTheSameStatementWithinABatch) {
  Group group = Founded();
  const Submission statement = group.Say();
  Submission other = statement;
  other.device_signature.reset();
  store_->Hold();
  std::deque<Answer> answers(4);
  custodian_->Append(group.id(), group.Say(), answers[0].Done());
  ASSERT_TRUE(store_->AwaitHeld());
  custodian_->Append(group.id(), statement, answers[1].Done());
  custodian_->Append(group.id(), statement, answers[2].Done());
  custodian_->Append(group.id(), other, answers[3].Done());
  store_->LetGo();
  EXPECT_EQ(answers[1].Wait()->index(), 2u);
  EXPECT_EQ(answers[2].Wait()->index(), 2u);
  EXPECT_EQ(Reason(answers[3].Wait()), "STATEMENT_ID_USED");
  EXPECT_EQ(Size(group), 3u);
}

TEST_F(AppendTest, FailsABatchWholeAndGoesOn) {
  Group group = Founded();
  const LogTip before = *custodian_->GetTip(group.id());
  const Submission statement = group.Say();
  Submission other = statement;
  other.device_signature.reset();
  store_->Hold();
  std::deque<Answer> answers(4);
  custodian_->Append(group.id(), group.Say(), answers[0].Done());
  ASSERT_TRUE(store_->AwaitHeld());
  custodian_->Append(group.id(), statement, answers[1].Done());
  custodian_->Append(group.id(), other, answers[2].Done());
  custodian_->Append(group.id(), group.Say(), answers[3].Done());
  store_->FailNextAppend(absl::ResourceExhaustedError("full"));
  store_->FailNextAppend(absl::ResourceExhaustedError("full"));
  store_->LetGo();
  // The statement with a used identifier fails as the others do: the one that used it is not there.
  for (Answer& answer : answers) EXPECT_EQ(Reason(answer.Wait()), "DISK_FULL");
  EXPECT_EQ(custodian_->GetTip(group.id())->checkpoint, before.checkpoint);
  EXPECT_EQ(custodian_->GetEntries(group.id(), 0, 0)->entries_size(), 1);

  const auto response = Append(group, statement);
  ASSERT_TRUE(response.ok()) << response.status();
  EXPECT_EQ(response->index(), 1u);
  ExpectProved(group, *response, LogKeyOf(*custodian_, group));
  ASSERT_EQ(Reopen(), absl::OkStatus());
  EXPECT_EQ(Size(group), 2u);
}

TEST_F(AppendTest, ADiskThatIsNoLongerWritableIsTheServersTrouble) {
  Group group = Founded();
  const Submission statement = group.Say();
  store_->FailNextAppend(absl::PermissionDeniedError("read-only file system"));
  const auto refused = Append(group, statement);
  EXPECT_EQ(refused.status().code(), StatusCode::kUnavailable);
  EXPECT_EQ(Reason(refused), "STORE_IO");
  EXPECT_TRUE(Append(group, statement).ok());
}

TEST_F(AppendTest, SignsNoForkAfterACommitThatFailedTooLate) {
  Group group = Founded();
  const Submission statement = group.Say();
  store_->FailNextAppendAfterwards(absl::UnavailableError("the disk failed"));
  EXPECT_EQ(Append(group, statement).status().code(), StatusCode::kUnavailable);
  // The store is ahead of what anyone was told. Nothing is appended beside it, and nothing shown.
  EXPECT_EQ(Reason(Append(group, group.Say())), "STORE_DAMAGED");
  EXPECT_EQ(Reason(Append(group, statement)), "STORE_DAMAGED");
  EXPECT_EQ(custodian_->GetEntries(group.id(), 0, 0)->entries_size(), 1);
  // After a restart the entry is there, once.
  ASSERT_EQ(Reopen(), absl::OkStatus());
  EXPECT_EQ(Size(group), 2u);
  EXPECT_EQ(Append(group, statement)->index(), 1u);
}

TEST_F(AppendTest, TakesNoMoreThanItsQueueHolds) {
  limits_.queued = 3;
  ASSERT_EQ(Reopen(), absl::OkStatus());
  Group group = Founded();
  store_->Hold();
  std::deque<Answer> answers(5);
  custodian_->Append(group.id(), group.Say(), answers[0].Done());
  ASSERT_TRUE(store_->AwaitHeld());
  for (size_t i = 1; i < 5; ++i) custodian_->Append(group.id(), group.Say(), answers[i].Done());
  const auto refused = answers[4].Wait();
  EXPECT_EQ(refused.status().code(), StatusCode::kResourceExhausted);
  EXPECT_EQ(Reason(refused), "LOG_QUEUE_FULL");
  store_->LetGo();
  for (size_t i = 0; i < 4; ++i) EXPECT_TRUE(answers[i].Wait().ok());
  EXPECT_TRUE(Append(group, group.Say()).ok());
}

TEST_F(AppendTest, KeepsOneLogsQueueFromFillingTheOthers) {
  limits_.queued_per_log = 2;
  limits_.batch = 1;
  ASSERT_EQ(Reopen(), absl::OkStatus());
  Group one = Founded(1);
  Group two = Founded(2);
  store_->Hold();
  std::deque<Answer> answers(5);
  custodian_->Append(one.id(), one.Say(), answers[0].Done());
  ASSERT_TRUE(store_->AwaitHeld());
  for (size_t i = 1; i < 4; ++i) custodian_->Append(one.id(), one.Say(), answers[i].Done());
  EXPECT_EQ(Reason(answers[3].Wait()), "LOG_QUEUE_FULL");
  custodian_->Append(two.id(), two.Say(), answers[4].Done());
  EXPECT_FALSE(answers[4].ready());
  store_->LetGo();
  EXPECT_TRUE(answers[4].Wait().ok());
  EXPECT_TRUE(answers[2].Wait().ok());
}

TEST_F(AppendTest, BoundsTheBytesThatWait) {
  limits_.queued_bytes = 1000;
  ASSERT_EQ(Reopen(), absl::OkStatus());
  Group group(*custodian_, 1);
  // The founding is larger than this server lets wait.
  EXPECT_EQ(Reason(group.Found(*custodian_)), "LOG_QUEUE_FULL");
}

TEST_F(AppendTest, CommitsWhatQueuedBeforeItStops) {
  Group group = Founded();
  store_->Hold();
  std::deque<Answer> answers(3);
  custodian_->Append(group.id(), group.Say(), answers[0].Done());
  ASSERT_TRUE(store_->AwaitHeld());
  custodian_->Append(group.id(), group.Say(), answers[1].Done());
  custodian_->Stop();
  custodian_->Append(group.id(), group.Say(), answers[2].Done());
  EXPECT_EQ(Reason(answers[2].Wait()), "STOPPING");
  store_->LetGo();
  EXPECT_TRUE(answers[0].Wait().ok());
  EXPECT_TRUE(answers[1].Wait().ok());
  ASSERT_EQ(Reopen(), absl::OkStatus());
  EXPECT_EQ(Size(group), 3u);
}

TEST_F(AppendTest, NeverLetsTheLogsTimeGoBack) {
  Group group = Founded();
  auto time_of = [](const absl::StatusOr<pb::AppendResponse>& response) {
    return wire::DecodeLeaf(crypto::AsBytes(response->leaf()))->log_time_ms;
  };
  clock_.Advance(absl::Seconds(5));
  const uint64_t before = time_of(Append(group, group.Say()));
  clock_.SetNow(clock_.Now() - absl::Hours(3));
  EXPECT_EQ(time_of(Append(group, group.Say())), before);
  ASSERT_EQ(Reopen(), absl::OkStatus());
  EXPECT_EQ(time_of(Append(group, group.Say())), before);
}

TEST_F(AppendTest, GivesPagesAndProofsWithinTheLogOnly) {
  Group group = Founded();
  for (int i = 0; i < 4; ++i) ASSERT_TRUE(Append(group, group.Say()).ok());
  EXPECT_EQ(custodian_->GetEntries(group.id(), 1, 2)->entries_size(), 2);
  EXPECT_EQ(custodian_->GetEntries(group.id(), 0, 0, 1)->entries_size(), 1);
  EXPECT_EQ(custodian_->GetEntries(group.id(), 5, 0)->entries_size(), 0);
  EXPECT_EQ(Reason(custodian_->GetEntries(group.id(), 6, 0)), "PAST_THE_END");
  EXPECT_TRUE(custodian_->ConsistencyProof(group.id(), 2, 5).ok());
  EXPECT_EQ(Reason(custodian_->ConsistencyProof(group.id(), 2, 6)), "PAST_THE_END");
  EXPECT_EQ(Reason(custodian_->ConsistencyProof(group.id(), 3, 2)), "PAST_THE_END");
  EXPECT_TRUE(custodian_->InclusionProof(group.id(), 4, 5).ok());
  EXPECT_EQ(Reason(custodian_->InclusionProof(group.id(), 5, 5)), "PAST_THE_END");
  EXPECT_EQ(Reason(custodian_->InclusionProof(group.id(), 0, 6)), "PAST_THE_END");
}

}  // namespace
}  // namespace quorate::server::testing
