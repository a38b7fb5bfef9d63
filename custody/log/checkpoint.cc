#include "custody/log/checkpoint.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <utility>

#include "custody/base/error_info.h"
#include "custody/base/status_macros.h"
#include "custody/log/base64.h"
#include "custody/log/tree.h"

namespace quorate::log {
namespace {

using crypto::Digest;

absl::Status BadCheckpoint(std::string_view what) {
  return base::MakeError(absl::StatusCode::kInvalidArgument, "CHECKPOINT_MALFORMED", what,
                         "fetch the checkpoint again, from another source if it stays so");
}

// Takes the next line, which must end with a newline and not be empty.
std::optional<std::string_view> TakeLine(std::string_view& text) {
  const size_t end = text.find('\n');
  if (end == std::string_view::npos || end == 0) return std::nullopt;
  const std::string_view line = text.substr(0, end);
  text.remove_prefix(end + 1);
  return line;
}

std::optional<uint64_t> ParseSize(std::string_view digits) {
  uint64_t size = 0;
  const char* end = digits.data() + digits.size();
  const auto [stop, error] = std::from_chars(digits.data(), end, size);
  if (error != std::errc() || stop != end || size > kMaxTreeSize) return std::nullopt;
  if (digits.size() > 1 && digits.front() == '0') return std::nullopt;
  return size;
}

absl::Status CheckWitnessKeys(std::span<const NoteKey> witnesses) {
  for (const NoteKey& key : witnesses) {
    if (key.type() != NoteKeyType::kCosignatureV1) {
      return BadCheckpoint("a witness key is not a cosignature key");
    }
  }
  return absl::OkStatus();
}

}  // namespace

std::string OriginOf(crypto::ByteSpan organisation) {
  return "quorate/" + crypto::Hex(organisation);
}

absl::StatusOr<Checkpoint> ParseCheckpoint(std::string_view text) {
  if (text.size() > kMaxNoteBytes || !IsNoteText(text)) {
    return BadCheckpoint("a checkpoint is too large, has control characters or is not UTF-8");
  }
  const auto origin = TakeLine(text);
  const auto size_line = origin.has_value() ? TakeLine(text) : std::nullopt;
  const auto root_line = size_line.has_value() ? TakeLine(text) : std::nullopt;
  if (!root_line.has_value()) return BadCheckpoint("a checkpoint lacks one of its three lines");
  const std::optional<uint64_t> size = ParseSize(*size_line);
  if (!size.has_value()) return BadCheckpoint("a checkpoint's size is not a number in range");
  const std::optional<crypto::Bytes> root_bytes = FromBase64(*root_line);
  const std::optional<Digest> root =
      root_bytes.has_value() ? Digest::FromBytes(*root_bytes) : std::nullopt;
  if (!root.has_value()) return BadCheckpoint("a checkpoint's root is not the base64 of 32 bytes");
  if (*size == 0 && *root != EmptyRoot()) return BadCheckpoint("an empty log has another root");
  Checkpoint checkpoint{std::string(*origin), *size, *root, {}};
  while (!text.empty()) {
    const auto extension = TakeLine(text);
    if (!extension.has_value() || checkpoint.extensions.size() == kMaxExtensionLines) {
      return BadCheckpoint("a checkpoint has an empty, unfinished or one too many extension line");
    }
    checkpoint.extensions.emplace_back(*extension);
  }
  return checkpoint;
}

absl::StatusOr<std::string> FormatCheckpoint(const Checkpoint& checkpoint) {
  std::string text = checkpoint.origin + "\n" + std::to_string(checkpoint.size) + "\n" +
                     Base64(checkpoint.root.span()) + "\n";
  for (const std::string& extension : checkpoint.extensions) text += extension + "\n";
  // An origin with a newline would come back as something else.
  QUORATE_ASSIGN_OR_RETURN(const Checkpoint again, ParseCheckpoint(text));
  if (again != checkpoint) return BadCheckpoint("a checkpoint has parts that cannot be written");
  return text;
}

SignedCheckpoint::SignedCheckpoint(Checkpoint checkpoint, Note note)
    : checkpoint_(std::move(checkpoint)), note_(std::move(note)) {}

absl::StatusOr<SignedCheckpoint> SignedCheckpoint::Open(std::string_view bytes,
                                                        const NoteKey& log_key) {
  if (log_key.type() != NoteKeyType::kEd25519) return BadCheckpoint("a log key is of another type");
  QUORATE_ASSIGN_OR_RETURN(Note note, ParseNote(bytes));
  QUORATE_ASSIGN_OR_RETURN(Checkpoint checkpoint, ParseCheckpoint(note.text));
  if (!checkpoint.extensions.empty()) return BadCheckpoint("a checkpoint has extension lines");
  if (checkpoint.origin != log_key.name()) {
    return base::MakeError(absl::StatusCode::kPermissionDenied, "CHECKPOINT_ORIGIN",
                           "a checkpoint is of another log", "check which server was asked");
  }
  const auto verified = VerifyNote(note, std::span<const NoteKey>(&log_key, 1));
  if (!verified.ok()) return verified.status();
  return SignedCheckpoint(std::move(checkpoint), std::move(note));
}

absl::StatusOr<SignedCheckpoint> SignedCheckpoint::Sign(uint64_t size, const Digest& root,
                                                        const NoteKey& log_key,
                                                        const crypto::SigningKey& signer) {
  Checkpoint checkpoint{log_key.name(), size, root, {}};
  QUORATE_ASSIGN_OR_RETURN(std::string text, FormatCheckpoint(checkpoint));
  QUORATE_ASSIGN_OR_RETURN(NoteSignature signature, SignNote(text, log_key, signer));
  return SignedCheckpoint(std::move(checkpoint), Note{std::move(text), {std::move(signature)}});
}

std::string SignedCheckpoint::Format() const {
  // Every part was parsed or made here, so it can be written.
  return FormatNote(note_).value();
}

absl::StatusOr<std::vector<Cosignature>> SignedCheckpoint::Cosignatures(
    std::span<const NoteKey> witnesses) const {
  QUORATE_RETURN_IF_ERROR(CheckWitnessKeys(witnesses));
  // Without this a checkpoint that no witness has seen would be an error.
  const bool any =
      std::any_of(note_.signatures.begin(), note_.signatures.end(), [&](const NoteSignature& line) {
        return std::any_of(witnesses.begin(), witnesses.end(), [&](const NoteKey& key) {
          return key.name() == line.name && key.id() == line.key_id;
        });
      });
  std::vector<Cosignature> out;
  if (!any) return out;
  QUORATE_ASSIGN_OR_RETURN(const auto verified, VerifyNote(note_, witnesses));
  for (const VerifiedSignature& signature : verified) {
    out.push_back({signature.key_index, signature.timestamp.value_or(0)});
  }
  return out;
}

absl::StatusOr<NoteSignature> SignedCheckpoint::Cosign(const NoteKey& witness,
                                                       const crypto::SigningKey& signer,
                                                       uint64_t timestamp) const {
  return CosignNote(note_.text, witness, signer, timestamp);
}

absl::Status SignedCheckpoint::AddCosignature(const NoteSignature& line, const NoteKey& witness) {
  QUORATE_RETURN_IF_ERROR(CheckWitnessKeys(std::span<const NoteKey>(&witness, 1)));
  QUORATE_ASSIGN_OR_RETURN(const auto timestamp, VerifyNoteSignature(note_.text, line, witness));
  for (NoteSignature& present : note_.signatures) {
    if (present.name != line.name || present.key_id != line.key_id) continue;
    // A line that does not hold is no reason to keep it.
    const auto present_timestamp = VerifyNoteSignature(note_.text, present, witness);
    if (!present_timestamp.ok() || *present_timestamp < timestamp) present = line;
    return absl::OkStatus();
  }
  Note grown = note_;
  grown.signatures.push_back(line);
  if (grown.signatures.size() > kMaxNoteSignatures || !FormatNote(grown).ok()) {
    return base::MakeError(absl::StatusCode::kResourceExhausted, "NOTE_FULL",
                           "a checkpoint carries as many signatures as it can",
                           "drop the signatures that no reader asks for");
  }
  note_ = std::move(grown);
  return absl::OkStatus();
}

}  // namespace quorate::log
