#ifndef QUORATE_CUSTODY_BASE_NODE_STORE_H_
#define QUORATE_CUSTODY_BASE_NODE_STORE_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace quorate::base {

using NodeBytes = std::vector<uint8_t>;
using NodeByteSpan = std::span<const uint8_t>;

// One entry of the replica of the log. An erased body reads as empty; no body is empty otherwise.
struct NodeEntry {
  uint64_t index = 0;
  NodeBytes leaf;
  NodeBytes body;
  bool operator==(const NodeEntry&) const = default;
};

struct NodeKeyValue {
  NodeBytes key;
  NodeBytes value;
  bool operator==(const NodeKeyValue&) const = default;
};

// What a node's store accepts in one value; more is InvalidArgument.
inline constexpr size_t kNodeMaxSpaceBytes = 64;
inline constexpr size_t kNodeMaxKeyBytes = 1024;
inline constexpr size_t kNodeMaxValueBytes = size_t{64} << 20;

// Changes that become durable together or not at all. Plain data; not thread-safe.
class WriteBatch {
 public:
  struct Mutation {
    std::string space;
    NodeBytes key;
    std::optional<NodeBytes> value;  // Absent: delete.
  };

  // Entries must continue the store without a gap, in order.
  void Append(NodeEntry entry) { entries_.push_back(std::move(entry)); }
  // Replaces the latest checkpoint note.
  void SetCheckpoint(NodeBytes note) { checkpoint_ = std::move(note); }
  // Puts and deletes apply in the order given. `space` is one of the node's own names.
  void Put(std::string space, NodeBytes key, NodeBytes value) {
    mutations_.push_back({std::move(space), std::move(key), std::move(value)});
  }
  void Delete(std::string space, NodeBytes key) {
    mutations_.push_back({std::move(space), std::move(key), std::nullopt});
  }
  // Removes the body of a stored entry; its leaf stays.
  void EraseBody(uint64_t index) { erased_bodies_.push_back(index); }

  const std::vector<NodeEntry>& entries() const { return entries_; }
  const std::optional<NodeBytes>& checkpoint() const { return checkpoint_; }
  const std::vector<Mutation>& mutations() const { return mutations_; }
  const std::vector<uint64_t>& erased_bodies() const { return erased_bodies_; }
  bool empty() const {
    return entries_.empty() && !checkpoint_.has_value() && mutations_.empty() &&
           erased_bodies_.empty();
  }

 private:
  std::vector<NodeEntry> entries_;
  std::optional<NodeBytes> checkpoint_;
  std::vector<Mutation> mutations_;
  std::vector<uint64_t> erased_bodies_;
};

// What a node keeps across restarts: its replica of the log, the latest checkpoint note, and named
// spaces of keys and values. Secrets come here sealed or not at all: the store does not encrypt.
// Implementations are safe for use by several threads.
//
// Statuses: InvalidArgument (a size bound, a gap in the entries, an unknown index), DataLoss (the
// file is damaged), ResourceExhausted (the disk is full), Unavailable (any other failure). After an
// error from Commit the batch is either wholly there or wholly absent; read before trying again.
class NodeStoreInterface {
 public:
  virtual ~NodeStoreInterface() = default;

  // Applies the whole batch; OK only once it outlives a power cut.
  [[nodiscard]] virtual absl::Status Commit(const WriteBatch& batch) = 0;

  // Number of entries: the next index.
  [[nodiscard]] virtual absl::StatusOr<uint64_t> Size() const = 0;

  // Entries from `start`, in order: at most `max_count`, and no more once `max_bytes` of leaves and
  // bodies are reached, but at least one where there is one. Empty from Size() on.
  [[nodiscard]] virtual absl::StatusOr<std::vector<NodeEntry>> ReadEntries(
      uint64_t start, uint64_t max_count, uint64_t max_bytes) const = 0;

  [[nodiscard]] virtual absl::StatusOr<std::optional<NodeBytes>> Checkpoint() const = 0;

  [[nodiscard]] virtual absl::StatusOr<std::optional<NodeBytes>> Get(const std::string& space,
                                                                     NodeByteSpan key) const = 0;

  // All of a space, by key in byte order.
  [[nodiscard]] virtual absl::StatusOr<std::vector<NodeKeyValue>> List(
      const std::string& space) const = 0;
};

// What any implementation checks before it writes: the bounds above, entries that continue `size`
// without a gap and have a leaf and a body, erased bodies below the new size.
[[nodiscard]] absl::Status CheckBatch(const WriteBatch& batch, uint64_t size);

}  // namespace quorate::base

#endif  // QUORATE_CUSTODY_BASE_NODE_STORE_H_
