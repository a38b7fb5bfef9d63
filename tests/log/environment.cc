#include <gtest/gtest.h>

#include "crypto/init.h"

namespace quorate::log {
namespace {

class CryptoEnvironment : public ::testing::Environment {
 public:
  void SetUp() override { ASSERT_TRUE(crypto::InitCrypto().ok()); }
};

const ::testing::Environment* const environment =
    ::testing::AddGlobalTestEnvironment(new CryptoEnvironment);

}  // namespace
}  // namespace quorate::log
