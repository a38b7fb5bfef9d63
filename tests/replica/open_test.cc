// Coming back: crashes between the steps, and stores that somebody changed.
#include <gtest/gtest.h>

#include <functional>

#include "custody/base/error_info.h"
#include "custody/base/memory_node_store.h"
#include "custody/ledger/queries.h"
#include "custody/log/tree.h"
#include "custody/replica/replica.h"
#include "custody/wire/statement.h"
#include "tests/replica/test_log.h"

namespace quorate::replica::testing {
namespace {

using base::GetReason;
using base::MemoryNodeStore;
using crypto::Bytes;
using crypto::Digest;
using ledger::RefusalCode;

class Opening : public ::testing::Test {
 protected:
  Opening() {
    log_.Found();
    log_.Grow(6);
  }
  Replica Open() { return Must(Replica::Open(&store_, log_.Options())); }
  std::string OpenReason() { return GetReason(Replica::Open(&store_, log_.Options()).status()); }
  // Changes what is on the disk.
  void Damage(const std::function<void(MemoryNodeStore::Image&)>& change) {
    MemoryNodeStore::Image image = store_.Snapshot();
    change(image);
    store_.Restore(std::move(image));
  }

  TestLog log_;
  MemoryNodeStore store_;
};

TEST_F(Opening, ComesBackAsItWas) {
  Replica before = Open();
  Must(before.Extend(log_.Note(), log_.entries()));
  const Replica after = Open();
  EXPECT_EQ(after.size(), 7u);
  EXPECT_EQ(after.root(), before.root());
  EXPECT_EQ(after.StateDigest(), before.StateDigest());
  EXPECT_EQ(after.checkpoint_note(), before.checkpoint_note());
  EXPECT_EQ(after.log_key(), before.log_key());
}

TEST_F(Opening, ShowsEveryStoredEntryAgain) {
  std::vector<RefusalCode> first;
  Replica before = Open();
  for (const AppliedEntry& applied : Must(before.Extend(log_.Note(), log_.entries())).applied) {
    first.push_back(applied.outcome.refusal);
  }
  std::vector<RefusalCode> again;
  ReplicaOptions options = log_.Options();
  options.observer = [&](const ledger::Entry& entry, const ledger::Outcome& outcome) {
    EXPECT_EQ(entry.index, again.size());
    again.push_back(outcome.refusal);
  };
  Must(Replica::Open(&store_, std::move(options)));
  EXPECT_EQ(again, first);
}

TEST_F(Opening, ACrashBeforeTheCommitLosesNothingButTheStep) {
  Replica replica = Open();
  Must(replica.Extend(log_.NoteAt(3), log_.Range(0, 3)));
  store_.FailNextCommit(MemoryNodeStore::CommitFault::kLoseBatch);
  EXPECT_FALSE(replica.Extend(log_.Note(), log_.From(3)).ok());
  store_.Restart();
  Replica after = Open();
  EXPECT_EQ(after.size(), 3u);
  Must(after.Extend(log_.Note(), log_.From(3)));
  EXPECT_EQ(after.size(), 7u);
}

TEST_F(Opening, ACrashBetweenCommitAndAdoptFindsTheStepTaken) {
  Replica replica = Open();
  Must(replica.Extend(log_.NoteAt(3), log_.Range(0, 3)));
  store_.FailNextCommit(MemoryNodeStore::CommitFault::kKeepBatch);
  EXPECT_FALSE(replica.Extend(log_.Note(), log_.From(3)).ok());
  EXPECT_EQ(replica.size(), 3u);
  store_.Restart();
  const Replica after = Open();
  EXPECT_EQ(after.size(), 7u);
  MemoryNodeStore whole_store;
  Replica whole = Must(Replica::Open(&whole_store, log_.Options()));
  Must(whole.Extend(log_.Note(), log_.entries()));
  EXPECT_EQ(after.StateDigest(), whole.StateDigest());
}

TEST_F(Opening, AFullDiskLeavesTheStepToBePreparedAgain) {
  Replica replica = Open();
  store_.FailNextCommit(MemoryNodeStore::CommitFault::kRefuseOnce);
  EXPECT_EQ(replica.Extend(log_.Note(), log_.entries()).status().code(),
            absl::StatusCode::kResourceExhausted);
  EXPECT_EQ(replica.size(), 0u);
  EXPECT_EQ(replica.next_index(), 7u) << "the entries still wait";
  EXPECT_EQ(Must(replica.Extend(log_.Note(), {})).size, 7u);
  EXPECT_EQ(Open().StateDigest(), replica.StateDigest());
}

TEST_F(Opening, TheCallersOwnMutationsAreInTheSameBatch) {
  Replica replica = Open();
  base::WriteBatch batch;
  batch.Put("mine", {1}, {2});
  const Extension extension = Must(replica.PrepareExtend(log_.Note(), log_.entries(), batch));
  EXPECT_TRUE(extension.advances());
  EXPECT_EQ(replica.size(), 0u);
  ASSERT_TRUE(store_.Commit(batch).ok());
  EXPECT_EQ(Must(replica.Adopt(extension)).size, 7u);
  EXPECT_EQ(Must(store_.Get("mine", Bytes{1})), Bytes{2});
  EXPECT_EQ(Must(store_.Size()), 7u);
}

TEST_F(Opening, OnlyTheNextStepIsAdoptedAndOnlyOnce) {
  Replica replica = Open();
  base::WriteBatch batch;
  const Extension extension = Must(replica.PrepareExtend(log_.Note(), log_.entries(), batch));
  Extension other = extension;
  other.to = 6;
  EXPECT_EQ(GetReason(replica.Adopt(other).status()), "STALE_EXTENSION");
  other = extension;
  other.from = 1;
  EXPECT_EQ(GetReason(replica.Adopt(other).status()), "STALE_EXTENSION");
  Must(replica.Adopt(extension));
  EXPECT_EQ(GetReason(replica.Adopt(extension).status()), "STALE_EXTENSION");
}

TEST_F(Opening, AChangedStoreIsDamaged) {
  Replica replica = Open();
  Must(replica.Extend(log_.Note(), log_.entries()));
  const MemoryNodeStore::Image good = store_.Snapshot();
  const std::vector<std::function<void(MemoryNodeStore::Image&)>> changes = {
      [](auto& image) { image.entries[5].leaf.back() ^= 1; },
      [](auto& image) { image.entries[5].body.back() ^= 1; },
      [](auto& image) { image.entries[5].body.clear(); },
      [](auto& image) { image.entries[5].index = 9; },
      [](auto& image) { std::swap(image.entries[4].leaf, image.entries[5].leaf); },
      [](auto& image) { image.entries.pop_back(); },
      [](auto& image) { image.entries.clear(); },
      [](auto& image) { image.checkpoint.reset(); },
      [](auto& image) { image.checkpoint->at(100) ^= 1; },
      [&](auto& image) { image.checkpoint = log_.NoteAt(6); },
      [&](auto& image) { image.checkpoint = log_.NoteOf(7, Digest{}); },
  };
  for (size_t i = 0; i < changes.size(); ++i) {
    store_.Restore(good);
    Damage(changes[i]);
    EXPECT_EQ(OpenReason(), "STORE_DAMAGED") << "change " << i;
  }
  store_.Restore(good);
  EXPECT_EQ(OpenReason(), "");
}

TEST_F(Opening, NothingOfADamagedStoreIsShown) {
  Replica replica = Open();
  Must(replica.Extend(log_.Note(), log_.entries()));
  Damage([](auto& image) { image.entries[6].leaf.back() ^= 1; });
  ReplicaOptions options = log_.Options();
  options.observer = [](const ledger::Entry&, const ledger::Outcome&) { ADD_FAILURE(); };
  EXPECT_FALSE(Replica::Open(&store_, std::move(options)).ok());
}

TEST_F(Opening, TheStoreOfAnotherOrganisationIsRefused) {
  Replica replica = Open();
  Must(replica.Extend(log_.Note(), log_.entries()));
  EXPECT_EQ(GetReason(Replica::Open(&store_, TestLog(2).Options()).status()), "WRONG_FOUNDING");
}

TEST_F(Opening, FindsEntriesByPlaceLeafAndStatement) {
  const wire::SignedStatement said = log_.Say(3, log_.NextStatement());
  Replica replica = Open();
  Must(replica.Extend(log_.Note(), log_.entries()));
  const Digest leaf_hash = log::LeafHash(log_.entries()[7].leaf);

  const EntryRecord* record = replica.FindStatement({3}, said.id);
  ASSERT_NE(record, nullptr);
  EXPECT_EQ(record->index, 7u);
  EXPECT_EQ(record->leaf_hash, leaf_hash);
  EXPECT_EQ(record->body_digest, crypto::Sha256(said.body));
  EXPECT_EQ(record->outcome.refusal, RefusalCode::kUnknownRequest);
  EXPECT_EQ(replica.FindLeaf(leaf_hash), record);
  EXPECT_EQ(replica.Record(7), record);
  EXPECT_EQ(Must(replica.ReadRawAt(7)).body, said.body);
  EXPECT_EQ(Must(replica.ReadEntryAt(7)).leaf_hash, leaf_hash);
  EXPECT_TRUE(Must(replica.ReadEntryAt(7)).root_is_this_trees);

  EXPECT_EQ(replica.FindStatement({2}, said.id), nullptr);
  EXPECT_EQ(replica.FindLeaf(Digest{}), nullptr);
  EXPECT_EQ(replica.Record(8), nullptr);
  EXPECT_EQ(replica.ReadRawAt(8).status().code(), absl::StatusCode::kOutOfRange);
}

// Or whoever runs the server could make a node believe that its statement is on the log.
TEST_F(Opening, AnEntryThatOnlyClaimsToBeTheAuthorsIsNotFoundAsTheirs) {
  const wire::SignedStatement genuine = log_.Sign(3, log_.NextStatement());
  wire::SignedStatement forged = genuine;
  forged.signature = log_.signing_key(2).Sign(ledger::kStatementLabel, forged.header);
  log_.Append(log_.EntryOf(forged));
  Replica replica = Open();
  Must(replica.Extend(log_.Note(), log_.entries()));
  EXPECT_EQ(replica.Record(7)->outcome.refusal, RefusalCode::kBadSignature);
  EXPECT_EQ(replica.FindStatement({3}, genuine.id), nullptr);

  log_.Append(log_.EntryOf(genuine));
  Must(replica.Extend(log_.Note(), log_.From(8)));
  ASSERT_NE(replica.FindStatement({3}, genuine.id), nullptr);
  EXPECT_EQ(replica.FindStatement({3}, genuine.id)->index, 8u);
}

// The same with a body that nobody can read: it is not looked at before the signature.
TEST_F(Opening, AnUnreadableEntryUnderTheAuthorsIdentifierIsNotFoundAsTheirs) {
  const wire::SignedStatement genuine = log_.Sign(3, log_.NextStatement());
  wire::SignedStatement forged = genuine;
  forged.body = Bytes(40, 7);
  ledger::Header header = Must(wire::DecodeHeader(genuine.header));
  header.body_digest = crypto::Sha256(forged.body);
  forged.header = wire::EncodeHeader(header);
  log_.Append(log_.EntryOf(forged));
  Replica replica = Open();
  Must(replica.Extend(log_.Note(), log_.entries()));
  EXPECT_EQ(replica.Record(7)->outcome.refusal, RefusalCode::kBadSignature);
  EXPECT_FALSE(replica.Record(7)->outcome.signed_by_author);
  EXPECT_EQ(replica.FindStatement({3}, genuine.id), nullptr);
}

TEST_F(Opening, ProvesWhatItHolds) {
  Replica replica = Open();
  Must(replica.Extend(log_.Note(), log_.entries()));
  for (uint64_t size = 1; size <= 7; ++size) {
    for (uint64_t index = 0; index < size; ++index) {
      EXPECT_TRUE(log::VerifyInclusion(index, size, replica.Record(index)->leaf_hash,
                                       Must(replica.InclusionProof(index, size)),
                                       *replica.RootAt(size))
                      .ok());
    }
    EXPECT_TRUE(log::VerifyConsistency(size, 7, Must(replica.ConsistencyProof(size, 7)),
                                       *replica.RootAt(size), replica.root())
                    .ok());
  }
  EXPECT_FALSE(replica.RootAt(8).has_value());
  EXPECT_FALSE(replica.InclusionProof(7, 7).ok());
  EXPECT_FALSE(replica.ConsistencyProof(7, 8).ok());
}

TEST_F(Opening, ReadsStatementsUnderAKeyThatCameLater) {
  ReplicaOptions options = log_.Options();
  options.keys = wire::KeyRing();
  Replica replica = Must(Replica::Open(&store_, std::move(options)));
  const auto first = Must(replica.Extend(log_.NoteAt(2), log_.Range(0, 2)));
  EXPECT_EQ(first.applied[1].outcome.refusal, RefusalCode::kUndecryptableBody);
  replica.AddKey(1, log_.organisation_key().Clone());
  const auto second = Must(replica.Extend(log_.NoteAt(3), log_.Range(2, 3)));
  EXPECT_TRUE(second.applied[0].entry.statement.has_value());
}

// A byte of the store that changes while the node runs is noticed where it is read.
TEST_F(Opening, AnEntryThatChangesOnTheDiskIsNotReadBack) {
  Replica replica = Open();
  Must(replica.Extend(log_.Note(), log_.entries()));
  Damage([](auto& image) { image.entries[5].body.back() ^= 1; });
  EXPECT_EQ(GetReason(replica.ReadRawAt(5).status()), "STORE_DAMAGED");
  Damage([](auto& image) { image.entries[4].leaf.back() ^= 1; });
  EXPECT_EQ(GetReason(replica.ReadEntryAt(4).status()), "STORE_DAMAGED");
}

}  // namespace
}  // namespace quorate::replica::testing
