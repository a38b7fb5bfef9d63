// Going forward: what a replica takes, and what it leaves alone.
#include <gtest/gtest.h>

#include "custody/base/error_info.h"
#include "custody/base/memory_node_store.h"
#include "custody/ledger/queries.h"
#include "custody/log/checkpoint.h"
#include "custody/replica/replica.h"
#include "custody/wire/statement.h"
#include "tests/replica/test_log.h"

namespace quorate::replica::testing {
namespace {

using base::GetReason;
using crypto::Bytes;
using crypto::Digest;
using ledger::RefusalCode;

class Extending : public ::testing::Test {
 protected:
  Extending() {
    log_.Found();
    log_.Grow(6);
  }

  // Expects the refusal, and that nothing changed by it.
  void ExpectRefused(absl::StatusCode code, const std::string& reason, const Bytes& note,
                     std::span<const RawEntry> entries) {
    const uint64_t size = replica_.size();
    const Digest digest = replica_.StateDigest();
    const auto result = replica_.Extend(note, entries);
    ASSERT_FALSE(result.ok());
    EXPECT_EQ(result.status().code(), code) << result.status();
    EXPECT_EQ(GetReason(result.status()), reason);
    EXPECT_EQ(replica_.size(), size);
    EXPECT_EQ(replica_.StateDigest(), digest);
    EXPECT_EQ(Must(store_.Size()), size);
  }
  ExtendResult Extend(const Bytes& note, std::span<const RawEntry> entries) {
    return Must(replica_.Extend(note, entries));
  }
  void ExpectWhole() {
    EXPECT_EQ(replica_.size(), log_.size());
    EXPECT_EQ(replica_.root(), log_.tree().Root());
    EXPECT_EQ(Must(store_.Size()), log_.size());
  }

