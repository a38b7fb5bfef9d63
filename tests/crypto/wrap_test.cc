#include "crypto/wrap.h"

#include "tests/crypto/testing.h"

namespace quorate::crypto {
namespace {

class OrganisationKeyTest : public ::testing::Test {
 protected:
  Bytes Wrap(uint32_t version = 2, std::string_view context = "organisation",
             uint32_t organiser = 5) {
    return Must(WrapOrganisationKey(key_, version, D(context), organiser, organiser_.public_key));
  }
  absl::StatusOr<Secret> Unwrap(ByteSpan wrap, uint32_t version = 2,
                                std::string_view context = "organisation", uint32_t organiser = 5) {
    return UnwrapOrganisationKey(wrap, version, D(context), organiser, organiser_,
                                 CommitToOrganisationKey(key_));
  }

  SeededRandom random_{1};
  Secret key_ = Secret::Random(kOrganisationKeySize, random_);
  WrapKey organiser_ = WrapKey::Random(random_);
};

TEST_F(OrganisationKeyTest, OpensForItsOrganiser) {
  EXPECT_EQ(Wrap().size(), kOrganisationKeyWrapSize);
  EXPECT_TRUE(SecretsEqual(Must(Unwrap(Wrap())), key_));
}

TEST_F(OrganisationKeyTest, EveryoneWithTheKeyRecomputesEveryWrap) {
  EXPECT_EQ(Wrap(), Wrap());
  EXPECT_NE(Wrap(), Wrap(3));
  EXPECT_NE(Wrap(), Wrap(2, "other"));
  EXPECT_NE(Wrap(), Wrap(2, "organisation", 6));
  Secret other = Secret::Random(kOrganisationKeySize, random_);
  EXPECT_NE(Wrap(),
            Must(WrapOrganisationKey(other, 2, D("organisation"), 5, organiser_.public_key)));
}

TEST_F(OrganisationKeyTest, IsBoundToVersionContextAndOrganiser) {
  EXPECT_INVALID(Unwrap(Wrap(), 3));
  EXPECT_INVALID(Unwrap(Wrap(), 2, "other"));
  EXPECT_INVALID(Unwrap(Wrap(), 2, "organisation", 6));
  WrapKey other = WrapKey::Random(random_);
  EXPECT_INVALID(
      UnwrapOrganisationKey(Wrap(), 2, D("organisation"), 5, other, CommitToOrganisationKey(key_)));
}

TEST_F(OrganisationKeyTest, RefusesEveryChangedByteAndLength) {
  Bytes wrap = Wrap();
  for (size_t i = 0; i < wrap.size(); i += 7) {
    Bytes changed = wrap;
    changed[i] ^= 1;
    EXPECT_INVALID(Unwrap(changed)) << i;
  }
  Bytes shorter(wrap.begin(), wrap.end() - 1);
  EXPECT_INVALID(Unwrap(shorter));
  wrap.push_back(0);
  EXPECT_INVALID(Unwrap(wrap));
  EXPECT_INVALID(Unwrap({}));
}

TEST_F(OrganisationKeyTest, RefusesAnotherKeyThanTheCommittedOne) {
  Secret other = Secret::Random(kOrganisationKeySize, random_);
  Bytes wrap = Must(WrapOrganisationKey(other, 2, D("organisation"), 5, organiser_.public_key));
  EXPECT_INVALID(Unwrap(wrap));
}

TEST_F(OrganisationKeyTest, RefusesMalformedKeys) {
  EXPECT_INVALID(WrapOrganisationKey(Secret::Zero(31), 1, D("c"), 1, organiser_.public_key));
  EXPECT_INVALID(WrapOrganisationKey(key_, 1, D("c"), 1, Point()));
}

TEST_F(OrganisationKeyTest, ANewerKeyOpensTheOlder) {
  Secret newer = Secret::Random(kOrganisationKeySize, random_);
  Bytes wrap = Must(WrapOlderKey(newer, key_, 2, D("organisation")));
  EXPECT_EQ(wrap, Must(WrapOlderKey(newer, key_, 2, D("organisation"))));
  Digest commitment = CommitToOrganisationKey(key_);
  EXPECT_TRUE(
      SecretsEqual(Must(UnwrapOlderKey(newer, wrap, 2, D("organisation"), commitment)), key_));
  EXPECT_INVALID(UnwrapOlderKey(newer, wrap, 1, D("organisation"), commitment));
  EXPECT_INVALID(UnwrapOlderKey(newer, wrap, 2, D("other"), commitment));
  EXPECT_INVALID(UnwrapOlderKey(newer, wrap, 2, D("organisation"), D("other")));
  EXPECT_INVALID(UnwrapOlderKey(key_, wrap, 2, D("organisation"), commitment));
  EXPECT_INVALID(UnwrapOlderKey(Secret::Zero(8), wrap, 2, D("organisation"), commitment));
  wrap[0] ^= 1;
  EXPECT_INVALID(UnwrapOlderKey(newer, wrap, 2, D("organisation"), commitment));
  wrap.pop_back();
  EXPECT_INVALID(UnwrapOlderKey(newer, wrap, 2, D("organisation"), commitment));
  EXPECT_INVALID(WrapOlderKey(newer, Secret::Zero(8), 2, D("organisation")));
}

TEST(CommitToKey, BindsToLabelAndKey) {
  Secret key = Secret::Copy(Bytes(32, 1));
  Digest commitment = CommitToKey("quorate/a/v1", key);
  EXPECT_EQ(commitment, CommitToKey("quorate/a/v1", key.Clone()));
  EXPECT_NE(commitment, CommitToKey("quorate/b/v1", key));
  EXPECT_NE(commitment, CommitToKey("quorate/a/v1", Secret::Copy(Bytes(32, 2))));
}

class SealTest : public ::testing::Test {
 protected:
  SeededRandom random_{2};
  WrapKey key_ = WrapKey::Random(random_);
  Secret secret_ = Secret::Copy(AsBytes("a passphrase"));
  Bytes sealed_ = Must(Seal(key_.public_key, D("here"), secret_, random_));
};

TEST_F(SealTest, OpensForItsKeyAndContextAlone) {
  EXPECT_EQ(sealed_.size(), secret_.size() + kSealOverhead);
  EXPECT_TRUE(SecretsEqual(Must(Unseal(key_, D("here"), sealed_)), secret_));
  EXPECT_INVALID(Unseal(key_, D("there"), sealed_));
  EXPECT_INVALID(Unseal(WrapKey::Random(random_), D("here"), sealed_));
}

TEST_F(SealTest, RefusesChangesAndBadLengths) {
  for (size_t i = 0; i < sealed_.size(); i += 5) {
    Bytes changed = sealed_;
    changed[i] ^= 1;
    EXPECT_INVALID(Unseal(key_, D("here"), changed)) << i;
  }
  Bytes identity = sealed_;
  std::fill_n(identity.begin(), 32, uint8_t{0});
  EXPECT_INVALID(Unseal(key_, D("here"), identity));
  EXPECT_INVALID(Unseal(key_, D("here"), ByteSpan(sealed_).first(kSealOverhead)));
  EXPECT_INVALID(Unseal(key_, D("here"), Bytes(kMaxSealedSize + kSealOverhead + 1)));
  EXPECT_INVALID(Seal(key_.public_key, D("here"), Secret(), random_));
  EXPECT_INVALID(Seal(key_.public_key, D("here"), Secret::Zero(kMaxSealedSize + 1), random_));
  EXPECT_INVALID(Seal(Point(), D("here"), secret_, random_));
}

TEST_F(SealTest, ARepeatingRandomSourceDoesNotRepeatTheEphemeralKey) {
  StuckRandom stuck;
  Bytes a = Must(Seal(key_.public_key, D("here"), Secret::Copy(Bytes{1}), stuck));
  Bytes b = Must(Seal(key_.public_key, D("here"), Secret::Copy(Bytes{2}), stuck));
  EXPECT_FALSE(std::equal(a.begin(), a.begin() + 32, b.begin()));
}

}  // namespace
}  // namespace quorate::crypto
