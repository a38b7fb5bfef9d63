#ifndef QUORATE_CUSTODY_NODE_DAEMON_APPEND_ANSWER_H_
#define QUORATE_CUSTODY_NODE_DAEMON_APPEND_ANSWER_H_

#include "absl/status/status.h"

namespace quorate::node {

// What a server's answer to an append means for the statement.
enum class AppendAnswer {
  kTaken,       // It says that the log has it. Only the log itself proves that.
  kRefused,     // The bytes will never be taken: one of the reasons that log.proto gives for that.
  kLater,       // It answered, and the same bytes may be taken another time.
  kServerAway,  // No answer of the custody server at all.
};

// A statement that its author counts on ends for none but the listed reasons: whatever else a
// server, a full disk or somebody on the way answers, it is sent again.
[[nodiscard]] AppendAnswer ClassifyAppend(const absl::Status& status);

}  // namespace quorate::node

#endif  // QUORATE_CUSTODY_NODE_DAEMON_APPEND_ANSWER_H_
