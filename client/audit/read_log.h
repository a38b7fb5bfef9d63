#ifndef QUORATE_CLIENT_AUDIT_READ_LOG_H_
#define QUORATE_CLIENT_AUDIT_READ_LOG_H_

#include <cstdint>
#include <optional>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "client/audit/fault.h"
#include "client/audit/log_source.h"
#include "crypto/bytes.h"
#include "crypto/identity.h"
#include "custody/base/clock.h"
#include "custody/ledger/types.h"
#include "custody/replica/replica.h"

namespace quorate::audit {

// What a reader knows of a log before it reads it.
struct Trust {
  ledger::OrganisationId organisation;
  crypto::PublicSigningKey log_key;
};

// What a checkpoint says.
struct TreeHead {
  uint64_t size = 0;
  crypto::Digest root;
  bool operator==(const TreeHead&) const = default;
};

// Whatever a source does, a reading ends at these. Tests make them smaller.
struct ReadLimits {
  uint64_t max_entries = uint64_t{1} << 20;
  size_t max_bytes = size_t{256} << 20;
  // Checkpoints besides the first that are looked at.
  size_t max_other_heads = 64;
  absl::Duration max_time = absl::Minutes(15);
};

// A log as its source showed it. Signatures of checkpoints hold; nothing else has been checked.
struct LogCopy {
  // The first checkpoint. It fixes how far is read, so that a log that grows has an end.
  crypto::Bytes checkpoint;
  TreeHead head;
  std::vector<replica::RawEntry> entries;  // From 0; at most head.size.
  // Further ones that came with later pages, each once.
  std::vector<TreeHead> other_heads;
  // Why there are fewer entries than the checkpoint covers.
  std::optional<Fault> stopped;
};

// PermissionDenied or InvalidArgument where `note` is no checkpoint of this log.
[[nodiscard]] absl::StatusOr<TreeHead> OpenHead(const Trust& trust, crypto::ByteSpan note);

// Reads all that the first checkpoint covers. Takes no more than the limits, whatever comes.
// `clock` measures the time that it takes.
[[nodiscard]] LogCopy ReadLog(LogSource& source, const Trust& trust, const base::Clock& clock,
                              const ReadLimits& limits = {});

}  // namespace quorate::audit

#endif  // QUORATE_CLIENT_AUDIT_READ_LOG_H_
