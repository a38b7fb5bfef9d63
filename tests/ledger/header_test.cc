#include <gtest/gtest.h>

#include "custody/ledger/decide.h"
#include "tests/ledger/harness.h"

namespace quorate::ledger::testing {
namespace {

using C = RefusalCode;

class HeaderTest : public ::testing::Test {
 protected:
  HeaderTest() { world_.FoundOrganisation(); }

  // A statement that is admitted as it is.
  Draft Good() { return world_.ReceivingKeyDraft(1, 1); }

  World world_;
};

TEST_F(HeaderTest, AdmitsAGoodStatement) { EXPECT_EQ(world_.Append(Good()), C::kNone); }

TEST_F(HeaderTest, RefusesAHeaderThatCannotBeRead) {
  Entry entry = world_.Place(Good());
  entry.header.reset();
  EXPECT_EQ(world_.Apply(entry), C::kMalformedHeader);
}

TEST_F(HeaderTest, RefusesAnOversizedHeader) {
  Entry entry = world_.Place(Good());
  entry.leaf.header.resize(kMaxHeaderBytes + 1);
  EXPECT_EQ(world_.Apply(entry), C::kMalformedHeader);
}

TEST_F(HeaderTest, RefusesTooManyOrTooLargeBlobs) {
  Draft many = Good();
  many.header.blobs.resize(kMaxBlobsPerStatement + 1);
  EXPECT_EQ(world_.Append(many), C::kMalformedHeader);
  Draft large = Good();
  large.header.blobs.push_back({Digest{}, static_cast<uint32_t>(kMaxBlobBytes + 1)});
  EXPECT_EQ(world_.Append(large), C::kMalformedHeader);
}

TEST_F(HeaderTest, RefusesAKeyCommitmentWithoutAKeyAndAKeyWithoutIt) {
  Draft draft = Good();
  draft.header.key_commitment.reset();
  EXPECT_EQ(world_.Append(draft), C::kMalformedHeader);
  draft = Good();
  draft.header.nonce.reset();
  EXPECT_EQ(world_.Append(draft), C::kMalformedHeader);
  draft = Good();
  draft.header.organisation_key_version = 0;
  EXPECT_EQ(world_.Append(draft), C::kMalformedHeader);
}

TEST_F(HeaderTest, RefusesBlobsWhereTheKindHasNone) {
  Draft draft = Good();
  draft.header.blobs.push_back({Digest{}, 48});
  EXPECT_EQ(world_.Append(draft), C::kBlobsMismatch);
}

TEST_F(HeaderTest, RefusesAnotherOrganisation) {
  Draft draft = Good();
  draft.header.organisation.value[0] ^= 1;
  EXPECT_EQ(world_.Append(draft), C::kWrongOrganisation);
}

TEST_F(HeaderTest, RefusesAnAuthorWhoIsNobody) {
  Draft draft = Good();
  draft.header.author.value = 7;
  EXPECT_EQ(world_.Append(draft), C::kUnknownAuthor);
  draft.header.author.value = 0;
  EXPECT_EQ(world_.Append(draft), C::kUnknownAuthor);
}

TEST_F(HeaderTest, RefusesASignatureByAnother) {
  Draft draft = Good();
  draft.signer = 2;
  EXPECT_EQ(world_.Append(draft), C::kBadSignature);
  EXPECT_TRUE(world_.state().anomalies.empty()) << "named somebody who signed nothing";
  // The author's own statement is not in the way of what was forged.
  draft.signer.reset();
  EXPECT_EQ(world_.Append(draft), C::kNone);
}

TEST_F(HeaderTest, RefusesAHeaderThatWasChangedAfterSigning) {
  Entry entry = world_.Place(Good());
  entry.leaf.header.back() ^= 1;
  EXPECT_EQ(world_.Apply(entry), C::kBadSignature);
}

TEST_F(HeaderTest, RefusesAMissingDeviceSignatureAndReservesNothing) {
  Draft draft = Good();
  draft.with_device = false;
  EXPECT_EQ(world_.Append(draft), C::kBadDeviceSignature);
  draft.with_device = true;
  EXPECT_EQ(world_.Append(draft), C::kNone);
}

TEST_F(HeaderTest, RefusesADeviceSignatureByTheWrongKeyEvenWhereNoneIsNeeded) {
  Draft draft = world_.Make(1, Withdraw{});
  EXPECT_FALSE(NeedsDeviceSignature(draft.statement));
  Entry entry = world_.Place(draft);
  entry.leaf.device_signature = entry.leaf.signature;
  EXPECT_EQ(world_.Apply(entry), C::kBadDeviceSignature);
}

TEST_F(HeaderTest, RefusesABodyThatCannotBeReadForTheReasonGiven) {
  for (C why : {C::kMalformedBody, C::kUndecryptableBody, C::kBodyDigestMismatch}) {
    Entry entry = world_.Place(Good());
    entry.statement.reset();
    entry.unreadable = why;
    EXPECT_EQ(world_.Apply(entry), why);
  }
}

TEST_F(HeaderTest, NamesTheAuthorOfABodyThatCannotBeReadUnlessTheLogChangedIt) {
  Draft draft = Good();
  Entry entry = world_.Place(draft);
  entry.statement.reset();
  entry.unreadable = C::kBodyDigestMismatch;
  world_.Apply(entry);
  EXPECT_TRUE(world_.state().anomalies.empty());
  EXPECT_FALSE(world_.state().statement_ids.contains({{1}, draft.header.statement_id}));

  entry = world_.Place(draft);
  entry.statement.reset();
  entry.unreadable = C::kMalformedBody;
  world_.Apply(entry);
  ASSERT_EQ(world_.state().anomalies.size(), 1u);
  EXPECT_EQ(world_.state().anomalies[0].author, OrganiserNumber{1});
  EXPECT_TRUE(world_.state().statement_ids.contains({{1}, draft.header.statement_id}));
}

TEST_F(HeaderTest, RefusesOtherRules) {
  Draft draft = Good();
  draft.header.rules_version = 0;
  EXPECT_EQ(world_.Append(draft), C::kUnknownRules);
  draft = Good();
  draft.header.rules_version = 2;
  EXPECT_EQ(world_.Append(draft), C::kUnknownRules);
}

TEST_F(HeaderTest, RefusesAnotherCharterVersion) {
  Draft draft = Good();
  draft.header.charter_version = 2;
  EXPECT_EQ(world_.Append(draft), C::kStaleCharter);
}

TEST_F(HeaderTest, RefusesARootThatIsNotThisTreesAndNamesItsAuthor) {
  Draft draft = Good();
  draft.root_is_this_trees = false;
  EXPECT_EQ(world_.Append(draft), C::kForeignRoot);
  ASSERT_EQ(world_.state().anomalies.size(), 1u);
  EXPECT_EQ(world_.state().anomalies[0].author, OrganiserNumber{1});
  EXPECT_EQ(world_.state().anomalies[0].index, 1u);
  draft = Good();
  draft.header.verified_size = world_.state().size + 1;
  EXPECT_EQ(world_.Append(draft), C::kForeignRoot);
}

TEST_F(HeaderTest, RefusesAnIdentifierTwiceAndDoesNotBlameItsAuthor) {
  Draft draft = Good();
  world_.Admit(draft);
  AuthorUsage before = world_.state().usage.at({1});
  EXPECT_EQ(world_.Append(draft), C::kRepeatedStatementId);
  EXPECT_EQ(world_.state().usage.at({1}).statements, before.statements);
  ASSERT_EQ(world_.state().anomalies.size(), 1u);
  EXPECT_EQ(world_.state().anomalies[0].author, OrganiserNumber{0});
}

TEST_F(HeaderTest, TakesOneIdentifierFromTwoAuthors) {
  Draft first = Good();
  Draft second = world_.ReceivingKeyDraft(2, 1);
  // The receiving key's proof does not take in the identifier.
  second.header.statement_id = first.header.statement_id;
  world_.Admit(first);
  EXPECT_EQ(world_.Append(second), C::kNone);
}

TEST_F(HeaderTest, ARefusedStatementReservesItsIdentifier) {
  Draft draft = Good();
  draft.header.charter_version = 9;
  EXPECT_EQ(world_.Append(draft), C::kStaleCharter);
  draft.header.charter_version = 1;
  EXPECT_EQ(world_.Append(draft), C::kRepeatedStatementId);
}

TEST_F(HeaderTest, ARefusedStatementReservesNoPoint) {
  Draft draft = Good();
  ReceivingKey key = std::get<ReceivingKey>(draft.statement);
  Draft copy = world_.Make(2, key);
  EXPECT_EQ(world_.Append(copy), C::kBadProof);
  EXPECT_EQ(world_.Append(draft), C::kNone);
}

TEST_F(HeaderTest, RefusesATimeBeforeTheLastAndBlamesTheLog) {
  Draft draft = Good();
  draft.log_time_ms = world_.now_ms - 1;
  EXPECT_EQ(world_.Append(draft), C::kTimeRanBackwards);
  EXPECT_EQ(world_.state().last_log_time_ms, world_.now_ms);
  ASSERT_EQ(world_.state().anomalies.size(), 1u);
  EXPECT_EQ(world_.state().anomalies[0].author, OrganiserNumber{0});
}

TEST_F(HeaderTest, ARefusedEntryStillMovesTheClock) {
  Draft draft = Good();
  draft.log_time_ms = world_.now_ms + 5;
  draft.header.charter_version = 9;
  EXPECT_EQ(world_.Append(draft), C::kStaleCharter);
  EXPECT_EQ(world_.state().last_log_time_ms, world_.now_ms + 5);
}

TEST_F(HeaderTest, RefusesAClearBodyThatMustBeSealed) {
  Draft draft = Good();
  draft.header.organisation_key_version = 0;
  draft.header.key_commitment.reset();
  draft.header.nonce.reset();
  EXPECT_EQ(world_.Append(draft), C::kBodyMustBeSealed);
}

TEST_F(HeaderTest, RefusesASealedBodyThatMustBeClear) {
  Draft draft = world_.RulesDraft(2, {1, 2, 3});
  draft.header.organisation_key_version = 1;
  draft.header.key_commitment.emplace();
  draft.header.nonce.emplace();
  EXPECT_EQ(world_.Append(draft), C::kBodyMustBeClear);
}

TEST_F(HeaderTest, RefusesAnOrganisationKeyThatIsNotThere) {
  Draft draft = Good();
  draft.header.organisation_key_version = 2;
  EXPECT_EQ(world_.Append(draft), C::kUndecryptableBody);
}

TEST_F(HeaderTest, LimitsStatementsOfAnAuthorAndDay) {
  // Cheap to refuse, and refused statements count as well.
  auto refused = [this](uint32_t author) {
    return world_.Append(world_.Make(author, Confirm{"none", {}}));
  };
  for (uint64_t i = 0; i < kMaxStatementsPerAuthorAndDay; ++i) {
    ASSERT_EQ(refused(6), C::kUnknownAccount);
  }
  EXPECT_EQ(refused(6), C::kQuotaExceeded);
  EXPECT_EQ(refused(5), C::kUnknownAccount) << "one author's quota is not another's";
  EXPECT_LE(world_.state().anomalies.size(), kMaxAnomaliesPerAuthor + 1);
  EXPECT_GT(world_.state().usage.at({6}).anomalies, kMaxAnomaliesPerAuthor);
  world_.now_ms += 24ull * 3600 * 1000;
  EXPECT_EQ(refused(6), C::kUnknownAccount);
}

TEST_F(HeaderTest, LimitsBlobBytesOfAnAuthorAndDay) {
  auto deposit = [this](uint64_t blobs) {
    Draft draft = world_.Make(6, Deposit{});
    draft.header.blobs.assign(blobs, {Digest{}, static_cast<uint32_t>(kMaxBlobBytes)});
    return world_.Append(draft);
  };
  uint64_t sent = 0;
  while (sent + 256 * kMaxBlobBytes <= kMaxBlobBytesPerAuthorAndDay) {
    ASSERT_EQ(deposit(256), C::kUnknownVault);
    sent += 256 * kMaxBlobBytes;
  }
  EXPECT_EQ(deposit(256), C::kQuotaExceeded);
}

}  // namespace
}  // namespace quorate::ledger::testing
