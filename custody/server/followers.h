#ifndef QUORATE_CUSTODY_SERVER_FOLLOWERS_H_
#define QUORATE_CUSTODY_SERVER_FOLLOWERS_H_

#include <cstddef>
#include <map>
#include <memory>
#include <set>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "crypto/bytes.h"

namespace quorate::server {

// Somebody who wants to hear of changes, such as an open stream. Calls come from one thread and
// must not wait for the peer.
class Follower {
 public:
  virtual ~Follower() = default;
  // There may be something new, or time for a sign of life: look.
  virtual void Look() = 0;
  // The server stops: end.
  virtual void End() = 0;
};

// Wakes the followers of what has changed, each log's and each draft's apart, on a thread of its
// own; and all of them once a second, for those that wait for a time. Holds no follower alive.
// Thread-safe.
class Followers {
 public:
  Followers();
  // Stops.
  ~Followers();
  Followers(const Followers&) = delete;
  Followers& operator=(const Followers&) = delete;

  // False where it is stopping and the follower will hear nothing. `key` is the 32 bytes that name
  // a log or a draft.
  bool Add(const crypto::Digest& key, const std::shared_ptr<Follower>& follower);
  void Remove(const crypto::Digest& key, const Follower* follower);
  void Announce(const crypto::Digest& key);

  // Ends all followers that are there.
  void Stop();

 private:
  using Group = std::map<const Follower*, std::weak_ptr<Follower>>;
  void Run();
  std::vector<std::shared_ptr<Follower>> Collect(const std::set<crypto::Digest>& keys, bool all)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  absl::Mutex mutex_;
  absl::CondVar wake_;
  std::map<crypto::Digest, Group> groups_ ABSL_GUARDED_BY(mutex_);
  std::set<crypto::Digest> changed_ ABSL_GUARDED_BY(mutex_);
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

}  // namespace quorate::server

#endif  // QUORATE_CUSTODY_SERVER_FOLLOWERS_H_
