#ifndef QUORATE_CUSTODY_LOG_TREE_H_
#define QUORATE_CUSTODY_LOG_TREE_H_

#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "crypto/bytes.h"

namespace quorate::log {

// The Merkle tree of RFC 6962 section 2.1, on SHA-256:
//
//   leaf hash    := SHA-256(0x00 leaf)
//   node hash    := SHA-256(0x01 left right)
//   root of none := SHA-256()
//   root of D[n] := node(root of D[0:k], root of D[k:n]), k the largest power of two below n

// A size, in entries, beyond this is refused wherever it comes from outside.
inline constexpr uint64_t kMaxTreeSize = std::numeric_limits<int64_t>::max();
// No proof between sizes up to kMaxTreeSize has more hashes.
inline constexpr size_t kMaxProofHashes = 64;

using Proof = std::vector<crypto::Digest>;

[[nodiscard]] crypto::Digest LeafHash(crypto::ByteSpan leaf);
[[nodiscard]] crypto::Digest NodeHash(const crypto::Digest& left, const crypto::Digest& right);
[[nodiscard]] const crypto::Digest& EmptyRoot();

// OK when `proof` shows that the leaf of `leaf_hash` is at `index` (from 0) in the tree of `size`
// entries under `root`. InvalidArgument for an index or size out of range or a proof of the wrong
// length, DataLoss when the proof leads to another root.
[[nodiscard]] absl::Status VerifyInclusion(uint64_t index, uint64_t size,
                                           const crypto::Digest& leaf_hash,
                                           std::span<const crypto::Digest> proof,
                                           const crypto::Digest& root);

// OK when `proof` shows that the tree of `old_size` under `old_root` is a prefix of the one of
// `new_size` under `new_root`. Everything extends the empty tree: for `old_size` 0 the proof is
// empty and `old_root` is EmptyRoot(). Equal sizes have an empty proof and equal roots. Errors as
// above.
[[nodiscard]] absl::Status VerifyConsistency(uint64_t old_size, uint64_t new_size,
                                             std::span<const crypto::Digest> proof,
                                             const crypto::Digest& old_root,
                                             const crypto::Digest& new_root);

// A tree that can prove: it keeps the hash of every complete subtree, 64 bytes an entry. Appending
// takes amortised constant time, every question O(log size). Holds hashes, not leaves. Not
// thread-safe; concurrent const calls are fine.
class Tree {
 public:
  void Append(crypto::ByteSpan leaf) { AppendLeafHash(LeafHash(leaf)); }
  void AppendLeafHash(const crypto::Digest& leaf_hash);

  [[nodiscard]] uint64_t size() const { return levels_.empty() ? 0 : levels_[0].size(); }
  [[nodiscard]] crypto::Digest Root() const;

  // All of these are OutOfRange for a size above size(), or an index or old size above the size
  // given.
  [[nodiscard]] absl::StatusOr<crypto::Digest> RootAt(uint64_t size) const;
  [[nodiscard]] absl::StatusOr<crypto::Digest> LeafHashAt(uint64_t index) const;
  [[nodiscard]] absl::StatusOr<Proof> InclusionProof(uint64_t index, uint64_t size) const;
  [[nodiscard]] absl::StatusOr<Proof> ConsistencyProof(uint64_t old_size, uint64_t new_size) const;

 private:
  // The root of entries [begin, end), not empty, where `begin` is a multiple of the smallest power
  // of two that is at least end - begin.
  crypto::Digest RangeRoot(uint64_t begin, uint64_t end) const;

  // levels_[l][i] is the root of entries [i * 2^l, (i + 1) * 2^l).
  std::vector<std::vector<crypto::Digest>> levels_;
};

// The right edge of a tree: enough to append and to compute the root, in O(log size) space. For
// readers that verify and need not prove. Not thread-safe.
class CompactRange {
 public:
  CompactRange() = default;
  // From what size() and hashes() gave earlier. InvalidArgument unless there is one hash for each
  // set bit of `size`. It cannot tell whether they are the right ones: compare Root() with a root
  // that is known to be good.
  [[nodiscard]] static absl::StatusOr<CompactRange> Create(uint64_t size,
                                                           std::vector<crypto::Digest> hashes);

  void Append(crypto::ByteSpan leaf) { AppendLeafHash(LeafHash(leaf)); }
  void AppendLeafHash(const crypto::Digest& leaf_hash);

  [[nodiscard]] uint64_t size() const { return size_; }
  [[nodiscard]] crypto::Digest Root() const;
  // The roots of the complete subtrees that make up the tree, the largest (leftmost) first.
  [[nodiscard]] const std::vector<crypto::Digest>& hashes() const { return hashes_; }

  bool operator==(const CompactRange&) const = default;

 private:
  uint64_t size_ = 0;
  std::vector<crypto::Digest> hashes_;
};

}  // namespace quorate::log

#endif  // QUORATE_CUSTODY_LOG_TREE_H_
