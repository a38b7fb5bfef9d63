#include "custody/log/note_key.h"

#include <gtest/gtest.h>

#include "custody/log/base64.h"
#include "tests/log/testing.h"

namespace quorate::log {
namespace {

// Made by an independent implementation from the seeds 01.. and 02..
constexpr char kLogKey[] = "quorate/test-log+24367f67+AYqI4910CfGV/VLbLTy6XXLKZwm/HZQSG/N0iAG0D29c";
constexpr char kWitnessKey[] =
    "witness.test/ana+6e090ffd+BIE5dw6ofRdfVqNUZsNMfszLjYqRtO43ol32D1uPybOU";

TEST(NoteKeyTest, EncodesAsOtherImplementationsDo) {
  EXPECT_EQ(NoteKeyOf(1, "quorate/test-log", NoteKeyType::kEd25519).Encode(), kLogKey);
  EXPECT_EQ(NoteKeyOf(2, "witness.test/ana", NoteKeyType::kCosignatureV1).Encode(), kWitnessKey);
}

TEST(NoteKeyTest, ParsesWhatItEncodes) {
  for (const char* vkey : {kLogKey, kWitnessKey}) {
    const auto key = NoteKey::Parse(vkey);
    ASSERT_TRUE(key.ok());
    EXPECT_EQ(key->Encode(), vkey);
  }
}

TEST(NoteKeyTest, RejectsAKeyWithAnyByteChanged) {
  std::string vkey = kLogKey;
  for (char& c : vkey) {
    for (int bit = 0; bit < 8; ++bit) {
      c = static_cast<char>(c ^ (1 << bit));
      EXPECT_FALSE(NoteKey::Parse(vkey).ok()) << vkey;
      c = static_cast<char>(c ^ (1 << bit));
    }
  }
}

TEST(NoteKeyTest, RejectsTruncatedAndLongerKeys) {
  const std::string vkey = kLogKey;
  for (size_t size = 0; size < vkey.size(); ++size) {
    EXPECT_FALSE(NoteKey::Parse(std::string_view(vkey).substr(0, size)).ok());
  }
  EXPECT_FALSE(NoteKey::Parse(vkey + "A").ok());
  EXPECT_FALSE(NoteKey::Parse(vkey + "AAAA").ok());
  EXPECT_FALSE(NoteKey::Parse(" " + vkey).ok());
  EXPECT_FALSE(NoteKey::Parse(vkey + "\n").ok());
}

TEST(NoteKeyTest, RejectsOtherTypes) {
  const crypto::PublicSigningKey key = KeyOf(1).public_key();
  for (int type = 0; type < 256; ++type) {
    const bool known = type == 1 || type == 4;
    EXPECT_EQ(NoteKey::Create("a", static_cast<NoteKeyType>(type), key).ok(), known) << type;
  }
}

TEST(NoteKeyTest, RejectsBytesThatAreNoKey) {
  crypto::PublicSigningKey identity;
  identity.value[0] = 1;
  EXPECT_FALSE(NoteKey::Create("a", NoteKeyType::kEd25519, identity).ok());
  EXPECT_FALSE(NoteKey::Create("a", NoteKeyType::kEd25519, crypto::PublicSigningKey()).ok());
  crypto::PublicSigningKey ones;
  ones.value.fill(0xFF);
  EXPECT_FALSE(NoteKey::Create("a", NoteKeyType::kEd25519, ones).ok());
}

TEST(NoteKeyTest, AdmitsNamesThatNotesCanCarry) {
  EXPECT_TRUE(IsKeyName("quorate/0123"));
  EXPECT_TRUE(IsKeyName("zeuge/ä—€😀"));
  EXPECT_TRUE(IsKeyName(std::string(kMaxKeyNameBytes, 'a')));
}

TEST(NoteKeyTest, RejectsNamesThatNotesCannotCarry) {
  EXPECT_FALSE(IsKeyName(""));
  EXPECT_FALSE(IsKeyName(std::string(kMaxKeyNameBytes + 1, 'a')));
  for (const char* name : {"a+b",
                           "a b",
                           "a\tb",
                           "a\nb",
                           "a\x01",
                           "a\xC2\x85",
                           "a\xC2\xA0",
                           "a\xE1\x9A\x80",
                           "a\xE2\x80\x80",
                           "a\xE2\x80\x8A",
                           "a\xE2\x80\xA8",
                           "a\xE2\x80\xA9",
                           "a\xE2\x80\xAF",
                           "a\xE2\x81\x9F",
                           "a\xE3\x80\x80",
                           "a\x80",
                           "a\xC3",
                           "a\xC0\x80",
                           "a\xE0\x80\x80",
                           "a\xED\xA0\x80",
                           "a\xF0\x80\x80\x80",
                           "a\xF4\x90\x80\x80",
                           "a\xF5\x80\x80\x80",
                           "a\xFF"}) {
    EXPECT_FALSE(IsKeyName(name)) << name;
    EXPECT_FALSE(NoteKey::Create(name, NoteKeyType::kEd25519, KeyOf(1).public_key()).ok());
  }
  EXPECT_FALSE(IsKeyName(std::string_view("a\0b", 3)));
}

TEST(NoteKeyTest, NamesGiveOneKeyDifferentIds) {
  EXPECT_NE(NoteKeyOf(1, "a", NoteKeyType::kEd25519).id(),
            NoteKeyOf(1, "b", NoteKeyType::kEd25519).id());
  EXPECT_NE(NoteKeyOf(1, "a", NoteKeyType::kEd25519).id(),
            NoteKeyOf(1, "a", NoteKeyType::kCosignatureV1).id());
}

}  // namespace
}  // namespace quorate::log
