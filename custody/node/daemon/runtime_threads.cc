#include <algorithm>
#include <utility>

#include "custody/base/error_info.h"
#include "custody/base/status_macros.h"
#include "custody/net/backoff.h"
#include "custody/node/daemon/runtime.h"

// The threads of the node: one follows the server, two send, one fetches, one looks at the clock.
// None holds the mutex while it talks.
namespace quorate::node {
namespace {

constexpr absl::Duration kTick = absl::Seconds(1);
constexpr net::BackoffPolicy kSubmitBackoff{absl::Milliseconds(100), absl::Seconds(5),
                                            absl::Minutes(2)};

}  // namespace

void Runtime::Start() {
  threads_.emplace_back([this] { FollowLoop(); });
  threads_.emplace_back([this] { SubmitLoop(words_); });
  threads_.emplace_back([this] { SubmitLoop(uploads_); });
  threads_.emplace_back([this] { FetchLoop(); });
  threads_.emplace_back([this] { TickLoop(); });
}

void Runtime::Stop() {
  {
    absl::MutexLock lock(&mutex_);
    stopping_ = true;
    stop_requested_ = true;
    changed_.SignalAll();
  }
  if (client_ != nullptr) client_->Cancel();
  for (std::thread& thread : threads_) thread.join();
  threads_.clear();
  hook_.Stop();
}

void Runtime::FollowLoop() {
  net::Backoff backoff(*options_.clock, *options_.random);
  while (true) {
    bool has_node = false;
    {
      absl::MutexLock lock(&mutex_);
      while (!stopping_ && node_ == nullptr && link_.empty()) changed_.Wait(&mutex_);
      if (stopping_) return;
      has_node = node_ != nullptr;
    }
    bool worked = false;
    if (has_node) {
      FollowLog();
    } else if (absl::StatusOr<net::DraftLink> link = CurrentLink(); link.ok()) {
      FollowDraft(*link);
    }
    absl::MutexLock lock(&mutex_);
    worked = connected_;
    connected_ = false;
    if (worked) backoff.OnSuccess();
    absl::Duration wait = backoff.OnFailure();
    // Founded just now: go on to the log at once.
    if (!has_node && node_ != nullptr) wait = absl::ZeroDuration();
    const absl::Duration until = options_.clock->Monotonic() + wait;
    // Founded meanwhile, there is a log to follow.
    while (!stopping_ && (has_node || node_ == nullptr) && !WaitPast(until)) {
    }
  }
}

void Runtime::FollowLog() {
  ledger::OrganisationId organisation;
  uint64_t start = 0;
  {
    absl::MutexLock lock(&mutex_);
    organisation = organisation_;
    start = node_->replica().next_index();
    refetch_ = false;
  }
  CheckServerClock();
  absl::Status status = client_->Watch(organisation, start, [this](LogAdvanced advanced) {
    absl::MutexLock lock(&mutex_);
    if (stopping_) return false;
    const bool first = !std::exchange(connected_, true);
    StepNode(std::move(advanced));
    if (first) {
      ++connections_;
      StepNode(Tick{.reconnected = true});
    }
    // The replica wants entries that this stream will not bring again: open another.
    return !refetch_;
  });
  absl::MutexLock lock(&mutex_);
  if (base::GetReason(status) == "WRONG_SERVER_CERTIFICATE" && problem_.empty()) {
    problem_ = std::string(status.message());
    Emit("halted", "", problem_);
  }
}

void Runtime::CheckServerClock() {
  absl::StatusOr<int64_t> server = client_->ServerTime();
  if (!server.ok()) return;
  const int64_t skew = *server - absl::ToUnixMillis(options_.clock->Now());
  absl::MutexLock lock(&mutex_);
  clock_skew_ms_ = skew;
  if (std::abs(skew) > absl::ToInt64Milliseconds(absl::Minutes(2))) {
    Emit("clock", "",
         "this machine's clock and the server's differ by " +
             std::to_string(std::abs(skew) / 1000) + " seconds");
  }
}

void Runtime::SubmitLoop(SubmitQueue& queue) {
  net::Backoff backoff(*options_.clock, *options_.random, kSubmitBackoff);
  while (true) {
    Submit submit;
    ledger::OrganisationId organisation;
    uint64_t connection = 0;
    {
      absl::MutexLock lock(&mutex_);
      while (!stopping_ && queue.empty()) changed_.Wait(&mutex_);
      if (stopping_) return;
      submit = std::move(queue.front());
      queue.pop_front();
      organisation = organisation_;
      connection = connections_;
      // It may have arrived while it waited here, or what it says must no longer be said.
      if (!node_->MaySend(submit.statement.id)) continue;
    }
    absl::Status status = client_->Append(organisation, submit);
    absl::MutexLock lock(&mutex_);
    if (stopping_) return;
    if (status.ok()) {
      backoff.OnSuccess();
    } else if (!net::IsTransient(status)) {
      StepNode(SubmissionRefused{submit.statement.id, std::move(status)});
    } else {
      // No answer: it stays first in its queue, until a while has passed or the server is back.
      queue.push_front(std::move(submit));
      const absl::Duration until = options_.clock->Monotonic() + backoff.OnFailure();
      while (!stopping_ && connections_ == connection && !WaitPast(until)) {
      }
    }
  }
}

void Runtime::FetchLoop() {
  while (true) {
    std::vector<crypto::Digest> digests;
    ledger::OrganisationId organisation;
    {
      absl::MutexLock lock(&mutex_);
      while (!stopping_ && blob_fetches_.empty()) changed_.Wait(&mutex_);
      if (stopping_) return;
      for (; !blob_fetches_.empty(); blob_fetches_.pop_front()) {
        digests.insert(digests.end(), blob_fetches_.front().begin(), blob_fetches_.front().end());
      }
      organisation = organisation_;
    }
    absl::StatusOr<std::vector<crypto::Bytes>> blobs = client_->GetBlobs(organisation, digests);
    if (!blobs.ok() || blobs->empty()) continue;
    absl::MutexLock lock(&mutex_);
    if (stopping_) return;
    StepNode(BlobsArrived{*std::move(blobs)});
  }
}

void Runtime::TickLoop() {
  while (!WaitForStop(kTick)) {
    absl::MutexLock lock(&mutex_);
    if (stopping_) return;
    if (node_ != nullptr && problem_.empty() && connected_) StepNode(Tick{});
  }
}

}  // namespace quorate::node
