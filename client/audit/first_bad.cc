#include "client/audit/first_bad.h"

#include <optional>

#include "custody/ledger/queries.h"
#include "custody/wire/statement.h"

namespace quorate::audit {
namespace {

using crypto::Digest;

class Search {
 public:
  Search(const LogCopy& copy, const log::Tree& tree, const Trust& trust, LogSource& source)
      : copy_(copy), tree_(tree), trust_(trust), source_(source) {}

  FirstBad Find() {
    FirstBad out;
    out.until = tree_.size();
    // The first `index` entries are good, the first `until` are not.
    while (out.until - out.index > 1) {
      const uint64_t middle = out.index + (out.until - out.index) / 2;
      const std::optional<bool> good = IsGoodPrefix(middle);
      if (!good.has_value()) break;
      (*good ? out.index : out.until) = middle;
    }
    if (out.until - out.index > 1) {
      out.reason = "ROOT_MISMATCH";
      out.what =
          "the entries do not add up to the signed checkpoint, and the server does not show "
          "where they go wrong";
    } else {
      Describe(out);
    }
    return out;
  }

 private:
  // Absent where there is no proof to judge by.
  std::optional<bool> IsGoodPrefix(uint64_t size) {
    const absl::StatusOr<log::Proof> proof = source_.ConsistencyProof(size, copy_.head.size);
    const absl::StatusOr<Digest> root = tree_.RootAt(size);
    if (!proof.ok() || !root.ok()) return std::nullopt;
    return log::VerifyConsistency(size, copy_.head.size, *proof, *root, copy_.head.root).ok();
  }

  // Whether the entry that we have at `index` is what the checkpoint has at `place`.
  bool BelongsAt(uint64_t index, uint64_t place) {
    if (place >= copy_.head.size) return false;
    const absl::StatusOr<Digest> hash = tree_.LeafHashAt(index);
    const absl::StatusOr<log::Proof> proof = source_.InclusionProof(place, copy_.head.size);
    return hash.ok() && proof.ok() &&
           log::VerifyInclusion(place, copy_.head.size, *hash, *proof, copy_.head.root).ok();
  }

  bool StandsEarlier(uint64_t index) const {
    const Digest hash = log::LeafHash(copy_.entries[index].leaf);
    for (uint64_t earlier = 0; earlier < index; ++earlier) {
      const absl::StatusOr<Digest> other = tree_.LeafHashAt(earlier);
      if (other.ok() && *other == hash) return true;
    }
    return false;
  }

  void Describe(FirstBad& out) {
    const uint64_t index = out.index;
    if (StandsEarlier(index)) {
      out.reason = "ENTRY_REPEATED";
      out.what = "an entry that stands earlier in the log is shown again in this place";
    } else if (BelongsAt(index, index + 1)) {
      const bool swapped = index + 1 < tree_.size() && BelongsAt(index + 1, index);
      out.reason = swapped ? "ENTRIES_SWAPPED" : "ENTRY_DROPPED";
      out.what = swapped ? "this entry and the next one have changed places"
                         : "the entry that belongs here was left out; this is the one after it";
    } else {
      DescribeChange(index, out);
    }
  }

  void DescribeChange(uint64_t index, FirstBad& out) const {
    out.reason = "ENTRY_CHANGED";
    const absl::StatusOr<ledger::Leaf> leaf = wire::DecodeLeaf(copy_.entries[index].leaf);
    const absl::StatusOr<ledger::Header> header =
        leaf.ok() ? wire::DecodeHeader(leaf->header)
                  : absl::StatusOr<ledger::Header>(leaf.status());
    if (!header.ok()) {
      out.what = "what is shown here is no entry that the log ever took";
    } else if (IsSigned(*leaf, *header)) {
      out.what =
          "its author signed this statement, but the log has another entry in this place: "
          "its time or a signature was changed, or it was put in";
    } else {
      out.what = "it was changed after its author signed it: the signature does not hold";
    }
  }

  bool IsSigned(const ledger::Leaf& leaf, const ledger::Header& header) const {
    const absl::StatusOr<ledger::Found> found = wire::DecodeFound(copy_.entries[0].body);
    if (!found.ok() || ledger::OrganisationIdOf(found->charter_bytes) != trust_.organisation) {
      return false;
    }
    const ledger::Organiser* author = ledger::FindOrganiser(found->charter, header.author);
    return author != nullptr &&
           crypto::VerifySignature(author->signing_key, ledger::kStatementLabel, leaf.header,
                                   leaf.signature);
  }

  const LogCopy& copy_;
  const log::Tree& tree_;
  const Trust& trust_;
  LogSource& source_;
};

}  // namespace

FirstBad FindFirstBad(const LogCopy& copy, const log::Tree& tree, const Trust& trust,
                      LogSource& source) {
  return Search(copy, tree, trust, source).Find();
}

}  // namespace quorate::audit
