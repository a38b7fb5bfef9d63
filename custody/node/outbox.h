#ifndef QUORATE_CUSTODY_NODE_OUTBOX_H_
#define QUORATE_CUSTODY_NODE_OUTBOX_H_

#include <map>
#include <optional>
#include <string>
#include <string_view>
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
  // Why a statement was made; the body, which would say so, is sealed. Numbers are on disk: do not
  // change them.
  enum class Purpose : uint8_t {
    kCommand = 0,   // The person said so, and nothing below fits.
    kDuty = 1,      // The node's own part in a sharing; the subject names the duty.
    kApproval = 2,  // From here on the subject is the request's leaf hash in hexadecimal.
    kShares = 3,    // Never leaves without the gate.
    // A denial, a retraction or an alarm: leaves first, and no answer of a server ends it. An
    // alarm's subject is kAlarmPrefix and the account's name.
    kRefusal = 4,
    kAccept = 5,
    kLift = 6,  // The subject is the account's name.
  };
  struct Item {
    wire::SignedStatement statement;
    std::vector<crypto::Bytes> blobs;
    Purpose purpose = Purpose::kCommand;
    std::string subject;
    uint64_t order = 0;  // Of making; set by Put.
    // When it was last handed out; absent: not in this run of the program.
    std::optional<absl::Duration> sent_at;
    int refusals = 0;  // By the server, in this run.
  };

  // No leaf hash begins like this.
  static constexpr std::string_view kAlarmPrefix = "alarm/";

  explicit Outbox(base::NodeStoreInterface* store) : store_(store) {}

  // DataLoss where what is stored does not decode.
  absl::Status Load();

  // Into `batch`; call Added once it is durable.
  void Put(base::WriteBatch& batch, Item& item);
  void Added(Item item);
  // Out of the outbox by `batch`; call Removed once it is durable. Nothing for an unknown id.
  void Remove(base::WriteBatch& batch, const ledger::StatementId& id) const;
  void Removed(const ledger::StatementId& id) { items_.erase(id); }
  // Both at once: the log has it, or it must never leave.
  absl::Status Done(const ledger::StatementId& id);
  // Keeps in mind that this node made a statement (armed shares are made long before they go out).
  void RememberOwn(base::WriteBatch& batch, const ledger::StatementId& id) const;
  // True also where the store cannot say.
  bool MadeHere(const ledger::StatementId& id) const;

  bool Contains(const ledger::StatementId& id) const { return items_.contains(id); }
  // Null where there is none.
  const Item* Find(const ledger::StatementId& id) const;
  const Item* Find(Purpose purpose, const std::string& subject) const;
  // Refusals first, then as they were made.
  std::vector<ledger::StatementId> InOrder() const;
  std::map<ledger::StatementId, Item>& items() { return items_; }
  const std::map<ledger::StatementId, Item>& items() const { return items_; }
  size_t size() const { return items_.size(); }

 private:
  base::NodeStoreInterface* store_;
  std::map<ledger::StatementId, Item> items_;
  uint64_t next_order_ = 1;
};

}  // namespace quorate::node

#endif  // QUORATE_CUSTODY_NODE_OUTBOX_H_
