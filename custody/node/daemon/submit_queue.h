#ifndef QUORATE_CUSTODY_NODE_DAEMON_SUBMIT_QUEUE_H_
#define QUORATE_CUSTODY_NODE_DAEMON_SUBMIT_QUEUE_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>

#include "absl/time/time.h"
#include "custody/base/clock.h"
#include "custody/ledger/types.h"

namespace quorate::node {

// Which statements wait to be sent, by their ids: the bytes stay in the node's outbox, so however
// often the node hands one out, and however slow the server is, nothing piles up here.
//
// Refusals (denials, retractions) have a lane of their own, and so have statements that bring
// blobs: no word waits behind an upload. Within a lane they go as they came. A statement that was
// not taken waits longer each time; a server that does not answer holds the whole lane up in the
// same way. Not thread-safe.
class SubmitQueue {
 public:
  enum class Lane { kRefusals = 0, kWords = 1, kUploads = 2 };
  static constexpr std::array<Lane, 3> kLanes = {Lane::kRefusals, Lane::kWords, Lane::kUploads};
  // More wait for the node to hand them out again.
  static constexpr size_t kMaxWaiting = 4096;
  static constexpr absl::Duration kFirstWait = absl::Milliseconds(500);
  static constexpr absl::Duration kLongestWait = absl::Seconds(15);

  explicit SubmitQueue(const base::Clock* clock) : clock_(*clock) {}

  // Changes nothing for what waits or is under way already.
  void Add(const ledger::StatementId& id, Lane lane);
  // The first that is due. It is under way until one of the three calls below.
  std::optional<ledger::StatementId> Take(Lane lane);
  // It was taken, refused, or must no longer be said.
  void Done(const ledger::StatementId& id);
  // The server answered, and may take it another time.
  void Later(const ledger::StatementId& id);
  // The server did not answer.
  void ServerAway(const ledger::StatementId& id);

  // The connection is back: everything is due.
  void AllDue();
  // Until Take(lane) may have something; infinite where nothing waits.
  [[nodiscard]] absl::Duration Wait(Lane lane) const;
  size_t size() const { return waiting_.size(); }

 private:
  struct Waiting {
    Lane lane = Lane::kWords;
    uint64_t order = 0;
    bool under_way = false;
    int failures = 0;
    absl::Duration due = -absl::InfiniteDuration();
  };
  struct LaneState {
    int failures = 0;
    absl::Duration due = -absl::InfiniteDuration();
  };
  LaneState& State(Lane lane) { return lanes_[static_cast<size_t>(lane)]; }
  const LaneState& State(Lane lane) const { return lanes_[static_cast<size_t>(lane)]; }

  const base::Clock& clock_;
  std::map<ledger::StatementId, Waiting> waiting_;
  std::array<LaneState, kLanes.size()> lanes_;
  uint64_t next_order_ = 0;
};

}  // namespace quorate::node

#endif  // QUORATE_CUSTODY_NODE_DAEMON_SUBMIT_QUEUE_H_
