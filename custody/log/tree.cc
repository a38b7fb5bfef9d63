#include "custody/log/tree.h"

#include <array>
#include <bit>
#include <utility>

#include "custody/base/error_info.h"

namespace quorate::log {

using crypto::Bytes;
using crypto::ByteSpan;
using crypto::Digest;

namespace {

absl::Status OutOfRange() {
  return base::MakeError(absl::StatusCode::kOutOfRange, "TREE_RANGE",
                         "the log has no such entry or size",
                         "ask again with a size that the log has reached");
}

}  // namespace

Digest LeafHash(ByteSpan leaf) {
  Bytes input;
  input.reserve(leaf.size() + 1);
  input.push_back(0x00);
  input.insert(input.end(), leaf.begin(), leaf.end());
  return crypto::Sha256(input);
}

Digest NodeHash(const Digest& left, const Digest& right) {
  std::array<uint8_t, 1 + 2 * Digest::kSize> input{0x01};
  for (size_t i = 0; i < Digest::kSize; ++i) {
    input[1 + i] = left.value[i];
    input[1 + Digest::kSize + i] = right.value[i];
  }
  return crypto::Sha256(input);
}

const Digest& EmptyRoot() {
  static const Digest root = crypto::Sha256({});
  return root;
}

void Tree::AppendLeafHash(const Digest& leaf_hash) {
  Digest hash = leaf_hash;
  for (size_t level = 0;; ++level) {
    if (level == levels_.size()) levels_.emplace_back();
    std::vector<Digest>& row = levels_[level];
    row.push_back(hash);
    if (row.size() % 2 != 0) return;
    hash = NodeHash(row[row.size() - 2], row[row.size() - 1]);
  }
}

Digest Tree::RangeRoot(uint64_t begin, uint64_t end) const {
  // From the right, the set bits of the length are the complete subtrees, smallest first.
  uint64_t length = end - begin;
  auto level = static_cast<size_t>(std::countr_zero(length));
  end -= uint64_t{1} << level;
  Digest root = levels_[level][end >> level];
  for (length &= length - 1; length != 0; length &= length - 1) {
    level = static_cast<size_t>(std::countr_zero(length));
    end -= uint64_t{1} << level;
    root = NodeHash(levels_[level][end >> level], root);
  }
  return root;
}

Digest Tree::Root() const { return size() == 0 ? EmptyRoot() : RangeRoot(0, size()); }

absl::StatusOr<Digest> Tree::RootAt(uint64_t size_then) const {
  if (size_then > size()) return OutOfRange();
  return size_then == 0 ? EmptyRoot() : RangeRoot(0, size_then);
}

absl::StatusOr<Digest> Tree::LeafHashAt(uint64_t index) const {
  if (index >= size()) return OutOfRange();
  return levels_[0][index];
}

absl::StatusOr<Proof> Tree::InclusionProof(uint64_t index, uint64_t size_then) const {
  if (size_then > size() || index >= size_then) return OutOfRange();
  // PATH of RFC 6962 section 2.1.1 from the root down; the proof lists siblings from the leaf up.
  Proof proof;
  uint64_t begin = 0;
  uint64_t end = size_then;
  while (end - begin > 1) {
    const uint64_t middle = begin + std::bit_floor(end - begin - 1);
    if (index < middle) {
      proof.push_back(RangeRoot(middle, end));
      end = middle;
    } else {
      proof.push_back(RangeRoot(begin, middle));
      begin = middle;
    }
  }
  return Proof(proof.rbegin(), proof.rend());
}

absl::StatusOr<Proof> Tree::ConsistencyProof(uint64_t old_size, uint64_t new_size) const {
  if (new_size > size() || old_size > new_size) return OutOfRange();
  if (old_size == 0 || old_size == new_size) return Proof();
  // SUBPROOF of RFC 6962 section 2.1.2, from the root down.
  Proof proof;
  uint64_t begin = 0;
  uint64_t end = new_size;
  while (end != old_size) {
    const uint64_t middle = begin + std::bit_floor(end - begin - 1);
    if (old_size <= middle) {
      proof.push_back(RangeRoot(middle, end));
      end = middle;
    } else {
      proof.push_back(RangeRoot(begin, middle));
      begin = middle;
    }
  }
  // A range that begins at 0 is the old tree itself, whose root the verifier has.
  if (begin != 0) proof.push_back(RangeRoot(begin, end));
  return Proof(proof.rbegin(), proof.rend());
}

absl::StatusOr<CompactRange> CompactRange::Create(uint64_t size, std::vector<Digest> hashes) {
  if (size > kMaxTreeSize || hashes.size() != static_cast<size_t>(std::popcount(size))) {
    return base::MakeError(absl::StatusCode::kInvalidArgument, "TREE_EDGE_MALFORMED",
                           "the number of hashes does not fit the size of the tree",
                           "rebuild it from the entries");
  }
  CompactRange range;
  range.size_ = size;
  range.hashes_ = std::move(hashes);
  return range;
}

void CompactRange::AppendLeafHash(const Digest& leaf_hash) {
  Digest hash = leaf_hash;
  for (uint64_t rest = size_; rest % 2 != 0; rest /= 2) {
    hash = NodeHash(hashes_.back(), hash);
    hashes_.pop_back();
  }
  hashes_.push_back(hash);
  ++size_;
}

Digest CompactRange::Root() const {
  if (hashes_.empty()) return EmptyRoot();
  Digest root = hashes_.back();
  for (size_t i = hashes_.size() - 1; i > 0; --i) root = NodeHash(hashes_[i - 1], root);
  return root;
}

}  // namespace quorate::log
