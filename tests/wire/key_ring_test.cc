#include "custody/wire/key_ring.h"

#include <gtest/gtest.h>

#include <utility>

#include "tests/wire/samples.h"

namespace quorate::wire::testing {
namespace {

using crypto::Secret;

Secret Key(uint64_t number) { return Secret::Copy(SampleBytes(number, 32)); }

TEST(KeyRing, FindsTheKeyOfAVersionAndNoOther) {
  KeyRing ring;
  ring.Add(1, Key(1));
  ring.Add(3, Key(3));
  ASSERT_NE(ring.Find(1), nullptr);
  EXPECT_TRUE(crypto::SecretsEqual(*ring.Find(1), Key(1)));
  EXPECT_TRUE(crypto::SecretsEqual(*ring.Find(3), Key(3)));
  EXPECT_EQ(ring.Find(2), nullptr);
}

TEST(KeyRing, HasNoKeyForBodiesInClear) {
  KeyRing ring;
  ring.Add(0, Key(1));
  EXPECT_EQ(ring.Find(0), nullptr);
}

TEST(KeyRing, AClonedRingKeepsItsKeys) {
  KeyRing ring;
  ring.Add(1, Key(1));
  KeyRing clone = ring.Clone();
  ring.Add(1, Key(2));
  EXPECT_TRUE(crypto::SecretsEqual(*clone.Find(1), Key(1)));
  EXPECT_TRUE(crypto::SecretsEqual(*ring.Find(1), Key(2)));
}

static_assert(!std::is_copy_constructible_v<KeyRing>);

}  // namespace
}  // namespace quorate::wire::testing
