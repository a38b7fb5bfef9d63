#ifndef QUORATE_CUSTODY_KEYSTORE_PAPER_KIT_H_
#define QUORATE_CUSTODY_KEYSTORE_PAPER_KIT_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "crypto/bytes.h"
#include "crypto/secret.h"
#include "custody/keystore/home.h"

// What brings an identity back from paper: the seed as words, and beside it what is no secret. The
// grammar and the checksum are in docs/protocol.md, "The paper kit"; do not change them: kits lie
// in drawers for years.
//
// Looking words up takes time that depends on them: not for where others measure.
namespace quorate::keystore {

// 32 bytes of seed and 3 of checksum, ten bits a word.
inline constexpr size_t kKitWords = 28;

// A seed as words of crypto::kWordList, all or the first few of them. Move-only.
class KitWords {
 public:
  KitWords();
  // `seed` is crypto::kIdentitySeedSize bytes.
  static KitWords FromSeed(const crypto::Secret& seed);

  // Takes the words of `text`, which follow those that are there. Upper and lower case are one;
  // between words stands white space; a number is the place of the word after it, and a full stop
  // may follow it. InvalidArgument BAD_KIT_WORD, naming the place, for a word that is not in the
  // list, a number that is not the place and a word too many: then nothing of `text` is taken.
  [[nodiscard]] absl::Status Add(const crypto::Secret& text);

  size_t count() const { return count_; }
  bool complete() const { return count_ == kKitWords; }
  // The word at `place`, 1 to count().
  crypto::Secret Word(size_t place) const;
  // Whether `typed` is the word at `place`. BAD_KIT_WORD where it is no word of the list, or
  // several.
  [[nodiscard]] absl::StatusOr<bool> IsAt(size_t place, const crypto::Secret& typed) const;
  [[nodiscard]] bool Equals(const KitWords& other) const;

  // InvalidArgument KIT_INCOMPLETE before all are there, BAD_KIT where the checksum does not hold.
  [[nodiscard]] absl::StatusOr<crypto::Secret> Seed() const;

 private:
  crypto::Secret indices_;  // Two bytes a word, little-endian.
  size_t count_ = 0;
};

// What stands on the paper beside the words.
struct KitFacts {
  std::string name;
  std::string server;                          // Its invite.
  std::optional<crypto::Digest> organisation;  // Absent before the founding.
};

// Four lines, each with its end: the kit without its words.
[[nodiscard]] std::string FormatKitFacts(const KitFacts& facts);

struct Kit {
  KitFacts facts;
  KitWords words;
};

// The kit in a file: the page, as it was saved, or its text as somebody typed it. Judges neither
// the invite nor the checksum. InvalidArgument BAD_KIT where it is no kit; as KitWords::Add.
[[nodiscard]] absl::StatusOr<Kit> ReadKit(const crypto::Secret& file);

inline constexpr size_t kMaxKitFileBytes = size_t{1} << 20;

// That somebody compared a kit with this identity: when, and which organisation stood on it. No
// secret; a convenience for its owner, which nothing relies on.
struct KitRecord {
  int64_t verified_ms = 0;
  std::optional<crypto::Digest> organisation;
};
[[nodiscard]] absl::Status WriteKitRecord(const Home& home, const KitRecord& record);
// Absent where there is none, or none that can be read.
[[nodiscard]] std::optional<KitRecord> ReadKitRecord(const Home& home);

}  // namespace quorate::keystore

#endif  // QUORATE_CUSTODY_KEYSTORE_PAPER_KIT_H_
