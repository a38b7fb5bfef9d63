#ifndef QUORATE_CUSTODY_LOG_CHECKPOINT_H_
#define QUORATE_CUSTODY_LOG_CHECKPOINT_H_

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "crypto/bytes.h"
#include "crypto/identity.h"
#include "custody/log/note.h"
#include "custody/log/note_key.h"

namespace quorate::log {

// Checkpoints (C2SP tlog-checkpoint). The text of the note:
//
//   text := origin "\n" size "\n" base64(root) "\n" (extension "\n")*
//
// size is decimal without sign and leading zeros and at most kMaxTreeSize; at size 0 the root is
// EmptyRoot(). Extension lines are not empty. Our logs write none, and SignedCheckpoint refuses
// them: some old witnesses do not sign them.

inline constexpr size_t kMaxExtensionLines = 16;

struct Checkpoint {
  std::string origin;
  uint64_t size = 0;
  crypto::Digest root;
  std::vector<std::string> extensions;
  bool operator==(const Checkpoint&) const = default;
};

// The origin, and the name of the log's key: "quorate/" and the organisation's id in hexadecimal.
[[nodiscard]] std::string OriginOf(crypto::ByteSpan organisation);

// Strict: InvalidArgument for any text that FormatCheckpoint would not give back byte for byte.
[[nodiscard]] absl::StatusOr<Checkpoint> ParseCheckpoint(std::string_view text);
// InvalidArgument when the parts could not be parsed again.
[[nodiscard]] absl::StatusOr<std::string> FormatCheckpoint(const Checkpoint& checkpoint);

// A cosignature that holds.
struct Cosignature {
  size_t witness = 0;      // Index into the witness keys given.
  uint64_t timestamp = 0;  // Seconds since 1970, by the witness's clock.
  bool operator==(const Cosignature&) const = default;
};

// A checkpoint whose log signature holds. Says that the log showed this root to somebody; that it
// is the only one is what proofs and witnesses are for. Immutable but for added cosignatures; not
// thread-safe, concurrent const calls are fine.
class SignedCheckpoint {
 public:
  // Parses and verifies a note of the log whose key, of type 01, is `log_key`; the origin must be
  // the key's name. InvalidArgument for malformed notes and extension lines, PermissionDenied for
  // another origin or a signature that does not hold. Cosignature lines are not verified here.
  [[nodiscard]] static absl::StatusOr<SignedCheckpoint> Open(std::string_view note,
                                                             const NoteKey& log_key);

  // Signs a new one for the log.
  [[nodiscard]] static absl::StatusOr<SignedCheckpoint> Sign(uint64_t size,
                                                             const crypto::Digest& root,
                                                             const NoteKey& log_key,
                                                             const crypto::SigningKey& signer);

  [[nodiscard]] const Checkpoint& checkpoint() const { return checkpoint_; }
  [[nodiscard]] uint64_t size() const { return checkpoint_.size; }
  [[nodiscard]] const crypto::Digest& root() const { return checkpoint_.root; }
  // What is signed and cosigned.
  [[nodiscard]] const std::string& text() const { return note_.text; }
  // The whole note, as Open would take it.
  [[nodiscard]] std::string Format() const;

  // The witnesses among `witnesses`, all of type 04, whose cosignature is on the note, each once,
  // in the order of the note; empty when there is none. PermissionDenied when the line of a known
  // witness does not hold; InvalidArgument for keys of another type or repeated ones.
  [[nodiscard]] absl::StatusOr<std::vector<Cosignature>> Cosignatures(
      std::span<const NoteKey> witnesses) const;

  // A cosignature line for this checkpoint. Whoever signs it promises to have verified that this
  // checkpoint extends every one it cosigned before: check and record that first.
  [[nodiscard]] absl::StatusOr<NoteSignature> Cosign(const NoteKey& witness,
                                                     const crypto::SigningKey& signer,
                                                     uint64_t timestamp) const;

  // Verifies the line against `witness` and adds it to the note, in place of an older one of that
  // witness. An older line than the one there changes nothing. ResourceExhausted when the note is
  // full.
  [[nodiscard]] absl::Status AddCosignature(const NoteSignature& line, const NoteKey& witness);

 private:
  SignedCheckpoint(Checkpoint checkpoint, Note note);

  Checkpoint checkpoint_;
  Note note_;
};

}  // namespace quorate::log

#endif  // QUORATE_CUSTODY_LOG_CHECKPOINT_H_
