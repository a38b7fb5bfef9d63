#include "custody/node/daemon/blob_queue.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "absl/status/status.h"

namespace quorate::node {
namespace {

crypto::Bytes Blob(uint32_t number) { return crypto::ToBytes("blob " + std::to_string(number)); }
crypto::Digest DigestOf(uint32_t number) { return crypto::Sha256(Blob(number)); }

std::vector<crypto::Digest> Digests(uint32_t count) {
  std::vector<crypto::Digest> out;
  for (uint32_t i = 0; i < count; ++i) out.push_back(DigestOf(i));
  return out;
}

TEST(BlobQueue, HoldsEachBlobOnceAndInTheOrderOfAsking) {
  BlobQueue queue;
  queue.Add({DigestOf(2), DigestOf(1)});
  queue.Add({DigestOf(1), DigestOf(0)});
  EXPECT_EQ(queue.Take(2), (std::vector<crypto::Digest>{DigestOf(2), DigestOf(1)}));
  EXPECT_EQ(queue.Take(2), (std::vector<crypto::Digest>{DigestOf(0)}));
  EXPECT_TRUE(queue.empty());
  // Asked for again after it was taken: it did not come.
  queue.Add({DigestOf(2)});
  EXPECT_FALSE(queue.empty());
}

TEST(BlobQueue, IsBounded) {
  BlobQueue queue;
  queue.Add(Digests(BlobQueue::kMaxWaiting + 10));
  EXPECT_EQ(queue.Take(2 * BlobQueue::kMaxWaiting).size(), BlobQueue::kMaxWaiting);
}

TEST(FetchWhatIsThere, OneDamagedBlobDoesNotKeepTheOthers) {
  const std::vector<crypto::Digest> digests = Digests(200);
  int calls = 0;
  const std::vector<crypto::Bytes> blobs =
      FetchWhatIsThere(digests, [&](std::span<const crypto::Digest> asked) {
        ++calls;
        absl::StatusOr<std::vector<crypto::Bytes>> answer =
            std::vector<crypto::Bytes>(asked.size());
        if (std::ranges::find(asked, DigestOf(77)) != asked.end()) answer = absl::DataLossError("");
        return answer;
      });
  EXPECT_EQ(blobs.size(), 199u);
  EXPECT_LE(calls, 17);
}

TEST(FetchWhatIsThere, DoesNotAskAServerThatIsAwayOrBusyAgainAndAgain) {
  const std::vector<crypto::Digest> digests = Digests(200);
  for (const absl::Status& error : {absl::UnavailableError(""), absl::DeadlineExceededError(""),
                                    absl::CancelledError(""), absl::ResourceExhaustedError("")}) {
    int calls = 0;
    EXPECT_TRUE(FetchWhatIsThere(digests, [&](std::span<const crypto::Digest>) {
                  ++calls;
                  return absl::StatusOr<std::vector<crypto::Bytes>>(error);
                }).empty());
    EXPECT_EQ(calls, 1) << error;
  }
}

}  // namespace
}  // namespace quorate::node
