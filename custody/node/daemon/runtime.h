#ifndef QUORATE_CUSTODY_NODE_DAEMON_RUNTIME_H_
#define QUORATE_CUSTODY_NODE_DAEMON_RUNTIME_H_

#include <algorithm>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "crypto/random.h"
#include "custody/base/clock.h"
#include "custody/keystore/keystore.h"
#include "custody/keystore/organisation_record.h"
#include "custody/keystore/paper_kit.h"
#include "custody/net/backoff.h"
#include "custody/net/invite.h"
#include "custody/node/daemon/blob_queue.h"
#include "custody/node/daemon/hook.h"
#include "custody/node/daemon/passphrase_gate.h"
#include "custody/node/daemon/server_client.h"
#include "custody/node/daemon/submit_queue.h"
#include "custody/node/node.h"

namespace quorate::node {

// Something that happened, for whoever watches.
struct NodeEventRecord {
  uint64_t sequence = 0;
  absl::Time time;
  std::string kind;
  std::string subject;
  std::string text;
};

// Where founding stands, as this node sees it.
struct DraftView {
  std::string link;
  DraftOnServer draft;
  std::optional<crypto::Digest> digest;  // Once the charter is frozen and checked.
  std::vector<std::string> words;
  std::vector<uint32_t> ask_positions;
  std::vector<ledger::Endorsement> signatures;  // Those that hold.
  std::string problem;                          // Why the charter must not be signed.
};

// Everything about the node that is not its core: the person's lock, the draft before there is an
// organisation, the threads that talk to the server, and the waiting of commands. One mutex guards
// all of it, and nothing that waits for the network or for Argon2id holds it. Thread-safe.
class Runtime {
 public:
  struct Options {
    keystore::Home home;
    const base::Clock* clock = nullptr;
    crypto::RandomSource* random = nullptr;
  };

  // Opens keystore, store and (where there is one) the organisation's replica. Touches no network.
  [[nodiscard]] static absl::StatusOr<std::unique_ptr<Runtime>> Create(Options options);
  ~Runtime();

  // Starts the threads. Stop ends them and waits.
  void Start();
  void Stop();
  // Lets everything that waits for a time look at the clock again. To be called every second or so:
  // the library's waits go by the wall clock, which may have been set back.
  void Pulse();
  // Asks whoever waits in WaitForStop to go on.
  void RequestStop();
  // Whether a stop was requested within `limit`.
  bool WaitForStop(absl::Duration limit);

  // The person's lock. WRONG_PASSPHRASE as Keystore::Unlock, TOO_MANY_PASSPHRASES as
  // PassphraseGate::Enter. Asks nothing of the network.
  absl::Status Unlock(const crypto::Secret& passphrase);
  void Lock();
  bool unlocked();
  // A fresh proof of the passphrase, for one command.
  [[nodiscard]] absl::StatusOr<keystore::PersonKeys> OpenFresh(const crypto::Secret& passphrase);

  // One-time keys for sealing a secret to this node.
  struct Session {
    crypto::Bytes id;
    crypto::Point public_key;
  };
  [[nodiscard]] absl::StatusOr<Session> CreateSession();
  // Uses the session up. PermissionDenied NO_SESSION for an unknown, used or old one.
  [[nodiscard]] absl::StatusOr<crypto::Secret> OpenSealed(crypto::ByteSpan session_id,
                                                          crypto::ByteSpan sealed);

  // Founding.
  [[nodiscard]] absl::StatusOr<DraftView> CreateDraft(const wire::Draft& draft);
  [[nodiscard]] absl::StatusOr<DraftView> GetDraft();
  [[nodiscard]] absl::StatusOr<DraftView> SignDraft(const crypto::Digest& digest);

