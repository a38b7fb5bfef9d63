#ifndef QUORATE_CUSTODY_NODE_ACTIONS_H_
#define QUORATE_CUSTODY_NODE_ACTIONS_H_

#include <string>
#include <variant>
#include <vector>

#include "absl/status/status.h"
#include "crypto/bytes.h"
#include "custody/ledger/types.h"
#include "custody/replica/replica.h"
#include "custody/wire/statement_seal.h"

// What a node is told and what it wants done. The node itself does no I/O but through its store:
// whoever runs it (the daemon, the simulator) carries these between it and the world. Whatever an
// action depends on is durable before the action is handed out, so one that is lost in a crash is
// asked for again after the restart.
namespace quorate::node {

// Events.

struct LogAdvanced {
  crypto::Bytes checkpoint_note;
  std::vector<replica::RawEntry> entries;  // From the replica's next_index() on.
};
// Blobs name themselves by their digest; those that nobody asked for are dropped.
struct BlobsArrived {
  std::vector<crypto::Bytes> blobs;
};
// The server has refused a statement for good (a bad status of its own, not a lost connection).
struct SubmissionRefused {
  ledger::StatementId statement_id;
  absl::Status status;
};
// Time has passed: look what is due. Where the connection is back after a loss, what was handed out
// before may have been lost with it.
struct Tick {
  bool reconnected = false;
};

using Event = std::variant<LogAdvanced, BlobsArrived, SubmissionRefused, Tick>;

// Actions.

// Append this statement, its blobs first. Repeated until the log has it.
struct Submit {
  wire::SignedStatement statement;
  std::vector<crypto::Bytes> blobs;
};
struct FetchBlobs {
  std::vector<crypto::Digest> digests;
};
// The replica needs entries from here on.
struct FetchEntries {
  uint64_t from = 0;
};
// For the person and their hooks. `text` is made of the group's own names, cleaned for a terminal
// by whoever shows it.
struct Notice {
  std::string kind;
  std::string subject;
  std::string text;
};

using Action = std::variant<Submit, FetchBlobs, FetchEntries, Notice>;

}  // namespace quorate::node

#endif  // QUORATE_CUSTODY_NODE_ACTIONS_H_
