#include "custody/keystore/paper_kit.h"

#include <algorithm>
#include <charconv>
#include <string_view>
#include <utility>
#include <vector>

#include "crypto/identity.h"
#include "crypto/transcript.h"
#include "crypto/words.h"
#include "custody/base/error_info.h"
#include "custody/base/files.h"
#include "custody/base/status_macros.h"

namespace quorate::keystore {
namespace {

using crypto::ByteSpan;
using crypto::Secret;

constexpr char kLabel[] = "quorate/paper-kit/v1";
constexpr char kHeader[] = "quorate kit 1\n";
constexpr char kRecordHeader[] = "quorate kit record 1";
constexpr char kNoOrganisation[] = "none";
constexpr size_t kIndexBytes = 2;
constexpr size_t kChecksumBytes = 3;
constexpr size_t kBitsAWord = 10;
constexpr size_t kMaxRecordBytes = 1024;
static_assert((crypto::kIdentitySeedSize + kChecksumBytes) * 8 == kKitWords * kBitsAWord);
static_assert(crypto::kWordListSize == 1u << kBitsAWord);

absl::Status BadWord(size_t place, std::string_view what) {
  return base::MakeError(absl::StatusCode::kInvalidArgument, "BAD_KIT_WORD",
                         "word " + std::to_string(place) + " of the kit: " + std::string(what),
                         "compare it with the paper, letter by letter");
}

absl::Status BadKit(std::string_view what) {
  return base::MakeError(absl::StatusCode::kInvalidArgument, "BAD_KIT", what,
                         "compare it with the paper; docs/protocol.md has the form of a kit");
}

bool IsSpace(uint8_t c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

uint8_t Lower(uint8_t c) { return c >= 'A' && c <= 'Z' ? static_cast<uint8_t>(c - 'A' + 'a') : c; }

// The first token of `rest`, which loses it; empty at the end.
ByteSpan TakeToken(ByteSpan& rest) {
  while (!rest.empty() && IsSpace(rest.front())) rest = rest.subspan(1);
  size_t size = 0;
  while (size < rest.size() && !IsSpace(rest[size])) ++size;
  const ByteSpan token = rest.first(size);
  rest = rest.subspan(size);
  return token;
}

// A place before its word: "7" or "7."
std::optional<size_t> PlaceOf(ByteSpan token) {
  std::string_view text = crypto::AsText(token);
  if (text.ends_with('.')) text.remove_suffix(1);
  size_t place = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), place);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return place;
}

std::optional<size_t> IndexOf(ByteSpan token) {
  for (size_t i = 0; i < crypto::kWordListSize; ++i) {
    const ByteSpan word = crypto::AsBytes(crypto::kWordList[i]);
    const bool same = std::equal(word.begin(), word.end(), token.begin(), token.end(),
                                 [](uint8_t a, uint8_t b) { return a == Lower(b); });
    if (same) return i;
  }
  return std::nullopt;
}

Secret Checksum(const Secret& seed) {
  return crypto::DeriveKey(seed, crypto::Transcript(kLabel), 16).Slice(0, kChecksumBytes);
}

std::string OrganisationText(const std::optional<crypto::Digest>& organisation) {
  return organisation.has_value() ? crypto::Hex(organisation->span()) : kNoOrganisation;
}

// Whether `text` is an organisation's identifier or says that there is none.
bool ReadOrganisationText(std::string_view text, std::optional<crypto::Digest>& organisation) {
  organisation.reset();
  if (text == kNoOrganisation) return true;
  const std::optional<crypto::Bytes> bytes = crypto::FromHex(text);
  if (bytes.has_value()) organisation = crypto::Digest::FromBytes(*bytes);
  return organisation.has_value();
}

// What follows `name` and a space on the next line of `rest`, which loses the line.
std::optional<std::string> TakeLine(std::string_view name, ByteSpan& rest) {
  const auto end = std::find(rest.begin(), rest.end(), uint8_t{'\n'});
  ByteSpan line = rest.first(static_cast<size_t>(end - rest.begin()));
  if (end == rest.end() || !crypto::AsText(line).starts_with(name)) return std::nullopt;
  rest = rest.subspan(line.size() + 1);
  line = line.subspan(name.size());
  const ByteSpan value = TakeToken(line);
  if (value.empty() || !TakeToken(line).empty()) return std::nullopt;
  return crypto::AsString(value);
}

}  // namespace

KitWords::KitWords() : indices_(Secret::Zero(kKitWords * kIndexBytes)) {}

KitWords KitWords::FromSeed(const Secret& seed) {
  KitWords words;
  const Secret checksum = Checksum(seed);
  auto byte = [&](size_t i) {
    return i < seed.size() ? seed.Reveal()[i] : checksum.Reveal()[i - seed.size()];
  };
  const std::span<uint8_t> indices = words.indices_.RevealMutable();
  for (size_t bit = 0; bit < kKitWords * kBitsAWord; ++bit) {
    uint8_t* const index = &indices[bit / kBitsAWord * kIndexBytes];
    const unsigned value = (unsigned{index[0]} | unsigned{index[1]} << 8) << 1 |
                           (unsigned{byte(bit / 8)} >> (7 - bit % 8) & 1u);
    index[0] = static_cast<uint8_t>(value);
    index[1] = static_cast<uint8_t>(value >> 8);
  }
  words.count_ = kKitWords;
  return words;
}

