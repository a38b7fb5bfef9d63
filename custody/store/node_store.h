#ifndef QUORATE_CUSTODY_STORE_NODE_STORE_H_
#define QUORATE_CUSTODY_STORE_NODE_STORE_H_

#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "custody/base/node_store.h"
#include "custody/store/database.h"

namespace quorate::store {

// A node's store on one SQLite file that this process alone has open. What a batch deletes or
// erases is overwritten in the file and in the write-ahead log before Commit returns; a value that
// a put replaces may stay in the write-ahead log until the next delete. Copies that the file system
// or the disk keep are out of reach. Thread-safe.
class NodeStore final : public base::NodeStoreInterface {
 public:
  // Opens or makes the file. Errors: see Database.
  [[nodiscard]] static absl::StatusOr<std::unique_ptr<NodeStore>> Open(
      const std::string& path, const Database::Options& options = {});

  [[nodiscard]] absl::Status Commit(const base::WriteBatch& batch) override;
  [[nodiscard]] absl::StatusOr<uint64_t> Size() const override;
  [[nodiscard]] absl::StatusOr<std::vector<base::NodeEntry>> ReadEntries(
      uint64_t start, uint64_t max_count, uint64_t max_bytes) const override;
  [[nodiscard]] absl::StatusOr<std::optional<base::NodeBytes>> Checkpoint() const override;
  [[nodiscard]] absl::StatusOr<std::optional<base::NodeBytes>> Get(
      const std::string& space, base::NodeByteSpan key) const override;
  [[nodiscard]] absl::StatusOr<std::vector<base::NodeKeyValue>> List(
      const std::string& space) const override;

  // DataLoss unless the file is sound and lacks no entry. Reads all of it.
  [[nodiscard]] absl::Status Check();

 private:
  explicit NodeStore(std::unique_ptr<Database> database) : database_(std::move(database)) {}

  // With mutex_ held.
  absl::StatusOr<uint64_t> SizeLocked() const;
  absl::Status WriteLog(const base::WriteBatch& batch);
  absl::Status WriteValues(const base::WriteBatch& batch);

  mutable std::mutex mutex_;  // Guards the rest.
  bool leftovers_ = false;    // What was removed may still lie in the write-ahead log.
  const std::unique_ptr<Database> database_;
};

}  // namespace quorate::store

#endif  // QUORATE_CUSTODY_STORE_NODE_STORE_H_
