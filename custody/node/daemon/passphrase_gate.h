#ifndef QUORATE_CUSTODY_NODE_DAEMON_PASSPHRASE_GATE_H_
#define QUORATE_CUSTODY_NODE_DAEMON_PASSPHRASE_GATE_H_

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"

namespace quorate::node {

// Lets one caller at a time derive a key from a passphrase: each needs 256 MiB for half a second,
// and dozens at once would have the node killed for its memory. A few wait, none for long.
// Thread-safe.
class PassphraseGate {
 public:
  static constexpr int kMaxWaiting = 8;
  static constexpr absl::Duration kLongestWait = absl::Seconds(15);

  explicit PassphraseGate(absl::Duration longest_wait = kLongestWait)
      : longest_wait_(longest_wait) {}

  // OK: the caller is in, until Leave. ResourceExhausted TOO_MANY_PASSPHRASES where too many wait
  // or it took too long; Unavailable STOPPING after Close.
  [[nodiscard]] absl::Status Enter();
  void Leave();
  // Nobody gets in any more.
  void Close();

 private:
  const absl::Duration longest_wait_;
  absl::Mutex mutex_;
  int waiting_ ABSL_GUARDED_BY(mutex_) = 0;
  bool taken_ ABSL_GUARDED_BY(mutex_) = false;
  bool closed_ ABSL_GUARDED_BY(mutex_) = false;
};

}  // namespace quorate::node

#endif  // QUORATE_CUSTODY_NODE_DAEMON_PASSPHRASE_GATE_H_