absl::Status KitWords::Add(const Secret& text) {
  ByteSpan rest = text.Reveal();
  size_t next = count_;
  for (ByteSpan token = TakeToken(rest); !token.empty(); token = TakeToken(rest)) {
    if (const std::optional<size_t> place = PlaceOf(token); place.has_value()) {
      if (*place != next + 1) return BadWord(next + 1, "another number stands before it");
      continue;
    }
    if (next == kKitWords) return BadWord(kKitWords, "more follow it; a kit has 28");
    const std::optional<size_t> index = IndexOf(token);
    if (!index.has_value()) return BadWord(next + 1, "it is not in the list of words");
    indices_.RevealMutable()[next * kIndexBytes] = static_cast<uint8_t>(*index);
    indices_.RevealMutable()[next * kIndexBytes + 1] = static_cast<uint8_t>(*index >> 8);
    ++next;
  }
  count_ = next;
  return absl::OkStatus();
}

Secret KitWords::Word(size_t place) const {
  const ByteSpan index = indices_.Reveal().subspan((place - 1) * kIndexBytes, kIndexBytes);
  return Secret::Copy(crypto::AsBytes(crypto::kWordList[size_t{index[0]} | size_t{index[1]} << 8]));
}

absl::StatusOr<bool> KitWords::IsAt(size_t place, const Secret& typed) const {
  KitWords one;
  QUORATE_RETURN_IF_ERROR(one.Add(typed));
  if (one.count() != 1) return BadWord(place, "type this one word");
  return crypto::SecretsEqual(one.indices_.Slice(0, kIndexBytes),
                              indices_.Slice((place - 1) * kIndexBytes, kIndexBytes));
}

bool KitWords::Equals(const KitWords& other) const {
  return count_ == other.count_ && crypto::SecretsEqual(indices_, other.indices_);
}

absl::StatusOr<Secret> KitWords::Seed() const {
  if (!complete()) {
    return base::MakeError(
        absl::StatusCode::kInvalidArgument, "KIT_INCOMPLETE",
        "the kit has " + std::to_string(count_) + " words of " + std::to_string(kKitWords),
        "give all of them, in their order");
  }
  Secret packed = Secret::Zero(crypto::kIdentitySeedSize + kChecksumBytes);
  for (size_t bit = 0; bit < kKitWords * kBitsAWord; ++bit) {
    const ByteSpan index = indices_.Reveal().subspan(bit / kBitsAWord * kIndexBytes, kIndexBytes);
    const unsigned value = unsigned{index[0]} | unsigned{index[1]} << 8;
    const unsigned one = value >> (kBitsAWord - 1 - bit % kBitsAWord) & 1u;
    uint8_t& byte = packed.RevealMutable()[bit / 8];
    byte = static_cast<uint8_t>(byte << 1 | one);
  }
  Secret seed = packed.Slice(0, crypto::kIdentitySeedSize);
  if (!crypto::SecretsEqual(Checksum(seed),
                            packed.Slice(crypto::kIdentitySeedSize, kChecksumBytes))) {
    return BadKit(
        "the words are all in the list but do not belong together: one is another than "
        "on the paper, or two stand in each other's place");
  }
  return seed;
}

std::string FormatKitFacts(const KitFacts& facts) {
  return kHeader + ("name " + facts.name) + "\nserver " + facts.server + "\norganisation " +
         OrganisationText(facts.organisation) + "\n";
}

absl::StatusOr<Kit> ReadKit(const Secret& file) {
  const ByteSpan header = crypto::AsBytes(kHeader);
  ByteSpan rest = file.Reveal();
  const auto start = std::search(rest.begin(), rest.end(), header.begin(), header.end());
  if (start == rest.end()) return BadKit("the file holds no kit: no line says \"quorate kit 1\"");
  rest = rest.subspan(static_cast<size_t>(start - rest.begin()) + header.size());
  Kit kit;
  const std::optional<std::string> name = TakeLine("name ", rest);
  const std::optional<std::string> server = name ? TakeLine("server ", rest) : std::nullopt;
  const std::optional<std::string> organisation =
      server ? TakeLine("organisation ", rest) : std::nullopt;
  if (!organisation || !ReadOrganisationText(*organisation, kit.facts.organisation)) {
    return BadKit("after \"quorate kit 1\" come lines for name, server and organisation");
  }
  kit.facts.name = *name;
  kit.facts.server = *server;
  // On the page a tag follows the last word.
  const auto end = std::find(rest.begin(), rest.end(), uint8_t{'<'});
  QUORATE_RETURN_IF_ERROR(
      kit.words.Add(Secret::Copy(rest.first(static_cast<size_t>(end - rest.begin())))));
  return kit;
}

absl::Status WriteKitRecord(const Home& home, const KitRecord& record) {
  const std::string text = std::string(kRecordHeader) + " " + std::to_string(record.verified_ms) +
                           " " + OrganisationText(record.organisation) + "\n";
  return base::WriteFileAtomically(home.kit_record(), crypto::AsBytes(text));
}

std::optional<KitRecord> ReadKitRecord(const Home& home) {
  const absl::StatusOr<crypto::Bytes> bytes = base::ReadFile(home.kit_record(), kMaxRecordBytes);
  if (!bytes.ok() || !crypto::AsText(*bytes).starts_with(kRecordHeader)) return std::nullopt;
  ByteSpan rest = ByteSpan(*bytes).subspan(std::string_view(kRecordHeader).size());
  const std::string_view time = crypto::AsText(TakeToken(rest));
  KitRecord record;
  const auto [end, error] =
      std::from_chars(time.data(), time.data() + time.size(), record.verified_ms);
  if (error != std::errc() || end != time.data() + time.size() || record.verified_ms <= 0 ||
      !ReadOrganisationText(crypto::AsText(TakeToken(rest)), record.organisation)) {
    return std::nullopt;
  }
  return record;
}

}  // namespace quorate::keystore
