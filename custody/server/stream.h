#ifndef QUORATE_CUSTODY_SERVER_STREAM_H_
#define QUORATE_CUSTODY_SERVER_STREAM_H_

#include <grpcpp/server_context.h>
#include <grpcpp/support/server_callback.h>

#include <memory>
#include <optional>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "custody/base/clock.h"
#include "custody/net/transport.h"
#include "custody/server/callers.h"
#include "custody/server/followers.h"
#include "custody/server/refusals.h"
#include "custody/wire/bounded_message.h"
#include "custody/wire/grpc_status.h"

namespace quorate::server {

// An open stream of a follower. It costs no thread: it looks when it is woken or when a write is
// through, has at most one message under way, and so goes at its reader's pace. Lives until gRPC
// says that it is done.
template <typename Response>
class Stream : public grpc::ServerWriteReactor<grpc::ByteBuffer>,
               public Follower,
               public std::enable_shared_from_this<Stream<Response>> {
 public:
  // The next message; absent where there is none. A sign of life is a message without news.
  // Called by one thread at a time.
  virtual absl::StatusOr<std::optional<Response>> Next(bool sign_of_life) = 0;

  // Begins; the result is for gRPC. What is passed outlives the stream.
  static grpc::ServerWriteReactor<grpc::ByteBuffer>* Start(
      std::shared_ptr<Stream> stream, grpc::CallbackServerContext* context, Followers* followers,
      const base::Clock* clock, const crypto::Digest& key, std::unique_ptr<Callers::Slot> slot) {
    stream->context_ = context;
    stream->followers_ = followers;
    stream->clock_ = clock;
    stream->key_ = key;
    stream->slot_ = std::move(slot);
    stream->self_ = stream;
    if (!followers->Add(key, stream)) {
      absl::MutexLock lock(&stream->mutex_);
      stream->end_ = Stopping();
    }
    stream->Look();
    return stream.get();
  }

  void Look() override {
    std::optional<grpc::Status> ended;
    {
      absl::MutexLock lock(&mutex_);
      if (writing_ || finished_) return;
      if (end_.ok()) Prepare();
      if (!writing_) {
        if (end_.ok()) return;
        finished_ = true;
        ended = wire::ToGrpcStatus(end_);
      }
    }
    // Nobody else writes or ends now: one of the two flags is set.
    if (ended.has_value()) {
      this->Finish(*ended);
    } else {
      this->StartWrite(&message_);
    }
  }

  void End() override {
    {
      absl::MutexLock lock(&mutex_);
      if (finished_) return;
      end_ = Stopping();
      // A reader that takes nothing would keep us.
      if (writing_) context_->TryCancel();
    }
    Look();
  }

  void OnWriteDone(bool ok) override {
    {
      absl::MutexLock lock(&mutex_);
      writing_ = false;
      last_sent_ = clock_->Monotonic();
      if (!ok && end_.ok()) end_ = absl::CancelledError();
    }
    Look();
  }

  void OnCancel() override {
    {
      absl::MutexLock lock(&mutex_);
      if (end_.ok()) end_ = absl::CancelledError();
    }
    Look();
  }

  void OnDone() override {
    followers_->Remove(key_, this);
    slot_.reset();
    // Destroys this, unless somebody is looking right now.
    std::shared_ptr<Stream> last = std::move(self_);
  }

 private:
  // Earlier than promised, by more than the followers' tick.
  static absl::Duration Silence() { return net::kHeartbeat - absl::Seconds(5); }

  void Prepare() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    absl::StatusOr<std::optional<Response>> next =
        Next(clock_->Monotonic() - last_sent_ >= Silence());
    if (!next.ok()) {
      end_ = next.status();
    } else if (next->has_value()) {
      end_ = wire::WriteMessage(**next, message_);
      writing_ = end_.ok();
    }
  }

  grpc::CallbackServerContext* context_ = nullptr;
  Followers* followers_ = nullptr;
  const base::Clock* clock_ = nullptr;
  crypto::Digest key_;
  std::unique_ptr<Callers::Slot> slot_;
  std::shared_ptr<Stream> self_;

  absl::Mutex mutex_;
  bool writing_ ABSL_GUARDED_BY(mutex_) = false;   // message_ is gRPC's.
  bool finished_ ABSL_GUARDED_BY(mutex_) = false;  // The call may be gone.
  absl::Status end_ ABSL_GUARDED_BY(mutex_);       // Why to end, where not OK.
  absl::Duration last_sent_ ABSL_GUARDED_BY(mutex_) = -absl::InfiniteDuration();
  grpc::ByteBuffer message_;
};

// A stream that ends before it began.
inline grpc::ServerWriteReactor<grpc::ByteBuffer>* Refused(const absl::Status& status) {
  class Ending final : public grpc::ServerWriteReactor<grpc::ByteBuffer> {
   public:
    explicit Ending(const absl::Status& why) { this->Finish(wire::ToGrpcStatus(why)); }
    void OnDone() override { delete this; }
  };
  return new Ending(status);
}

}  // namespace quorate::server

#endif  // QUORATE_CUSTODY_SERVER_STREAM_H_
