#include "custody/node/sealed_space.h"

#include <gtest/gtest.h>

#include "crypto/init.h"
#include "custody/base/error_info.h"
#include "custody/base/memory_node_store.h"

namespace quorate::node {
namespace {

class SealedSpaceTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() { ASSERT_TRUE(crypto::InitCrypto().ok()); }

  void Put(const SealedSpace& space, const std::string& name, const std::string& value) {
    base::WriteBatch batch;
    space.Put(batch, name, key_, crypto::AsBytes(value), random_);
    ASSERT_TRUE(store_.Commit(batch).ok());
  }
  crypto::Bytes Stored(const std::string& space, const std::string& name) {
    return **store_.Get(space, crypto::ToBytes(name));
  }
  void Overwrite(const std::string& space, const std::string& name, crypto::Bytes value) {
    base::WriteBatch batch;
    batch.Put(space, crypto::ToBytes(name), std::move(value));
    ASSERT_TRUE(store_.Commit(batch).ok());
  }

  crypto::SeededRandom random_{uint64_t{3}};
  crypto::Secret key_ = crypto::Secret::Random(32, random_);
  base::MemoryNodeStore store_;
  SealedSpace shares_{"share", &store_};
};

TEST_F(SealedSpaceTest, GivesBackWhatWasPutUnderTheSameKeyAndName) {
  Put(shares_, "1/1/1", "a share");
  const auto opened = shares_.Get("1/1/1", key_);
  ASSERT_TRUE(opened.ok()) << opened.status();
  EXPECT_EQ(crypto::AsString(opened->Reveal()), "a share");
  EXPECT_TRUE(shares_.Has("1/1/1"));
}

TEST_F(SealedSpaceTest, NothingOfTheSecretLiesInTheStore) {
  Put(shares_, "1/1/1", "a share in clear");
  EXPECT_EQ(crypto::AsString(Stored("share", "1/1/1")).find("share"), std::string::npos);
}

TEST_F(SealedSpaceTest, AnotherLockDoesNotOpenIt) {
  Put(shares_, "1/1/1", "a share");
  crypto::Secret other = crypto::Secret::Random(32, random_);
  EXPECT_EQ(shares_.Get("1/1/1", other).status().code(), absl::StatusCode::kDataLoss);
}

TEST_F(SealedSpaceTest, WhatIsNotThereIsNotFound) {
  const absl::Status status = shares_.Get("1/1/2", key_).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(base::GetReason(status), "NO_SECRET");
  EXPECT_FALSE(shares_.Has("1/1/2"));
}

TEST_F(SealedSpaceTest, SwappedNamesDoNotOpen) {
  Put(shares_, "1/1/1", "one");
  Put(shares_, "1/1/2", "two");
  const crypto::Bytes one = Stored("share", "1/1/1");
  Overwrite("share", "1/1/1", Stored("share", "1/1/2"));
  Overwrite("share", "1/1/2", one);
  EXPECT_EQ(shares_.Get("1/1/1", key_).status().code(), absl::StatusCode::kDataLoss);
  EXPECT_EQ(shares_.Get("1/1/2", key_).status().code(), absl::StatusCode::kDataLoss);
}

TEST_F(SealedSpaceTest, AValueOfAnotherSpaceDoesNotOpen) {
  const SealedSpace keys("receiving-key", &store_);
  Put(keys, "1/1/1", "a receiving key");
  Overwrite("share", "1/1/1", Stored("receiving-key", "1/1/1"));
  EXPECT_EQ(shares_.Get("1/1/1", key_).status().code(), absl::StatusCode::kDataLoss);
}

TEST_F(SealedSpaceTest, ARecordCutShortLengthenedOrChangedDoesNotOpen) {
  Put(shares_, "1/1/1", "a share");
  const crypto::Bytes good = Stored("share", "1/1/1");
  for (size_t size = 0; size < good.size(); ++size) {
    Overwrite("share", "1/1/1",
              crypto::Bytes(good.begin(), good.begin() + static_cast<long>(size)));
    EXPECT_EQ(shares_.Get("1/1/1", key_).status().code(), absl::StatusCode::kDataLoss) << size;
  }
  for (size_t at = 0; at < good.size(); ++at) {
    crypto::Bytes changed = good;
    changed[at] ^= 1;
    Overwrite("share", "1/1/1", changed);
    EXPECT_EQ(shares_.Get("1/1/1", key_).status().code(), absl::StatusCode::kDataLoss) << at;
  }
  crypto::Bytes longer = good;
  longer.push_back(0);
  Overwrite("share", "1/1/1", longer);
  EXPECT_EQ(shares_.Get("1/1/1", key_).status().code(), absl::StatusCode::kDataLoss);
}

TEST_F(SealedSpaceTest, TheSameSecretNeverLooksTheSameTwice) {
  Put(shares_, "1/1/1", "a share");
  const crypto::Bytes first = Stored("share", "1/1/1");
  Put(shares_, "1/1/1", "a share");
  EXPECT_NE(Stored("share", "1/1/1"), first);
}

TEST_F(SealedSpaceTest, WhatIsDeletedIsGone) {
  Put(shares_, "1/1/1", "a share");
  base::WriteBatch batch;
  shares_.Delete(batch, "1/1/1");
  ASSERT_TRUE(store_.Commit(batch).ok());
  EXPECT_FALSE(shares_.Has("1/1/1"));
}

}  // namespace
}  // namespace quorate::node
