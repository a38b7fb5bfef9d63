#include "crypto/passphrase.h"

#include "tests/crypto/testing.h"

namespace quorate::crypto {
namespace {

TEST(Passphrase, KeyDependsOnPassphraseSaltAndParameters) {
  Secret passphrase = Secret::Copy(AsBytes("open sesame"));
  PassphraseSalt salt{1};
  Secret key = Must(DerivePassphraseKey(passphrase, salt, kArgon2idParamsForTest));
  EXPECT_EQ(key.size(), 32u);
  EXPECT_TRUE(
      SecretsEqual(key, Must(DerivePassphraseKey(passphrase, salt, kArgon2idParamsForTest))));
  Secret other = Secret::Copy(AsBytes("open sesame "));
  EXPECT_FALSE(SecretsEqual(key, Must(DerivePassphraseKey(other, salt, kArgon2idParamsForTest))));
  EXPECT_FALSE(SecretsEqual(
      key, Must(DerivePassphraseKey(passphrase, PassphraseSalt{2}, kArgon2idParamsForTest))));
  EXPECT_FALSE(SecretsEqual(key, Must(DerivePassphraseKey(passphrase, salt, {2, 8}))));
  EXPECT_FALSE(SecretsEqual(key, Must(DerivePassphraseKey(passphrase, salt, {1, 16}))));
}

TEST(Passphrase, RefusesParametersOutsideTheirBoundsAndAnEmptyPassphrase) {
  Secret passphrase = Secret::Copy(AsBytes("open sesame"));
  const Argon2idParams bad[] = {{0, 8},
                                {kMaxArgon2idPasses + 1, 8},
                                {1, kMinArgon2idMemoryKib - 1},
                                {1, kMaxArgon2idMemoryKib + 1}};
  for (const Argon2idParams& params : bad) {
    EXPECT_INVALID(CheckArgon2idParams(params));
    EXPECT_INVALID(DerivePassphraseKey(passphrase, {}, params));
  }
  EXPECT_OK(CheckArgon2idParams({}));
  EXPECT_INVALID(DerivePassphraseKey(Secret(), {}, kArgon2idParamsForTest));
}

TEST(SealUnder, OpensUnderItsKeyAndHeaderAlone) {
  SeededRandom random(1);
  Secret key = Secret::Random(32, random);
  Bytes aad = ToBytes("header");
  Bytes plaintext = ToBytes("secret");
  Bytes sealed = SealUnder(key, aad, plaintext, random);
  EXPECT_EQ(sealed.size(), plaintext.size() + kSealUnderOverhead);
  EXPECT_NE(sealed, SealUnder(key, aad, plaintext, random));
  EXPECT_TRUE(SecretsEqual(Must(OpenUnder(key, aad, sealed)), Secret::Copy(plaintext)));
  EXPECT_EQ(OpenUnder(Secret::Random(32, random), aad, sealed).status().code(),
            absl::StatusCode::kDataLoss);
  EXPECT_EQ(OpenUnder(key, Bytes{}, sealed).status().code(), absl::StatusCode::kDataLoss);
  for (size_t i = 0; i < sealed.size(); i += 5) {
    Bytes changed = sealed;
    changed[i] ^= 1;
    EXPECT_EQ(OpenUnder(key, aad, changed).status().code(), absl::StatusCode::kDataLoss) << i;
  }
  EXPECT_INVALID(OpenUnder(key, aad, Bytes(kSealUnderOverhead - 1)));
}

}  // namespace
}  // namespace quorate::crypto
