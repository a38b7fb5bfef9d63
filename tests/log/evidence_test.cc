#include "custody/log/evidence.h"

#include <gtest/gtest.h>

#include "custody/log/checkpoint.h"
#include "tests/log/testing.h"

namespace quorate::log {
namespace {

class EvidenceTest : public ::testing::Test {
 protected:
  std::string NoteOf(uint64_t size, const crypto::Digest& root) const {
    return SignedCheckpoint::Sign(size, root, key_, KeyOf(1))->Format();
  }
  // A log that showed `size` entries under a root of its own and later the true tree of 20.
  Evidence Fork(uint64_t size) const {
    return {NoteOf(size, LeafHash(crypto::AsBytes("forked"))), NoteOf(20, tree_.Root()),
            *tree_.ConsistencyProof(size, 20), *tree_.RootAt(size)};
  }

  const Tree tree_ = TreeOf(20);
  const NoteKey key_ = NoteKeyOf(1, "quorate/test-log", NoteKeyType::kEd25519);
};

TEST_F(EvidenceTest, ShowsAForkAtEverySize) {
  for (uint64_t size = 1; size <= 20; ++size) {
    EXPECT_TRUE(VerifyEvidence(Fork(size), key_).ok()) << size;
  }
}

TEST_F(EvidenceTest, RejectsNotesThatAgree) {
  for (uint64_t size = 0; size <= 20; ++size) {
    Evidence evidence = Fork(size == 0 ? 1 : size);
    evidence.smaller_note = NoteOf(size, *tree_.RootAt(size));
    evidence.proof = *tree_.ConsistencyProof(size, 20);
    evidence.other_root = *tree_.RootAt(size);
    EXPECT_EQ(VerifyEvidence(evidence, key_).code(), absl::StatusCode::kFailedPrecondition);
  }
}

TEST_F(EvidenceTest, RejectsAnInventedRootOrProof) {
  Evidence evidence = Fork(7);
  evidence.other_root.value[0] ^= 1;
  EXPECT_EQ(VerifyEvidence(evidence, key_).code(), absl::StatusCode::kDataLoss);
  evidence = Fork(7);
  evidence.proof[0].value[0] ^= 1;
  EXPECT_EQ(VerifyEvidence(evidence, key_).code(), absl::StatusCode::kDataLoss);
  evidence = Fork(7);
  evidence.proof.pop_back();
  EXPECT_EQ(VerifyEvidence(evidence, key_).code(), absl::StatusCode::kInvalidArgument);
}

TEST_F(EvidenceTest, RejectsAnEmptyLogAsTheSmallerOne) {
  Evidence evidence = Fork(1);
  evidence.smaller_note = NoteOf(0, EmptyRoot());
  evidence.proof.clear();
  evidence.other_root = LeafHash({});
  EXPECT_EQ(VerifyEvidence(evidence, key_).code(), absl::StatusCode::kDataLoss);
}

TEST_F(EvidenceTest, RejectsNotesOfAnotherLog) {
  const NoteKey other = NoteKeyOf(2, "quorate/test-log", NoteKeyType::kEd25519);
  EXPECT_EQ(VerifyEvidence(Fork(7), other).code(), absl::StatusCode::kPermissionDenied);
  Evidence evidence = Fork(7);
  evidence.smaller_note[20] ^= 1;
  EXPECT_FALSE(VerifyEvidence(evidence, key_).ok());
}

TEST_F(EvidenceTest, RejectsNotesInTheWrongOrder) {
  Evidence evidence = Fork(7);
  std::swap(evidence.smaller_note, evidence.larger_note);
  EXPECT_EQ(VerifyEvidence(evidence, key_).code(), absl::StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace quorate::log
