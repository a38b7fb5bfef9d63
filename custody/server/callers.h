#ifndef QUORATE_CUSTODY_SERVER_CALLERS_H_
#define QUORATE_CUSTODY_SERVER_CALLERS_H_

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "crypto/identity.h"
#include "custody/base/clock.h"
#include "custody/server/limits.h"

namespace quorate::server {

// How much each caller, known by TLS key, uses the server. Measures on the monotonic clock. What it
// remembers is bounded: callers who are back at rest are forgotten, and where too many are not,
// further ones share one allowance. Thread-safe.
class Callers {
 public:
  // A caller's open stream, for as long as it lives. Outlived by the callers.
  class Slot;

  // `clock` outlives it.
  Callers(const base::Clock* clock, const Limits& limits);

  // Counts a call with a request of so many bytes. ResourceExhausted TOO_MANY_CALLS, and the call
  // is not counted, where the caller has none left or owes bytes.
  [[nodiscard]] absl::Status AdmitCall(const crypto::PublicSigningKey& caller, uint64_t bytes);
  // Counts an answer, which was worked out before anyone knew its size: a caller may owe for it.
  void ChargeAnswer(const crypto::PublicSigningKey& caller, uint64_t bytes);
  // ResourceExhausted TOO_MANY_STREAMS.
  [[nodiscard]] absl::StatusOr<std::unique_ptr<Slot>> OpenStream(
      const crypto::PublicSigningKey& caller);

  size_t callers();
  size_t streams();

 private:
  struct Use {
    double calls = 0;  // That are left.
    double bytes = 0;  // That are left; negative: owed.
    absl::Duration counted_at;
    size_t streams = 0;
  };
  Use Rested(absl::Duration now) const;
  void Refill(Use& use, absl::Duration now) const;
  bool IsAtRest(Use use, absl::Duration now) const;
  Use& Find(const crypto::PublicSigningKey& caller) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Forget(absl::Duration now) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void CloseStream(const Slot& slot);

  const base::Clock& clock_;
  const Limits limits_;
  absl::Mutex mutex_;
  std::map<crypto::PublicSigningKey, Use> uses_ ABSL_GUARDED_BY(mutex_);
  Use others_ ABSL_GUARDED_BY(mutex_);
  absl::Duration forgot_at_ ABSL_GUARDED_BY(mutex_) = -absl::InfiniteDuration();
  size_t streams_ ABSL_GUARDED_BY(mutex_) = 0;
};

class Callers::Slot {
 public:
  ~Slot() { callers_.CloseStream(*this); }
  Slot(const Slot&) = delete;
  Slot& operator=(const Slot&) = delete;

 private:
  friend class Callers;
  Slot(Callers& callers, const crypto::PublicSigningKey& caller, bool shared)
      : callers_(callers), caller_(caller), shared_(shared) {}
  Callers& callers_;
  const crypto::PublicSigningKey caller_;
  const bool shared_;  // Counted with the callers who share one allowance.
};

}  // namespace quorate::server

#endif  // QUORATE_CUSTODY_SERVER_CALLERS_H_
