#include "tests/hostile/mischief.h"

#include <utility>

#include "crypto/bytes.h"
#include "custody/wire/statement.h"

namespace quorate::hostile {
namespace {

namespace pb = ::quorate::log::v1;
using Entries = google::protobuf::RepeatedPtrField<pb::Entry>;

constexpr uint64_t kHourMs = 3'600'000;

// In the middle: past what a decoder stumbles over at once.
void Flip(std::string& bytes) {
  if (!bytes.empty()) bytes[bytes.size() / 2] = static_cast<char>(bytes[bytes.size() / 2] ^ 1);
}

void BackDate(std::string& bytes) {
  absl::StatusOr<ledger::Leaf> leaf = wire::DecodeLeaf(crypto::AsBytes(bytes));
  if (!leaf.ok()) return;
  leaf->log_time_ms -= kHourMs;
  bytes = crypto::AsString(wire::EncodeLeaf(*leaf));
}

// Whether it changed anything.
bool BendEntry(const std::string& manner, int at, Entries& entries) {
  pb::Entry& entry = *entries.Mutable(at);
  if (manner == "drop") {
    entries.erase(entries.begin() + at);
  } else if (manner == "swap") {
    if (at == 0) return false;
    entries.SwapElements(at, at - 1);
  } else if (manner == "repeat") {
    if (at == 0) return false;
    entry = entries.Get(at - 1);
  } else if (manner == "cut-body") {
    entry.mutable_body()->pop_back();
  } else if (manner == "no-body") {
    entry.clear_body();
  } else if (manner == "cut-leaf") {
    entry.mutable_leaf()->pop_back();
  } else if (manner == "flip-leaf") {
    Flip(*entry.mutable_leaf());
  } else if (manner == "flip-body") {
    Flip(*entry.mutable_body());
  } else if (manner == "back-date") {
    BackDate(*entry.mutable_leaf());
  } else {
    return false;
  }
  return true;
}

// Whether anything was kept back.
bool Withhold(uint64_t start, uint64_t size, Entries& entries) {
  bool kept_back = false;
  while (!entries.empty() && start + static_cast<uint64_t>(entries.size()) > size) {
    entries.RemoveLast();
    kept_back = true;
  }
  return kept_back;
}

}  // namespace

void Plan::Set(const std::string& caller, Mischief mischief) {
  const std::lock_guard<std::mutex> lock(mutex_);
  mischiefs_[caller] = std::move(mischief);
}

void Plan::Clear() {
  const std::lock_guard<std::mutex> lock(mutex_);
  mischiefs_.clear();
}

std::map<std::string, Mischief> Plan::Get() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return mischiefs_;
}

Mischief& Plan::For(const std::string& caller) {
  const auto own = mischiefs_.find(caller);
  return own != mischiefs_.end() ? own->second : mischiefs_[""];
}

bool Plan::Is(const std::string& caller, const std::string& manner) {
  const std::lock_guard<std::mutex> lock(mutex_);
  Mischief& mischief = For(caller);
  if (mischief.manner != manner) return false;
  ++mischief.done;
  return true;
}

void Plan::Bend(const std::string& caller, uint64_t start, Entries& entries,
                std::string& checkpoint) {
  const std::lock_guard<std::mutex> lock(mutex_);
  Mischief& mischief = For(caller);
  const std::string& manner = mischief.manner;
  if (manner == "flip-checkpoint") {
    Flip(checkpoint);
    ++mischief.done;
  } else if (mischief.KeepsBack()) {
    const bool newer = checkpoint != mischief.checkpoint;
    if (manner == "old-state") checkpoint = mischief.checkpoint;
    if (Withhold(start, mischief.size, entries) || newer) ++mischief.done;
  }
  if (entries.empty()) return;
  const auto end = start + static_cast<uint64_t>(entries.size());
  const uint64_t index = mischief.index.value_or(end - 1);
  if (index < start || index >= end) return;
  if (BendEntry(manner, static_cast<int>(index - start), entries)) ++mischief.done;
}

void Plan::Bend(const std::string& caller, pb::GetBlobsResponse& response) {
  const std::lock_guard<std::mutex> lock(mutex_);
  Mischief& mischief = For(caller);
  for (pb::BlobContent& blob : *response.mutable_blobs()) {
    if (mischief.manner == "flip-blob") Flip(*blob.mutable_content());
    if (mischief.manner == "no-blob") blob.clear_content();
    if (mischief.manner.ends_with("-blob")) ++mischief.done;
  }
}

}  // namespace quorate::hostile
