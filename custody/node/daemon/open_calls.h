#ifndef QUORATE_CUSTODY_NODE_DAEMON_OPEN_CALLS_H_
#define QUORATE_CUSTODY_NODE_DAEMON_OPEN_CALLS_H_

#include <functional>
#include <memory>
#include <set>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "custody/base/clock.h"

namespace quorate::node {

// The calls to the server that are under way, so that another thread can end them: all when the
// node stops, and a stream once it has been silent for too long. Thread-safe.
class OpenCalls {
 public:
  explicit OpenCalls(const base::Clock* clock) : clock_(*clock) {}

  // One call, from Add until this is destroyed; it is not cancelled after that.
  class Call {
   public:
    ~Call();
    Call(const Call&) = delete;
    Call& operator=(const Call&) = delete;

    // Something came: silence begins anew.
    void Heard();
    // What came is being worked on: silence does not count until the next Heard.
    void Busy();

   private:
    friend class OpenCalls;
    Call(OpenCalls* calls, std::function<void()> cancel, absl::Duration silence_limit)
        : calls_(*calls), cancel_(std::move(cancel)), silence_limit_(silence_limit) {}

    OpenCalls& calls_;
    const std::function<void()> cancel_;
    const absl::Duration silence_limit_;                      // Infinite: no stream.
    absl::Duration silent_since_ = absl::InfiniteDuration();  // Under calls_.mutex_.
  };

  // `cancel` must not block and not call back here. A finite `silence_limit` makes it a stream.
  // Null once EndAll was called.
  [[nodiscard]] std::unique_ptr<Call> Add(std::function<void()> cancel,
                                          absl::Duration silence_limit = absl::InfiniteDuration());

  // Ends the streams that have been silent for their limit.
  void EndSilent();
  // Ends all streams; others may be opened.
  void EndStreams();
  // Ends everything, for good.
  void EndAll();

 private:
  const base::Clock& clock_;
  absl::Mutex mutex_;
  bool ended_ ABSL_GUARDED_BY(mutex_) = false;
  std::set<Call*> calls_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace quorate::node

#endif  // QUORATE_CUSTODY_NODE_DAEMON_OPEN_CALLS_H_
