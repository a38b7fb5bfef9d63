#include "custody/node/daemon/submit_queue.h"

#include <algorithm>

namespace quorate::node {
namespace {

absl::Duration WaitAfter(int failures) {
  absl::Duration wait = SubmitQueue::kFirstWait;
  for (int i = 1; i < failures && wait < SubmitQueue::kLongestWait; ++i) wait *= 2;
  return std::min(wait, SubmitQueue::kLongestWait);
}

}  // namespace

void SubmitQueue::Add(const ledger::StatementId& id, Lane lane) {
  // What a person says against a release always has room.
  if (waiting_.size() >= kMaxWaiting && lane != Lane::kRefusals) return;
  auto [entry, added] = waiting_.try_emplace(id);
  if (!added) return;
  entry->second.lane = lane;
  entry->second.order = next_order_++;
}

std::optional<ledger::StatementId> SubmitQueue::Take(Lane lane) {
  const absl::Duration now = clock_.Monotonic();
  if (State(lane).due > now) return std::nullopt;
  auto first = waiting_.end();
  for (auto entry = waiting_.begin(); entry != waiting_.end(); ++entry) {
    const Waiting& waiting = entry->second;
    if (waiting.lane != lane || waiting.under_way || waiting.due > now) continue;
    if (first == waiting_.end() || waiting.order < first->second.order) first = entry;
  }
  if (first == waiting_.end()) return std::nullopt;
  first->second.under_way = true;
  return first->first;
}

void SubmitQueue::Done(const ledger::StatementId& id) {
  auto entry = waiting_.find(id);
  if (entry == waiting_.end()) return;
  State(entry->second.lane) = {};
  waiting_.erase(entry);
}

void SubmitQueue::Later(const ledger::StatementId& id) {
  auto entry = waiting_.find(id);
  if (entry == waiting_.end()) return;
  Waiting& waiting = entry->second;
  State(waiting.lane) = {};
  waiting.under_way = false;
  waiting.due = clock_.Monotonic() + WaitAfter(++waiting.failures);
}

void SubmitQueue::ServerAway(const ledger::StatementId& id) {
  auto entry = waiting_.find(id);
  if (entry == waiting_.end()) return;
  entry->second.under_way = false;
  LaneState& lane = State(entry->second.lane);
  lane.due = clock_.Monotonic() + WaitAfter(++lane.failures);
}

void SubmitQueue::AllDue() {
  lanes_ = {};
  for (auto& [id, waiting] : waiting_) {
    waiting.failures = 0;
    waiting.due = -absl::InfiniteDuration();
  }
}

absl::Duration SubmitQueue::Wait(Lane lane) const {
  absl::Duration due = absl::InfiniteDuration();
  for (const auto& [id, waiting] : waiting_) {
    if (waiting.lane == lane && !waiting.under_way) due = std::min(due, waiting.due);
  }
  if (due == absl::InfiniteDuration()) return due;
  return std::max(absl::ZeroDuration(), std::max(due, State(lane).due) - clock_.Monotonic());
}

}  // namespace quorate::node
