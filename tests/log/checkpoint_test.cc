#include "custody/log/checkpoint.h"

#include <gtest/gtest.h>

#include "custody/log/base64.h"
#include "custody/log/tree.h"
#include "tests/log/testing.h"

namespace quorate::log {
namespace {

// A log of the one leaf "only", signed from the seed 01.. and cosigned from the seed 02.. at
// 1767225600 by an independent implementation.
constexpr char kFrozen[] =
    "quorate/test-log\n"
    "1\n"
    "SII7PGEzZkzntiGaAFrV7XtakaaaCqgAzFHOHNQIaVU=\n"
    "\n"
    "\xE2\x80\x94 quorate/test-log "
    "JDZ/Z5kTzGrkJ6/afYRPSBsrAC6gOFv+E1QT+1O9N+sfAYAF2dS7UBw12XmCS6ob0sy8YebY1iAs1XHmBhpvGFmakQQ=\n"
    "\xE2\x80\x94 witness.test/ana "
    "bgkP/QAAAABpVbkA5aniMFFNYHmxrvpJ36uBICPhagjZAWoKmN4+V/31AWbV3RMzH63ZUD0LLv/"
    "fEkLIW5mgfWeHtO9qj9l0hvCsDA==\n";

class CheckpointTest : public ::testing::Test {
 protected:
  SignedCheckpoint Signed(uint64_t size = 5) const {
    return SignedCheckpoint::Sign(size, TreeOf(size).Root(), log_, KeyOf(1)).value();
  }

