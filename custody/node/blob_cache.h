#ifndef QUORATE_CUSTODY_NODE_BLOB_CACHE_H_
#define QUORATE_CUSTODY_NODE_BLOB_CACHE_H_

#include <cstdint>
#include <deque>
#include <map>
#include <utility>
#include <vector>

#include "absl/time/time.h"
#include "crypto/bytes.h"
#include "custody/base/clock.h"

namespace quorate::node {

// Sub-shares and payloads from the server, in memory only: bytes that their digest and the length
// in a header name, and that nobody else vouches for. Bounded; what is pushed out is asked for
// again. Not thread-safe.
class BlobCache {
 public:
  explicit BlobCache(const base::Clock* clock) : clock_(*clock) {}

  // Null while it is not here: then it is asked for. Valid until the next Arrived.
  const crypto::Bytes* FindOrFetch(const crypto::Digest& digest, uint32_t length);
  // Asks for it, if there is room that nothing more urgent will need.
  void FetchAhead(const crypto::Digest& digest, uint32_t length);
  // Keeps what was asked for and has the right length; drops the rest.
  void Arrived(std::vector<crypto::Bytes> blobs);
  // What is to be fetched now; asked again after some seconds without an answer.
  std::vector<crypto::Digest> TakeWanted() { return std::exchange(to_fetch_, {}); }

 private:
  struct Wish {
    absl::Duration asked_at;
    uint32_t length = 0;
  };
  void MakeRoomFor(size_t bytes);

  const base::Clock& clock_;
  std::map<crypto::Digest, crypto::Bytes> blobs_;
  std::deque<crypto::Digest> oldest_first_;
  size_t bytes_ = 0;
  std::map<crypto::Digest, Wish> wanted_;
  std::vector<crypto::Digest> to_fetch_;
};

}  // namespace quorate::node

#endif  // QUORATE_CUSTODY_NODE_BLOB_CACHE_H_
