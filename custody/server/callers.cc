#include "custody/server/callers.h"

#include <algorithm>

#include "custody/base/error_info.h"

namespace quorate::server {
namespace {

// Looking through all callers for ones to forget costs time that strangers could make us spend.
constexpr absl::Duration kForgetInterval = absl::Seconds(1);

absl::Status TooManyCalls() {
  return base::MakeError(absl::StatusCode::kResourceExhausted, "TOO_MANY_CALLS",
                         "this program calls too often or sends and fetches too much",
                         "wait, then try again");
}

absl::Status TooManyStreams() {
  return base::MakeError(absl::StatusCode::kResourceExhausted, "TOO_MANY_STREAMS",
                         "too many programs follow this server", "wait, then try again");
}

}  // namespace

Callers::Callers(const base::Clock* clock, const Limits& limits) : clock_(*clock), limits_(limits) {
  others_ = Rested(clock_.Monotonic());
}

Callers::Use Callers::Rested(absl::Duration now) const {
  return {limits_.call_burst, limits_.byte_burst, now, 0};
}

void Callers::Refill(Use& use, absl::Duration now) const {
  const double seconds = absl::ToDoubleSeconds(now - use.counted_at);
  use.calls = std::min(limits_.call_burst, use.calls + seconds * limits_.calls_per_second);
  use.bytes = std::min(limits_.byte_burst, use.bytes + seconds * limits_.bytes_per_second);
  use.counted_at = now;
}

bool Callers::IsAtRest(Use use, absl::Duration now) const {
  Refill(use, now);
  return use.streams == 0 && use.calls >= limits_.call_burst && use.bytes >= limits_.byte_burst;
}

void Callers::Forget(absl::Duration now) {
  if (now - forgot_at_ < kForgetInterval) return;
  forgot_at_ = now;
  std::erase_if(uses_, [&](const auto& entry) { return IsAtRest(entry.second, now); });
}

Callers::Use& Callers::Find(const crypto::PublicSigningKey& caller) {
  const absl::Duration now = clock_.Monotonic();
  auto found = uses_.find(caller);
  if (found == uses_.end()) {
    if (uses_.size() >= limits_.callers) Forget(now);
    if (uses_.size() >= limits_.callers) {
      Refill(others_, now);
      return others_;
    }
    found = uses_.emplace(caller, Rested(now)).first;
  }
  Refill(found->second, now);
  return found->second;
}

absl::Status Callers::AdmitCall(const crypto::PublicSigningKey& caller, uint64_t bytes) {
  absl::MutexLock lock(&mutex_);
  Use& use = Find(caller);
  if (use.calls < 1 || use.bytes < 0) return TooManyCalls();
  use.calls -= 1;
  use.bytes -= static_cast<double>(bytes);
  return absl::OkStatus();
}

void Callers::ChargeAnswer(const crypto::PublicSigningKey& caller, uint64_t bytes) {
  absl::MutexLock lock(&mutex_);
  Find(caller).bytes -= static_cast<double>(bytes);
}

absl::StatusOr<std::unique_ptr<Callers::Slot>> Callers::OpenStream(
    const crypto::PublicSigningKey& caller) {
  absl::MutexLock lock(&mutex_);
  Use& use = Find(caller);
  // Those who share one allowance have as many streams together as one caller.
  if (streams_ >= limits_.streams || use.streams >= limits_.streams_per_caller) {
    return TooManyStreams();
  }
  ++streams_;
  ++use.streams;
  return std::unique_ptr<Slot>(new Slot(*this, caller, &use == &others_));
}

void Callers::CloseStream(const Slot& slot) {
  absl::MutexLock lock(&mutex_);
  --streams_;
  // A caller with open streams is never forgotten.
  --(slot.shared_ ? others_ : uses_.at(slot.caller_)).streams;
}

size_t Callers::callers() {
  absl::MutexLock lock(&mutex_);
  return uses_.size();
}

size_t Callers::streams() {
  absl::MutexLock lock(&mutex_);
  return streams_;
}

}  // namespace quorate::server
