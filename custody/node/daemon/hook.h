#ifndef QUORATE_CUSTODY_NODE_DAEMON_HOOK_H_
#define QUORATE_CUSTODY_NODE_DAEMON_HOOK_H_

#include <deque>
#include <string>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"

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

// Runs the person's notification program for each event, one at a time, with one line of JSON on
// its standard input: {"kind":…,"subject":…,"text":…}. It gets no other descriptor of ours and none
// of our signal mask, is ended with its children after 30 seconds or when the node stops, and at
// most 100 events wait: what it does never holds the node up.
class Hook {
 public:
  Hook() = default;
  ~Hook();
  void Start(std::vector<std::string> exec);
  void Notify(std::string json_line);
  // Ends a program that runs; returns once it is gone.
  void Stop();

 private:
  void Loop();
  void RunOnce(const std::string& line) const;

  std::vector<std::string> exec_;
  absl::Mutex mutex_;
  std::deque<std::string> waiting_ ABSL_GUARDED_BY(mutex_);
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  int stop_fd_ = -1;  // Readable once Stop was called.
  std::thread thread_;
};

}  // namespace quorate::node

#endif  // QUORATE_CUSTODY_NODE_DAEMON_HOOK_H_
