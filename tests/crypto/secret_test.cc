#include "crypto/secret.h"

#include <sys/resource.h>
#include <unistd.h>

#include <cstdlib>
#include <thread>
#include <utility>
#include <vector>

#include "crypto/decryption_share.h"
#include "crypto/identity.h"
#include "crypto/random.h"
#include "tests/crypto/testing.h"

namespace quorate::crypto {
namespace {

static_assert(kBehavesAsSecret<Secret>);
static_assert(kBehavesAsSecret<SecretScalar>);
static_assert(kBehavesAsSecret<SecretPoint>);
static_assert(kBehavesAsSecret<Polynomial>);
static_assert(kBehavesAsSecret<ReceivingKey>);
static_assert(kBehavesAsSecret<OneTimeKey>);
static_assert(kBehavesAsSecret<WrapKey>);
static_assert(kBehavesAsSecret<SigningKey>);
static_assert(kBehavesAsSecret<IdentityKeys>);
static_assert(!kBehavesAsSecret<Digest>);

TEST(Secret, MovingEmptiesTheSource) {
  Secret a = Secret::Copy(Bytes{1, 2, 3});
  Secret b = std::move(a);
  EXPECT_TRUE(a.empty());  // NOLINT(bugprone-use-after-move): what the class promises
  EXPECT_EQ(b.size(), 3u);
  Secret c = Secret::Copy(Bytes{9});
  c = std::move(b);
  EXPECT_TRUE(b.empty());  // NOLINT(bugprone-use-after-move)
  EXPECT_TRUE(SecretsEqual(c, Secret::Copy(Bytes{1, 2, 3})));
}

TEST(Secret, ComparesContentsAndSizes) {
  EXPECT_TRUE(SecretsEqual(Secret(), Secret::Zero(0)));
  EXPECT_FALSE(SecretsEqual(Secret::Zero(3), Secret::Zero(4)));
  EXPECT_FALSE(SecretsEqual(Secret::Copy(Bytes{1, 2}), Secret::Copy(Bytes{1, 3})));
}

TEST(Secret, ClonesAndSlicesAreIndependent) {
  Secret a = Secret::Copy(Bytes{1, 2, 3, 4});
  Secret clone = a.Clone();
  Secret slice = a.Slice(1, 2);
  a.RevealMutable()[1] = 77;
  EXPECT_EQ(clone.Reveal()[1], 2);
  EXPECT_EQ(slice.size(), 2u);
  EXPECT_EQ(slice.Reveal()[0], 2);
}

TEST(Secret, FreshMemoryIsZeroEvenWhereASecretLay) {
  for (size_t size : {size_t{32}, size_t{56}, size_t{64}, size_t{100}}) {
    std::vector<Secret> filled;
    for (int i = 0; i < 20; ++i) {
      filled.push_back(Secret::Zero(size));
      for (uint8_t& byte : filled.back().RevealMutable()) byte = 0xee;
    }
    filled.clear();
    for (int i = 0; i < 20; ++i) {
      filled.push_back(Secret::Zero(size));
      for (uint8_t byte : filled.back().Reveal()) ASSERT_EQ(byte, 0);
    }
  }
}

TEST(Secret, CrossesThreads) {
  Secret made;
  std::thread maker([&made] { made = Secret::Copy(Bytes(32, 5)); });
  maker.join();
  EXPECT_TRUE(SecretsEqual(made, Secret::Copy(Bytes(32, 5))));
}

TEST(SecretDeathTest, WritingPastTheEndEndsTheProcess) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_DEATH(
      {
        Secret secret = Secret::Zero(32);
        volatile uint8_t* end = secret.RevealMutable().data() + secret.size();
        *end = 1;
      },
      "");
}

// Ends the process with 0 when a process that may lock no memory is told so.
[[noreturn]] void ExitAfterLockingIsForbidden() {
  const rlimit none{0, 0};
  bool forbidden = setrlimit(RLIMIT_MEMLOCK, &none) == 0;
  // Root is not held to the limit.
  if (geteuid() == 0) forbidden = setuid(65534) == 0 && forbidden;
  std::exit(forbidden && !SecretMemoryIsLocked() ? 0 : 1);
}

TEST(SecretDeathTest, SaysWhenMemoryCannotBeLocked) {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  GTEST_SKIP() << "sanitisers make mlock do nothing";
#endif
  EXPECT_EXIT(ExitAfterLockingIsForbidden(), ::testing::ExitedWithCode(0), "");
}

TEST(SeededRandom, GivesOneStreamHoweverItIsCut) {
  SeededRandom whole(42);
  SeededRandom cut(42);
  Bytes a(1000);
  whole.Fill(a);
  Bytes b(1000);
  size_t at = 0;
  for (size_t step : {1u, 63u, 64u, 65u, 200u, 607u}) {
    cut.Fill(std::span<uint8_t>(b).subspan(at, step));
    at += step;
  }
  ASSERT_EQ(at, b.size());
  EXPECT_EQ(a, b);
  SeededRandom other(43);
  Bytes c(1000);
  other.Fill(c);
  EXPECT_NE(a, c);
}

TEST(SystemRandom, DoesNotRepeat) {
  SystemRandom random;
  Bytes a(32);
  Bytes b(32);
  random.Fill(a);
  random.Fill(b);
  EXPECT_NE(a, b);
}

}  // namespace
}  // namespace quorate::crypto
