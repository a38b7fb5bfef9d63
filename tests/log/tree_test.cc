#include "custody/log/tree.h"

#include <gtest/gtest.h>

#include <bit>

#include "tests/log/testing.h"

namespace quorate::log {
namespace {

using crypto::Digest;

std::string HexOf(const Digest& digest) { return crypto::Hex(digest.span()); }

// RFC 6962 section 2.1, word for word: slow, and nothing shared with the code under test but the
// two hashes.
Digest NaiveRoot(std::span<const Digest> leaves) {
  if (leaves.empty()) return crypto::Sha256({});
  if (leaves.size() == 1) return leaves[0];
  size_t k = 1;
  while (k * 2 < leaves.size()) k *= 2;
  return NodeHash(NaiveRoot(leaves.first(k)), NaiveRoot(leaves.subspan(k)));
}

Proof NaivePath(size_t m, std::span<const Digest> leaves) {
  if (leaves.size() == 1) return {};
  size_t k = 1;
  while (k * 2 < leaves.size()) k *= 2;
  Proof proof = m < k ? NaivePath(m, leaves.first(k)) : NaivePath(m - k, leaves.subspan(k));
  proof.push_back(m < k ? NaiveRoot(leaves.subspan(k)) : NaiveRoot(leaves.first(k)));
  return proof;
}

Proof NaiveSubproof(size_t m, std::span<const Digest> leaves, bool complete) {
  if (m == leaves.size()) return complete ? Proof() : Proof{NaiveRoot(leaves)};
  size_t k = 1;
  while (k * 2 < leaves.size()) k *= 2;
  Proof proof = m <= k ? NaiveSubproof(m, leaves.first(k), complete)
                       : NaiveSubproof(m - k, leaves.subspan(k), false);
  proof.push_back(m <= k ? NaiveRoot(leaves.subspan(k)) : NaiveRoot(leaves.first(k)));
  return proof;
}

std::vector<Digest> LeafHashes(size_t size) {
  std::vector<Digest> hashes;
  for (size_t i = 0; i < size; ++i) hashes.push_back(LeafHash(LeafOf(i)));
  return hashes;
}

// The inputs and roots that the reference implementations of RFC 6962 are tested with.
TEST(TreeTest, HasTheReferenceRoots) {
  const char* inputs[] = {"",
                          "00",
                          "10",
                          "2021",
                          "3031",
                          "40414243",
                          "5051525354555657",
                          "606162636465666768696a6b6c6d6e6f"};
  const char* roots[] = {"6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
                         "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
                         "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
                         "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
                         "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
                         "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
                         "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
                         "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"};
  Tree tree;
  EXPECT_EQ(HexOf(tree.Root()), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  for (size_t i = 0; i < 8; ++i) {
    tree.Append(*crypto::FromHex(inputs[i]));
    EXPECT_EQ(HexOf(tree.Root()), roots[i]);
  }
}

TEST(TreeTest, AgreesWithTheRecursionAtEverySizeUpTo200) {
  const std::vector<Digest> hashes = LeafHashes(200);
  const Tree whole = TreeOf(200);
  Tree tree;
  CompactRange range;
  for (size_t n = 0; n <= 200; ++n) {
    const Digest want = NaiveRoot(std::span(hashes).first(n));
    EXPECT_EQ(tree.Root(), want) << n;
    EXPECT_EQ(range.Root(), want) << n;
    EXPECT_EQ(*whole.RootAt(n), want) << n;
    EXPECT_EQ(tree.size(), n);
    EXPECT_EQ(range.size(), n);
    EXPECT_EQ(range.hashes().size(), static_cast<size_t>(std::popcount(n)));
    tree.Append(LeafOf(n));
    range.Append(LeafOf(n));
  }
}

TEST(TreeTest, ProvesEveryEntryOfEveryTreeUpTo64) {
  const std::vector<Digest> hashes = LeafHashes(64);
  const Tree tree = TreeOf(64);
  for (size_t n = 1; n <= 64; ++n) {
    const Digest root = *tree.RootAt(n);
    for (size_t i = 0; i < n; ++i) {
      const Proof proof = *tree.InclusionProof(i, n);
      EXPECT_EQ(proof, NaivePath(i, std::span(hashes).first(n)));
      EXPECT_TRUE(VerifyInclusion(i, n, hashes[i], proof, root).ok()) << i << " of " << n;
    }
  }
}

TEST(TreeTest, ProvesEveryPrefixOfEveryTreeUpTo64) {
  const std::vector<Digest> hashes = LeafHashes(64);
  const Tree tree = TreeOf(64);
  for (size_t n = 0; n <= 64; ++n) {
    for (size_t m = 0; m <= n; ++m) {
      const Proof proof = *tree.ConsistencyProof(m, n);
      if (m > 0) {
        EXPECT_EQ(proof, NaiveSubproof(m, std::span(hashes).first(n), true));
      }
      EXPECT_TRUE(VerifyConsistency(m, n, proof, *tree.RootAt(m), *tree.RootAt(n)).ok())
          << m << " to " << n;
    }
  }
}

TEST(TreeTest, RejectsAnInclusionProofForAnyOtherPlace) {
  const Tree tree = TreeOf(40);
  for (uint64_t n = 1; n <= 40; ++n) {
    for (uint64_t i = 0; i < n; ++i) {
      const Proof proof = *tree.InclusionProof(i, n);
      const Digest hash = *tree.LeafHashAt(i);
      for (uint64_t other = 0; other <= n; ++other) {
        if (other == i) continue;
        EXPECT_FALSE(VerifyInclusion(other, n, hash, proof, *tree.RootAt(n)).ok());
      }
      EXPECT_FALSE(VerifyInclusion(i, n, hash, proof, *tree.RootAt(n - 1)).ok());
    }
  }
}

TEST(TreeTest, RejectsAnInclusionProofWithAnyByteChanged) {
  const Tree tree = TreeOf(13);
  const Digest root = tree.Root();
  for (uint64_t i = 0; i < 13; ++i) {
    const Digest hash = *tree.LeafHashAt(i);
    Proof proof = *tree.InclusionProof(i, 13);
    for (Digest& step : proof) {
      for (uint8_t& byte : step.value) {
        byte ^= 1;
        EXPECT_EQ(VerifyInclusion(i, 13, hash, proof, root).code(), absl::StatusCode::kDataLoss);
        byte ^= 1;
      }
    }
    for (size_t b = 0; b < Digest::kSize; ++b) {
      Digest wrong = hash;
      wrong.value[b] ^= 0x80;
      EXPECT_FALSE(VerifyInclusion(i, 13, wrong, proof, root).ok());
      wrong = root;
      wrong.value[b] ^= 0x80;
      EXPECT_FALSE(VerifyInclusion(i, 13, hash, proof, wrong).ok());
    }
  }
}

TEST(TreeTest, RejectsAConsistencyProofWithAnyByteChanged) {
  const Tree tree = TreeOf(21);
  for (uint64_t m = 1; m < 21; ++m) {
    const Digest old_root = *tree.RootAt(m);
    Proof proof = *tree.ConsistencyProof(m, 21);
    for (Digest& step : proof) {
      for (uint8_t& byte : step.value) {
        byte ^= 1;
        EXPECT_EQ(VerifyConsistency(m, 21, proof, old_root, tree.Root()).code(),
                  absl::StatusCode::kDataLoss);
        byte ^= 1;
      }
    }
    for (size_t b = 0; b < Digest::kSize; ++b) {
      Digest wrong = old_root;
      wrong.value[b] ^= 1;
      EXPECT_FALSE(VerifyConsistency(m, 21, proof, wrong, tree.Root()).ok());
      wrong = tree.Root();
      wrong.value[b] ^= 1;
      EXPECT_FALSE(VerifyConsistency(m, 21, proof, old_root, wrong).ok());
    }
  }
}

TEST(TreeTest, RejectsProofsOfAnotherLength) {
  const Tree tree = TreeOf(37);
  for (uint64_t m = 1; m < 37; ++m) {
    Proof inclusion = *tree.InclusionProof(m, 37);
    Proof consistency = *tree.ConsistencyProof(m, 37);
    for (int longer = 0; longer < 2; ++longer) {
      longer == 0 ? inclusion.pop_back() : inclusion.resize(inclusion.size() + 2);
      longer == 0 ? consistency.pop_back() : consistency.resize(consistency.size() + 2);
      EXPECT_EQ(VerifyInclusion(m, 37, *tree.LeafHashAt(m), inclusion, tree.Root()).code(),
                absl::StatusCode::kInvalidArgument);
      EXPECT_EQ(VerifyConsistency(m, 37, consistency, *tree.RootAt(m), tree.Root()).code(),
                absl::StatusCode::kInvalidArgument);
    }
  }
}

TEST(TreeTest, RejectsSizesAndIndicesOutOfRange) {
  const Digest hash = LeafHash({});
  EXPECT_FALSE(VerifyInclusion(0, 0, hash, {}, EmptyRoot()).ok());
  EXPECT_FALSE(VerifyInclusion(1, 1, hash, {}, hash).ok());
  EXPECT_FALSE(VerifyInclusion(0, kMaxTreeSize + 1, hash, Proof(63), hash).ok());
  EXPECT_FALSE(VerifyInclusion(~uint64_t{0}, ~uint64_t{0}, hash, {}, hash).ok());
  EXPECT_FALSE(VerifyConsistency(2, 1, {}, hash, hash).ok());
  EXPECT_FALSE(VerifyConsistency(1, kMaxTreeSize + 1, Proof(63), hash, hash).ok());
  // The largest sizes: the shape is computed without overflow, and the root is wrong.
  EXPECT_EQ(VerifyInclusion(0, kMaxTreeSize, hash, Proof(63), hash).code(),
            absl::StatusCode::kDataLoss);
  EXPECT_EQ(VerifyConsistency(1, kMaxTreeSize, Proof(63), hash, hash).code(),
            absl::StatusCode::kDataLoss);
}

TEST(TreeTest, LetsEverythingExtendTheEmptyTreeAndNothingElse) {
  const Digest root = TreeOf(5).Root();
  EXPECT_TRUE(VerifyConsistency(0, 5, {}, EmptyRoot(), root).ok());
  EXPECT_TRUE(VerifyConsistency(0, 0, {}, EmptyRoot(), EmptyRoot()).ok());
  EXPECT_FALSE(VerifyConsistency(0, 5, {}, root, root).ok());
  EXPECT_FALSE(VerifyConsistency(0, 0, {}, root, root).ok());
  EXPECT_FALSE(VerifyConsistency(0, 5, Proof(1), EmptyRoot(), root).ok());
  EXPECT_FALSE(VerifyConsistency(5, 5, Proof(1), root, root).ok());
  EXPECT_FALSE(VerifyConsistency(5, 5, {}, root, EmptyRoot()).ok());
}

TEST(TreeTest, RefusesToProveWhatItDoesNotHave) {
  const Tree tree = TreeOf(5);
  EXPECT_EQ(tree.RootAt(6).status().code(), absl::StatusCode::kOutOfRange);
  EXPECT_EQ(tree.LeafHashAt(5).status().code(), absl::StatusCode::kOutOfRange);
  EXPECT_EQ(tree.InclusionProof(5, 5).status().code(), absl::StatusCode::kOutOfRange);
  EXPECT_EQ(tree.InclusionProof(0, 6).status().code(), absl::StatusCode::kOutOfRange);
  EXPECT_EQ(tree.InclusionProof(0, 0).status().code(), absl::StatusCode::kOutOfRange);
  EXPECT_EQ(tree.ConsistencyProof(4, 3).status().code(), absl::StatusCode::kOutOfRange);
  EXPECT_EQ(tree.ConsistencyProof(4, 6).status().code(), absl::StatusCode::kOutOfRange);
}

TEST(CompactRangeTest, GoesOnFromItsParts) {
  for (uint64_t size = 0; size < 40; ++size) {
    CompactRange range;
    for (uint64_t i = 0; i < size; ++i) range.Append(LeafOf(i));
    auto again = CompactRange::Create(range.size(), range.hashes());
    ASSERT_TRUE(again.ok());
    EXPECT_EQ(*again, range);
    again->Append(LeafOf(size));
    EXPECT_EQ(again->Root(), TreeOf(size + 1).Root());
  }
}

TEST(CompactRangeTest, RejectsPartsThatDoNotFit) {
  EXPECT_FALSE(CompactRange::Create(0, {EmptyRoot()}).ok());
  EXPECT_FALSE(CompactRange::Create(3, {EmptyRoot()}).ok());
  EXPECT_FALSE(CompactRange::Create(4, {EmptyRoot(), EmptyRoot()}).ok());
  EXPECT_FALSE(CompactRange::Create(uint64_t{1} << 63, {EmptyRoot()}).ok());
}

}  // namespace
}  // namespace quorate::log
