#include <gtest/gtest.h>

#include "custody/ledger/decide.h"
#include "custody/ledger/quota.h"
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

TEST_F(HeaderTest, ABadDeviceSignatureCountsAsNoneWhereNoneIsNeeded) {
  Draft draft = world_.Make(1, Withdraw{});
  EXPECT_FALSE(NeedsDeviceSignature(draft.statement));
  Entry entry = world_.Place(draft);
  entry.leaf.device_signature = entry.leaf.signature;
  EXPECT_EQ(world_.Apply(entry), C::kUnknownRequest);
  EXPECT_EQ(world_.state().usage.at({1}).without_device.statements, 1u);
  EXPECT_EQ(world_.state().usage.at({1}).with_device.statements, 1u) << "founding it";
}

TEST_F(HeaderTest, SpeaksOfABodyOnlyWhereItsAuthorSignedIt) {
  for (C why : {C::kMalformedBody, C::kUndecryptableBody, C::kBodyDigestMismatch}) {
    Draft draft = Good();
    draft.signer = 2;
    Entry entry = world_.Place(draft);
    entry.statement.reset();
    entry.unreadable = why;
    EXPECT_EQ(world_.Apply(entry), C::kBadSignature);
    draft = Good();
    draft.header.author.value = 7;
    entry = world_.Place(draft);
    entry.statement.reset();
    entry.unreadable = why;
    EXPECT_EQ(world_.Apply(entry), C::kUnknownAuthor);
    draft = Good();
    draft.header.organisation.value[0] ^= 1;
    entry = world_.Place(draft);
    entry.statement.reset();
    entry.unreadable = why;
    EXPECT_EQ(world_.Apply(entry), C::kWrongOrganisation);
  }
  EXPECT_TRUE(world_.state().anomalies.empty());
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

TEST_F(HeaderTest, RefusesARootThatIsNotThisTreesAndNamesNobody) {
  // A server that shows two logs, or an old backup of it, makes honest people say such things.
  Draft draft = Good();
  draft.root_is_this_trees = false;
  EXPECT_EQ(world_.Append(draft), C::kForeignRoot);
  ASSERT_EQ(world_.state().anomalies.size(), 1u);
  EXPECT_EQ(world_.state().anomalies[0].author, OrganiserNumber{0});
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
  draft.with_device = false;
  EXPECT_EQ(world_.Append(draft), C::kBadDeviceSignature);
  AuthorUsage after = world_.state().usage.at({1});
  EXPECT_EQ(after.with_device.statements, before.with_device.statements);
  EXPECT_EQ(after.without_device.statements, before.without_device.statements);
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

TEST_F(HeaderTest, ATimeOutOfBoundsOrBodyLengthOutOfBoundsIsMalformed) {
  Draft draft = Good();
  draft.log_time_ms = kMaxLogTimeMs + 1;
  EXPECT_EQ(world_.Append(draft), C::kMalformedHeader);
  draft = Good();
  draft.header.body_length = 0;
  EXPECT_EQ(world_.Append(draft), C::kMalformedHeader);
  draft.header.body_length = static_cast<uint32_t>(kMaxBodyBytes + 1);
  EXPECT_EQ(world_.Append(draft), C::kMalformedHeader);
}

// Else bytes that nobody signed would end all that hangs on the log's time.
TEST_F(HeaderTest, WhatNobodySignedDoesNotMoveTheClock) {
  Draft draft = Good();
  draft.log_time_ms = world_.now_ms + 5;
  draft.signer = 2;
  EXPECT_EQ(world_.Append(draft), C::kBadSignature);
  Draft stripped = Good();
  stripped.log_time_ms = world_.now_ms + 5;
  stripped.with_device = false;
  EXPECT_EQ(world_.Append(stripped), C::kBadDeviceSignature);
  Entry entry = world_.Place(Good());
  entry.header.reset();
  entry.leaf.log_time_ms = world_.now_ms + 5;
  EXPECT_EQ(world_.Apply(entry), C::kMalformedHeader);
  EXPECT_EQ(world_.state().last_log_time_ms, world_.now_ms);
  EXPECT_EQ(world_.Append(Good()), C::kNone);
}

TEST_F(HeaderTest, ARefusedEntryOfItsAuthorStillMovesTheClock) {
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
  for (uint64_t i = 0; i < kDailyQuota.statements; ++i) {
    ASSERT_EQ(refused(6), C::kUnknownAccount);
  }
  EXPECT_EQ(refused(6), C::kQuotaExceeded);
  EXPECT_EQ(refused(5), C::kUnknownAccount) << "one author's quota is not another's";
  EXPECT_EQ(world_.Append(world_.Make(6, Deny{})), C::kUnknownRequest) << "a denial has none";
  EXPECT_LE(world_.state().anomalies.size(), kMaxAnomaliesPerAuthor + 1);
  world_.now_ms += kDayMs;
  EXPECT_EQ(refused(6), C::kUnknownAccount);
}

TEST_F(HeaderTest, ADenialAndAnAlarmCountInWhateverLogTheyComeTo) {
  for (const Statement& word : {Statement(Deny{}), Statement(Alarm{{1}, "none", "no"})}) {
    Draft draft = world_.Make(1, word);
    draft.root_is_this_trees = false;
    EXPECT_NE(world_.Append(draft), C::kForeignRoot);
    draft = world_.Make(1, word);
    draft.header.verified_size = world_.state().size + 1;
    EXPECT_NE(world_.Append(draft), C::kForeignRoot);
  }
}

TEST_F(HeaderTest, WhatAStolenKitSignsNamesNobody) {
  Draft draft = world_.Make(1, Deny{LeafHash{}, "no"});
  draft.with_device = false;
  Entry entry = world_.Place(draft);
  entry.statement.reset();
  entry.unreadable = C::kUndecryptableBody;
  world_.Apply(entry);
  ASSERT_EQ(world_.state().anomalies.size(), 1u);
  EXPECT_EQ(world_.state().anomalies[0].author, OrganiserNumber{0});
}

TEST_F(HeaderTest, NoHeapOfRefusalsBuriesWhatCountsMore) {
  State state;
  for (uint32_t i = 0; i < kMaxAnomaliesPerAuthor + 9; ++i) {
    AddAnomaly(state, i, {1}, AnomalyKind::kRefused, C::kBadText);
  }
  AddAnomaly(state, 999, {1}, AnomalyKind::kPrematureShares, C::kNone);
  EXPECT_EQ(state.anomalies.size(), kMaxAnomaliesPerAuthor + 1);
  EXPECT_EQ(state.anomalies.back().kind, AnomalyKind::kPrematureShares);
  EXPECT_EQ(state.usage.at({1}).anomalies, kMaxAnomaliesPerAuthor + 9);
}

TEST_F(HeaderTest, CountsAnomaliesBeyondWhatItKeeps) {
  for (uint32_t i = 0; i < kMaxAnomaliesPerAuthor + 9; ++i) {
    ASSERT_EQ(world_.Append(world_.Make(1, Accept{})), C::kUnknownRequest);
  }
  EXPECT_EQ(world_.state().anomalies.size(), kMaxAnomaliesPerAuthor);
  EXPECT_EQ(world_.state().usage.at({0}).anomalies, kMaxAnomaliesPerAuthor + 9);
}

// Whoever stole a kit, and not the device, can say what nobody reads.
TEST_F(HeaderTest, AStolenKitSpendsNothingOfTheDevicesQuota) {
  auto garbage = [this] {
    Draft draft = Good();
    draft.with_device = false;
    Entry entry = world_.Place(draft);
    entry.statement.reset();
    entry.unreadable = C::kMalformedBody;
    return world_.Apply(entry);
  };
  for (uint64_t i = 0; i < kDailyQuotaWithoutDevice.statements + 9; ++i) {
    ASSERT_EQ(garbage(), C::kMalformedBody);
  }
  Draft stripped = Good();
  stripped.with_device = false;
  EXPECT_EQ(world_.Append(stripped), C::kBadDeviceSignature);
  Draft kit = world_.Make(1, Withdraw{});
  kit.with_device = false;
  EXPECT_EQ(world_.Append(kit), C::kQuotaExceeded);
  EXPECT_EQ(world_.state().usage.at({1}).with_device.statements, 1u) << "founding it";
  EXPECT_EQ(world_.Append(Good()), C::kNone);
  EXPECT_EQ(world_.Append(world_.Make(1, Withdraw{})), C::kUnknownRequest);
}

TEST_F(HeaderTest, LimitsBytesOfAnAuthorAndDayBodiesIncluded) {
  auto deposit = [this](uint64_t blobs, uint64_t body) {
    Draft draft = world_.Make(6, Deposit{});
    draft.header.blobs.assign(blobs, {Digest{}, static_cast<uint32_t>(kMaxBlobBytes)});
    draft.header.body_length = static_cast<uint32_t>(body);
    return world_.Append(draft);
  };
  uint64_t sent = 0;
  while (sent + 4 * (256 * kMaxBlobBytes + 1) <= kDailyQuota.bytes) {
    ASSERT_EQ(deposit(256, 1), C::kUnknownVault);
    sent += 256 * kMaxBlobBytes + 1;
  }
  while (sent + kMaxBodyBytes <= kDailyQuota.bytes) {
    ASSERT_EQ(deposit(0, kMaxBodyBytes), C::kUnknownVault);
    sent += kMaxBodyBytes;
  }
  EXPECT_EQ(deposit(0, kMaxBodyBytes), C::kQuotaExceeded);
}

// What a server lets through that reads headers alone.
TEST(QuotaTest, AServerRefusesWhatApplyWouldButKeepsRoomForDenials) {
  Header small;
  small.body_length = kLargestDenial;
  Header large;
  large.body_length = kLargestDenial + 1;
  for (bool has_device : {true, false}) {
    const Amount limit = has_device ? kDailyQuota : kDailyQuotaWithoutDevice;
    AuthorUsage usage;
    for (uint64_t i = 0; i < limit.statements; ++i) {
      ASSERT_EQ(IsWorthStoring(usage, large, has_device, 5 * kDayMs),
                FitsQuota(usage, large, has_device, 5 * kDayMs));
      Charge(usage, small, has_device, 5 * kDayMs);
    }
    EXPECT_FALSE(FitsQuota(usage, small, has_device, 6 * kDayMs - 1));
    EXPECT_FALSE(IsWorthStoring(usage, large, has_device, 6 * kDayMs - 1));
    EXPECT_TRUE(FitsQuota(usage, small, !has_device, 6 * kDayMs - 1));
    EXPECT_TRUE(FitsQuota(usage, small, has_device, 6 * kDayMs));
    for (uint64_t i = 0; i < kReservedForDenials; ++i) {
      ASSERT_TRUE(IsWorthStoring(usage, small, has_device, 5 * kDayMs));
      Charge(usage, small, has_device, 5 * kDayMs);
    }
    EXPECT_FALSE(IsWorthStoring(usage, small, has_device, 5 * kDayMs));
  }
}

}  // namespace
}  // namespace quorate::ledger::testing
