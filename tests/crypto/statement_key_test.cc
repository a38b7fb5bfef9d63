#include "crypto/statement_key.h"

#include "tests/crypto/testing.h"

namespace quorate::crypto {
namespace {

class StatementKeyTest : public ::testing::Test {
 protected:
  SeededRandom random_{1};
  Secret organisation_key_ = Secret::Random(32, random_);
  std::array<uint8_t, 16> id_{1, 2, 3};
  Secret key_ = StatementKey(organisation_key_, 4, id_);
  BodyNonce nonce_{9};
  Bytes aad_ = ToBytes("header");
  Bytes body_ = ToBytes("body");
  Bytes sealed_ = SealBody(key_, nonce_, aad_, body_);
};

TEST_F(StatementKeyTest, DiffersForEachAuthorStatementAndOrganisationKey) {
  std::array<uint8_t, 16> other_id{1, 2, 4};
  EXPECT_TRUE(SecretsEqual(key_, StatementKey(organisation_key_, 4, id_)));
  EXPECT_FALSE(SecretsEqual(key_, StatementKey(organisation_key_, 5, id_)));
  EXPECT_FALSE(SecretsEqual(key_, StatementKey(organisation_key_, 4, other_id)));
  EXPECT_FALSE(SecretsEqual(key_, StatementKey(Secret::Random(32, random_), 4, id_)));
}

TEST_F(StatementKeyTest, CommitmentsTellKeysApart) {
  EXPECT_EQ(StatementKeyCommitment(key_), StatementKeyCommitment(key_.Clone()));
  EXPECT_NE(StatementKeyCommitment(key_),
            StatementKeyCommitment(StatementKey(organisation_key_, 5, id_)));
}

TEST_F(StatementKeyTest, BodiesOpenUnderKeyNonceAndHeaderAlone) {
  EXPECT_EQ(sealed_.size(), body_.size() + kBodyTagSize);
  EXPECT_EQ(Must(OpenBody(key_, nonce_, aad_, sealed_)), body_);
  EXPECT_INVALID(OpenBody(Secret::Random(32, random_), nonce_, aad_, sealed_));
  EXPECT_INVALID(OpenBody(key_, BodyNonce{8}, aad_, sealed_));
  EXPECT_INVALID(OpenBody(key_, nonce_, Bytes{}, sealed_));
  Bytes changed = sealed_;
  changed[0] ^= 1;
  EXPECT_INVALID(OpenBody(key_, nonce_, aad_, changed));
  EXPECT_INVALID(OpenBody(key_, nonce_, aad_, Bytes(kBodyTagSize - 1)));
}

TEST_F(StatementKeyTest, AnEmptyBodyIsABody) {
  Bytes sealed = SealBody(key_, nonce_, aad_, {});
  EXPECT_EQ(Must(OpenBody(key_, nonce_, aad_, sealed)), Bytes{});
}

}  // namespace
}  // namespace quorate::crypto