  // Runs `command` on the node's core and sends what it asks for. FailedPrecondition
  // NO_ORGANISATION before there is one.
  template <typename Result>
  absl::StatusOr<Result> WithNode(const std::function<absl::StatusOr<Result>(Node&)>& command) {
    absl::MutexLock lock(&mutex_);
    if (absl::Status ready = NodeReady(); !ready.ok()) return ready;
    absl::StatusOr<Result> result = command(*node_);
    Dispatch();
    return result;
  }
  // The same, for a command that sends a statement, and waits until it is on the log.
  // FailedPrecondition with the refusal's name where the log refuses it; DeadlineExceeded
  // NOT_LOGGED_YET while the server is away: the statement is kept and goes out later.
  [[nodiscard]] absl::StatusOr<ledger::LeafHash> Perform(
      const std::function<absl::StatusOr<ledger::StatementId>(Node&)>& command);
  // The same with keys of the person that a passphrase opened for this command alone: the lock is
  // afterwards as it was.
  [[nodiscard]] absl::StatusOr<ledger::LeafHash> PerformAs(
      keystore::PersonKeys person,
      const std::function<absl::StatusOr<ledger::StatementId>(Node&)>& command);
  // Repeats a look at the node until it says something other than Unavailable BLOB_MISSING or
  // LOG_NOT_READ, or FailedPrecondition NOT_YET (where `wait_for_quorum`), or the limit passes.
  template <typename Result>
  absl::StatusOr<Result> Retry(const std::function<absl::StatusOr<Result>(Node&)>& command,
                               bool wait_for_quorum, absl::Duration limit,
                               const std::function<bool()>& given_up) {
    const absl::Duration deadline = options_.clock->Monotonic() + limit;
    absl::MutexLock lock(&mutex_);
    while (true) {
      if (absl::Status ready = NodeReady(); !ready.ok()) return ready;
      absl::StatusOr<Result> result = command(*node_);
      Dispatch();
      const absl::Duration now = options_.clock->Monotonic();
      if (result.ok() || !MayChange(result.status(), wait_for_quorum) || stopping_ || given_up() ||
          now >= deadline) {
        return result;
      }
      WaitPast(std::min(deadline, now + absl::Milliseconds(500)));
    }
  }

  // Events after `sequence`, waiting for at least one up to `limit`; empty where none came.
  std::vector<NodeEventRecord> WaitForEvents(uint64_t sequence, absl::Duration limit);
  uint64_t last_sequence();

  struct Health {
    bool connected = false;
    std::string server;
    int64_t clock_skew_ms = 0;
    bool has_draft = false;
    bool has_organisation = false;
    std::optional<keystore::KitRecord> kit;  // Where one was verified.
    // Another server than the pinned one has answered since the right one last did.
    bool wrong_server = false;
    // Why nothing can be kept at the moment, and what to do; it is tried again by itself.
    std::string paused;
    std::string paused_next;
    std::string problem;  // Why the node cannot go on, where it cannot.
  };
  Health GetHealth();
  const keystore::Keystore& keystore() const { return keystore_; }
  const base::Clock& clock() const { return *options_.clock; }

 private:
  Runtime(Options options, keystore::Keystore keystore);

