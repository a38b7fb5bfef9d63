#include "custody/base/memory_node_store.h"

#include <string_view>

#include "custody/base/error_info.h"
#include "custody/base/status_macros.h"

namespace quorate::base {
namespace {

absl::Status BadBatch(std::string_view what) {
  return MakeError(absl::StatusCode::kInvalidArgument, "BAD_BATCH", what,
                   "this is a fault in the program: report it");
}

}  // namespace

absl::Status CheckBatch(const WriteBatch& batch, uint64_t size) {
  uint64_t next = size;
  for (const NodeEntry& entry : batch.entries()) {
    if (entry.index != next) return BadBatch("entries do not continue the stored log");
    if (entry.leaf.empty() || entry.body.empty())
      return BadBatch("an entry lacks its leaf or body");
    if (entry.leaf.size() > kNodeMaxValueBytes || entry.body.size() > kNodeMaxValueBytes) {
      return BadBatch("an entry is larger than the store accepts");
    }
    ++next;
  }
  for (const uint64_t index : batch.erased_bodies()) {
    if (index >= next) return BadBatch("there is no such entry to erase");
  }
  for (const WriteBatch::Mutation& mutation : batch.mutations()) {
    if (mutation.space.empty() || mutation.space.size() > kNodeMaxSpaceBytes ||
        mutation.key.size() > kNodeMaxKeyBytes) {
      return BadBatch("a space or key is empty or longer than the store accepts");
    }
    if (mutation.value.has_value() && mutation.value->size() > kNodeMaxValueBytes) {
      return BadBatch("a value is larger than the store accepts");
    }
  }
  if (batch.checkpoint().has_value() && batch.checkpoint()->size() > kNodeMaxValueBytes) {
    return BadBatch("a checkpoint is larger than the store accepts");
  }
  return absl::OkStatus();
}

absl::Status MemoryNodeStore::CheckAlive() const {
  if (!crashed_) return absl::OkStatus();
  return MakeError(absl::StatusCode::kUnavailable, "STORE_CRASHED", "the simulated machine is down",
                   "restart it");
}

void MemoryNodeStore::Apply(const WriteBatch& batch) {
  for (const NodeEntry& entry : batch.entries()) image_.entries.push_back(entry);
  for (const uint64_t index : batch.erased_bodies()) image_.entries[index].body.clear();
  if (batch.checkpoint().has_value()) image_.checkpoint = batch.checkpoint();
  for (const WriteBatch::Mutation& mutation : batch.mutations()) {
    auto key = std::make_pair(mutation.space, mutation.key);
    if (mutation.value.has_value()) {
      image_.values.insert_or_assign(std::move(key), *mutation.value);
    } else {
      image_.values.erase(key);
    }
  }
  ++commits_;
}

absl::Status MemoryNodeStore::Commit(const WriteBatch& batch) {
  const std::lock_guard lock(mutex_);
  QUORATE_RETURN_IF_ERROR(CheckAlive());
  QUORATE_RETURN_IF_ERROR(CheckBatch(batch, image_.entries.size()));
  const CommitFault fault = std::exchange(fault_, CommitFault::kNone);
  if (fault == CommitFault::kRefuseOnce) {
    return MakeError(absl::StatusCode::kResourceExhausted, "STORE_FULL",
                     "the simulated disk is full", "free disk space, then try again");
  }
  if (fault != CommitFault::kLoseBatch) Apply(batch);
  if (fault != CommitFault::kNone) crashed_ = true;
  return CheckAlive();
}

absl::StatusOr<uint64_t> MemoryNodeStore::Size() const {
  const std::lock_guard lock(mutex_);
  QUORATE_RETURN_IF_ERROR(CheckAlive());
  return uint64_t{image_.entries.size()};
}

absl::StatusOr<std::vector<NodeEntry>> MemoryNodeStore::ReadEntries(uint64_t start,
                                                                    uint64_t max_count,
                                                                    uint64_t max_bytes) const {
  const std::lock_guard lock(mutex_);
  QUORATE_RETURN_IF_ERROR(CheckAlive());
  std::vector<NodeEntry> out;
  uint64_t bytes = 0;
  for (uint64_t i = start; i < image_.entries.size() && out.size() < max_count; ++i) {
    const NodeEntry& entry = image_.entries[i];
    bytes += entry.leaf.size() + entry.body.size();
    if (!out.empty() && bytes > max_bytes) break;
    out.push_back(entry);
  }
  return out;
}

absl::StatusOr<std::optional<NodeBytes>> MemoryNodeStore::Checkpoint() const {
  const std::lock_guard lock(mutex_);
  QUORATE_RETURN_IF_ERROR(CheckAlive());
  return image_.checkpoint;
}

absl::StatusOr<std::optional<NodeBytes>> MemoryNodeStore::Get(const std::string& space,
                                                              NodeByteSpan key) const {
  const std::lock_guard lock(mutex_);
  QUORATE_RETURN_IF_ERROR(CheckAlive());
  auto found = image_.values.find({space, NodeBytes(key.begin(), key.end())});
  if (found == image_.values.end()) return std::optional<NodeBytes>();
  return std::optional<NodeBytes>(found->second);
}

absl::StatusOr<std::vector<NodeKeyValue>> MemoryNodeStore::List(const std::string& space) const {
  const std::lock_guard lock(mutex_);
  QUORATE_RETURN_IF_ERROR(CheckAlive());
  std::vector<NodeKeyValue> out;
  for (auto at = image_.values.lower_bound({space, NodeBytes()});
       at != image_.values.end() && at->first.first == space; ++at) {
    out.push_back({at->first.second, at->second});
  }
  return out;
}

void MemoryNodeStore::FailNextCommit(CommitFault fault) {
  const std::lock_guard lock(mutex_);
  fault_ = fault;
}

void MemoryNodeStore::Crash() {
  const std::lock_guard lock(mutex_);
  crashed_ = true;
}

void MemoryNodeStore::Restart() {
  const std::lock_guard lock(mutex_);
  crashed_ = false;
  fault_ = CommitFault::kNone;
}

bool MemoryNodeStore::crashed() const {
  const std::lock_guard lock(mutex_);
  return crashed_;
}

uint64_t MemoryNodeStore::commits() const {
  const std::lock_guard lock(mutex_);
  return commits_;
}

MemoryNodeStore::Image MemoryNodeStore::Snapshot() const {
  const std::lock_guard lock(mutex_);
  return image_;
}

void MemoryNodeStore::Restore(Image image) {
  const std::lock_guard lock(mutex_);
  image_ = std::move(image);
}

}  // namespace quorate::base
