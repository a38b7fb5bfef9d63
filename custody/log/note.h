#ifndef QUORATE_CUSTODY_LOG_NOTE_H_
#define QUORATE_CUSTODY_LOG_NOTE_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "crypto/bytes.h"
#include "crypto/identity.h"
#include "custody/log/note_key.h"

namespace quorate::log {

// Signed notes (C2SP signed-note) and cosignatures (C2SP tlog-cosignature, v1):
//
//   note      := text "\n" signature+            text ends with "\n"
//   signature := U+2014 " " name " " base64(key_id payload) "\n"
//   payload   := Ed25519 signature of text                           (64 bytes, key type 01)
//              | timestamp Ed25519 signature of the cosigned message (72 bytes, key type 04)
//   cosigned message := "cosignature/v1\n" "time " timestamp "\n" text
//
// key_id is 4 bytes and the timestamp 8, both big-endian; the timestamp counts seconds since 1970
// and is at most 2^63 - 1. The blank line is the last "\n\n" of the note. All of it is UTF-8
// without control characters other than "\n".

inline constexpr size_t kMaxNoteBytes = size_t{64} << 10;
inline constexpr size_t kMaxNoteSignatures = 100;
// After the key id. Larger payloads are other people's key types that we could not check anyway.
inline constexpr size_t kMaxNotePayloadBytes = 8192;

// One line. The payload is what follows the key id; nothing about it has been checked.
struct NoteSignature {
  std::string name;
  KeyId key_id = 0;
  crypto::Bytes payload;
  bool operator==(const NoteSignature&) const = default;
};

struct Note {
  std::string text;
  std::vector<NoteSignature> signatures;
  bool operator==(const Note&) const = default;
};

// Strict: InvalidArgument for anything that FormatNote would not give back byte for byte, and for
// notes beyond the limits above. Verifies no signature.
[[nodiscard]] absl::StatusOr<Note> ParseNote(std::string_view note);

// InvalidArgument when the text or a signature could not be parsed again.
[[nodiscard]] absl::StatusOr<std::string> FormatNote(const Note& note);

// A signature that holds.
struct VerifiedSignature {
  size_t key_index = 0;  // Into the keys that were given.
  std::optional<uint64_t>
      timestamp;  // Seconds since 1970; a cosignature has one, a log's has none.
  bool operator==(const VerifiedSignature&) const = default;
};

// The lines of known keys, each key once, in the order of the note. Lines of unknown keys are
// ignored, and so is every further line of a key. PermissionDenied when the first line of a known
// key does not verify or no known key has signed; InvalidArgument when two of `keys` share name and
// id or a public key.
[[nodiscard]] absl::StatusOr<std::vector<VerifiedSignature>> VerifyNote(
    const Note& note, std::span<const NoteKey> keys);

// One signature over `text`, under a key of the name and id that the signature claims: the
// timestamp of a cosignature, absent for a log's. PermissionDenied when it does not hold.
[[nodiscard]] absl::StatusOr<std::optional<uint64_t>> VerifyNoteSignature(
    std::string_view text, const NoteSignature& signature, const NoteKey& key);

// Signs as `key`, of type 01. InvalidArgument when the type or the public key is not the signer's
// or the text does not end a line.
[[nodiscard]] absl::StatusOr<NoteSignature> SignNote(std::string_view text, const NoteKey& key,
                                                     const crypto::SigningKey& signer);

// Cosigns as `key`, of type 04, at `timestamp` seconds since 1970. A signer promises more than
// bytes by this: see checkpoint.h. Errors as above, and for a timestamp above 2^63 - 1.
[[nodiscard]] absl::StatusOr<NoteSignature> CosignNote(std::string_view text, const NoteKey& key,
                                                       const crypto::SigningKey& signer,
                                                       uint64_t timestamp);

}  // namespace quorate::log

#endif  // QUORATE_CUSTODY_LOG_NOTE_H_