  absl::Status OpenStore();
  absl::Status OpenNode(keystore::OrganisationRecord record) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::Status NodeReady() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  static bool MayChange(const absl::Status& status, bool wait_for_quorum);
  // Takes the node's actions and hands them to the threads that carry them out.
  void Dispatch() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Emit(std::string kind, std::string subject, std::string text)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void StepNode(const Event& event) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Whether the store takes anything.
  bool StoreKeeps();
  // Waits until the statement is on the log; see Perform.
  absl::StatusOr<ledger::LeafHash> WaitForLog(const absl::StatusOr<ledger::StatementId>& sent)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  bool PersonUnlocked() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  // Waits for a change until `until` of the monotonic clock; whether that has come.
  bool WaitPast(absl::Duration until) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  // Threads.
  void FollowLoop();                        // The draft, then the log.
  void SubmitLoop(SubmitQueue::Lane lane);  // Statements to the server, in order.
  void FetchLoop();  // Blobs, the server's clock, and what a draft waits for from an unlocked node.
  void TickLoop();
  absl::Status FollowDraft(const net::DraftLink& link, net::Backoff& backoff);
  absl::Status FollowLog(net::Backoff& backoff);
  void Connected(net::Backoff& backoff) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // What a call's end tells of who answers at the server's address.
  void NoteServer(const absl::Status& status) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // The next statement of the lane that may still leave; absent when the node stops.
  std::optional<Submit> NextSubmit(SubmitQueue::Lane lane) ABSL_LOCKS_EXCLUDED(mutex_);
  void CheckServerClock();
  void FetchSomeBlobs();
  // One look at the draft, and whatever this founder's node can do for it now.
  absl::Status AdvanceDraft(const net::DraftLink& link);
  absl::StatusOr<DraftView> ViewDraft(const net::DraftLink& link, DraftOnServer on_server);
  // Whether this is the charter that this node saw first in this draft; keeps it where none was.
  absl::StatusOr<bool> IsFirstCharter(const net::DraftLink& link, const crypto::Digest& digest)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Checks the draft's founding document, or remembers that it has. What is wrong with it, as a
  // sentence; empty where it may be signed.
  absl::StatusOr<std::string> CheckDraftedFounding(const net::DraftLink& link,
                                                   const DraftOnServer& draft)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  bool HoldsForFounding(const ledger::Endorsement& signature) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::Status TryToFound(const net::DraftLink& link, const DraftView& view);
  [[nodiscard]] absl::StatusOr<net::DraftLink> CurrentLink();

  const Options options_;
  keystore::Keystore keystore_;
  net::Invite invite_;
  std::unique_ptr<base::NodeStoreInterface> store_;
  std::unique_ptr<ServerClient> client_;
  Hook hook_;
  PassphraseGate passphrases_;

  absl::Mutex mutex_;
  absl::CondVar changed_;
  std::unique_ptr<Node> node_ ABSL_GUARDED_BY(mutex_);
  ledger::OrganisationId organisation_ ABSL_GUARDED_BY(mutex_);
  std::optional<keystore::PersonKeys> person_ ABSL_GUARDED_BY(mutex_);  // Before there is a node.
  std::string link_ ABSL_GUARDED_BY(mutex_);
  std::optional<CheckedFounding> founding_ ABSL_GUARDED_BY(mutex_);
  // What founding_ was checked against, and the founders' signatures that hold: a draft comes anew
  // with each signature, and nothing else in it has changed then.
  std::optional<DraftOnServer> checked_draft_ ABSL_GUARDED_BY(mutex_);
  std::map<uint32_t, ledger::Endorsement> good_signatures_ ABSL_GUARDED_BY(mutex_);
  std::vector<uint32_t> ask_positions_ ABSL_GUARDED_BY(mutex_);
  std::map<crypto::Bytes, std::pair<crypto::WrapKey, absl::Duration>> sessions_
      ABSL_GUARDED_BY(mutex_);
  SubmitQueue submits_ ABSL_GUARDED_BY(mutex_);
  BlobQueue blob_fetches_ ABSL_GUARDED_BY(mutex_);
  bool clock_due_ ABSL_GUARDED_BY(mutex_) = false;
  bool draft_due_ ABSL_GUARDED_BY(mutex_) = false;
  std::deque<NodeEventRecord> events_ ABSL_GUARDED_BY(mutex_);
  uint64_t sequence_ ABSL_GUARDED_BY(mutex_) = 0;
  bool connected_ ABSL_GUARDED_BY(mutex_) = false;
  int64_t clock_skew_ms_ ABSL_GUARDED_BY(mutex_) = 0;
  bool wrong_server_ ABSL_GUARDED_BY(mutex_) = false;
  absl::Status paused_ ABSL_GUARDED_BY(mutex_);  // Not OK: the store does not take what it must.
  std::string problem_ ABSL_GUARDED_BY(mutex_);
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  bool stop_requested_ ABSL_GUARDED_BY(mutex_) = false;
  std::vector<std::thread> threads_;
};

}  // namespace quorate::node

#endif  // QUORATE_CUSTODY_NODE_DAEMON_RUNTIME_H_
