#ifndef QUORATE_CUSTODY_NODE_DAEMON_BLOB_QUEUE_H_
#define QUORATE_CUSTODY_NODE_DAEMON_BLOB_QUEUE_H_

#include <cstddef>
#include <deque>
#include <functional>
#include <set>
#include <span>
#include <vector>

#include "absl/status/statusor.h"
#include "crypto/bytes.h"

namespace quorate::node {

// Which blobs wait to be fetched, each once, in the order of asking. Bounded: the node asks again
// for what found no room. Not thread-safe.
class BlobQueue {
 public:
  static constexpr size_t kMaxWaiting = 8192;

  void Add(const std::vector<crypto::Digest>& digests);
  // The next, at most `most`.
  std::vector<crypto::Digest> Take(size_t most);
  bool empty() const { return waiting_.empty(); }

 private:
  std::deque<crypto::Digest> waiting_;
  std::set<crypto::Digest> known_;
};

using FetchBlobsCall =
    std::function<absl::StatusOr<std::vector<crypto::Bytes>>(std::span<const crypto::Digest>)>;

// What `fetch` gives of `digests`. Where the server errs over some of them, the others are asked
// for apart; where it does not answer at all, what there is by then is handed back.
[[nodiscard]] std::vector<crypto::Bytes> FetchWhatIsThere(std::span<const crypto::Digest> digests,
                                                          const FetchBlobsCall& fetch);

}  // namespace quorate::node

#endif  // QUORATE_CUSTODY_NODE_DAEMON_BLOB_QUEUE_H_
