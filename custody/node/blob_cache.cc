#include "custody/node/blob_cache.h"

#include <utility>

namespace quorate::node {
namespace {

constexpr size_t kMaxBytes = size_t{16} << 20;
// What is fetched ahead takes half of it at most, so that many open requests cannot push out what
// is being approved now.
constexpr size_t kMaxBytesAhead = kMaxBytes / 2;
constexpr size_t kMaxWantedAhead = 256;
constexpr size_t kMaxWanted = 4096;
constexpr absl::Duration kAskAgainAfter = absl::Seconds(5);

}  // namespace

const crypto::Bytes* BlobCache::FindOrFetch(const crypto::Digest& digest, uint32_t length) {
  auto found = blobs_.find(digest);
  if (found != blobs_.end()) return found->second.size() == length ? &found->second : nullptr;
  const absl::Duration now = clock_.Monotonic();
  // Wishes that nobody has any more are not worth more than forgetting all.
  if (wanted_.size() >= kMaxWanted && !wanted_.contains(digest)) wanted_.clear();
  auto [wish, is_new] = wanted_.try_emplace(digest, Wish{now, length});
  if (is_new || now - wish->second.asked_at >= kAskAgainAfter) {
    wish->second = {now, length};
    to_fetch_.push_back(digest);
  }
  return nullptr;
}

void BlobCache::FetchAhead(const crypto::Digest& digest, uint32_t length) {
  if (bytes_ >= kMaxBytesAhead) return;
  if (wanted_.size() >= kMaxWantedAhead && !wanted_.contains(digest)) return;
  FindOrFetch(digest, length);
}

void BlobCache::Arrived(std::vector<crypto::Bytes> blobs) {
  for (crypto::Bytes& blob : blobs) {
    const crypto::Digest digest = crypto::Sha256(blob);
    auto wish = wanted_.find(digest);
    if (wish == wanted_.end() || wish->second.length != blob.size()) continue;
    wanted_.erase(wish);
    MakeRoomFor(blob.size());
    bytes_ += blob.size();
    oldest_first_.push_back(digest);
    blobs_.emplace(digest, std::move(blob));
  }
}

void BlobCache::MakeRoomFor(size_t bytes) {
  while (!oldest_first_.empty() && bytes_ + bytes > kMaxBytes) {
    auto oldest = blobs_.find(oldest_first_.front());
    bytes_ -= oldest->second.size();
    blobs_.erase(oldest);
    oldest_first_.pop_front();
  }
}

}  // namespace quorate::node
