#include "crypto/identity.h"

#include <sodium.h>

#include "tests/crypto/testing.h"

namespace quorate::crypto {
namespace {

TEST(SigningKey, FollowsRfc8032) {
  // RFC 8032 §7.1, test 2.
  SigningKey key = Must(SigningKey::FromSeed(Secret::Copy(
      Must(FromHex("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb")))));
  EXPECT_EQ(Hex(key.public_key().span()),
            "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c");
  Bytes message = {0x72};
  Signature signature = key.SignRaw(message);
  EXPECT_EQ(Hex(signature.span()),
            "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
            "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00");
  EXPECT_TRUE(VerifyRawSignature(key.public_key(), message, signature));
}

class SignatureTest : public ::testing::Test {
 protected:
  SeededRandom random_{1};
  SigningKey key_ = SigningKey::Random(random_);
  Bytes message_ = ToBytes("message");
  Signature signature_ = key_.Sign("quorate/test/v1", message_);
};

TEST_F(SignatureTest, HoldsForItsLabelMessageAndKeyAlone) {
  EXPECT_TRUE(VerifySignature(key_.public_key(), "quorate/test/v1", message_, signature_));
  EXPECT_FALSE(VerifySignature(key_.public_key(), "quorate/other/v1", message_, signature_));
  EXPECT_FALSE(VerifySignature(key_.public_key(), "quorate/test/v1", Bytes{1}, signature_));
  EXPECT_FALSE(VerifySignature(SigningKey::Random(random_).public_key(), "quorate/test/v1",
                               message_, signature_));
  EXPECT_FALSE(VerifyRawSignature(key_.public_key(), message_, signature_));
}

TEST_F(SignatureTest, RefusesAChangedOrNonCanonicalSignature) {
  Signature changed = signature_;
  changed.value[5] ^= 1;
  EXPECT_FALSE(VerifySignature(key_.public_key(), "quorate/test/v1", message_, changed));
  // S + L is the same number modulo L.
  static constexpr uint8_t kOrder[32] = {0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58,
                                         0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde, 0x14,
                                         0,    0,    0,    0,    0,    0,    0,    0,
                                         0,    0,    0,    0,    0,    0,    0,    0x10};
  changed = signature_;
  unsigned carry = 0;
  for (size_t i = 0; i < 32; ++i) {
    carry += changed.value[32 + i] + unsigned{kOrder[i]};
    changed.value[32 + i] = static_cast<uint8_t>(carry);
    carry >>= 8;
  }
  EXPECT_FALSE(VerifySignature(key_.public_key(), "quorate/test/v1", message_, changed));
}

TEST_F(SignatureTest, RefusesKeysOfSmallOrder) {
  // The identity of edwards25519 verifies anything under careless code: R = sB.
  PublicSigningKey identity;
  identity.value[0] = 1;
  Signature zero;
  zero.value[0] = 1;
  EXPECT_FALSE(VerifyRawSignature(identity, message_, zero));
}

TEST_F(SignatureTest, ASigningPointIsCanonicalAndOfPrimeOrder) {
  EXPECT_TRUE(IsSigningPoint(key_.public_key()));
  PublicSigningKey identity;
  identity.value[0] = 1;
  EXPECT_FALSE(IsSigningPoint(identity));
  EXPECT_FALSE(IsSigningPoint(PublicSigningKey{}));  // Order 4.
  PublicSigningKey not_canonical;
  not_canonical.value.fill(0xff);
  EXPECT_FALSE(IsSigningPoint(not_canonical));
  // A good key plus the point of order 2: the other x and the other y. Some signatures under it
  // verify here, and more under the other equation.
  std::array<uint8_t, 32> two{};
  two.fill(0xff);
  two[0] = 0xec;
  two[31] = 0x7f;
  PublicSigningKey mixed;
  ASSERT_EQ(crypto_core_ed25519_add(mixed.value.data(), key_.public_key().value.data(), two.data()),
            0);
  EXPECT_FALSE(IsSigningPoint(mixed));
}

TEST_F(SignatureTest, IsExactly64Bytes) {
  EXPECT_EQ(Signature::FromBytes(signature_.span()), signature_);
  EXPECT_FALSE(Signature::FromBytes(Bytes(63)).has_value());
  EXPECT_FALSE(Signature::FromBytes(Bytes(65)).has_value());
}

TEST_F(SignatureTest, TheSeedGivesTheKeyBack) {
  SigningKey again = Must(SigningKey::FromSeed(key_.ExpandedSeed()));
  EXPECT_EQ(again.public_key(), key_.public_key());
  EXPECT_INVALID(SigningKey::FromSeed(Secret::Zero(31)));
  EXPECT_INVALID(SigningKey::FromSeed(Secret::Zero(64)));
}

TEST(IdentityKeys, ComeFromTheSeedAndDiffer) {
  SeededRandom random(2);
  Secret seed = Secret::Random(kIdentitySeedSize, random);
  IdentityKeys keys = Must(IdentityKeys::FromSeed(seed));
  IdentityKeys again = Must(IdentityKeys::FromSeed(seed));
  EXPECT_EQ(keys.signing.public_key(), again.signing.public_key());
  EXPECT_EQ(keys.tls.public_key(), again.tls.public_key());
  EXPECT_EQ(keys.wrap.public_key, again.wrap.public_key);
  EXPECT_NE(keys.signing.public_key(), keys.tls.public_key());
  EXPECT_EQ(Point::MulBase(keys.wrap.secret), keys.wrap.public_key);
  seed.RevealMutable()[0] ^= 1;
  IdentityKeys other = Must(IdentityKeys::FromSeed(seed));
  EXPECT_NE(keys.signing.public_key(), other.signing.public_key());
  EXPECT_NE(keys.wrap.public_key, other.wrap.public_key);
  EXPECT_INVALID(IdentityKeys::FromSeed(Secret::Zero(16)));
}

}  // namespace
}  // namespace quorate::crypto
