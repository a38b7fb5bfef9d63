#include "custody/server/followers.h"

#include <utility>

#include "absl/time/clock.h"
#include "absl/time/time.h"

namespace quorate::server {
namespace {

constexpr absl::Duration kTick = absl::Seconds(1);

}  // namespace

Followers::Followers() : thread_([this] { Run(); }) {}

Followers::~Followers() {
  Stop();
  thread_.join();
}

bool Followers::Add(const crypto::Digest& key, const std::shared_ptr<Follower>& follower) {
  absl::MutexLock lock(&mutex_);
  if (stopping_) return false;
  groups_[key].emplace(follower.get(), follower);
  return true;
}

void Followers::Remove(const crypto::Digest& key, const Follower* follower) {
  absl::MutexLock lock(&mutex_);
  auto group = groups_.find(key);
  if (group == groups_.end()) return;
  group->second.erase(follower);
  if (group->second.empty()) groups_.erase(group);
}

void Followers::Announce(const crypto::Digest& key) {
  absl::MutexLock lock(&mutex_);
  if (!groups_.contains(key)) return;
  changed_.insert(key);
  wake_.Signal();
}

void Followers::Stop() {
  absl::MutexLock lock(&mutex_);
  stopping_ = true;
  wake_.Signal();
}

std::vector<std::shared_ptr<Follower>> Followers::Collect(const std::set<crypto::Digest>& keys,
                                                          bool all) {
  std::vector<std::shared_ptr<Follower>> out;
  for (const auto& [key, group] : groups_) {
    if (!all && !keys.contains(key)) continue;
    for (const auto& [pointer, follower] : group) {
      if (std::shared_ptr<Follower> alive = follower.lock()) out.push_back(std::move(alive));
    }
  }
  return out;
}

void Followers::Run() {
  absl::Time next_tick = absl::Now() + kTick;
  while (true) {
    std::vector<std::shared_ptr<Follower>> followers;
    bool stopping = false;
    {
      absl::MutexLock lock(&mutex_);
      while (changed_.empty() && !stopping_ && absl::Now() < next_tick) {
        wake_.WaitWithDeadline(&mutex_, next_tick);
      }
      const bool tick = absl::Now() >= next_tick;
      if (tick) next_tick = absl::Now() + kTick;
      stopping = stopping_;
      followers = Collect(std::exchange(changed_, {}), tick || stopping);
    }
    // Outside the lock: they may be removed meanwhile, and take locks of their own.
    for (const std::shared_ptr<Follower>& follower : followers) {
      stopping ? follower->End() : follower->Look();
    }
    if (stopping) return;
  }
}

}  // namespace quorate::server
