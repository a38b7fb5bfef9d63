#include "client/audit/check_tree.h"

#include <algorithm>
#include <utility>

#include "client/audit/first_bad.h"
#include "custody/base/error_info.h"
#include "custody/replica/entry_check.h"

namespace quorate::audit {
namespace {

constexpr char kShowEveryone[] = "stop using this server and show this to every organiser";

Fault Tampered(std::string reason, std::string what, std::optional<uint64_t> index) {
  return {Verdict::kTampered, std::move(reason), std::move(what), kShowEveryone, index, {}};
}

enum class Agreement {
  kSame,
  kAnother,
  kNotShown,  // The source says that it cannot show it.
  kUnknown,   // The source could not be asked now.
};

bool IsPassing(const absl::Status& status) {
  return absl::IsUnavailable(status) || absl::IsDeadlineExceeded(status) ||
         absl::IsResourceExhausted(status);
}

class Checker {
 public:
  Checker(const LogCopy& copy, const Trust& trust, LogSource& source)
      : copy_(copy), trust_(trust), source_(source) {}

  TreeCheck Check(const std::vector<SeenHead>& seen) && {
    for (const replica::RawEntry& entry : copy_.entries) tree_.Append(entry.leaf);
    if (!copy_.checkpoint.empty()) {
      CheckEntries();
      CheckBodies();
      CheckFounding();
      for (const TreeHead& other : copy_.other_heads) CheckOther(other);
      for (const SeenHead& one : seen) Compare(one);
    }
    if (copy_.stopped.has_value()) Add(*copy_.stopped);
    return std::move(out_);
  }

 private:
  // Whatever contradicts is worse than whatever is missing.
  void Add(Fault fault) {
    if (!out_.fault.has_value()) {
      out_.fault = std::move(fault);
      return;
    }
    const bool worse =
        fault.verdict == Verdict::kTampered && out_.fault->verdict != Verdict::kTampered;
    const bool earlier = fault.verdict == out_.fault->verdict && fault.index.has_value() &&
                         out_.fault->index.has_value() && *fault.index < *out_.fault->index;
    if (worse || earlier) out_.fault = std::move(fault);
  }

  void CheckEntries() {
    const uint64_t count = tree_.size();
    if (count == 0) return;
    Agreement agreement = Agreement::kSame;
    if (count == copy_.head.size) {
      agreement = tree_.Root() == copy_.head.root ? Agreement::kSame : Agreement::kAnother;
    } else {
      agreement = AskForProof({count, tree_.Root()}, copy_.head);
    }
    if (agreement == Agreement::kSame) out_.readable = count;
    if (agreement != Agreement::kAnother) return;
    FirstBad first = FindFirstBad(copy_, tree_, trust_, source_);
    out_.readable = first.index;
    Fault fault = Tampered(first.reason, first.what, first.index);
    if (first.until > first.index + 1) fault.until = first.until;
    Add(std::move(fault));
  }

  void CheckBodies() {
    for (uint64_t index = 0; index < copy_.entries.size(); ++index) {
      const replica::RawEntry& entry = copy_.entries[index];
      crypto::Bytes body = entry.body;
      if (replica::SettleBody(entry.leaf, body).ok()) continue;
      // Beyond the first bad leaf a header says nothing.
      if (index >= out_.readable) return;
      out_.readable = index;
      if (!entry.body.empty()) {
        Add(Tampered("BODY_CHANGED", "the body is not the one that its author signed", index));
      } else {
        Add({Verdict::kIncomplete,
             "BODY_MISSING",
             "the body is not there: what the entry says cannot be read",
             "ask whoever runs the server for it, or another member",
             index,
             {}});
      }
      return;
    }
  }

  void CheckFounding() {
    if (out_.readable == 0) return;
    if (replica::FoundingLogKey(copy_.entries[0], trust_.organisation, trust_.log_key).ok()) return;
    out_.readable = 0;
    Add(Tampered("WRONG_FOUNDING", "the first entry is not the founding of this organisation", 0));
  }

  Agreement Agrees(const TreeHead& other) {
    if (other.size <= tree_.size()) {
      const absl::StatusOr<crypto::Digest> root = tree_.RootAt(other.size);
      return root.ok() && *root == other.root ? Agreement::kSame : Agreement::kAnother;
    }
    const bool larger = other.size > copy_.head.size;
    const TreeHead& small = larger ? copy_.head : other;
    const TreeHead& large = larger ? other : copy_.head;
    if (small.size == large.size) {
      return small.root == large.root ? Agreement::kSame : Agreement::kAnother;
    }
    return AskForProof(small, large);
  }

  Agreement AskForProof(const TreeHead& small, const TreeHead& large) {
    const absl::StatusOr<log::Proof> proof = source_.ConsistencyProof(small.size, large.size);
    if (!proof.ok()) {
      no_proof_ = proof.status();
      return IsPassing(no_proof_) ? Agreement::kUnknown : Agreement::kNotShown;
    }
    const absl::Status verified =
        log::VerifyConsistency(small.size, large.size, *proof, small.root, large.root);
    return verified.ok() ? Agreement::kSame : Agreement::kAnother;
  }

  // Where the entries are wrong themselves, that is the fault; a comparison would repeat it.
  bool EntriesAreWrong() const {
    return out_.fault.has_value() && out_.fault->verdict == Verdict::kTampered;
  }

  void CheckOther(const TreeHead& other) {
    if (EntriesAreWrong()) return;
    const Agreement agreement = Agrees(other);
    if (agreement == Agreement::kUnknown) Add(FaultOf(no_proof_));
    if (agreement != Agreement::kAnother && agreement != Agreement::kNotShown) return;
    Add(Tampered("FORKED_LOG",
                 "the log's key signed two checkpoints, and the server does not show that both are "
                 "of one log",
                 std::nullopt));
  }

  void Compare(const SeenHead& seen) {
    if (EntriesAreWrong() && seen.head.size > out_.readable) {
      out_.comparisons.push_back({seen, false});
      return;
    }
    const Agreement agreement = Agrees(seen.head);
    out_.comparisons.push_back({seen, agreement == Agreement::kSame});
    const std::string entries = std::to_string(seen.head.size) + " entries";
    if (agreement == Agreement::kUnknown) {
      Add(FaultOf(no_proof_));
    } else if (agreement != Agreement::kSame) {
      Add(Tampered("SEEN_ANOTHER_LOG",
                   "this is not the log that " + seen.by + " saw at " + entries +
                       ": the server shows different people different logs, or lost a part",
                   std::nullopt));
    } else if (seen.head.size > copy_.head.size) {
      Add({Verdict::kIncomplete,
           "END_WITHHELD",
           "the server shows " + std::to_string(copy_.head.size) + " entries, but " + seen.by +
               " saw " + entries + ": the end of the log is withheld",
           "try again; tell the others if it stays so",
           copy_.head.size,
           {}});
    }
  }

  const LogCopy& copy_;
  const Trust& trust_;
  LogSource& source_;
  log::Tree tree_;
  absl::Status no_proof_;  // Why there was none, the last time.
  TreeCheck out_;
};

}  // namespace

TreeCheck CheckTree(const LogCopy& copy, const Trust& trust, const std::vector<SeenHead>& seen,
                    LogSource& source) {
  return Checker(copy, trust, source).Check(seen);
}

}  // namespace quorate::audit
