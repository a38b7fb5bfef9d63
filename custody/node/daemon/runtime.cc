#include "custody/node/daemon/runtime.h"

#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include <algorithm>
#include <filesystem>
#include <utility>

#include "crypto/transcript.h"
#include "custody/base/error_info.h"
#include "custody/base/status_macros.h"
#include "custody/store/node_store.h"

namespace quorate::node {
namespace {

constexpr absl::Duration kSessionLife = absl::Minutes(2);
constexpr size_t kMaxSessions = 64;
constexpr size_t kMaxEvents = 1000;
// How long a command waits for its statement to come back on the log.
constexpr absl::Duration kCommandLimit = absl::Seconds(20);

std::string MessageOf(const absl::Status& status) { return std::string(status.message()); }

std::string EventJson(const NodeEventRecord& event) {
  rapidjson::StringBuffer buffer;
  rapidjson::Writer<rapidjson::StringBuffer> json(buffer);
  json.StartObject();
  json.Key("kind");
  json.String(event.kind.c_str());
  json.Key("subject");
  json.String(event.subject.c_str());
  json.Key("text");
  json.String(event.text.c_str());
  json.EndObject();
  return std::string(buffer.GetString(), buffer.GetSize()) + "\n";
}

SubmitQueue::Lane LaneOf(const Node& node, const ledger::StatementId& id) {
  const Outbox::Item* item = node.Unsent(id);
  if (item != nullptr && item->purpose == Outbox::Purpose::kRefusal) {
    return SubmitQueue::Lane::kRefusals;
  }
  return item != nullptr && !item->blobs.empty() ? SubmitQueue::Lane::kUploads
                                                 : SubmitQueue::Lane::kWords;
}

// SQLite takes an empty file for a new store. One that is gone is a person's doing; one that was
// cut is not.
absl::Status CheckNotEmptied(const std::string& path) {
  std::error_code error;
  const auto size = std::filesystem::file_size(path, error);
  if (error || size > 0) return absl::OkStatus();
  return base::MakeError(absl::StatusCode::kDataLoss, "STORE_DAMAGED", path + " is empty",
                         "restore the folder from a backup");
}

}  // namespace

Runtime::Runtime(Options options, keystore::Keystore keystore)
    : options_(std::move(options)), keystore_(std::move(keystore)), submits_(options_.clock) {}

Runtime::~Runtime() { Stop(); }

absl::StatusOr<std::unique_ptr<Runtime>> Runtime::Create(Options options) {
  QUORATE_ASSIGN_OR_RETURN(keystore::Keystore keystore, keystore::Keystore::Open(options.home));
  std::unique_ptr<Runtime> runtime(new Runtime(std::move(options), std::move(keystore)));
  QUORATE_RETURN_IF_ERROR(runtime->OpenStore());
  return runtime;
}

absl::Status Runtime::OpenStore() {
  QUORATE_ASSIGN_OR_RETURN(NodeConfig config, ReadNodeConfig(options_.home.config()));
  QUORATE_ASSIGN_OR_RETURN(invite_, net::ParseInviteOrLink(keystore_.invite()));
  QUORATE_ASSIGN_OR_RETURN(std::optional<keystore::OrganisationRecord> record,
                           keystore::ReadOrganisation(keystore_));
  if (record.has_value()) QUORATE_RETURN_IF_ERROR(CheckNotEmptied(options_.home.database()));
  QUORATE_ASSIGN_OR_RETURN(store_, store::NodeStore::Open(options_.home.database()));
  QUORATE_ASSIGN_OR_RETURN(std::optional<std::string> link, keystore::ReadDraftLink(keystore_));
  QUORATE_ASSIGN_OR_RETURN(client_, ServerClient::Create(invite_, keystore_.tls(), options_.clock));
  absl::MutexLock lock(&mutex_);
  if (link.has_value()) {
    link_ = *link;
  } else if (net::ParseDraftLink(keystore_.invite()).ok()) {
    link_ = keystore_.invite();
  }
  if (record.has_value()) QUORATE_RETURN_IF_ERROR(OpenNode(*std::move(record)));
  hook_.Start(std::move(config.notify_exec));
  return absl::OkStatus();
}

absl::Status Runtime::OpenNode(keystore::OrganisationRecord record) {
  NodeOptions options;
  options.store = store_.get();
  options.clock = options_.clock;
  options.random = options_.random;
  options.organisation = ledger::OrganisationId{record.organisation.value};
  options.me.value = record.me;
  options.device_key = keystore_.card().device;
  options.log_key = record.log_key;
  options.organisation_key = std::move(record.organisation_key);
  options.unattended_key = keystore_.unattended_key().Clone();
  QUORATE_ASSIGN_OR_RETURN(node_, Node::Open(std::move(options)));
  organisation_ = ledger::OrganisationId{record.organisation.value};
  if (person_.has_value()) {
    node_->Unlock(*std::move(person_));
    person_.reset();
  }
  return absl::OkStatus();
}

absl::Status Runtime::NodeReady() {
  if (!problem_.empty()) {
    return base::MakeError(absl::StatusCode::kDataLoss, "HALTED", problem_, "run: quorate status");
  }
  if (node_ != nullptr) return absl::OkStatus();
  if (!link_.empty()) {
    return base::MakeError(absl::StatusCode::kFailedPrecondition, "NO_ORGANISATION",
                           "the organisation is not founded yet", "run: quorate organisation show");
  }
  return base::MakeError(absl::StatusCode::kFailedPrecondition, "NO_ORGANISATION",
                         "this node belongs to no organisation yet",
                         "run: quorate organisation draft charter.toml");
}

bool Runtime::MayChange(const absl::Status& status, bool wait_for_quorum) {
  const std::string reason = base::GetReason(status);
  return reason == "BLOB_MISSING" || reason == "LOG_NOT_READ" ||
         (wait_for_quorum && reason == "NOT_YET");
}

void Runtime::Dispatch() {
  std::vector<Action> actions = node_->TakeActions();
  for (Action& action : actions) {
    // The bytes stay in the outbox until it is their turn. What the replica wants next is asked for
    // where its stream is read, so FetchEntries needs nothing here.
    if (auto* submit = std::get_if<Submit>(&action)) {
      submits_.Add(submit->statement.id, LaneOf(*node_, submit->statement.id));
    } else if (auto* blobs = std::get_if<FetchBlobs>(&action)) {
      blob_fetches_.Add(blobs->digests);
    } else if (auto* notice = std::get_if<Notice>(&action)) {
      Emit(std::move(notice->kind), std::move(notice->subject), std::move(notice->text));
    }
  }
  // Who merely looked at the node wakes nobody: two who wait would wake each other for ever.
  if (!actions.empty()) changed_.SignalAll();
}

bool Runtime::WaitPast(absl::Duration until) {
  const absl::Duration left = until - options_.clock->Monotonic();
  if (left > absl::ZeroDuration()) changed_.WaitWithTimeout(&mutex_, left);
  return options_.clock->Monotonic() >= until;
}

void Runtime::Pulse() {
  absl::MutexLock lock(&mutex_);
  changed_.SignalAll();
}

void Runtime::Emit(std::string kind, std::string subject, std::string text) {
  NodeEventRecord event{++sequence_, options_.clock->Now(), std::move(kind), std::move(subject),
                        std::move(text)};
  hook_.Notify(EventJson(event));
  if (events_.size() >= kMaxEvents) events_.pop_front();
  events_.push_back(std::move(event));
  changed_.SignalAll();
}

void Runtime::StepNode(const Event& event) {
  absl::Status status = node_->Step(event);
  if (absl::IsDataLoss(status)) {
    // A log that contradicts itself is the core's to tell, and what may still be done then. Nothing
    // can be done with a store that is damaged.
    if (node_->halted_because().empty() && problem_.empty()) {
      problem_ = MessageOf(status);
      Emit("halted", "", problem_);
    }
  } else if (!status.ok()) {
    // A full disk, as a rule. The next tick tries again.
    if (paused_.ok()) {
      Emit("paused", "", "this node can keep nothing at the moment: " + MessageOf(status));
    }
    paused_ = std::move(status);
  } else if (!paused_.ok() && StoreKeeps()) {
    Emit("resumed", "", "this node can keep things again");
    paused_ = absl::OkStatus();
  }
  Dispatch();
  changed_.SignalAll();
}

bool Runtime::StoreKeeps() {
  base::WriteBatch batch;
  batch.Put("probe", {0}, {1});
  return store_->Commit(batch).ok();
}

bool Runtime::PersonUnlocked() {
  return person_.has_value() || (node_ != nullptr && node_->unlocked());
}

absl::Status Runtime::Unlock(const crypto::Secret& passphrase) {
  QUORATE_ASSIGN_OR_RETURN(keystore::PersonKeys person, OpenFresh(passphrase));
  absl::MutexLock lock(&mutex_);
  if (node_ != nullptr) {
    node_->Unlock(std::move(person));
    StepNode(Tick{});
    return absl::OkStatus();
  }
  person_ = std::move(person);
  // A draft may have waited for the person.
  draft_due_ = !link_.empty();
  changed_.SignalAll();
  return absl::OkStatus();
}

void Runtime::Lock() {
  absl::MutexLock lock(&mutex_);
  person_.reset();
  if (node_ != nullptr) node_->Lock();
}

bool Runtime::unlocked() {
  absl::MutexLock lock(&mutex_);
  return PersonUnlocked();
}

absl::StatusOr<keystore::PersonKeys> Runtime::OpenFresh(const crypto::Secret& passphrase) {
  QUORATE_RETURN_IF_ERROR(passphrases_.Enter());
  absl::StatusOr<keystore::PersonKeys> person = keystore_.Unlock(passphrase);
  passphrases_.Leave();
  return person;
}

absl::StatusOr<Runtime::Session> Runtime::CreateSession() {
  crypto::WrapKey key = crypto::WrapKey::Random(*options_.random);
  Session session;
  session.id.resize(16);
  options_.random->Fill(session.id);
  session.public_key = key.public_key;
  absl::MutexLock lock(&mutex_);
  const absl::Duration now = options_.clock->Monotonic();
  for (auto it = sessions_.begin(); it != sessions_.end();) {
    it = now - it->second.second > kSessionLife ? sessions_.erase(it) : std::next(it);
  }
  if (sessions_.size() >= kMaxSessions) {
    return base::MakeError(absl::StatusCode::kResourceExhausted, "TOO_MANY_SESSIONS",
                           "too many programs are about to give this node a passphrase",
                           "try again in two minutes");
  }
  sessions_.emplace(session.id, std::make_pair(std::move(key), now));
  return session;
}

absl::StatusOr<crypto::Secret> Runtime::OpenSealed(crypto::ByteSpan session_id,
                                                   crypto::ByteSpan sealed) {
  std::optional<crypto::WrapKey> key;
  {
    absl::MutexLock lock(&mutex_);
    auto found = sessions_.find(crypto::Bytes(session_id.begin(), session_id.end()));
    if (found != sessions_.end()) {
      if (options_.clock->Monotonic() - found->second.second <= kSessionLife) {
        key = std::move(found->second.first);
      }
      sessions_.erase(found);
    }
  }
  if (!key.has_value()) {
    return base::MakeError(absl::StatusCode::kPermissionDenied, "NO_SESSION",
                           "the passphrase was sealed to a key that is used up",
                           "run the command again");
  }
  return crypto::Unseal(*key, crypto::Sha256(session_id), sealed);
}

absl::StatusOr<ledger::LeafHash> Runtime::Perform(
    const std::function<absl::StatusOr<ledger::StatementId>(Node&)>& command) {
  absl::MutexLock lock(&mutex_);
  QUORATE_RETURN_IF_ERROR(NodeReady());
  absl::StatusOr<ledger::StatementId> sent = command(*node_);
  Dispatch();
  return WaitForLog(sent);
}

absl::StatusOr<ledger::LeafHash> Runtime::PerformAs(
    keystore::PersonKeys person,
    const std::function<absl::StatusOr<ledger::StatementId>(Node&)>& command) {
  absl::MutexLock lock(&mutex_);
  QUORATE_RETURN_IF_ERROR(NodeReady());
  // Nobody else can look while the mutex is held.
  const bool was_unlocked = node_->unlocked();
  if (!was_unlocked) node_->Unlock(std::move(person));
  absl::StatusOr<ledger::StatementId> sent = command(*node_);
  if (!was_unlocked) node_->Lock();
  Dispatch();
  return WaitForLog(sent);
}

absl::StatusOr<ledger::LeafHash> Runtime::WaitForLog(
    const absl::StatusOr<ledger::StatementId>& sent) {
  if (!sent.ok()) return sent.status();
  const absl::Duration deadline = options_.clock->Monotonic() + kCommandLimit;
  std::optional<absl::StatusOr<StatementResult>> result;
  while (!(result = node_->ResultOf(*sent)).has_value()) {
    if (stopping_ || WaitPast(deadline)) break;
  }
  if (!result.has_value()) result = node_->ResultOf(*sent);
  if (!result.has_value()) {
    return base::MakeError(absl::StatusCode::kDeadlineExceeded, "NOT_LOGGED_YET",
                           "the server has not answered; what you did is kept and goes out when it "
                           "is back",
                           "look at: quorate status");
  }
  if (!result->ok()) return result->status();
  const StatementResult& logged = **result;
  if (!logged.outcome.admitted()) {
    return base::MakeError(absl::StatusCode::kFailedPrecondition,
                           ledger::RefusalName(logged.outcome.refusal),
                           ledger::RefusalReason(logged.outcome.refusal), "run: quorate status");
  }
  return logged.leaf_hash;
}

std::vector<NodeEventRecord> Runtime::WaitForEvents(uint64_t sequence, absl::Duration limit) {
  absl::MutexLock lock(&mutex_);
  const absl::Duration deadline = options_.clock->Monotonic() + limit;
  while (sequence_ <= sequence && !stopping_ && !stop_requested_) {
    if (WaitPast(deadline)) break;
  }
  std::vector<NodeEventRecord> events;
  for (const NodeEventRecord& event : events_) {
    if (event.sequence > sequence) events.push_back(event);
  }
  return events;
}

uint64_t Runtime::last_sequence() {
  absl::MutexLock lock(&mutex_);
  return sequence_;
}

Runtime::Health Runtime::GetHealth() {
  Health health;
  health.kit = keystore::ReadKitRecord(options_.home);
  absl::MutexLock lock(&mutex_);
  health.connected = connected_;
  health.server = net::FormatEndpoint(invite_.endpoint);
  health.clock_skew_ms = clock_skew_ms_;
  health.has_draft = !link_.empty();
  health.has_organisation = node_ != nullptr;
  health.wrong_server = wrong_server_;
  health.paused = MessageOf(paused_);
  health.paused_next = base::GetNext(paused_);
  // A full disk passes. After a failed one the store takes nothing before the node starts again.
  if (!absl::IsUnavailable(paused_)) health.paused_next += "; it goes on by itself";
  health.problem = problem_;
  return health;
}

void Runtime::RequestStop() {
  absl::MutexLock lock(&mutex_);
  stop_requested_ = true;
  changed_.SignalAll();
}

bool Runtime::WaitForStop(absl::Duration limit) {
  absl::MutexLock lock(&mutex_);
  const absl::Duration deadline = options_.clock->Monotonic() + limit;
  while (!stop_requested_) {
    if (WaitPast(deadline)) break;
  }
  return stop_requested_;
}

}  // namespace quorate::node
