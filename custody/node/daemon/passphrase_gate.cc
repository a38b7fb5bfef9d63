#include "custody/node/daemon/passphrase_gate.h"

#include "custody/base/error_info.h"

namespace quorate::node {

absl::Status PassphraseGate::Enter() {
  absl::MutexLock lock(&mutex_);
  const auto ready = [this]() ABSL_SHARED_LOCKS_REQUIRED(mutex_) { return closed_ || !taken_; };
  bool free = !taken_;
  if (taken_ && !closed_ && waiting_ < kMaxWaiting) {
    ++waiting_;
    free = mutex_.AwaitWithTimeout(absl::Condition(&ready), longest_wait_);
    --waiting_;
  }
  if (closed_) {
    return base::MakeError(absl::StatusCode::kUnavailable, "STOPPING", "the node is stopping",
                           "start it again: quorate node start");
  }
  if (!free) {
    return base::MakeError(absl::StatusCode::kResourceExhausted, "TOO_MANY_PASSPHRASES",
                           "the node is busy with other passphrases", "try again in a moment");
  }
  taken_ = true;
  return absl::OkStatus();
}

void PassphraseGate::Leave() {
  absl::MutexLock lock(&mutex_);
  taken_ = false;
}

void PassphraseGate::Close() {
  absl::MutexLock lock(&mutex_);
  closed_ = true;
}

}  // namespace quorate::node
