#include <gtest/gtest.h>

#include "crypto/init.h"

namespace {

class CryptoEnvironment final : public ::testing::Environment {
 public:
  void SetUp() override { ASSERT_TRUE(quorate::crypto::InitCrypto().ok()); }
};

const auto* const kEnvironment =
    ::testing::AddGlobalTestEnvironment(new CryptoEnvironment);  // Owned by GoogleTest.

}  // namespace