  TestLog log_;
  base::MemoryNodeStore store_;
  Replica replica_ = Must(Replica::Open(&store_, log_.Options()));
};

constexpr auto kInvalid = absl::StatusCode::kInvalidArgument;

TEST_F(Extending, TakesAWholeLogAtOnce) {
  const ExtendResult result = Extend(log_.Note(), log_.entries());
  ExpectWhole();
  EXPECT_EQ(result.size, 7u);
  EXPECT_EQ(result.next_wanted, 7u);
  EXPECT_EQ(result.log_size, 7u);
  ASSERT_EQ(result.applied.size(), 7u);
  // The founding, a receiving key of each, and denials of requests that do not exist.
  for (size_t i = 0; i < 4; ++i) {
    EXPECT_TRUE(result.applied[i].outcome.admitted())
        << ledger::RefusalName(result.applied[i].outcome.refusal);
  }
  for (size_t i = 4; i < 7; ++i) {
    EXPECT_EQ(result.applied[i].outcome.refusal, RefusalCode::kUnknownRequest);
    EXPECT_TRUE(result.applied[i].entry.root_is_this_trees);
  }
  EXPECT_EQ(replica_.checkpoint_note(), log_.Note());
  EXPECT_EQ(*replica_.log_key(), log_.log_key().public_key());
}

TEST_F(Extending, EntryByEntryComesToTheSameState) {
  base::MemoryNodeStore other_store;
  Replica other = Must(Replica::Open(&other_store, log_.Options()));
  Must(other.Extend(log_.Note(), log_.entries()));
  for (uint64_t i = 0; i < log_.size(); ++i) Extend(log_.NoteAt(i + 1), log_.Range(i, i + 1));
  ExpectWhole();
  EXPECT_EQ(replica_.StateDigest(), other.StateDigest());
}

TEST_F(Extending, AsksForMoreWhenEntriesDoNotReachTheirCheckpoint) {
  const ExtendResult first = Extend(log_.Note(), log_.Range(0, 3));
  EXPECT_EQ(first.size, 0u);
  EXPECT_EQ(first.next_wanted, 3u);
  EXPECT_EQ(first.log_size, 7u);
  EXPECT_TRUE(first.applied.empty());
  EXPECT_EQ(Must(store_.Size()), 0u);
  const ExtendResult second = Extend(log_.Note(), log_.From(3));
  EXPECT_EQ(second.applied.size(), 7u);
  ExpectWhole();
}

// A log that grows while it is fetched shows a newer checkpoint with every page.
TEST_F(Extending, PagesUnderEverNewerCheckpointsGetThere) {
  const Bytes first_note = log_.Note();
  Extend(first_note, log_.Range(0, 3));
  log_.Grow(3);
  Extend(log_.Note(), log_.Range(3, 6));
  EXPECT_EQ(replica_.size(), 0u);
  log_.Grow(3);
  const ExtendResult third = Extend(log_.Note(), log_.Range(6, 9));
  EXPECT_EQ(third.size, 7u) << "the first page's checkpoint is reached";
  EXPECT_EQ(third.next_wanted, 9u);
  EXPECT_EQ(replica_.checkpoint_note(), first_note);
  Extend(log_.Note(), log_.From(9));
  ExpectWhole();
}

TEST_F(Extending, TheSameAgainChangesNothing) {
  Extend(log_.Note(), log_.entries());
  const uint64_t commits = store_.commits();
  const ExtendResult again = Extend(log_.Note(), {});
  EXPECT_TRUE(again.applied.empty());
  EXPECT_EQ(again.size, 7u);
  EXPECT_EQ(store_.commits(), commits);
}

TEST_F(Extending, AnOlderNoteOfTheSameLogIsFine) {
  Extend(log_.Note(), log_.entries());
  EXPECT_EQ(Extend(log_.NoteAt(3), {}).size, 7u);
  EXPECT_EQ(replica_.checkpoint_note(), log_.Note());
  EXPECT_FALSE(replica_.evidence().has_value());
}

TEST_F(Extending, RefusesEveryChangedByteOfANote) {
  const Bytes note = log_.Note();
  for (size_t i = 0; i < note.size(); ++i) {
    Bytes changed = note;
    changed[i] ^= 1;
    const auto result = replica_.Extend(changed, log_.entries());
    ASSERT_FALSE(result.ok()) << i;
    EXPECT_EQ(GetReason(result.status()), "BAD_NOTE") << i;
  }
  EXPECT_EQ(replica_.next_index(), 0u);
}

TEST_F(Extending, RefusesANoteOfAnotherLog) {
  TestLog other(2);
  other.Found();
  ExpectRefused(kInvalid, "BAD_NOTE", other.Note(), log_.entries());
  ExpectRefused(kInvalid, "BAD_NOTE", {}, log_.entries());
}

TEST_F(Extending, RefusesEntriesInAnotherOrder) {
  std::vector<RawEntry> swapped = log_.entries();
  std::swap(swapped[4], swapped[5]);
  ExpectRefused(kInvalid, "ROOT_MISMATCH", log_.Note(), swapped);
  EXPECT_EQ(replica_.next_index(), 0u) << "what waited is dropped";
  Extend(log_.Note(), log_.entries());
  ExpectWhole();
}

TEST_F(Extending, RefusesAChangedLeaf) {
  std::vector<RawEntry> changed = log_.entries();
  changed[5].leaf.back() ^= 1;  // In the signature.
  ExpectRefused(kInvalid, "ROOT_MISMATCH", log_.Note(), changed);
}

TEST_F(Extending, RefusesALeftOutEntry) {
  Extend(log_.NoteAt(4), log_.Range(0, 4));
  log_.Grow(1);
  std::vector<RawEntry> rest(log_.From(5).begin(), log_.From(5).end());
  rest.push_back(rest.back());
  ExpectRefused(kInvalid, "ROOT_MISMATCH", log_.Note(), rest);
}

TEST_F(Extending, WaitsForTheBodyThatTheAuthorSigned) {
  std::vector<RawEntry> changed = log_.entries();
  changed[5].body.clear();
  ExpectRefused(absl::StatusCode::kUnavailable, "BODY_MISSING", log_.Note(), changed);
  changed[5].body = log_.entries()[4].body;
  ExpectRefused(absl::StatusCode::kUnavailable, "BODY_MISSING", log_.Note(), changed);
  Extend(log_.Note(), log_.entries());
  ExpectWhole();
}

TEST_F(Extending, RefusesWhatIsLargerThanItMayBe) {
  const std::vector<RawEntry> many(kMaxBatchEntries + 1, log_.entries()[0]);
  ExpectRefused(kInvalid, "BAD_BATCH", log_.Note(), many);
  RawEntry large = log_.entries()[0];
  large.body.resize(ledger::kMaxBodyBytes);
  const std::vector<RawEntry> heavy(kMaxBatchBytes / ledger::kMaxBodyBytes + 1, large);
  ExpectRefused(kInvalid, "BAD_BATCH", log_.Note(), heavy);

  std::vector<RawEntry> entries = log_.entries();
  entries[2].leaf.resize(wire::kMaxLeafBytes + 1);
  ExpectRefused(kInvalid, "BAD_ENTRY", log_.Note(), entries);
  entries[2].leaf.clear();
  ExpectRefused(kInvalid, "BAD_ENTRY", log_.Note(), entries);
  entries = log_.entries();
  entries[2].body.resize(ledger::kMaxBodyBytes + 1);
  ExpectRefused(kInvalid, "BAD_ENTRY", log_.Note(), entries);
}

TEST_F(Extending, KeepsOnlySoMuchWaiting) {
  // Leaves without a header take no body along, so bytes come from the leaves.
  RawEntry junk{Bytes(wire::kMaxLeafBytes, 1), {}};
  const size_t a_batch = kMaxBatchBytes / junk.leaf.size();
  const std::vector<RawEntry> batch(a_batch, junk);
  Extend(log_.NoteAt(1), log_.Range(0, 1));
  const Bytes far_note = log_.NoteOf(10'000'000, Digest{});
  absl::Status status;
  for (int i = 0; i < 6 && status.ok(); ++i) status = replica_.Extend(far_note, batch).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kResourceExhausted);
  EXPECT_EQ(GetReason(status), "TOO_MUCH_PENDING");
  EXPECT_EQ(replica_.size(), 1u);
}

// What a broken server lets into the log is everybody's log all the same.
TEST_F(Extending, ALeafThatIsNoneIsAppliedAsRefusedWhateverBodyCameWithIt) {
  log_.Append({{1, 2, 3}, {}});
  std::vector<RawEntry> with_body = log_.entries();
  with_body.back().body = {9, 9};
  const ExtendResult result = Extend(log_.Note(), with_body);
  EXPECT_EQ(result.applied.back().outcome.refusal, RefusalCode::kMalformedHeader);

  base::MemoryNodeStore other_store;
  Replica other = Must(Replica::Open(&other_store, log_.Options()));
  Must(other.Extend(log_.Note(), log_.entries()));
  EXPECT_EQ(other.StateDigest(), replica_.StateDigest());
  EXPECT_EQ(other_store.Snapshot().entries, store_.Snapshot().entries);
  EXPECT_EQ(Must(Replica::Open(&store_, log_.Options())).StateDigest(), other.StateDigest());
}

TEST_F(Extending, AnEmptyBodyThatItsAuthorSignedIsRefusedByTheLedgerAndStopsNobody) {
  wire::SignedStatement statement = log_.Sign(2, log_.NextStatement());
  ledger::Header header = Must(wire::DecodeHeader(statement.header));
  header.body_digest = crypto::Sha256({});
  statement.header = wire::EncodeHeader(header);
  statement.signature = log_.signing_key(2).Sign(ledger::kStatementLabel, statement.header);
  statement.body.clear();
  log_.Append(log_.EntryOf(statement));
  const ExtendResult result = Extend(log_.Note(), log_.entries());
  EXPECT_EQ(result.applied.back().outcome.refusal, RefusalCode::kMalformedBody);
  const Replica again = Must(Replica::Open(&store_, log_.Options()));
  EXPECT_EQ(again.StateDigest(), replica_.StateDigest());
  EXPECT_TRUE(Must(again.ReadRawAt(7)).body.empty());
}

TEST_F(Extending, AStatementOnAnotherTreeIsRefused) {
  wire::SignedStatement statement = log_.Sign(2, ledger::Withdraw{});
  ledger::Header header = Must(wire::DecodeHeader(statement.header));
  header.verified_root.value[0] ^= 1;
  statement.header = wire::EncodeHeader(header);
  statement.signature = log_.signing_key(2).Sign(ledger::kStatementLabel, statement.header);
  log_.Append(log_.EntryOf(statement));
  const ExtendResult result = Extend(log_.Note(), log_.entries());
  EXPECT_EQ(result.applied.back().outcome.refusal, RefusalCode::kForeignRoot);
}

TEST_F(Extending, NobodyHasVerifiedATreeThatHoldsTheirOwnStatement) {
  wire::SignedStatement statement = log_.Sign(2, log_.NextStatement());
  ledger::Header header = Must(wire::DecodeHeader(statement.header));
  header.verified_size = log_.size() + 1;
  statement.header = wire::EncodeHeader(header);
  statement.signature = log_.signing_key(2).Sign(ledger::kStatementLabel, statement.header);
  log_.Append(log_.EntryOf(statement));
  const ExtendResult result = Extend(log_.Note(), log_.entries());
  EXPECT_FALSE(result.applied.back().entry.root_is_this_trees);
}

TEST_F(Extending, KnowsNoLogKeyBeforeTheFirstEntry) {
  EXPECT_FALSE(replica_.log_key().has_value());
  ExpectRefused(absl::StatusCode::kFailedPrecondition, "FOUNDING_MISSING", log_.Note(), {});
}

TEST_F(Extending, TheFirstEntryMustBeThisOrganisationsFounding) {
  ExpectRefused(kInvalid, "WRONG_FOUNDING", log_.Note(), log_.From(1));
  TestLog other(2);
  other.Found();
  ExpectRefused(kInvalid, "WRONG_FOUNDING", other.Note(), other.entries());
}

TEST_F(Extending, ThePinnedLogKeyMustBeTheCharters) {
  ReplicaOptions options = log_.Options();
  options.pinned_log_key = TestLog(2).log_key().public_key();
  replica_ = Must(Replica::Open(&store_, std::move(options)));
  ExpectRefused(kInvalid, "LOG_KEY_MISMATCH", log_.Note(), log_.entries());

  options = log_.Options();
  options.pinned_log_key = log_.log_key().public_key();
  replica_ = Must(Replica::Open(&store_, std::move(options)));
  EXPECT_EQ(Extend(log_.Note(), {}).next_wanted, 0u) << "a note alone, under the pinned key";
  Extend(log_.Note(), log_.entries());
  ExpectWhole();
}

}  // namespace
}  // namespace quorate::replica::testing
