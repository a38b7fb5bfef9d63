#include <bit>

#include "custody/base/error_info.h"
#include "custody/log/tree.h"

namespace quorate::log {
namespace {

using crypto::Digest;

absl::Status Malformed() {
  return base::MakeError(absl::StatusCode::kInvalidArgument, "PROOF_MALFORMED",
                         "a tree proof has sizes or a length that no tree has",
                         "ask another copy of the log and tell your group");
}

absl::Status Wrong() {
  return base::MakeError(absl::StatusCode::kDataLoss, "PROOF_WRONG",
                         "a tree proof does not lead to the root that was claimed",
                         "keep both checkpoints and tell your group");
}

// How many levels a path has below and above the point where it joins the tree's right edge.
struct PathShape {
  uint64_t inner;
  uint64_t border;
};

PathShape ShapeOf(uint64_t index, uint64_t last) {
  const auto inner = static_cast<uint64_t>(std::bit_width(index ^ last));
  const uint64_t above = inner < 64 ? index >> inner : 0;
  return {inner, static_cast<uint64_t>(std::popcount(above))};
}

// Climbs from `hash` at `index`: at the inner levels the bit of the index says which side the
// sibling is on, along the border it is always on the left.
Digest Climb(Digest hash, uint64_t index, std::span<const Digest> proof, uint64_t inner) {
  for (size_t k = 0; k < proof.size(); ++k) {
    const bool sibling_is_left = k >= inner || (index >> k & 1) != 0;
    hash = sibling_is_left ? NodeHash(proof[k], hash) : NodeHash(hash, proof[k]);
  }
  return hash;
}

// The same climb through the smaller tree, which lacks the siblings on the right.
Digest ClimbLeftOnly(Digest hash, uint64_t index, std::span<const Digest> proof, uint64_t inner) {
  for (size_t k = 0; k < proof.size(); ++k) {
    if (k >= inner || (index >> k & 1) != 0) hash = NodeHash(proof[k], hash);
  }
  return hash;
}

}  // namespace

absl::Status VerifyInclusion(uint64_t index, uint64_t size, const Digest& leaf_hash,
                             std::span<const Digest> proof, const Digest& root) {
  if (size > kMaxTreeSize || index >= size) return Malformed();
  const PathShape shape = ShapeOf(index, size - 1);
  if (proof.size() != shape.inner + shape.border) return Malformed();
  return Climb(leaf_hash, index, proof, shape.inner) == root ? absl::OkStatus() : Wrong();
}

absl::Status VerifyConsistency(uint64_t old_size, uint64_t new_size, std::span<const Digest> proof,
                               const Digest& old_root, const Digest& new_root) {
  if (new_size > kMaxTreeSize || old_size > new_size) return Malformed();
  if (old_size == 0 && old_root != EmptyRoot()) return Wrong();
  if (old_size == new_size) {
    if (!proof.empty()) return Malformed();
    return old_root == new_root ? absl::OkStatus() : Wrong();
  }
  if (old_size == 0) return proof.empty() ? absl::OkStatus() : Malformed();

  // The last complete subtree of the old tree, of 2^shift entries, is a node of both trees.
  const int shift = std::countr_zero(old_size);
  Digest seed = old_root;
  if (!std::has_single_bit(old_size)) {
    if (proof.empty()) return Malformed();
    seed = proof.front();
    proof = proof.subspan(1);
  }
  const uint64_t index = (old_size - 1) >> shift;
  const PathShape shape = ShapeOf(index, (new_size - 1) >> shift);
  if (proof.size() != shape.inner + shape.border) return Malformed();
  if (ClimbLeftOnly(seed, index, proof, shape.inner) != old_root) return Wrong();
  return Climb(seed, index, proof, shape.inner) == new_root ? absl::OkStatus() : Wrong();
}

}  // namespace quorate::log