  const NoteKey log_ = NoteKeyOf(1, "quorate/test-log", NoteKeyType::kEd25519);
  const NoteKey ana_ = NoteKeyOf(2, "witness.test/ana", NoteKeyType::kCosignatureV1);
  const NoteKey ben_ = NoteKeyOf(3, "witness.test/ben", NoteKeyType::kCosignatureV1);
};

TEST_F(CheckpointTest, OpensAndRemakesTheFrozenNote) {
  const auto opened = SignedCheckpoint::Open(kFrozen, log_);
  ASSERT_TRUE(opened.ok()) << opened.status();
  EXPECT_EQ(opened->size(), 1u);
  EXPECT_EQ(opened->root(), LeafHash(crypto::AsBytes("only")));
  const NoteKey witnesses[] = {ben_, ana_};
  EXPECT_EQ(*opened->Cosignatures(witnesses), (std::vector<Cosignature>{{1, 1767225600}}));

  auto made = SignedCheckpoint::Sign(1, LeafHash(crypto::AsBytes("only")), log_, KeyOf(1));
  ASSERT_TRUE(made.ok());
  ASSERT_TRUE(made->AddCosignature(*made->Cosign(ana_, KeyOf(2), 1767225600), ana_).ok());
  EXPECT_EQ(made->Format(), kFrozen);
}

TEST_F(CheckpointTest, RejectsAnyChangedBit) {
  std::string note = kFrozen;
  const size_t cosignature = note.rfind("\xE2\x80\x94");
  const NoteKey witnesses[] = {ana_};
  for (size_t i = 0; i < note.size(); ++i) {
    for (int bit = 0; bit < 8; ++bit) {
      note[i] = static_cast<char>(note[i] ^ (1 << bit));
      const auto opened = SignedCheckpoint::Open(note, log_);
      if (i < cosignature) {
        EXPECT_FALSE(opened.ok()) << i;
      } else if (opened.ok()) {
        // A changed name or id makes it a stranger's line; anything else is a bad cosignature.
        const auto cosignatures = opened->Cosignatures(witnesses);
        EXPECT_TRUE(!cosignatures.ok() || cosignatures->empty()) << i;
      }
      note[i] = static_cast<char>(note[i] ^ (1 << bit));
    }
  }
}

TEST_F(CheckpointTest, ParsesWhatItFormats) {
  const Checkpoint cases[] = {
      {"a", 0, EmptyRoot(), {}},
      {"a b", 1, LeafHash({}), {}},
      {"a", kMaxTreeSize, LeafHash({}), {}},
      {"a", 3, LeafHash({}), {"extension", "another one"}},
  };
  for (const Checkpoint& checkpoint : cases) {
    const auto text = FormatCheckpoint(checkpoint);
    ASSERT_TRUE(text.ok());
    EXPECT_EQ(*ParseCheckpoint(*text), checkpoint);
  }
}

TEST_F(CheckpointTest, RejectsMalformedTexts) {
  const std::string root = Base64(LeafHash({}).span());
  ASSERT_TRUE(ParseCheckpoint("a\n12\n" + root + "\n").ok());
  const struct {
    const char* fault;
    std::string text;
  } cases[] = {
      {"nothing", ""},
      {"an origin alone", "a\n"},
      {"two lines", "a\n12\n"},
      {"an empty origin", "\n12\n" + root + "\n"},
      {"no final newline", "a\n12\n" + root},
      {"a size in words", "a\ntwelve\n" + root + "\n"},
      {"an empty size", "a\n\n" + root + "\n"},
      {"a negative size", "a\n-12\n" + root + "\n"},
      {"a plus sign", "a\n+12\n" + root + "\n"},
      {"a leading zero", "a\n012\n" + root + "\n"},
      {"two zeros", "a\n00\n" + Base64(EmptyRoot().span()) + "\n"},
      {"a space", "a\n12 \n" + root + "\n"},
      {"hexadecimal", "a\n0x12\n" + root + "\n"},
      {"a size beyond 63 bits", "a\n9223372036854775808\n" + root + "\n"},
      {"a size beyond 64 bits", "a\n18446744073709551628\n" + root + "\n"},
      {"a root that is not base64", "a\n12\nThisIsn'tBase64\n"},
      {"a root of 31 bytes", "a\n12\n" + Base64(crypto::Bytes(31)) + "\n"},
      {"a root of 33 bytes", "a\n12\n" + Base64(crypto::Bytes(33)) + "\n"},
      {"an unpadded root", "a\n12\n" + root.substr(0, 43) + "\n"},
      {"an empty log with a root", "a\n0\n" + root + "\n"},
      {"an empty extension line", "a\n12\n" + root + "\n\n"},
      {"an empty line between", "a\n12\n" + root + "\nb\n\nc\n"},
      {"an open extension line", "a\n12\n" + root + "\nb"},
      {"a control character", "a\x01\n12\n" + root + "\n"},
      {"a carriage return", "a\r\n12\r\n" + root + "\r\n"},
      {"an origin that is not UTF-8", "a\xFF\n12\n" + root + "\n"},
  };
  for (const auto& c : cases) {
    EXPECT_EQ(ParseCheckpoint(c.text).status().code(), absl::StatusCode::kInvalidArgument)
        << c.fault;
  }
}

TEST_F(CheckpointTest, BoundsExtensionLines) {
  Checkpoint checkpoint{"a", 1, LeafHash({}), {}};
  checkpoint.extensions.assign(kMaxExtensionLines, "x");
  EXPECT_TRUE(FormatCheckpoint(checkpoint).ok());
  checkpoint.extensions.push_back("x");
  EXPECT_FALSE(FormatCheckpoint(checkpoint).ok());
}

TEST_F(CheckpointTest, RefusesToFormatWhatItCouldNotParse) {
  EXPECT_FALSE(FormatCheckpoint({"", 1, LeafHash({}), {}}).ok());
  EXPECT_FALSE(FormatCheckpoint({"a\nb", 1, LeafHash({}), {}}).ok());
  EXPECT_FALSE(FormatCheckpoint({"a", 0, LeafHash({}), {}}).ok());
  EXPECT_FALSE(FormatCheckpoint({"a", kMaxTreeSize + 1, LeafHash({}), {}}).ok());
  EXPECT_FALSE(FormatCheckpoint({"a", 1, LeafHash({}), {""}}).ok());
  EXPECT_FALSE(FormatCheckpoint({"a", 1, LeafHash({}), {"b\nc"}}).ok());
}

TEST_F(CheckpointTest, RefusesExtensionLinesInOurLogs) {
  const std::string text =
      *FormatCheckpoint({"quorate/test-log", 1, LeafHash({}), {"not for old witnesses"}});
  const Note note{text, {SignNote(text, log_, KeyOf(1)).value()}};
  EXPECT_EQ(SignedCheckpoint::Open(*FormatNote(note), log_).status().code(),
            absl::StatusCode::kInvalidArgument);
}

TEST_F(CheckpointTest, RefusesAnotherOriginOrKey) {
  const std::string text = *FormatCheckpoint({"quorate/other", 1, LeafHash({}), {}});
  const Note note{text, {SignNote(text, log_, KeyOf(1)).value()}};
  EXPECT_EQ(SignedCheckpoint::Open(*FormatNote(note), log_).status().code(),
            absl::StatusCode::kPermissionDenied);
  const NoteKey same_name = NoteKeyOf(9, "quorate/test-log", NoteKeyType::kEd25519);
  EXPECT_EQ(SignedCheckpoint::Open(kFrozen, same_name).status().code(),
            absl::StatusCode::kPermissionDenied);
  const NoteKey as_witness = NoteKeyOf(1, "quorate/test-log", NoteKeyType::kCosignatureV1);
  EXPECT_EQ(SignedCheckpoint::Open(kFrozen, as_witness).status().code(),
            absl::StatusCode::kInvalidArgument);
}

TEST_F(CheckpointTest, HasNoCosignatureBeforeAWitnessSigned) {
  const NoteKey witnesses[] = {ana_, ben_};
  EXPECT_TRUE(Signed().Cosignatures(witnesses)->empty());
}

TEST_F(CheckpointTest, CollectsCosignatures) {
  SignedCheckpoint checkpoint = Signed();
  ASSERT_TRUE(checkpoint.AddCosignature(*checkpoint.Cosign(ben_, KeyOf(3), 100), ben_).ok());
  ASSERT_TRUE(checkpoint.AddCosignature(*checkpoint.Cosign(ana_, KeyOf(2), 101), ana_).ok());
  const NoteKey witnesses[] = {ana_, ben_};
  const auto again = SignedCheckpoint::Open(checkpoint.Format(), log_);
  ASSERT_TRUE(again.ok());
  EXPECT_EQ(*again->Cosignatures(witnesses), (std::vector<Cosignature>{{1, 100}, {0, 101}}));
}

TEST_F(CheckpointTest, KeepsTheNewestCosignatureOfAWitness) {
  SignedCheckpoint checkpoint = Signed();
  const NoteKey witnesses[] = {ana_};
  for (const auto& [added, kept] :
       {std::pair<uint64_t, uint64_t>{100, 100}, {220, 220}, {150, 220}}) {
    ASSERT_TRUE(checkpoint.AddCosignature(*checkpoint.Cosign(ana_, KeyOf(2), added), ana_).ok());
    EXPECT_EQ(*checkpoint.Cosignatures(witnesses), (std::vector<Cosignature>{{0, kept}}));
  }
}

TEST_F(CheckpointTest, RefusesCosignaturesOfAnotherCheckpointOrWitness) {
  SignedCheckpoint checkpoint = Signed(5);
  const std::string before = checkpoint.Format();
  const NoteSignature other = *Signed(6).Cosign(ana_, KeyOf(2), 100);
  EXPECT_EQ(checkpoint.AddCosignature(other, ana_).code(), absl::StatusCode::kPermissionDenied);
  const NoteSignature mine = *checkpoint.Cosign(ana_, KeyOf(2), 100);
  EXPECT_FALSE(checkpoint.AddCosignature(mine, ben_).ok());
  EXPECT_FALSE(checkpoint.AddCosignature(mine, log_).ok());
  EXPECT_EQ(checkpoint.Format(), before);
}

TEST_F(CheckpointTest, ReplacesALineThatAnAttackerPutInAWitnesssPlace) {
  Note note = *ParseNote(Signed().Format());
  note.signatures.push_back({ana_.name(), ana_.id(), crypto::Bytes(72, 0xFF)});
  SignedCheckpoint checkpoint = *SignedCheckpoint::Open(*FormatNote(note), log_);
  const NoteKey witnesses[] = {ana_};
  EXPECT_EQ(checkpoint.Cosignatures(witnesses).status().code(),
            absl::StatusCode::kPermissionDenied);
  ASSERT_TRUE(checkpoint.AddCosignature(*checkpoint.Cosign(ana_, KeyOf(2), 100), ana_).ok());
  EXPECT_EQ(checkpoint.Cosignatures(witnesses)->size(), 1u);
}

TEST_F(CheckpointTest, RefusesLogKeysAsWitnesses) {
  const NoteKey witnesses[] = {log_};
  EXPECT_EQ(Signed().Cosignatures(witnesses).status().code(), absl::StatusCode::kInvalidArgument);
}

TEST_F(CheckpointTest, RefusesMoreSignaturesThanANoteHolds) {
  Note note = *ParseNote(Signed().Format());
  while (note.signatures.size() < kMaxNoteSignatures) {
    note.signatures.push_back({"stranger", 7, crypto::Bytes(72, 0)});
  }
  SignedCheckpoint checkpoint = *SignedCheckpoint::Open(*FormatNote(note), log_);
  EXPECT_EQ(checkpoint.AddCosignature(*checkpoint.Cosign(ana_, KeyOf(2), 100), ana_).code(),
            absl::StatusCode::kResourceExhausted);
}

TEST_F(CheckpointTest, NamesTheOriginAfterTheOrganisation) {
  EXPECT_EQ(OriginOf(crypto::Bytes(32, 0xAB)),
            "quorate/abababababababababababababababababababababababababababababababab");
}

}  // namespace
}  // namespace quorate::log
