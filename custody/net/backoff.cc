#include "custody/net/backoff.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace quorate::net {
namespace {

// Doubling beyond this many failures only overflows.
constexpr uint32_t kMaxDoublings = 30;

}  // namespace

Backoff::Backoff(const base::Clock& clock, crypto::RandomSource& random, BackoffPolicy policy)
    : clock_(clock), random_(random), policy_(policy) {}

absl::Duration Backoff::OnFailure() {
  const absl::Duration now = clock_.Monotonic();
  if (now - working_since_ >= policy_.forget_after) failures_ = 0;
  working_since_ = absl::InfiniteDuration();
  const absl::Duration full = std::min(
      policy_.longest,
      policy_.first * std::ldexp(1.0, static_cast<int>(std::min(failures_, kMaxDoublings))));
  ++failures_;
  std::array<uint8_t, 2> bytes{};
  random_.Fill(bytes);
  const double part = (bytes[0] * 256 + bytes[1]) / 65536.0;
  const absl::Duration wait = full / 2 + full / 2 * part;
  due_ = now + wait;
  return wait;
}

void Backoff::OnSuccess() {
  working_since_ = std::min(working_since_, clock_.Monotonic());
  due_ = -absl::InfiniteDuration();
}

absl::Duration Backoff::Remaining() const {
  return std::max(absl::ZeroDuration(), due_ - clock_.Monotonic());
}

}  // namespace quorate::net
