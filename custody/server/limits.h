#ifndef QUORATE_CUSTODY_SERVER_LIMITS_H_
#define QUORATE_CUSTODY_SERVER_LIMITS_H_

#include <cstddef>
#include <cstdint>

#include "absl/time/time.h"

namespace quorate::server {

// A page of entries is cut after so many bytes, but holds at least one. What a follower that takes
// nothing may hold in memory is one page.
inline constexpr uint64_t kMaxPageEntries = 512;
inline constexpr uint64_t kMaxPageBytes = uint64_t{4} << 20;
inline constexpr uint64_t kFollowerPageBytes = uint64_t{256} << 10;
inline constexpr int kMaxBlobsPerCall = 256;

// What the server holds and gives at most. Tests choose smaller numbers.
struct Limits {
  // A caller's calls, and the bytes of its requests and answers: so many at once, then so many a
  // second.
  double call_burst = 2000;
  double calls_per_second = 200;
  double byte_burst = 128 << 20;
  double bytes_per_second = 8 << 20;
  // Callers whose use is counted one by one; further ones are counted together.
  size_t callers = 4096;
  // Above, and above what the process may have of open files, a connection is closed at once.
  size_t connections = 4096;
  size_t connections_per_address = 512;
  size_t streams = 2000;
  size_t streams_per_caller = 16;

  // Statements that wait to be committed, of all logs and of one.
  size_t queued = 1024;
  size_t queued_bytes = size_t{64} << 20;
  size_t queued_per_log = 512;
  size_t queued_bytes_per_log = size_t{16} << 20;
  size_t batch = 256;

  uint64_t unreferenced_bytes_per_sender = uint64_t{64} << 20;
  absl::Duration unreferenced_age = absl::Hours(24);

  size_t organisations = 1000;
  size_t drafts = 256;
  size_t drafts_per_caller = 8;
};

}  // namespace quorate::server

#endif  // QUORATE_CUSTODY_SERVER_LIMITS_H_
