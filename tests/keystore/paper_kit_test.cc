#include "custody/keystore/paper_kit.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "crypto/identity.h"
#include "crypto/init.h"
#include "crypto/random.h"
#include "crypto/words.h"
#include "custody/base/error_info.h"
#include "custody/base/files.h"
#include "custody/keystore/keystore.h"

namespace quorate::keystore {
namespace {

using crypto::Secret;
using ::testing::HasSubstr;
using ::testing::Not;

Secret Text(std::string_view text) { return Secret::Copy(crypto::AsBytes(text)); }

std::string Join(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += word + " ";
  return text;
}

// An identity's seed and the words that it must have, worked out by another program.
struct Vector {
  Secret seed;
  std::vector<std::string> words;
};

std::vector<Vector> Vectors() {
  std::ifstream file("tests/vectors/paper_kit.txt");
  std::vector<Vector> vectors;
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with('#')) continue;
    std::istringstream fields(line);
    std::string seed;
    fields >> seed;
    Vector vector{Secret::Copy(*crypto::FromHex(seed)), {}};
    for (std::string word; fields >> word;) vector.words.push_back(word);
    vectors.push_back(std::move(vector));
  }
  return vectors;
}

class PaperKit : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(crypto::InitCrypto().ok());
    vectors_ = Vectors();
    ASSERT_EQ(vectors_.size(), 4u);
    words_ = vectors_.back().words;
    ASSERT_EQ(words_.size(), kKitWords);
  }
  // What becomes of these words, as somebody types them.
  static absl::Status Typed(const std::vector<std::string>& words) {
    KitWords typed;
    absl::Status added = typed.Add(Text(Join(words)));
    return added.ok() ? typed.Seed().status() : added;
  }

  std::vector<Vector> vectors_;
  std::vector<std::string> words_;
};

TEST_F(PaperKit, HasTheWordsOfTheVectorsAndGivesTheirSeedsBack) {
  for (const Vector& vector : vectors_) {
    const KitWords made = KitWords::FromSeed(vector.seed);
    KitWords typed;
    ASSERT_EQ(typed.Add(Text(Join(vector.words))), absl::OkStatus());
    EXPECT_TRUE(made.Equals(typed));
    for (size_t place = 1; place <= kKitWords; ++place) {
      EXPECT_TRUE(crypto::SecretsEqual(made.Word(place), Text(vector.words[place - 1])));
    }
    auto seed = typed.Seed();
    ASSERT_TRUE(seed.ok()) << seed.status();
    EXPECT_TRUE(crypto::SecretsEqual(*seed, vector.seed));
  }
}

TEST_F(PaperKit, NamesThePlaceOfAWordThatIsNotInTheList) {
  for (size_t place = 1; place <= kKitWords; ++place) {
    std::vector<std::string> words = words_;
    words[place - 1] += "x";
    const absl::Status status = Typed(words);
    EXPECT_EQ(base::GetReason(status), "BAD_KIT_WORD");
    EXPECT_THAT(status.message(), HasSubstr("word " + std::to_string(place) + " of"));
    EXPECT_THAT(status.message(), Not(HasSubstr(words_[place - 1])));
  }
}

TEST_F(PaperKit, AnotherWordOfTheListFailsTheChecksumWhereverItStands) {
  for (size_t place = 1; place <= kKitWords; ++place) {
    std::vector<std::string> words = words_;
    words[place - 1] = words[place - 1] == "acid" ? "acorn" : "acid";
    EXPECT_EQ(base::GetReason(Typed(words)), "BAD_KIT") << place;
  }
}

TEST_F(PaperKit, WordsInEachOthersPlaceFailTheChecksum) {
  std::swap(words_[3], words_[4]);
  EXPECT_EQ(base::GetReason(Typed(words_)), "BAD_KIT");
}

TEST_F(PaperKit, TooFewAndTooManyWordsAreRefused) {
  std::vector<std::string> more = words_;
  more.push_back("acid");
  EXPECT_EQ(base::GetReason(Typed(more)), "BAD_KIT_WORD");
  words_.pop_back();
  EXPECT_EQ(base::GetReason(Typed(words_)), "KIT_INCOMPLETE");
}

TEST_F(PaperKit, TakesNumbersThatFitCapitalsAndLineEnds) {
  std::string text;
  for (size_t i = 0; i < kKitWords; ++i) {
    text += std::to_string(i + 1) + (i % 2 == 0 ? ". " : "\t") + words_[i] + "\r\n";
  }
  text[3] = static_cast<char>(text[3] - 'a' + 'A');
  KitWords typed;
  ASSERT_EQ(typed.Add(Text(text)), absl::OkStatus());
  EXPECT_TRUE(typed.Equals(KitWords::FromSeed(vectors_.back().seed)));
}

TEST_F(PaperKit, AMissingWordShowsInTheNumberAfterIt) {
  KitWords typed;
  const absl::Status status = typed.Add(Text("1 " + words_[0] + " 3 " + words_[2]));
  EXPECT_EQ(base::GetReason(status), "BAD_KIT_WORD");
  EXPECT_THAT(status.message(), HasSubstr("word 2 of"));
}

TEST_F(PaperKit, TakesNothingOfALineThatIsWrong) {
  KitWords typed;
  ASSERT_EQ(typed.Add(Text(words_[0])), absl::OkStatus());
  EXPECT_FALSE(typed.Add(Text(words_[1] + " nonsense")).ok());
  EXPECT_EQ(typed.count(), 1u);
  ASSERT_EQ(typed.Add(Text(words_[1])), absl::OkStatus());
  EXPECT_TRUE(crypto::SecretsEqual(typed.Word(2), Text(words_[1])));
}

