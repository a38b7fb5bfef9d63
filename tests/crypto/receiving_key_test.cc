#include "crypto/receiving_key.h"

#include "tests/crypto/testing.h"

namespace quorate::crypto {
namespace {

TEST(ReceivingKey, IsGoodForItsSharingAloneThatIsEveryFieldCounts) {
  SeededRandom random(1);
  ReceivingKeyContext context{D("organisation"), 1, 2, D("session"), At(3)};
  ReceivingKey key = ReceivingKey::Generate(context, random);
  EXPECT_EQ(Point::MulBase(key.secret), key.notice.key);
  EXPECT_OK(VerifyReceivingKey(context, key.notice));
  for (int field = 0; field < 5; ++field) {
    ReceivingKeyContext other = context;
    if (field == 0) other.organisation = D("other");
    if (field == 1) other.vault = 9;
    if (field == 2) other.epoch = 9;
    if (field == 3) other.session = D("other");
    if (field == 4) other.index = At(9);
    EXPECT_INVALID(VerifyReceivingKey(other, key.notice)) << field;
  }
}

TEST(ReceivingKey, RefusesAnInvalidIndexAndTheIdentity) {
  SeededRandom random(1);
  ReceivingKeyContext context{D("organisation"), 1, 2, D("session"), ShareIndex()};
  EXPECT_INVALID(VerifyReceivingKey(context, ReceivingKey::Generate(context, random).notice));
  context.index = At(1);
  EXPECT_INVALID(VerifyReceivingKey(context, {}));
}

TEST(ReceivingKey, RefusesAKeyCopiedFromAnotherHolder) {
  SeededRandom random(1);
  ReceivingKeyContext victim{D("organisation"), 1, 2, D("session"), At(1)};
  ReceivingKeyContext thief = victim;
  thief.index = At(2);
  ReceivingKey key = ReceivingKey::Generate(victim, random);
  EXPECT_INVALID(VerifyReceivingKey(thief, key.notice));
}

}  // namespace
}  // namespace quorate::crypto
