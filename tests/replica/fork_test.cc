// A log that signs two histories is caught, with evidence that anyone can check.
#include <gtest/gtest.h>

#include "custody/base/error_info.h"
#include "custody/base/memory_node_store.h"
#include "custody/log/checkpoint.h"
#include "custody/log/evidence.h"
#include "custody/replica/replica.h"
#include "tests/replica/test_log.h"

namespace quorate::replica::testing {
namespace {

using crypto::Bytes;
using crypto::Digest;

class Forking : public ::testing::Test {
 protected:
  Forking() {
    log_.Found();
    log_.Grow(6);
  }

  void ExpectForked(const absl::Status& status) {
    EXPECT_EQ(status.code(), absl::StatusCode::kDataLoss) << status;
    EXPECT_EQ(base::GetReason(status), "FORKED_LOG");
    ASSERT_TRUE(replica_.evidence().has_value());
    const log::NoteKey key =
        Must(log::NoteKey::Create(log::OriginOf(log_.organisation().span()),
                                  log::NoteKeyType::kEd25519, log_.log_key().public_key()));
    EXPECT_TRUE(log::VerifyEvidence(*replica_.evidence(), key).ok())
        << log::VerifyEvidence(*replica_.evidence(), key);
  }
  static Digest OtherRoot() {
    Digest root;
    root.value[0] = 1;
    return root;
  }

  TestLog log_;
  base::MemoryNodeStore store_;
  Replica replica_ = Must(Replica::Open(&store_, log_.Options()));
};

TEST_F(Forking, AnotherRootAtOurSizeIsEvidence) {
  Must(replica_.Extend(log_.Note(), log_.entries()));
  const Bytes other = log_.NoteOf(7, OtherRoot());
  ExpectForked(replica_.Extend(other, {}).status());
  EXPECT_EQ(replica_.evidence()->smaller_note, crypto::AsString(other));
  EXPECT_EQ(replica_.evidence()->larger_note, crypto::AsString(log_.Note()));
}

TEST_F(Forking, AnotherRootAtAnySmallerSizeIsEvidence) {
  for (uint64_t size = 1; size < 7; ++size) {
    base::MemoryNodeStore store;
    replica_ = Must(Replica::Open(&store, log_.Options()));
    Must(replica_.Extend(log_.Note(), log_.entries()));
    ExpectForked(replica_.Extend(log_.NoteOf(size, OtherRoot()), {}).status());
  }
}

TEST_F(Forking, ANoteThatIsOnlyCheckedIsEvidenceToo) {
  Must(replica_.Extend(log_.Note(), log_.entries()));
  EXPECT_TRUE(replica_.CheckNote(log_.NoteAt(3)).ok());
  EXPECT_TRUE(replica_.CheckNote(log_.NoteOf(8, OtherRoot())).ok()) << "nothing can be said yet";
  ExpectForked(replica_.CheckNote(log_.NoteOf(3, OtherRoot())));
  EXPECT_EQ(base::GetReason(replica_.CheckNote(log_.NoteAt(3))), "FORKED_LOG");
}

TEST_F(Forking, AForgedNoteIsNoEvidence) {
  Must(replica_.Extend(log_.Note(), log_.entries()));
  Bytes forged = log_.NoteOf(3, OtherRoot());
  forged[forged.size() - 10] ^= 1;
  EXPECT_EQ(base::GetReason(replica_.CheckNote(forged)), "BAD_NOTE");
  EXPECT_FALSE(replica_.evidence().has_value());
}

TEST_F(Forking, TwoRootsForASizeThatWeWaitForAreEvidence) {
  Must(replica_.Extend(log_.NoteAt(7), log_.Range(0, 3)));
  ExpectForked(replica_.Extend(log_.NoteOf(7, OtherRoot()), {}).status());
}

// The page's own checkpoint is false, a later one that covers it is not.
TEST_F(Forking, ACheckpointThatALaterOneContradictsIsEvidence) {
  Must(replica_.Extend(log_.NoteOf(5, OtherRoot()), log_.Range(0, 3)));
  ExpectForked(replica_.Extend(log_.Note(), log_.From(3)).status());
  EXPECT_EQ(replica_.size(), 0u);
}

TEST_F(Forking, TheOtherHistoryOfAForkIsNeverTaken) {
  TestLog other;
  other.Found();
  other.Grow(4);
  Must(replica_.Extend(other.Note(), other.entries()));
  // One more statement of theirs at index 5, another of ours, under the same key.
  TestLog fork;
  fork.Found();
  fork.Grow(4);
  fork.Say(2, ledger::Withdraw{OtherRoot()});
  other.Grow(1);
  Must(replica_.Extend(other.Note(), other.From(5)));
  const Digest digest = replica_.StateDigest();
  ExpectForked(replica_.Extend(fork.Note(), {}).status());
  EXPECT_EQ(replica_.StateDigest(), digest);
}

TEST_F(Forking, NothingIsTakenOnceTheLogContradictedItself) {
  Must(replica_.Extend(log_.NoteAt(4), log_.Range(0, 4)));
  ExpectForked(replica_.CheckNote(log_.NoteOf(2, OtherRoot())));
  EXPECT_EQ(base::GetReason(replica_.Extend(log_.Note(), log_.From(4)).status()), "FORKED_LOG");
  EXPECT_EQ(replica_.size(), 4u);
}

}  // namespace
}  // namespace quorate::replica::testing
