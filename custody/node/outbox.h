#ifndef QUORATE_CUSTODY_NODE_OUTBOX_H_
#define QUORATE_CUSTODY_NODE_OUTBOX_H_

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "custody/base/node_store.h"
#include "custody/wire/statement_seal.h"

namespace quorate::node {

// Own statements that the log does not have yet. A statement is durable here before it leaves, and
// leaves as the same bytes however often it is sent. The ids of all statements ever made stay, so
// that a node can tell that it is a restored copy.
class Outbox {
 public:
  struct Item {
    wire::SignedStatement statement;
    std::vector<crypto::Bytes> blobs;
    std::string duty;
    // Its place among all that this node made. Statements leave in this order, after a restart too:
    // of two words on one request the log must hold the later one last.
    uint64_t order = 0;
    // When it was last handed out; absent: not in this run of the program.
    std::optional<absl::Duration> sent_at;
  };

  explicit Outbox(base::NodeStoreInterface* store) : store_(store) {}

  // DataLoss where what is stored does not decode.
  absl::Status Load();

  // Into `batch`, behind all that waits; call Added once it is durable.
  void Put(base::WriteBatch& batch, Item& item) const;
  void Added(Item item);
  // The log has it, or the server refused it for good.
  absl::Status Done(const ledger::StatementId& id);
  // The same as a part of `batch`; call Removed once it is durable.
  void Remove(base::WriteBatch& batch, const ledger::StatementId& id) const;
  void Removed(const ledger::StatementId& id) { items_.erase(id); }
  // Keeps in mind that this node made a statement (armed shares are made long before they go out).
  void RememberOwn(base::WriteBatch& batch, const ledger::StatementId& id) const;
  bool MadeHere(const ledger::StatementId& id) const;

  bool Contains(const ledger::StatementId& id) const { return items_.contains(id); }
  bool ContainsDuty(const std::string& duty) const;
  std::map<ledger::StatementId, Item>& items() { return items_; }
  const std::map<ledger::StatementId, Item>& items() const { return items_; }
  size_t size() const { return items_.size(); }
  // What waits, in the order it was made. Valid until an item is added or removed.
  std::vector<Item*> InOrder();

 private:
  base::NodeStoreInterface* store_;
  std::map<ledger::StatementId, Item> items_;
};

}  // namespace quorate::node

#endif  // QUORATE_CUSTODY_NODE_OUTBOX_H_
