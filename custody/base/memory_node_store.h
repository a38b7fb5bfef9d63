#ifndef QUORATE_CUSTODY_BASE_MEMORY_NODE_STORE_H_
#define QUORATE_CUSTODY_BASE_MEMORY_NODE_STORE_H_

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "custody/base/node_store.h"

namespace quorate::base {

// The disk of a simulated node. It outlives the node: to model a crash, destroy the node, call
// Restart() and hand the store to a new one; a batch that was not committed is gone, one that was
// is there whole. Snapshot and Restore model a backup that is put back. Thread-safe.
class MemoryNodeStore final : public NodeStoreInterface {
 public:
  // How the machine dies in the next Commit.
  enum class CommitFault {
    kNone,
    kLoseBatch,   // Before the batch is durable: it vanishes.
    kKeepBatch,   // After it is durable, before Commit could say so.
    kRefuseOnce,  // A full disk: nothing is written, and the store goes on.
  };

  // Everything that was durable at one moment.
  struct Image {
    std::vector<NodeEntry> entries;
    std::optional<NodeBytes> checkpoint;
    std::map<std::pair<std::string, NodeBytes>, NodeBytes> values;
  };

  [[nodiscard]] absl::Status Commit(const WriteBatch& batch) override;
  [[nodiscard]] absl::StatusOr<uint64_t> Size() const override;
  [[nodiscard]] absl::StatusOr<std::vector<NodeEntry>> ReadEntries(
      uint64_t start, uint64_t max_count, uint64_t max_bytes) const override;
  [[nodiscard]] absl::StatusOr<std::optional<NodeBytes>> Checkpoint() const override;
  [[nodiscard]] absl::StatusOr<std::optional<NodeBytes>> Get(const std::string& space,
                                                             NodeByteSpan key) const override;
  [[nodiscard]] absl::StatusOr<std::vector<NodeKeyValue>> List(
      const std::string& space) const override;

  // After kLoseBatch or kKeepBatch strikes, every call is Unavailable until Restart().
  void FailNextCommit(CommitFault fault);
  // Makes every call Unavailable until Restart(), as a machine that lost its power.
  void Crash();
  void Restart();
  bool crashed() const;
  // Batches that became durable so far.
  uint64_t commits() const;

  Image Snapshot() const;
  void Restore(Image image);

 private:
  // With mutex_ held.
  absl::Status CheckAlive() const;
  void Apply(const WriteBatch& batch);

  mutable std::mutex mutex_;  // Guards the rest.
  Image image_;
  CommitFault fault_ = CommitFault::kNone;
  bool crashed_ = false;
  uint64_t commits_ = 0;
};

}  // namespace quorate::base

#endif  // QUORATE_CUSTODY_BASE_MEMORY_NODE_STORE_H_
