#include <gtest/gtest.h>

#include "crypto/init.h"

namespace {

// Guarded memory needs libsodium to be ready, once for the whole binary.
class CryptoEnvironment : public testing::Environment {
 public:
  void SetUp() override { ASSERT_TRUE(quorate::crypto::InitCrypto().ok()); }
};

[[maybe_unused]] testing::Environment* const registered =
    testing::AddGlobalTestEnvironment(new CryptoEnvironment);

}  // namespace
