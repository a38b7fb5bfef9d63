#include "crypto/schnorr.h"

#include "tests/crypto/testing.h"

namespace quorate::crypto {
namespace {

constexpr char kLabel[] = "quorate/test/v1";

class SchnorrTest : public ::testing::Test {
 protected:
  SeededRandom random_{1};
  SecretScalar secret_ = SecretScalar::Random(random_);
  Point key_ = Point::MulBase(secret_);
  SchnorrProof proof_ = ProveKnowledge(kLabel, D("here"), secret_, key_, random_);
};

TEST_F(SchnorrTest, AcceptsAProof) { EXPECT_OK(VerifyKnowledge(kLabel, D("here"), key_, proof_)); }

TEST_F(SchnorrTest, RefusesAnotherLabelContextOrKey) {
  EXPECT_INVALID(VerifyKnowledge("quorate/other/v1", D("here"), key_, proof_));
  EXPECT_INVALID(VerifyKnowledge(kLabel, D("there"), key_, proof_));
  EXPECT_INVALID(VerifyKnowledge(kLabel, D("here"), key_ + Point::Base(), proof_));
}

TEST_F(SchnorrTest, RefusesAChangedProof) {
  EXPECT_INVALID(VerifyKnowledge(kLabel, D("here"), key_, {proof_.c + U(1), proof_.z}));
  EXPECT_INVALID(VerifyKnowledge(kLabel, D("here"), key_, {proof_.c, proof_.z + U(1)}));
  EXPECT_INVALID(VerifyKnowledge(kLabel, D("here"), key_, {}));
}

TEST_F(SchnorrTest, RecomputesTheChallenge) {
  // Anyone can choose c and z first and solve for the commitment.
  EXPECT_INVALID(VerifyKnowledge(kLabel, D("here"), RandomPoint(random_), {U(3), U(4)}));
}

TEST_F(SchnorrTest, RefusesTheIdentity) {
  SchnorrProof proof = ProveKnowledge(kLabel, D("here"), SecretScalar::Zero(), Point(), random_);
  EXPECT_INVALID(VerifyKnowledge(kLabel, D("here"), Point(), proof));
}

TEST_F(SchnorrTest, ARepeatingRandomSourceDoesNotShowTheSecret) {
  StuckRandom stuck;
  SchnorrProof a = ProveKnowledge(kLabel, D("a"), secret_, key_, stuck);
  SchnorrProof b = ProveKnowledge(kLabel, D("b"), secret_, key_, stuck);
  // With one nonce for both, this would be the secret.
  Scalar guess = (a.z - b.z) * Must((a.c - b.c).Invert());
  EXPECT_NE(guess, Known(secret_));
}

}  // namespace
}  // namespace quorate::crypto
