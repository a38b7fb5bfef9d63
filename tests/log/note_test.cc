#include "custody/log/note.h"

#include <gtest/gtest.h>

#include "custody/base/error_info.h"
#include "custody/log/base64.h"
#include "tests/log/testing.h"

namespace quorate::log {
namespace {

const std::string kText = "one line\nand another\n";

class NoteTest : public ::testing::Test {
 protected:
  Note Signed() const {
    return {kText,
            {SignNote(kText, log_, KeyOf(1)).value(),
             CosignNote(kText, ana_, KeyOf(2), 1767225600).value()}};
  }

  const NoteKey log_ = NoteKeyOf(1, "log.test", NoteKeyType::kEd25519);
  const NoteKey ana_ = NoteKeyOf(2, "ana.test", NoteKeyType::kCosignatureV1);
  const NoteKey ben_ = NoteKeyOf(3, "ben.test", NoteKeyType::kCosignatureV1);
};

TEST_F(NoteTest, ParsesWhatItFormats) {
  const Note note = Signed();
  const std::string bytes = *FormatNote(note);
  EXPECT_EQ(*ParseNote(bytes), note);
  EXPECT_EQ(*FormatNote(*ParseNote(bytes)), bytes);
}

TEST_F(NoteTest, SplitsAtTheLastBlankLine) {
  const std::string text = "a\n\nb\n\n\nc\n";
  const Note note{text, {SignNote(text, log_, KeyOf(1)).value()}};
  EXPECT_EQ(ParseNote(*FormatNote(note))->text, text);
}

TEST_F(NoteTest, VerifiesLogAndWitness) {
  const NoteKey keys[] = {ben_, ana_, log_};
  const auto verified = VerifyNote(Signed(), keys);
  ASSERT_TRUE(verified.ok());
  EXPECT_EQ(*verified, (std::vector<VerifiedSignature>{{2, std::nullopt}, {1, 1767225600}}));
}

TEST_F(NoteTest, RejectsMalformedNotes) {
  const std::string line = *FormatNote({kText, {SignNote(kText, log_, KeyOf(1)).value()}});
  const std::string signature = line.substr(kText.size() + 1);
  ASSERT_TRUE(ParseNote(kText + "\n" + signature).ok());
  const std::string dash = "\xE2\x80\x94";
  const struct {
    const char* fault;
    std::string note;
  } cases[] = {
      {"nothing", ""},
      {"no blank line", kText + signature},
      {"no signature", kText + "\n"},
      {"no final newline", (kText + "\n" + signature).substr(0, kText.size() + signature.size())},
      {"a carriage return", "a\r\n\n" + signature},
      {"a tab", "a\tb\n\n" + signature},
      {"a zero byte", std::string("a\0b\n\n", 5) + signature},
      {"text that is not UTF-8", "a\xFF\n\n" + signature},
      {"a hyphen for the dash", kText + "\n-" + signature.substr(3)},
      {"an en dash", kText + "\n\xE2\x80\x93" + signature.substr(3)},
      {"no space after the dash", kText + "\n" + dash + signature.substr(4)},
      {"two spaces after the dash", kText + "\n" + dash + " " + signature.substr(3)},
      {"two spaces after the name", kText + "\n" + dash + " log.test  AAAAAAAA\n"},
      {"a space at the end", kText + "\n" + signature.substr(0, signature.size() - 1) + " \n"},
      {"an empty name", kText + "\n" + dash + "  AAAAAAAA\n"},
      {"a name with a plus", kText + "\n" + dash + " a+b AAAAAAAA\n"},
      {"no base64", kText + "\n" + dash + " a !!!!!!!!\n"},
      {"unpadded base64", kText + "\n" + dash + " a AAAAAAA\n"},
      {"a key id alone", kText + "\n" + dash + " a AAAAAA==\n"},
      {"text after the signatures", kText + "\n" + signature + "more\n"},
      {"a line without its signature", kText + "\n" + dash + " a\n"},
  };
  for (const auto& c : cases) {
    const auto parsed = ParseNote(c.note);
    EXPECT_EQ(parsed.status().code(), absl::StatusCode::kInvalidArgument) << c.fault;
    EXPECT_FALSE(base::GetReason(parsed.status()).empty()) << c.fault;
  }
}

TEST_F(NoteTest, BoundsLinesPayloadsAndSize) {
  Note note{kText, {}};
  const NoteSignature line{"a", 7, crypto::Bytes(64, 1)};
  note.signatures.assign(kMaxNoteSignatures, line);
  EXPECT_TRUE(FormatNote(note).ok());
  note.signatures.push_back(line);
  EXPECT_FALSE(FormatNote(note).ok());

  const std::string dash = "\n\xE2\x80\x94 a ";
  const std::string fits = kText + dash + Base64(crypto::Bytes(4 + kMaxNotePayloadBytes)) + "\n";
  EXPECT_TRUE(ParseNote(fits).ok());
  const std::string over = kText + dash + Base64(crypto::Bytes(5 + kMaxNotePayloadBytes)) + "\n";
  EXPECT_FALSE(ParseNote(over).ok());

  const Note small{"\n", {line}};
  const size_t overhead = FormatNote(small)->size();
  EXPECT_TRUE(FormatNote({std::string(kMaxNoteBytes - overhead, 'x') + "\n", {line}}).ok());
  EXPECT_FALSE(FormatNote({std::string(kMaxNoteBytes - overhead + 1, 'x') + "\n", {line}}).ok());
}

TEST_F(NoteTest, RefusesToFormatWhatItCouldNotParse) {
  const NoteSignature line = SignNote(kText, log_, KeyOf(1)).value();
  EXPECT_FALSE(FormatNote({kText, {}}).ok());
  EXPECT_FALSE(FormatNote({"no newline", {line}}).ok());
  EXPECT_FALSE(FormatNote({"", {line}}).ok());
  EXPECT_FALSE(FormatNote({kText, {{"with space", 1, crypto::Bytes(64)}}}).ok());
  EXPECT_FALSE(FormatNote({kText, {{"a", 1, {}}}}).ok());
}

TEST_F(NoteTest, IgnoresUnknownKeys) {
  const NoteKey only_log[] = {log_};
  EXPECT_EQ(VerifyNote(Signed(), only_log)->size(), 1u);
  // The same name with another key is another key.
  const NoteKey other[] = {log_, NoteKeyOf(9, "ana.test", NoteKeyType::kCosignatureV1)};
  EXPECT_EQ(VerifyNote(Signed(), other)->size(), 1u);
}

TEST_F(NoteTest, RejectsANoteThatNoKnownKeySigned) {
  const NoteKey keys[] = {ben_};
  EXPECT_EQ(VerifyNote(Signed(), keys).status().code(), absl::StatusCode::kPermissionDenied);
  EXPECT_EQ(VerifyNote(Signed(), {}).status().code(), absl::StatusCode::kPermissionDenied);
}

TEST_F(NoteTest, RejectsTheWholeNoteWhenAKnownSignatureIsBad) {
  const NoteKey keys[] = {log_, ana_};
  for (size_t i = 0; i < 2; ++i) {
    Note note = Signed();
    for (uint8_t& byte : note.signatures[i].payload) {
      byte ^= 1;
      EXPECT_EQ(VerifyNote(note, keys).status().code(), absl::StatusCode::kPermissionDenied);
      byte ^= 1;
    }
    for (const size_t size : {0, 1, 8, 63, 64, 65, 71, 72, 73}) {
      note = Signed();
      if (size == note.signatures[i].payload.size()) continue;
      note.signatures[i].payload.resize(size);
      EXPECT_EQ(VerifyNote(note, keys).status().code(), absl::StatusCode::kPermissionDenied);
    }
  }
}

TEST_F(NoteTest, RejectsSignaturesOfAnotherText) {
  Note note = Signed();
  const NoteKey keys[] = {log_, ana_};
  for (char& c : note.text) {
    c = static_cast<char>(c ^ 1);
    EXPECT_FALSE(VerifyNote(note, keys).ok());
    c = static_cast<char>(c ^ 1);
  }
}

TEST_F(NoteTest, CountsAKeyOnceHoweverManyLinesItHas) {
  Note note = Signed();
  note.signatures.push_back(CosignNote(kText, ana_, KeyOf(2), 1767225700).value());
  note.signatures.push_back({"ana.test", ana_.id(), crypto::Bytes(72, 0)});
  const NoteKey keys[] = {ana_};
  const auto verified = VerifyNote(note, keys);
  ASSERT_TRUE(verified.ok());
  EXPECT_EQ(*verified, (std::vector<VerifiedSignature>{{0, 1767225600}}));
}

TEST_F(NoteTest, RejectsRepeatedKeysAndOneKeyUnderTwoNames) {
  const NoteKey twice[] = {ana_, log_, ana_};
  EXPECT_EQ(VerifyNote(Signed(), twice).status().code(), absl::StatusCode::kInvalidArgument);
  const NoteKey renamed[] = {ana_, NoteKeyOf(2, "other.test", NoteKeyType::kCosignatureV1)};
  EXPECT_EQ(VerifyNote(Signed(), renamed).status().code(), absl::StatusCode::kInvalidArgument);
}

TEST_F(NoteTest, RejectsTimesBeyond63Bits) {
  const uint64_t most = uint64_t{1} << 63;
  EXPECT_TRUE(CosignNote(kText, ana_, KeyOf(2), most - 1).ok());
  EXPECT_FALSE(CosignNote(kText, ana_, KeyOf(2), most).ok());
  // Signed rightly, but over a time that no cosignature may have.
  const std::string message = "cosignature/v1\ntime 9223372036854775808\n" + kText;
  const crypto::Signature signature = KeyOf(2).SignRaw(crypto::AsBytes(message));
  crypto::Bytes payload{0x80, 0, 0, 0, 0, 0, 0, 0};
  payload.insert(payload.end(), signature.value.begin(), signature.value.end());
  EXPECT_FALSE(VerifyNoteSignature(kText, {"ana.test", ana_.id(), payload}, ana_).ok());
}

TEST_F(NoteTest, BindsTheTimeIntoTheCosignature) {
  NoteSignature line = CosignNote(kText, ana_, KeyOf(2), 1767225600).value();
  EXPECT_EQ(VerifyNoteSignature(kText, line, ana_)->value(), 1767225600u);
  line.payload[7] ^= 1;
  EXPECT_FALSE(VerifyNoteSignature(kText, line, ana_).ok());
}

TEST_F(NoteTest, KeepsLogSignaturesAndCosignaturesApart) {
  const NoteKey as_log = NoteKeyOf(2, "ana.test", NoteKeyType::kEd25519);
  NoteSignature line = CosignNote(kText, ana_, KeyOf(2), 5).value();
  line.key_id = as_log.id();
  EXPECT_FALSE(VerifyNoteSignature(kText, line, as_log).ok());
  line = SignNote(kText, as_log, KeyOf(2)).value();
  line.key_id = ana_.id();
  EXPECT_FALSE(VerifyNoteSignature(kText, line, ana_).ok());
}

TEST_F(NoteTest, RefusesToSignWithAnotherKeyOrTypeOrOpenText) {
  EXPECT_FALSE(SignNote(kText, log_, KeyOf(2)).ok());
  EXPECT_FALSE(SignNote(kText, ana_, KeyOf(2)).ok());
  EXPECT_FALSE(SignNote("no newline", log_, KeyOf(1)).ok());
  EXPECT_FALSE(SignNote("", log_, KeyOf(1)).ok());
  EXPECT_FALSE(CosignNote(kText, ana_, KeyOf(1), 5).ok());
  EXPECT_FALSE(CosignNote(kText, log_, KeyOf(1), 5).ok());
}

}  // namespace
}  // namespace quorate::log
