#include <algorithm>
#include <utility>

#include "custody/base/error_info.h"
#include "custody/base/status_macros.h"
#include "custody/net/backoff.h"
#include "custody/node/daemon/append_answer.h"
#include "custody/node/daemon/runtime.h"

// The threads of the node: one follows the server, three send, one fetches, one looks at the clock.
// None holds the mutex while it talks.
namespace quorate::node {
namespace {

constexpr absl::Duration kTick = absl::Seconds(1);
constexpr size_t kBlobsAtOnce = 200;
// Freshness of what this node knows hangs on how soon it is back.
constexpr net::BackoffPolicy kReconnect = {absl::Milliseconds(200), absl::Seconds(30),
                                           absl::Seconds(10)};

constexpr char kWrongServer[] = "WRONG_SERVER_CERTIFICATE";

}  // namespace

void Runtime::Start() {
  threads_.emplace_back([this] { FollowLoop(); });
  for (const SubmitQueue::Lane lane : SubmitQueue::kLanes) {
    threads_.emplace_back([this, lane] { SubmitLoop(lane); });
  }
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
  passphrases_.Close();
  if (client_ != nullptr) client_->Cancel();
  for (std::thread& thread : threads_) thread.join();
  threads_.clear();
  hook_.Stop();
}

void Runtime::FollowLoop() {
  net::Backoff backoff(*options_.clock, *options_.random, kReconnect);
  while (true) {
    bool has_node = false;
    {
      absl::MutexLock lock(&mutex_);
      while (!stopping_ && node_ == nullptr && link_.empty()) changed_.Wait(&mutex_);
      if (stopping_) return;
      has_node = node_ != nullptr;
    }
    absl::Status ended;
    if (has_node) {
      ended = FollowLog(backoff);
    } else if (absl::StatusOr<net::DraftLink> link = CurrentLink(); link.ok()) {
      ended = FollowDraft(*link, backoff);
    }
    absl::MutexLock lock(&mutex_);
    connected_ = false;
    NoteServer(ended);
    const absl::Duration until = options_.clock->Monotonic() + backoff.OnFailure();
    // Founded meanwhile, there is a log to follow.
    while (!stopping_ && has_node == (node_ != nullptr) && !WaitPast(until)) {
    }
  }
}

void Runtime::Connected(net::Backoff& backoff) {
  backoff.OnSuccess();
  connected_ = true;
  wrong_server_ = false;
  clock_due_ = true;
  submits_.AllDue();
  changed_.SignalAll();
}

void Runtime::NoteServer(const absl::Status& status) {
  if (status.ok()) wrong_server_ = false;
  if (base::GetReason(status) != kWrongServer || wrong_server_) return;
  // Anybody on the way can bring this about, so it must not stop the node: it goes on trying.
  wrong_server_ = true;
  Emit("wrong-server", "", std::string(status.message()));
}

absl::Status Runtime::FollowLog(net::Backoff& backoff) {
  ledger::OrganisationId organisation;
  uint64_t next = 0;
  {
    absl::MutexLock lock(&mutex_);
    organisation = organisation_;
    next = node_->replica().next_index();
  }
  bool first = true;
  return client_->Watch(organisation, next, [&](LogAdvanced advanced) {
    absl::MutexLock lock(&mutex_);
    if (stopping_) return false;
    const bool back = std::exchange(first, false);
    if (back) Connected(backoff);
    next += advanced.entries.size();
    StepNode(std::move(advanced));
    if (back) StepNode(Tick{.reconnected = true});
    // Where the replica wants something else than what comes next here, another stream begins
    // there.
    return node_->replica().next_index() == next;
  });
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

std::optional<Submit> Runtime::NextSubmit(SubmitQueue::Lane lane) {
  absl::MutexLock lock(&mutex_);
  while (!stopping_) {
    const std::optional<ledger::StatementId> id = submits_.Take(lane);
    if (!id.has_value()) {
      WaitPast(options_.clock->Monotonic() + submits_.Wait(lane));
      continue;
    }
    // It may have arrived while it waited here, or what it says must no longer be said.
    const Outbox::Item* item = node_->MaySend(*id) ? node_->Unsent(*id) : nullptr;
    if (item != nullptr) return Submit{item->statement, item->blobs};
    submits_.Done(*id);
  }
  return std::nullopt;
}

void Runtime::SubmitLoop(SubmitQueue::Lane lane) {
  while (std::optional<Submit> submit = NextSubmit(lane)) {
    ledger::OrganisationId organisation;
    {
      absl::MutexLock lock(&mutex_);
      organisation = organisation_;
    }
    absl::Status status = client_->Append(organisation, *submit);
    const ledger::StatementId& id = submit->statement.id;
    absl::MutexLock lock(&mutex_);
    if (stopping_) return;
    NoteServer(status);
    switch (ClassifyAppend(status)) {
      case AppendAnswer::kTaken:
        submits_.Done(id);
        break;
      case AppendAnswer::kRefused:
        submits_.Done(id);
        StepNode(SubmissionRefused{id, std::move(status)});
        break;
      case AppendAnswer::kLater:
        submits_.Later(id);
        break;
      case AppendAnswer::kServerAway:
        submits_.ServerAway(id);
        break;
    }
  }
}

void Runtime::FetchLoop() {
  while (true) {
    bool clock_due = false;
    bool draft_due = false;
    {
      absl::MutexLock lock(&mutex_);
      while (!stopping_ && blob_fetches_.empty() && !clock_due_ && !draft_due_) {
        changed_.Wait(&mutex_);
      }
      if (stopping_) return;
      clock_due = std::exchange(clock_due_, false);
      draft_due = std::exchange(draft_due_, false);
    }
    if (draft_due) {
      // Whatever fails here is tried again as the draft changes.
      absl::StatusOr<net::DraftLink> link = CurrentLink();
      if (link.ok()) (void)AdvanceDraft(*link);
    }
    FetchSomeBlobs();
    if (clock_due) CheckServerClock();
  }
}

void Runtime::FetchSomeBlobs() {
  std::vector<crypto::Digest> digests;
  ledger::OrganisationId organisation;
  {
    absl::MutexLock lock(&mutex_);
    digests = blob_fetches_.Take(kBlobsAtOnce);
    organisation = organisation_;
  }
  if (digests.empty()) return;
  std::vector<crypto::Bytes> blobs =
      FetchWhatIsThere(digests, [&](std::span<const crypto::Digest> asked) {
        return client_->GetBlobs(organisation, asked);
      });
  if (blobs.empty()) return;
  absl::MutexLock lock(&mutex_);
  if (stopping_) return;
  StepNode(BlobsArrived{std::move(blobs)});
}

void Runtime::TickLoop() {
  while (!WaitForStop(kTick)) {
    client_->EndSilentStreams();
    absl::MutexLock lock(&mutex_);
    if (stopping_) return;
    if (node_ == nullptr || !problem_.empty()) continue;
    if (connected_ || !paused_.ok()) StepNode(Tick{});
  }
}

}  // namespace quorate::node
