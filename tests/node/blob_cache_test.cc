#include "custody/node/blob_cache.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace quorate::node {
namespace {

using crypto::Bytes;
using crypto::Digest;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr uint32_t kMebibyte = 1u << 20;

Bytes Blob(uint8_t filler, size_t size = 100) { return Bytes(size, filler); }

class Cache : public ::testing::Test {
 protected:
  // Asks for it and lets it arrive.
  void Fetch(const Bytes& blob) {
    cache_.FindOrFetch(crypto::Sha256(blob), static_cast<uint32_t>(blob.size()));
    cache_.Arrived({blob});
  }
  base::FakeClock clock_;
  BlobCache cache_{&clock_};
};

TEST_F(Cache, AsksOnceAndAgainAfterAWhile) {
  const Digest digest = crypto::Sha256(Blob(1));
  EXPECT_EQ(cache_.FindOrFetch(digest, 100), nullptr);
  EXPECT_EQ(cache_.FindOrFetch(digest, 100), nullptr);
  EXPECT_THAT(cache_.TakeWanted(), ElementsAre(digest));
  clock_.Advance(absl::Seconds(4));
  cache_.FindOrFetch(digest, 100);
  EXPECT_THAT(cache_.TakeWanted(), IsEmpty());
  clock_.Advance(absl::Seconds(1));
  cache_.FindOrFetch(digest, 100);
  EXPECT_THAT(cache_.TakeWanted(), ElementsAre(digest));
  cache_.Arrived({Blob(1)});
  ASSERT_NE(cache_.FindOrFetch(digest, 100), nullptr);
  EXPECT_EQ(*cache_.FindOrFetch(digest, 100), Blob(1));
}

TEST_F(Cache, DropsWhatNobodyAskedFor) {
  cache_.Arrived({Blob(1)});
  EXPECT_EQ(cache_.FindOrFetch(crypto::Sha256(Blob(1)), 100), nullptr);
}

// A header names digest and length; its author could lie about the length alone.
TEST_F(Cache, DropsABlobOfAnotherLengthThanTheHeaderNames) {
  const Digest digest = crypto::Sha256(Blob(1));
  EXPECT_EQ(cache_.FindOrFetch(digest, 48), nullptr);
  cache_.Arrived({Blob(1)});
  EXPECT_EQ(cache_.FindOrFetch(digest, 48), nullptr);
}

TEST_F(Cache, PushesOutTheOldestAndAsksForItAgain) {
  for (uint8_t i = 0; i < 17; ++i) Fetch(Blob(i, kMebibyte));
  EXPECT_NE(cache_.FindOrFetch(crypto::Sha256(Blob(16, kMebibyte)), kMebibyte), nullptr);
  EXPECT_NE(cache_.FindOrFetch(crypto::Sha256(Blob(1, kMebibyte)), kMebibyte), nullptr);
  cache_.TakeWanted();
  const Digest oldest = crypto::Sha256(Blob(0, kMebibyte));
  EXPECT_EQ(cache_.FindOrFetch(oldest, kMebibyte), nullptr);
  EXPECT_THAT(cache_.TakeWanted(), ElementsAre(oldest));
}

TEST_F(Cache, FetchesAheadOnlyIntoHalfOfItsRoom) {
  for (uint8_t i = 0; i < 8; ++i) Fetch(Blob(i, kMebibyte));
  cache_.TakeWanted();
  cache_.FetchAhead(crypto::Sha256(Blob(9)), 100);
  EXPECT_THAT(cache_.TakeWanted(), IsEmpty());
  cache_.FindOrFetch(crypto::Sha256(Blob(9)), 100);
  EXPECT_THAT(cache_.TakeWanted(), ElementsAre(crypto::Sha256(Blob(9))));
}

}  // namespace
}  // namespace quorate::node
