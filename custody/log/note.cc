#include "custody/log/note.h"

#include <limits>
#include <utility>

#include "custody/base/error_info.h"
#include "custody/base/status_macros.h"
#include "custody/log/base64.h"

namespace quorate::log {
namespace {

using crypto::Bytes;
using crypto::ByteSpan;

constexpr std::string_view kSignaturePrefix = "\xE2\x80\x94 ";
constexpr size_t kKeyIdBytes = 4;
constexpr size_t kTimestampBytes = 8;
constexpr uint64_t kMaxTimestamp = std::numeric_limits<int64_t>::max();

absl::Status BadNote(std::string_view what) {
  return base::MakeError(absl::StatusCode::kInvalidArgument, "NOTE_MALFORMED", what,
                         "fetch the note again, from another source if it stays so");
}

absl::Status NotSigned(std::string_view what) {
  return base::MakeError(absl::StatusCode::kPermissionDenied, "NOTE_SIGNATURE_INVALID", what,
                         "do not rely on the note; keep it and tell your group");
}

bool IsSignedText(std::string_view text) {
  return !text.empty() && text.back() == '\n' && IsNoteText(text);
}

void AppendBigEndian(Bytes& out, uint64_t value, size_t size) {
  for (size_t i = size; i-- > 0;) out.push_back(static_cast<uint8_t>(value >> (8 * i)));
}

uint64_t ReadBigEndian(ByteSpan bytes) {
  uint64_t value = 0;
  for (const uint8_t byte : bytes) value = value << 8 | byte;
  return value;
}

// `line` is without its newline.
absl::StatusOr<NoteSignature> ParseSignatureLine(std::string_view line) {
  if (!line.starts_with(kSignaturePrefix)) return BadNote("a signature line does not begin as one");
  line.remove_prefix(kSignaturePrefix.size());
  const size_t space = line.find(' ');
  if (space == std::string_view::npos) return BadNote("a signature line lacks its signature");
  const std::string_view name = line.substr(0, space);
  if (!IsKeyName(name)) return BadNote("a signature line has a malformed name");
  const std::optional<Bytes> bytes = FromBase64(line.substr(space + 1));
  if (!bytes.has_value() || bytes->size() <= kKeyIdBytes ||
      bytes->size() > kKeyIdBytes + kMaxNotePayloadBytes) {
    return BadNote("a signature is not base64 or not of an admissible size");
  }
  NoteSignature signature;
  signature.name = std::string(name);
  signature.key_id = static_cast<KeyId>(ReadBigEndian(ByteSpan(*bytes).first(kKeyIdBytes)));
  signature.payload.assign(bytes->begin() + kKeyIdBytes, bytes->end());
  return signature;
}

std::string CosignedMessage(std::string_view text, uint64_t timestamp) {
  return "cosignature/v1\ntime " + std::to_string(timestamp) + "\n" + std::string(text);
}

absl::Status CheckSigner(std::string_view text, const NoteKey& key, NoteKeyType type,
                         const crypto::SigningKey& signer) {
  if (!IsSignedText(text)) return BadNote("a text to sign does not end with a newline");
  if (key.type() != type || key.public_key() != signer.public_key()) {
    return BadNote("a signing key does not fit the name it would sign as");
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<Note> ParseNote(std::string_view bytes) {
  if (bytes.size() > kMaxNoteBytes) return BadNote("a note is larger than admitted");
  if (!IsNoteText(bytes)) return BadNote("a note has control characters or is not UTF-8");
  const size_t split = bytes.rfind("\n\n");
  if (split == std::string_view::npos) return BadNote("a note has no blank line");
  Note note;
  note.text = std::string(bytes.substr(0, split + 1));
  std::string_view rest = bytes.substr(split + 2);
  if (rest.empty() || rest.back() != '\n') return BadNote("a note does not end with a signature");
  while (!rest.empty()) {
    if (note.signatures.size() == kMaxNoteSignatures) return BadNote("a note has too many lines");
    const size_t end = rest.find('\n');
    QUORATE_ASSIGN_OR_RETURN(NoteSignature signature, ParseSignatureLine(rest.substr(0, end)));
    note.signatures.push_back(std::move(signature));
    rest.remove_prefix(end + 1);
  }
  return note;
}

absl::StatusOr<std::string> FormatNote(const Note& note) {
  std::string out = note.text + "\n";
  for (const NoteSignature& signature : note.signatures) {
    Bytes bytes;
    AppendBigEndian(bytes, signature.key_id, kKeyIdBytes);
    bytes.insert(bytes.end(), signature.payload.begin(), signature.payload.end());
    out.append(kSignaturePrefix).append(signature.name).append(" ");
    out.append(Base64(bytes)).append("\n");
  }
  // Names with spaces or texts without a final newline would come back as something else.
  QUORATE_ASSIGN_OR_RETURN(const Note again, ParseNote(out));
  if (again != note) return BadNote("a note has parts that cannot be written down");
  return out;
}

absl::StatusOr<std::optional<uint64_t>> VerifyNoteSignature(std::string_view text,
                                                            const NoteSignature& signature,
                                                            const NoteKey& key) {
  const absl::Status invalid = NotSigned("a signature of a known key does not hold");
  if (signature.name != key.name() || signature.key_id != key.id()) return invalid;
  ByteSpan payload = signature.payload;
  std::optional<uint64_t> timestamp;
  std::string message(text);
  if (key.type() == NoteKeyType::kCosignatureV1) {
    if (payload.size() != kTimestampBytes + crypto::Signature::kSize) return invalid;
    timestamp = ReadBigEndian(payload.first(kTimestampBytes));
    if (*timestamp > kMaxTimestamp) return invalid;
    payload = payload.subspan(kTimestampBytes);
    message = CosignedMessage(text, *timestamp);
  }
  const auto bytes = crypto::Signature::FromBytes(payload);
  if (!bytes.has_value()) return invalid;
  if (!crypto::VerifyRawSignature(key.public_key(), crypto::AsBytes(message), *bytes)) {
    return invalid;
  }
  return timestamp;
}

absl::StatusOr<std::vector<VerifiedSignature>> VerifyNote(const Note& note,
                                                          std::span<const NoteKey> keys) {
  for (size_t i = 0; i < keys.size(); ++i) {
    for (size_t j = 0; j < i; ++j) {
      // One person under two names would count twice.
      if (keys[i].public_key() == keys[j].public_key() ||
          (keys[i].name() == keys[j].name() && keys[i].id() == keys[j].id())) {
        return base::MakeError(absl::StatusCode::kInvalidArgument, "NOTE_KEY_REPEATED",
                               "a list of keys names one key twice", "list each key once");
      }
    }
  }
  std::vector<VerifiedSignature> verified;
  std::vector<bool> seen(keys.size(), false);
  for (const NoteSignature& signature : note.signatures) {
    for (size_t i = 0; i < keys.size(); ++i) {
      if (seen[i] || keys[i].id() != signature.key_id || keys[i].name() != signature.name) continue;
      QUORATE_ASSIGN_OR_RETURN(const std::optional<uint64_t> timestamp,
                               VerifyNoteSignature(note.text, signature, keys[i]));
      seen[i] = true;
      verified.push_back({i, timestamp});
    }
  }
  if (verified.empty()) return NotSigned("no known key has signed a note");
  return verified;
}

absl::StatusOr<NoteSignature> SignNote(std::string_view text, const NoteKey& key,
                                       const crypto::SigningKey& signer) {
  QUORATE_RETURN_IF_ERROR(CheckSigner(text, key, NoteKeyType::kEd25519, signer));
  const crypto::Signature signature = signer.SignRaw(crypto::AsBytes(text));
  return NoteSignature{key.name(), key.id(), Bytes(signature.value.begin(), signature.value.end())};
}

absl::StatusOr<NoteSignature> CosignNote(std::string_view text, const NoteKey& key,
                                         const crypto::SigningKey& signer, uint64_t timestamp) {
  QUORATE_RETURN_IF_ERROR(CheckSigner(text, key, NoteKeyType::kCosignatureV1, signer));
  if (timestamp > kMaxTimestamp) return BadNote("a cosignature's time is out of range");
  const crypto::Signature signature =
      signer.SignRaw(crypto::AsBytes(CosignedMessage(text, timestamp)));
  Bytes payload;
  AppendBigEndian(payload, timestamp, kTimestampBytes);
  payload.insert(payload.end(), signature.value.begin(), signature.value.end());
  return NoteSignature{key.name(), key.id(), std::move(payload)};
}

}  // namespace quorate::log
