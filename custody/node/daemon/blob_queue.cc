#include "custody/node/daemon/blob_queue.h"

#include <algorithm>
#include <iterator>

#include "custody/node/daemon/append_answer.h"

namespace quorate::node {
namespace {

// False where the server no longer answers.
bool FetchInto(std::span<const crypto::Digest> digests, const FetchBlobsCall& fetch,
               std::vector<crypto::Bytes>& out) {
  absl::StatusOr<std::vector<crypto::Bytes>> blobs = fetch(digests);
  if (blobs.ok()) {
    std::move(blobs->begin(), blobs->end(), std::back_inserter(out));
    return true;
  }
  if (ClassifyAppend(blobs.status()) == AppendAnswer::kServerAway) return false;
  // Asking more often is no answer to being told that one asks too often.
  if (absl::IsResourceExhausted(blobs.status()) || absl::IsPermissionDenied(blobs.status())) {
    return false;
  }
  if (digests.size() < 2) return true;
  const size_t half = digests.size() / 2;
  return FetchInto(digests.first(half), fetch, out) && FetchInto(digests.subspan(half), fetch, out);
}

}  // namespace

void BlobQueue::Add(const std::vector<crypto::Digest>& digests) {
  for (const crypto::Digest& digest : digests) {
    if (waiting_.size() >= kMaxWaiting) return;
    if (known_.insert(digest).second) waiting_.push_back(digest);
  }
}

std::vector<crypto::Digest> BlobQueue::Take(size_t most) {
  const auto end = waiting_.begin() + static_cast<std::ptrdiff_t>(std::min(most, waiting_.size()));
  std::vector<crypto::Digest> out(waiting_.begin(), end);
  waiting_.erase(waiting_.begin(), end);
  for (const crypto::Digest& digest : out) known_.erase(digest);
  return out;
}

std::vector<crypto::Bytes> FetchWhatIsThere(std::span<const crypto::Digest> digests,
                                            const FetchBlobsCall& fetch) {
  std::vector<crypto::Bytes> out;
  FetchInto(digests, fetch, out);
  return out;
}

}  // namespace quorate::node
