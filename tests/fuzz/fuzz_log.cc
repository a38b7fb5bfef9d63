// Notes, checkpoints, keys and evidence: what is taken has one text, and nothing verifies that the
// log's key did not sign.
#include "crypto/identity.h"
#include "crypto/init.h"
#include "crypto/random.h"
#include "custody/log/base64.h"
#include "custody/log/checkpoint.h"
#include "custody/log/evidence.h"
#include "custody/log/note.h"
#include "custody/log/note_key.h"
#include "tests/fuzz/fuzz.h"

namespace quorate::fuzz {
namespace {

// A key whose private half is thrown away: nothing may verify under it.
const log::NoteKey& NobodysKey() {
  static const log::NoteKey key = [] {
    if (!crypto::InitCrypto().ok()) std::abort();
    crypto::SeededRandom random(uint64_t{1});
    return *log::NoteKey::Create("quorate/test", log::NoteKeyType::kEd25519,
                                 crypto::SigningKey::Random(random).public_key());
  }();
  return key;
}

void CheckNote(std::string_view text) {
  const absl::StatusOr<log::Note> note = log::ParseNote(text);
  if (note.ok()) {
    const absl::StatusOr<std::string> again = log::FormatNote(*note);
    Promise(again.ok() && *again == text, "one text for each note");
  }
  Promise(!log::SignedCheckpoint::Open(text, NobodysKey()).ok(), "no signature of nobody's");
}

}  // namespace
}  // namespace quorate::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace quorate;  // NOLINT: a fuzz target is a program of its own.
  fuzz::Input input(data, size);
  const uint8_t which = input.Byte() % 5;
  if (which == 4) {
    log::Evidence evidence;
    evidence.smaller_note = crypto::AsString(input.Take(input.U16()));
    evidence.larger_note = crypto::AsString(input.Take(input.U16()));
    while (!input.empty() && evidence.proof.size() < 80) {
      crypto::Digest hash;
      const crypto::ByteSpan bytes = input.Take(32);
      std::copy(bytes.begin(), bytes.end(), hash.value.begin());
      evidence.proof.push_back(hash);
    }
    fuzz::Promise(!log::VerifyEvidence(evidence, fuzz::NobodysKey()).ok(), "no false evidence");
    return 0;
  }
  const std::string_view text = input.RestText();
  if (which == 0) {
    fuzz::CheckNote(text);
  } else if (which == 1) {
    if (absl::StatusOr<log::Checkpoint> checkpoint = log::ParseCheckpoint(text); checkpoint.ok()) {
      const absl::StatusOr<std::string> again = log::FormatCheckpoint(*checkpoint);
      fuzz::Promise(again.ok() && *again == text, "one text for each checkpoint");
    }
  } else if (which == 2) {
    if (absl::StatusOr<log::NoteKey> key = log::NoteKey::Parse(text); key.ok()) {
      fuzz::Promise(key->Encode() == text, "one text for each key");
    }
  } else if (std::optional<crypto::Bytes> bytes = log::FromBase64(text); bytes.has_value()) {
    fuzz::Promise(log::Base64(*bytes) == text, "one text for each value");
  }
  return 0;
}
