#ifndef QUORATE_CUSTODY_BASE_CLOCK_H_
#define QUORATE_CUSTODY_BASE_CLOCK_H_

#include <mutex>

#include "absl/time/time.h"

namespace quorate::base {

// The time, handed in through constructors so that tests and the simulator choose it. Safe for use
// by several threads.
class Clock {
 public:
  virtual ~Clock() = default;

  // Wall-clock time. May be wrong and may jump, backwards too: compare it with others' times, never
  // measure a span with it.
  [[nodiscard]] virtual absl::Time Now() const = 0;

  // Time since an arbitrary start: never decreases and goes on while the machine sleeps. Comparable
  // only with other readings of the same process.
  [[nodiscard]] virtual absl::Duration Monotonic() const = 0;
};

// CLOCK_REALTIME and CLOCK_BOOTTIME.
class SystemClock final : public Clock {
 public:
  [[nodiscard]] absl::Time Now() const override;
  [[nodiscard]] absl::Duration Monotonic() const override;
};

// A clock that moves only when it is told to.
class FakeClock final : public Clock {
 public:
  // 2024-01-01T00:00:00Z.
  FakeClock();
  explicit FakeClock(absl::Time start) : now_(start) {}

  [[nodiscard]] absl::Time Now() const override;
  [[nodiscard]] absl::Duration Monotonic() const override;

  // Lets time pass on both clocks. `span` must not be negative: a negative one moves nothing.
  void Advance(absl::Duration span);
  // Sets the wall clock alone, as an operator or a bad time server would.
  void SetNow(absl::Time now);

 private:
  mutable std::mutex mutex_;  // Guards the rest.
  absl::Time now_;
  absl::Duration monotonic_ = absl::ZeroDuration();
};

}  // namespace quorate::base

#endif  // QUORATE_CUSTODY_BASE_CLOCK_H_
