#ifndef QUORATE_CUSTODY_NODE_DAEMON_HOOK_H_
#define QUORATE_CUSTODY_NODE_DAEMON_HOOK_H_

#include <sys/types.h>

#include <deque>
#include <string>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"

namespace quorate::node {

// The node's settings, from config.toml in its home; all optional.
//
//   [notify]
//   exec = ["/path/to/program", "argument"]
struct NodeConfig {
  std::vector<std::string> notify_exec;
};
// Defaults where there is no file. InvalidArgument BAD_CONFIG for what is not understood.
[[nodiscard]] absl::StatusOr<NodeConfig> ReadNodeConfig(const std::string& path);

// Runs the person's notification program for each event, one at a time, with one line of JSON (at
// most 4096 bytes) on its standard input: {"kind":…,"subject":…,"text":…}. No shell is between. It
// gets no other descriptor of ours, no output, and of our environment only what a desktop's
// notifier needs. It and what it started are ended after the time limit, and when the node stops;
// at most 100 events wait, and the oldest go first. What it does never holds the node up.
// Thread-safe.
class Hook {
 public:
  explicit Hook(absl::Duration limit = absl::Seconds(30)) : limit_(limit) {}
  ~Hook();
  void Start(std::vector<std::string> exec);
  void Notify(std::string json_line);
  void Stop();

 private:
  void Loop();
  void RunOnce(const std::string& line) const;
  // Whether the process ended by itself within the limit, before a stop.
  bool WaitForEnd(pid_t pid) const;

  const absl::Duration limit_;
  std::vector<std::string> exec_;
  int stop_event_ = -1;  // Readable once the node stops.
  absl::Mutex mutex_;
  std::deque<std::string> waiting_ ABSL_GUARDED_BY(mutex_);
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

}  // namespace quorate::node

#endif  // QUORATE_CUSTODY_NODE_DAEMON_HOOK_H_
