#ifndef QUORATE_CLIENT_AUDIT_SEEN_HEADS_H_
#define QUORATE_CLIENT_AUDIT_SEEN_HEADS_H_

#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "client/audit/check_tree.h"
#include "client/audit/read_log.h"
#include "crypto/bytes.h"
#include "quorate/node/v1/node.pb.h"

// What this home knows of the log without asking the server: what its node has verified, and what
// this program verified last.
namespace quorate::audit {

// What the node has verified by now, as its status says; absent where it has nothing yet.
// FailedPrecondition, reason OTHER_ORGANISATION, where it belongs to another one; Internal, reason
// BAD_ANSWER. Ask the node before the log is read: a log that only grows is then at least as long.
[[nodiscard]] absl::StatusOr<std::optional<SeenHead>> HeadOfNode(const node::v1::NodeStatus& status,
                                                                 const Trust& trust);

// The checkpoint that RecordHead left at `path`; absent where there is none. DataLoss, reason
// RECORD_DAMAGED, where it is not one that this log's key signed.
[[nodiscard]] absl::StatusOr<std::optional<SeenHead>> ReadRecordedHead(const std::string& path,
                                                                       const Trust& trust);

// Keeps a verified checkpoint for the next time, unless a larger one is there.
[[nodiscard]] absl::Status RecordHead(const std::string& path, const Trust& trust,
                                      crypto::ByteSpan note);

}  // namespace quorate::audit

#endif  // QUORATE_CLIENT_AUDIT_SEEN_HEADS_H_
