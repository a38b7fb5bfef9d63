#include "custody/base/clock.h"

#include <time.h>

#include "absl/time/clock.h"

namespace quorate::base {

absl::Time SystemClock::Now() const { return absl::Now(); }

absl::Duration SystemClock::Monotonic() const {
  timespec now{};
  // CLOCK_MONOTONIC stands still while a laptop is suspended.
  clock_gettime(CLOCK_BOOTTIME, &now);
  return absl::DurationFromTimespec(now);
}

FakeClock::FakeClock() : now_(absl::FromUnixSeconds(1704067200)) {}

absl::Time FakeClock::Now() const {
  const std::lock_guard lock(mutex_);
  return now_;
}

absl::Duration FakeClock::Monotonic() const {
  const std::lock_guard lock(mutex_);
  return monotonic_;
}

void FakeClock::Advance(absl::Duration span) {
  if (span < absl::ZeroDuration()) return;
  const std::lock_guard lock(mutex_);
  now_ += span;
  monotonic_ += span;
}

void FakeClock::SetNow(absl::Time now) {
  const std::lock_guard lock(mutex_);
  now_ = now;
}

}  // namespace quorate::base
