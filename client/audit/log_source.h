#ifndef QUORATE_CLIENT_AUDIT_LOG_SOURCE_H_
#define QUORATE_CLIENT_AUDIT_LOG_SOURCE_H_

#include <cstdint>
#include <vector>

#include "absl/status/statusor.h"
#include "crypto/bytes.h"
#include "custody/log/tree.h"
#include "custody/replica/replica.h"

namespace quorate::audit {

struct LogPage {
  crypto::Bytes checkpoint;  // A signed note.
  std::vector<replica::RawEntry> entries;
};

// Where a log is read from. Whoever reads believes nothing of it: each answer may be anything, but
// every call ends.
class LogSource {
 public:
  virtual ~LogSource() = default;

  // Entries from `start` on, as many as it likes, and its newest checkpoint.
  [[nodiscard]] virtual absl::StatusOr<LogPage> Read(uint64_t start) = 0;
  // RFC 6962 proofs of the tree of `new_size` or `size` entries. An error where there are none.
  [[nodiscard]] virtual absl::StatusOr<log::Proof> ConsistencyProof(uint64_t old_size,
                                                                    uint64_t new_size) = 0;
  [[nodiscard]] virtual absl::StatusOr<log::Proof> InclusionProof(uint64_t index,
                                                                  uint64_t size) = 0;
};

}  // namespace quorate::audit

#endif  // QUORATE_CLIENT_AUDIT_LOG_SOURCE_H_
