#include "custody/log/evidence.h"

#include "custody/base/error_info.h"
#include "custody/base/status_macros.h"
#include "custody/log/checkpoint.h"

namespace quorate::log {

absl::Status VerifyEvidence(const Evidence& evidence, const NoteKey& log_key) {
  QUORATE_ASSIGN_OR_RETURN(const SignedCheckpoint smaller,
                           SignedCheckpoint::Open(evidence.smaller_note, log_key));
  QUORATE_ASSIGN_OR_RETURN(const SignedCheckpoint larger,
                           SignedCheckpoint::Open(evidence.larger_note, log_key));
  if (smaller.size() > larger.size()) {
    return base::MakeError(absl::StatusCode::kInvalidArgument, "EVIDENCE_ORDER",
                           "the notes of the evidence are in the wrong order", "swap them");
  }
  const bool same_size = smaller.size() == larger.size();
  const crypto::Digest& claimed = same_size ? larger.root() : evidence.other_root;
  if (smaller.root() == claimed) {
    return base::MakeError(absl::StatusCode::kFailedPrecondition, "EVIDENCE_CONSISTENT",
                           "the two notes do not contradict each other",
                           "nothing is wrong with the log as far as these notes go");
  }
  if (same_size) return absl::OkStatus();
  return VerifyConsistency(smaller.size(), larger.size(), evidence.proof, evidence.other_root,
                           larger.root());
}

}  // namespace quorate::log
