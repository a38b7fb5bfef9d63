#ifndef QUORATE_CUSTODY_SERVER_SEQUENCER_H_
#define QUORATE_CUSTODY_SERVER_SEQUENCER_H_

#include <cstddef>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "crypto/identity.h"
#include "custody/base/clock.h"
#include "custody/ledger/types.h"
#include "custody/server/limits.h"
#include "custody/server/organisation_log.h"
#include "custody/store/store.h"
#include "quorate/log/v1/log.pb.h"

namespace quorate::server {

// A statement as a caller hands it in.
struct Submission {
  crypto::Bytes header;
  crypto::Signature signature;
  std::optional<crypto::Signature> device_signature;
  crypto::Bytes body;
};

// The one writer of all logs. Statements queue; what has queued for a log while the last commit ran
// becomes the next batch: one transaction, one checkpoint, one signature. A log moves, and anyone
// hears of it, only once the batch is durable. Logs with something in the queue take turns.
// Thread-safe.
class Sequencer {
 public:
  // The entry's place and proof, or why there is none.
  using Done = std::function<void(absl::StatusOr<quorate::log::v1::AppendResponse>)>;
  using Grown = std::function<void(const ledger::OrganisationId&)>;

  // `store` and `clock` outlive it. `grown` is called after each batch, on the writer's thread.
  Sequencer(store::Store* store, const base::Clock* clock, const Limits& limits, Grown grown);
  // Commits what has queued.
  ~Sequencer();
  Sequencer(const Sequencer&) = delete;
  Sequencer& operator=(const Sequencer&) = delete;

  // `header` is the submission's, decoded, and its author has signed it: the caller has checked.
  // OK: `done` will be called once, on the writer's thread. ResourceExhausted LOG_QUEUE_FULL,
  // Unavailable STOPPING: it will not be. Besides the store's errors `done` may get
  //   FailedPrecondition BLOB_MISSING
  //   AlreadyExists STATEMENT_ID_USED
  //   ResourceExhausted DAILY_QUOTA
  [[nodiscard]] absl::Status Enqueue(std::shared_ptr<OrganisationLog> log, ledger::Header header,
                                     Submission submission, Done done);

  // No more is taken; what has queued is committed.
  void Stop();

  // Held while a batch's blobs are looked for and the batch is written: whoever removes blobs holds
  // it too.
  absl::Mutex& blobs() { return blobs_; }

 private:
  struct Pending {
    ledger::Header header;
    Submission submission;
    Done done;
    size_t bytes = 0;
  };
  struct Queue {
    std::shared_ptr<OrganisationLog> log;
    std::deque<Pending> pending;
    size_t bytes = 0;
  };
  // What becomes of one pending statement.
  struct Verdict {
    absl::Status refusal;
    uint64_t index = 0;  // Where it is not refused.
    crypto::Bytes leaf;
    bool by_this_batch = false;  // Void where the batch fails.
  };
  struct Batch;

  void Run();
  void Commit(OrganisationLog& log, std::vector<Pending>& batch);
  absl::StatusOr<std::optional<Verdict>> FindStored(const OrganisationLog& log,
                                                    const Pending& pending);
  absl::StatusOr<Verdict> Place(const OrganisationLog& log, const Pending& pending, Batch& batch);
  absl::Status CheckBlobs(const ledger::OrganisationId& id, const ledger::Header& header);
  absl::Status Write(OrganisationLog& log, Batch& batch);

  store::Store& store_;
  const base::Clock& clock_;
  const Limits limits_;
  const Grown grown_;
  absl::Mutex blobs_;
  absl::Mutex mutex_;
  absl::CondVar wake_;
  std::map<ledger::OrganisationId, Queue> queues_ ABSL_GUARDED_BY(mutex_);
  std::deque<ledger::OrganisationId> turns_ ABSL_GUARDED_BY(mutex_);
  // Of all queues.
  size_t count_ ABSL_GUARDED_BY(mutex_) = 0;
  size_t bytes_ ABSL_GUARDED_BY(mutex_) = 0;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread writer_;
};

// The answer to an append.
[[nodiscard]] absl::StatusOr<quorate::log::v1::AppendResponse> ProvedEntry(
    const OrganisationLog& log, uint64_t index, const crypto::Bytes& leaf);

}  // namespace quorate::server

#endif  // QUORATE_CUSTODY_SERVER_SEQUENCER_H_
