#ifndef QUORATE_CUSTODY_NET_BACKOFF_H_
#define QUORATE_CUSTODY_NET_BACKOFF_H_

#include <cstdint>

#include "absl/time/time.h"
#include "crypto/random.h"
#include "custody/base/clock.h"

namespace quorate::net {

struct BackoffPolicy {
  absl::Duration first = absl::Milliseconds(200);
  absl::Duration longest = absl::Seconds(60);
  // After working for this long, a failure counts as the first again.
  absl::Duration forget_after = absl::Minutes(2);
};

// When to try again after failures: each waits up to twice as long as the one before, between half
// of that and all of it at random, so that a hundred nodes do not come back in step. Uses only the
// monotonic clock. Not thread-safe.
class Backoff {
 public:
  // `clock` and `random` outlive it.
  Backoff(const base::Clock& clock, crypto::RandomSource& random, BackoffPolicy policy = {});

  // Counts a failure now; returns how long to wait.
  absl::Duration OnFailure();
  // Counts a success now.
  void OnSuccess();
  // Until the next try is due; zero where it is.
  [[nodiscard]] absl::Duration Remaining() const;
  uint32_t failures() const { return failures_; }

 private:
  const base::Clock& clock_;
  crypto::RandomSource& random_;
  const BackoffPolicy policy_;
  uint32_t failures_ = 0;
  absl::Duration due_ = -absl::InfiniteDuration();
  absl::Duration working_since_ = absl::InfiniteDuration();
};

}  // namespace quorate::net

#endif  // QUORATE_CUSTODY_NET_BACKOFF_H_