TEST_F(PaperKit, ComparesOneWordByItsPlace) {
  const KitWords words = KitWords::FromSeed(vectors_.back().seed);
  for (size_t place = 1; place <= kKitWords; ++place) {
    EXPECT_TRUE(words.IsAt(place, Text(words_[place - 1])).value());
    const std::string other = words_[place % kKitWords];
    EXPECT_FALSE(words.IsAt(place, Text(other)).value());
  }
  EXPECT_FALSE(words.IsAt(1, Text("nonsense")).ok());
  EXPECT_FALSE(words.IsAt(1, Text("")).ok());
  EXPECT_FALSE(words.IsAt(1, Text(words_[0] + " " + words_[1])).ok());
}

TEST_F(PaperKit, IsReadFromItsTextAndFromAPageAroundIt) {
  const KitFacts facts{"ana", "quorate://host:1#abc", crypto::Sha256({})};
  const std::string text = FormatKitFacts(facts) + Join(words_);
  for (const std::string& file : {text, "<html><b>x</b><pre>\n" + text + "</pre> more <p>"}) {
    auto kit = ReadKit(Text(file));
    ASSERT_TRUE(kit.ok()) << kit.status();
    EXPECT_EQ(kit->facts.name, facts.name);
    EXPECT_EQ(kit->facts.server, facts.server);
    EXPECT_EQ(kit->facts.organisation, facts.organisation);
    EXPECT_TRUE(kit->words.Equals(KitWords::FromSeed(vectors_.back().seed)));
  }
}

TEST_F(PaperKit, EveryFaultOfItsTextIsRefused) {
  const KitFacts facts{"ana", "quorate://host:1#abc", std::nullopt};
  const std::string good = FormatKitFacts(facts) + Join(words_);
  ASSERT_TRUE(ReadKit(Text(good)).ok());
  for (const auto& [from, to] : std::vector<std::pair<std::string, std::string>>{
           {"kit 1", "kit 2"},
           {"name ana\n", ""},
           {"name ana", "name "},
           {"name ana", "name ana ben"},
           {"server ", "sever "},
           {"organisation none", "organisation 12"},
           {"organisation none", "organisation " + std::string(64, 'g')},
           {"organisation none\n", ""}}) {
    std::string bad = good;
    bad.replace(bad.find(from), from.size(), to);
    EXPECT_EQ(base::GetReason(ReadKit(Text(bad)).status()), "BAD_KIT") << bad.substr(0, 80);
  }
  EXPECT_EQ(base::GetReason(ReadKit(Text("")).status()), "BAD_KIT");
}

class Homes : public PaperKit {
 protected:
  void SetUp() override {
    PaperKit::SetUp();
    char name[] = "/tmp/quorate-kit-XXXXXX";
    ASSERT_NE(::mkdtemp(name), nullptr);
    root_ = name;
  }
  void TearDown() override { std::filesystem::remove_all(root_); }

  std::string root_;
  crypto::SystemRandom random_;
};

TEST_F(Homes, ARestoredIdentityHasItsOldKeysAndANewDevice) {
  const NewIdentity identity{"ana", "quorate://h:1#x", crypto::kArgon2idParamsForTest};
  auto old = Keystore::Create({root_ + "/old"}, identity, Text("correct horse"), random_);
  ASSERT_TRUE(old.ok()) << old.status();
  auto seed = old->OpenSeed(Text("correct horse"));
  ASSERT_TRUE(seed.ok()) << seed.status();
  EXPECT_EQ(base::GetReason(old->OpenSeed(Text("wrong horse")).status()), "WRONG_PASSPHRASE");

  auto restored =
      Keystore::Restore({root_ + "/new"}, identity, *seed, Text("battery staple"), random_);
  ASSERT_TRUE(restored.ok()) << restored.status();
  EXPECT_EQ(restored->card().signing, old->card().signing);
  EXPECT_EQ(restored->card().tls, old->card().tls);
  EXPECT_EQ(restored->card().wrap, old->card().wrap);
  EXPECT_NE(restored->card().device, old->card().device);
  EXPECT_NE(restored->card().witness, old->card().witness);
  EXPECT_TRUE(restored->Unlock(Text("battery staple")).ok());
  EXPECT_EQ(
      base::GetReason(
          Keystore::Restore({root_ + "/new"}, identity, *seed, Text("again"), random_).status()),
      "IDENTITY_EXISTS");
}

TEST_F(Homes, TheRecordOfACheckIsKeptAndADamagedOneCountsAsNone) {
  const Home home{root_};
  EXPECT_FALSE(ReadKitRecord(home).has_value());
  for (const auto& organisation :
       {std::optional<crypto::Digest>(), std::optional<crypto::Digest>(crypto::Sha256({}))}) {
    ASSERT_EQ(WriteKitRecord(home, {1'700'000'000'000, organisation}), absl::OkStatus());
    const std::optional<KitRecord> read = ReadKitRecord(home);
    ASSERT_TRUE(read.has_value());
    EXPECT_EQ(read->verified_ms, 1'700'000'000'000);
    EXPECT_EQ(read->organisation, organisation);
  }
  for (const char* damaged : {"", "quorate kit record 1", "quorate kit record 1 x none\n",
                              "quorate kit record 1 17 ff\n", "something else 17 none\n"}) {
    ASSERT_EQ(base::WriteFileAtomically(home.kit_record(), crypto::AsBytes(damaged)),
              absl::OkStatus());
    EXPECT_FALSE(ReadKitRecord(home).has_value()) << damaged;
  }
}

}  // namespace
}  // namespace quorate::keystore
