#ifndef QUORATE_CUSTODY_LOG_EVIDENCE_H_
#define QUORATE_CUSTODY_LOG_EVIDENCE_H_

#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "crypto/bytes.h"
#include "custody/log/note_key.h"
#include "custody/log/tree.h"

namespace quorate::log {

// Two notes, both signed by the log, that cannot both be true.
struct Evidence {
  // Of equal sizes with different roots: the proof is empty and `other_root` is ignored. Of
  // different sizes: `other_root` is what the tree under the larger note has at the smaller note's
  // size, and the proof shows it.
  std::string smaller_note;
  std::string larger_note;
  Proof proof;
  crypto::Digest other_root;
};

// OK when the evidence holds against the log of `log_key`: anyone can check it, and nothing less
// shows that a log has lied. InvalidArgument and PermissionDenied as in SignedCheckpoint::Open;
// FailedPrecondition when the notes do not contradict each other; DataLoss when the proof is wrong.
// Does not say who presented it or which of the two notes is the true one.
[[nodiscard]] absl::Status VerifyEvidence(const Evidence& evidence, const NoteKey& log_key);

}  // namespace quorate::log

#endif  // QUORATE_CUSTODY_LOG_EVIDENCE_H_
