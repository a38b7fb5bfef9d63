#include "crypto/threshold_encryption.h"

#include <functional>

#include "tests/crypto/testing.h"

namespace quorate::crypto {
namespace {

class ItemTest : public ::testing::Test {
 protected:
  SecretPoint Shared(const Ciphertext& ciphertext) { return ciphertext.r.MulSecret(secret_); }

  SeededRandom random_{1};
  SecretScalar secret_ = SecretScalar::Random(random_);
  Point key_ = Point::MulBase(secret_);
  ItemLabel label_ = MakeLabel();
  Secret plaintext_ = Secret::Copy(AsBytes("correct horse battery staple"));
  EncryptedItem item_ = Must(EncryptItem(key_, label_, plaintext_, random_));
};

TEST_F(ItemTest, OpensUnderTheVaultsKey) {
  EXPECT_OK(VerifyCiphertext(key_, label_, item_.ciphertext));
  EXPECT_TRUE(PayloadMatches(item_.ciphertext, item_.payload));
  EXPECT_EQ(item_.payload.size(), plaintext_.size() + kPayloadOverhead);
  Secret opened =
      Must(DecryptItem(key_, Shared(item_.ciphertext), label_, item_.ciphertext, item_.payload));
  EXPECT_TRUE(SecretsEqual(opened, plaintext_));
}

TEST_F(ItemTest, TakesOneByteToTheLimitAndNothingElse) {
  EXPECT_INVALID(EncryptItem(key_, label_, Secret::Zero(0), random_));
  EXPECT_INVALID(EncryptItem(key_, label_, Secret::Zero(kMaxItemSize + 1), random_));
  for (size_t size : {size_t{1}, kMaxItemSize}) {
    Secret plaintext = Secret::Random(size, random_);
    EncryptedItem item = Must(EncryptItem(key_, label_, plaintext, random_));
    Secret opened =
        Must(DecryptItem(key_, Shared(item.ciphertext), label_, item.ciphertext, item.payload));
    EXPECT_TRUE(SecretsEqual(opened, plaintext));
  }
  EXPECT_INVALID(EncryptItem(Point(), label_, plaintext_, random_));
}

TEST_F(ItemTest, EveryFieldOfTheLabelIsBound) {
  const std::pair<const char*, std::function<void(ItemLabel&)>> changes[] = {
      {"organisation", [](ItemLabel& l) { l.organisation = D("other"); }},
      {"vault", [](ItemLabel& l) { l.vault++; }},
      {"account", [](ItemLabel& l) { l.account = "microblog"; }},
      {"item kind", [](ItemLabel& l) { l.item_kind++; }},
      {"version", [](ItemLabel& l) { l.version++; }},
      {"depositor", [](ItemLabel& l) { l.depositor++; }},
      {"statement", [](ItemLabel& l) { l.statement_id[15] ^= 1; }},
      {"part", [](ItemLabel& l) { l.part++; }}};
  for (const auto& [name, change] : changes) {
    ItemLabel moved = label_;
    change(moved);
    EXPECT_NE(moved.Encode(), label_.Encode()) << name;
    EXPECT_INVALID(VerifyCiphertext(key_, moved, item_.ciphertext)) << name;
    EXPECT_NE(CiphertextHash(moved, item_.ciphertext), CiphertextHash(label_, item_.ciphertext));
    EXPECT_INVALID(
        DecryptItem(key_, Shared(item_.ciphertext), moved, item_.ciphertext, item_.payload));
  }
}

TEST_F(ItemTest, EveryFieldOfTheCiphertextIsBound) {
  const std::pair<const char*, std::function<void(Ciphertext&)>> changes[] = {
      {"R", [](Ciphertext& c) { c.r = c.r + Point::Base(); }},
      {"R is the identity", [](Ciphertext& c) { c.r = Point(); }},
      {"R^", [](Ciphertext& c) { c.r_hat = c.r_hat + Point::Base(); }},
      {"R^ is the identity", [](Ciphertext& c) { c.r_hat = Point(); }},
      {"e", [](Ciphertext& c) { c.e = c.e + U(1); }},
      {"f", [](Ciphertext& c) { c.f = c.f + U(1); }},
      {"payload digest", [](Ciphertext& c) { c.payload_digest.value[0] ^= 1; }}};
  for (const auto& [name, change] : changes) {
    Ciphertext changed = item_.ciphertext;
    change(changed);
    EXPECT_INVALID(VerifyCiphertext(key_, label_, changed)) << name;
    EXPECT_NE(CiphertextHash(label_, changed), CiphertextHash(label_, item_.ciphertext)) << name;
  }
  EXPECT_INVALID(VerifyCiphertext(key_ + Point::Base(), label_, item_.ciphertext));
  EXPECT_INVALID(VerifyCiphertext(Point(), label_, item_.ciphertext));
}

TEST_F(ItemTest, IdentitiesAreRefusedThoughTheProofHolds) {
  // With r = 0 the proof is easy to make; the identity must be refused for itself.
  ItemLabel label = MakeLabel();
  Ciphertext nothing;
  for (int tries = 0; tries < 2; ++tries) {
    nothing.f = U(static_cast<uint64_t>(tries));
    EXPECT_INVALID(VerifyCiphertext(key_, label, nothing));
  }
}

TEST_F(ItemTest, AnAlteredPayloadIsNoticedBeforeAnythingIsOpened) {
  // The proof covers nonce and ciphertext: without that, an altered one would open the same key.
  for (size_t at : {size_t{0}, size_t{23}, size_t{24}, item_.payload.size() - 1}) {
    Bytes altered = item_.payload;
    altered[at] ^= 1;
    EXPECT_FALSE(PayloadMatches(item_.ciphertext, altered));
    EXPECT_INVALID(DecryptItem(key_, Shared(item_.ciphertext), label_, item_.ciphertext, altered));
    // With the digest brought in line the proof fails instead.
    Ciphertext redone = item_.ciphertext;
    redone.payload_digest = Sha256(altered);
    EXPECT_TRUE(PayloadMatches(redone, altered));
    EXPECT_INVALID(VerifyCiphertext(key_, label_, redone));
  }
}

TEST_F(ItemTest, PayloadsOfImpossibleLengthDoNotMatch) {
  for (size_t size : {size_t{0}, kPayloadOverhead, kMaxItemSize + kPayloadOverhead + 1}) {
    Bytes payload(size);
    Ciphertext ciphertext = item_.ciphertext;
    ciphertext.payload_digest = Sha256(payload);
    EXPECT_FALSE(PayloadMatches(ciphertext, payload)) << size;
  }
}

TEST_F(ItemTest, AnotherCombinedPointDoesNotOpen) {
  SecretPoint wrong = item_.ciphertext.r.MulSecret(secret_.Add(S(1)));
  EXPECT_EQ(DecryptItem(key_, wrong, label_, item_.ciphertext, item_.payload).status().code(),
            absl::StatusCode::kDataLoss);
}

TEST_F(ItemTest, NobodyMakesAVariantOfAnothersCiphertext) {
  // Shifting R by a known multiple of B and R^ by the same of the second base, a holder's answer
  // for the variant would give away the original. The shifted proof does not hold.
  Ciphertext variant = item_.ciphertext;
  Point base = SecondBase(label_.organisation, label_.vault, key_);
  variant.r = variant.r + Point::Base();
  variant.r_hat = variant.r_hat + base;
  variant.f = variant.f + variant.e;
  EXPECT_INVALID(VerifyCiphertext(key_, label_, variant));
}

TEST_F(ItemTest, TheSecondBaseBelongsToOneVault) {
  Point base = SecondBase(label_.organisation, label_.vault, key_);
  EXPECT_NE(base, SecondBase(D("other"), label_.vault, key_));
  EXPECT_NE(base, SecondBase(label_.organisation, label_.vault + 1, key_));
  EXPECT_NE(base, SecondBase(label_.organisation, label_.vault, key_ + Point::Base()));
}

TEST_F(ItemTest, ARepeatingRandomSourceDoesNotRepeatR) {
  StuckRandom stuck;
  ItemLabel other = label_;
  other.version++;
  Point r = Must(EncryptItem(key_, label_, plaintext_, stuck)).ciphertext.r;
  EXPECT_NE(r, Must(EncryptItem(key_, other, plaintext_, stuck)).ciphertext.r);
  EXPECT_NE(r, Must(EncryptItem(key_, label_, Secret::Zero(5), stuck)).ciphertext.r);
  EXPECT_NE(r, Must(EncryptItem(key_ + Point::Base(), label_, plaintext_, stuck)).ciphertext.r);
}

}  // namespace
}  // namespace quorate::crypto
