#include "custody/node/daemon/open_calls.h"

#include <utility>

namespace quorate::node {

OpenCalls::Call::~Call() {
  absl::MutexLock lock(&calls_.mutex_);
  calls_.calls_.erase(this);
}

void OpenCalls::Call::Heard() {
  absl::MutexLock lock(&calls_.mutex_);
  silent_since_ = calls_.clock_.Monotonic();
}

void OpenCalls::Call::Busy() {
  absl::MutexLock lock(&calls_.mutex_);
  silent_since_ = absl::InfiniteDuration();
}

std::unique_ptr<OpenCalls::Call> OpenCalls::Add(std::function<void()> cancel,
                                                absl::Duration silence_limit) {
  std::unique_ptr<Call> call(new Call(this, std::move(cancel), silence_limit));
  call->Heard();
  {
    absl::MutexLock lock(&mutex_);
    if (!ended_) {
      calls_.insert(call.get());
      return call;
    }
  }
  return nullptr;
}

void OpenCalls::EndSilent() {
  absl::MutexLock lock(&mutex_);
  const absl::Duration now = clock_.Monotonic();
  for (Call* call : calls_) {
    if (call->silence_limit_ == absl::InfiniteDuration()) continue;
    if (now - call->silent_since_ >= call->silence_limit_) call->cancel_();
  }
}

void OpenCalls::EndStreams() {
  absl::MutexLock lock(&mutex_);
  for (Call* call : calls_) {
    if (call->silence_limit_ != absl::InfiniteDuration()) call->cancel_();
  }
}

void OpenCalls::EndAll() {
  absl::MutexLock lock(&mutex_);
  ended_ = true;
  for (Call* call : calls_) call->cancel_();
}

}  // namespace quorate::node
