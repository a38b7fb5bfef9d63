#include "custody/node/node.h"

#include <algorithm>
#include <utility>

#include "crypto/statement_key.h"
#include "custody/base/error_info.h"
#include "custody/base/status_macros.h"
#include "custody/node/armed_record.h"
#include "custody/wire/sealed_name.h"
#include "custody/wire/statement.h"

namespace quorate::node {
namespace {

constexpr char kFirstSeenSpace[] = "first-seen";
constexpr char kArmedSpace[] = "armed";
constexpr char kForked[] =
    "the log signed two histories that cannot both be true; this node keeps the proof, and neither "
    "releases nor deals";
constexpr char kEvidenceSpace[] = "evidence";
// Entries that are dated further ahead of this node's clock than this are not taken yet.
constexpr absl::Duration kMaxAhead = absl::Minutes(5);
// What does not fit the log is complained of, and fetched anew at once, no more often than this.
constexpr absl::Duration kMisfitStep = absl::Seconds(5);

}  // namespace

Node::Node(NodeOptions options)
    : options_(std::move(options)),
      outbox_(options_.store),
      receiving_keys_("receiving-key", options_.store),
      shares_("share", options_.store),
      one_time_keys_("one-time-key", options_.store),
      armed_shares_("armed-shares", options_.store),
      blobs_(options_.clock) {}

absl::StatusOr<std::unique_ptr<Node>> Node::Open(NodeOptions options) {
  std::unique_ptr<Node> node(new Node(std::move(options)));
  QUORATE_RETURN_IF_ERROR(node->Load());
  return node;
}

absl::Status Node::Load() {
  QUORATE_RETURN_IF_ERROR(outbox_.Load());
  QUORATE_ASSIGN_OR_RETURN(std::vector<base::NodeKeyValue> seen,
                           options_.store->List(kFirstSeenSpace));
  for (const base::NodeKeyValue& stored : seen) {
    std::optional<ledger::LeafHash> request = ledger::LeafHash::FromBytes(stored.key);
    std::optional<absl::Time> time = DecodeTime(stored.value);
    if (request.has_value() && time.has_value()) first_seen_[*request] = *time;
  }
  QUORATE_ASSIGN_OR_RETURN(std::vector<base::NodeKeyValue> armed,
                           options_.store->List(kArmedSpace));
  for (const base::NodeKeyValue& stored : armed) {
    std::optional<Armed> record = DecodeArmed(stored.value);
    if (!record.has_value()) {
      return base::MakeError(absl::StatusCode::kDataLoss, "STORE_DAMAGED",
                             "what this node keeps of an approval is damaged",
                             "restore this node's folder, or start again on a new device");
    }
    const ledger::LeafHash request = record->request;
    armed_.emplace(request, *std::move(record));
  }
  replica::ReplicaOptions replica_options;
  replica_options.organisation = options_.organisation;
  replica_options.keys.Add(1, options_.organisation_key.Clone());
  replica_options.pinned_log_key = options_.log_key;
  replica_options.observer = [this](const ledger::Entry& entry, const ledger::Outcome& outcome) {
    OnEntry(entry, outcome);
  };
  loading_ = true;
  QUORATE_ASSIGN_OR_RETURN(replica::Replica replica,
                           replica::Replica::Open(options_.store, std::move(replica_options)));
  loading_ = false;
  replica_ = std::make_unique<replica::Replica>(std::move(replica));
  ReadCharter();
  // Of course it has never made what the device before it said.
  if (kit_only_) {
    restored_copy_ = false;
    kit_used_ = false;
    halted_because_.clear();
  }
  QUORATE_RETURN_IF_ERROR(LoadEvidence());
  // What was on the log before the last crash no longer waits to be sent.
  base::WriteBatch batch;
  std::vector<ledger::StatementId> done;
  for (const auto& [id, item] : outbox_.items()) {
    if (replica_->FindStatement(options_.me, id) != nullptr) done.push_back(id);
  }
  for (const ledger::StatementId& id : done) outbox_.Remove(batch, id);
  QUORATE_RETURN_IF_ERROR(RememberFirstSeen(std::move(batch)));
  for (const ledger::StatementId& id : done) outbox_.Removed(id);
  return absl::OkStatus();
}

// An open request without a time was logged just before a crash: its cooling-off starts again,
// which is the safe side.
absl::Status Node::RememberFirstSeen(base::WriteBatch batch) {
  std::map<ledger::LeafHash, absl::Time> seen;
  for (const auto& [id, request] : state().requests) {
    if (!IsOpen(request) || first_seen_.contains(id)) continue;
    seen.emplace(id, options_.clock->Now());
    batch.Put(kFirstSeenSpace, id.bytes(), EncodeTime(seen.at(id)));
  }
  if (!batch.empty()) QUORATE_RETURN_IF_ERROR(options_.store->Commit(batch));
  first_seen_.merge(seen);
  return absl::OkStatus();
}

bool Node::IsOpen(const ledger::RequestRecord& request) const {
  return ledger::EffectiveState(request, state().last_log_time_ms) == ledger::RequestState::kOpen;
}

absl::Status Node::Step(const Event& event) {
  if (const auto* advanced = std::get_if<LogAdvanced>(&event)) {
    QUORATE_RETURN_IF_ERROR(OnLogAdvanced(*advanced));
  } else if (const auto* blobs = std::get_if<BlobsArrived>(&event)) {
    blobs_.Arrived(blobs->blobs);
  } else if (const auto* refused = std::get_if<SubmissionRefused>(&event)) {
    QUORATE_RETURN_IF_ERROR(OnRefused(*refused));
  } else {
    if (options_.clock->Now() >= held_back_until_) {
      held_back_until_ = absl::InfiniteFuture();
      actions_.emplace_back(FetchEntries{replica_->next_index()});
    }
    Resubmit(std::get<Tick>(event).reconnected);
  }
  return Advance();
}

std::vector<Action> Node::TakeActions() {
  std::vector<crypto::Digest> wanted = blobs_.TakeWanted();
  if (!wanted.empty()) actions_.push_back(FetchBlobs{std::move(wanted)});
  return std::exchange(actions_, {});
}

absl::Status Node::OnLogAdvanced(const LogAdvanced& event) {
  if (IsFromTheFuture(event)) return absl::OkStatus();
  base::WriteBatch batch;
  absl::StatusOr<replica::Extension> extension =
      replica_->PrepareExtend(event.checkpoint_note, event.entries, batch);
  // Also where the entries do not fit: the log has signed that much. What is in the store alone
  // says nothing of this run.
  if (log_size_ > 0) log_size_ = std::max(log_size_, replica_->log_size());
  if (!extension.ok()) {
    if (replica_->evidence().has_value()) return OnFork(extension.status());
    if (extension.status().code() == absl::StatusCode::kDataLoss) return extension.status();
    OnMisfit(extension.status());
    return absl::OkStatus();
  }
  if (!batch.empty()) QUORATE_RETURN_IF_ERROR(options_.store->Commit(batch));
  QUORATE_ASSIGN_OR_RETURN(replica::ExtendResult result, replica_->Adopt(*extension));
  // An old checkpoint, or one whose entries are still to come, says nothing of the newest state.
  log_size_ = result.log_size;
  if (result.note_size == result.size && result.log_size == result.size) {
    last_heard_ = options_.clock->Now();
  }
  QUORATE_RETURN_IF_ERROR(OnApplied(result.applied));
  Resubmit(false);
  if (result.log_size > result.next_wanted) actions_.push_back(FetchEntries{result.next_wanted});
  return absl::OkStatus();
}

absl::Time Node::LastSeen(ledger::OrganiserNumber organiser) const {
  auto found = last_statement_ms_.find(organiser);
  return found == last_statement_ms_.end()
             ? absl::InfinitePast()
             : absl::FromUnixMillis(static_cast<int64_t>(found->second));
}

// An entry that is dated far ahead would expire what is open and move the log's time for good, so
// it waits until this node's own clock is there: whichever of the two clocks is wrong.
bool Node::IsFromTheFuture(const LogAdvanced& event) {
  const absl::Time limit = options_.clock->Now() + kMaxAhead;
  for (const replica::RawEntry& entry : event.entries) {
    absl::StatusOr<ledger::Leaf> leaf = wire::DecodeLeaf(entry.leaf);
    if (!leaf.ok()) continue;
    const absl::Time time = absl::FromUnixMillis(
        static_cast<int64_t>(std::min(leaf->log_time_ms, uint64_t{INT64_MAX})));
    if (time <= limit) continue;
    if (held_back_until_ == absl::InfiniteFuture()) {
      Notify("clock", "",
             "the log has entries from the future: this machine's clock is slow, or the server's "
             "is wrong; nothing newer is read until they are due");
    }
    held_back_until_ = time - kMaxAhead;
    return true;
  }
  return false;
}

// Not at once each time, or a server that answers wrongly and fast would keep this node busy.
void Node::OnMisfit(const absl::Status& status) {
  const absl::Duration now = options_.clock->Monotonic();
  if (misfit_at_.has_value() && now - *misfit_at_ < kMisfitStep) return;
  misfit_at_ = now;
  Notify("behind", "",
         "what the server sent does not fit the log: " + std::string(status.message()));
  actions_.emplace_back(FetchEntries{replica_->next_index()});
}

absl::Status Node::LoadEvidence() {
  QUORATE_ASSIGN_OR_RETURN(std::vector<base::NodeKeyValue> stored,
                           options_.store->List(kEvidenceSpace));
  if (stored.empty()) return absl::OkStatus();
  halted_because_ = kForked;
  evidence_.emplace();
  for (const base::NodeKeyValue& part : stored) {
    const std::string name = crypto::AsString(part.key);
    if (name == "smaller-note") evidence_->smaller_note = crypto::AsString(part.value);
    if (name == "larger-note") evidence_->larger_note = crypto::AsString(part.value);
    std::vector<crypto::Digest> hashes;
    for (crypto::ByteSpan rest = part.value; rest.size() >= crypto::Digest().value.size();
         rest = rest.subspan(crypto::Digest().value.size())) {
      hashes.push_back(*crypto::Digest::FromBytes(rest.first(crypto::Digest().value.size())));
    }
    if (name == "other-root" && !hashes.empty()) evidence_->other_root = hashes.front();
    if (name == "proof") evidence_->proof = std::move(hashes);
  }
  return absl::OkStatus();
}

// Durable, so that no restart makes this node trust the log again.
absl::Status Node::OnFork(const absl::Status& status) {
  halted_because_ = kForked;
  Notify("halted", "", halted_because_);
  evidence_ = replica_->evidence();
  const log::Evidence& evidence = *evidence_;
  crypto::Bytes proof;
  for (const crypto::Digest& hash : evidence.proof) {
    proof.insert(proof.end(), hash.value.begin(), hash.value.end());
  }
  base::WriteBatch batch;
  const auto put = [&](const char* name, crypto::Bytes value) {
    batch.Put(kEvidenceSpace, crypto::ToBytes(name), std::move(value));
  };
  put("smaller-note", crypto::ToBytes(evidence.smaller_note));
  put("larger-note", crypto::ToBytes(evidence.larger_note));
  put("proof", std::move(proof));
  put("other-root", evidence.other_root.bytes());
  QUORATE_RETURN_IF_ERROR(options_.store->Commit(batch));
  return status;
}

absl::Status Node::OnApplied(const std::vector<replica::AppliedEntry>& applied) {
  base::WriteBatch batch;
  std::vector<ledger::StatementId> done;
  std::vector<ledger::LeafHash> disarmed;
  for (const replica::AppliedEntry& entry : applied) {
    if (entry.entry.index == 0) ReadCharter();
    OnEntry(entry.entry, entry.outcome);
    if (!entry.entry.header.has_value() || entry.entry.header->author != options_.me) continue;
    const ledger::StatementId& id = entry.entry.header->statement_id;
    const replica::EntryRecord* record = replica_->FindStatement(options_.me, id);
    const Outbox::Item* item = outbox_.Find(id);
    if (item == nullptr || record == nullptr || record->index != entry.entry.index) continue;
    if (!entry.outcome.admitted()) {
      TellRefused(*item, ledger::RefusalReason(entry.outcome.refusal));
      if (item->purpose == Outbox::Purpose::kDuty || item->purpose == Outbox::Purpose::kRefusal) {
        OnDutyRefused(item->subject);
      }
      if (std::optional<ledger::LeafHash> request = ArmedBy(id)) disarmed.push_back(*request);
    }
    outbox_.Remove(batch, id);
    done.push_back(id);
  }
  for (const ledger::LeafHash& request : disarmed) DisarmInto(batch, request);
  QUORATE_RETURN_IF_ERROR(RememberFirstSeen(std::move(batch)));
  for (const ledger::LeafHash& request : disarmed) Disarmed(request);
  for (const ledger::StatementId& id : done) outbox_.Removed(id);
  return absl::OkStatus();
}

// An approval that was made before our denial was on the log does not undo it, though it came to
// the log later: no approval is made while a denial is on its way.
void Node::OnOwnWord(const ledger::Entry& entry) {
  if (const auto* deny = std::get_if<ledger::Deny>(&*entry.statement)) {
    own_denials_[deny->request] = {entry.index, deny->reason};
  } else if (const auto* withdraw = std::get_if<ledger::Withdraw>(&*entry.statement)) {
    own_denials_.erase(withdraw->request);
  } else if (const auto* approve = std::get_if<ledger::Approve>(&*entry.statement)) {
    auto denial = own_denials_.find(approve->request);
    if (denial != own_denials_.end() && entry.header->verified_size > denial->second.index) {
      own_denials_.erase(denial);
    }
  }
}

// A statement of ours that this store did not make. Signed by this device: the store is an old
// copy. Without it: a paper kit's, which whoever found one must not be able to stop this machine
// with. It can say nothing that an old copy would have to know before it goes on: the log tells.
void Node::OnForeignOwnStatement(const ledger::Entry& entry) {
  if (kit_only_) return;
  if (!entry.leaf.device_signature.has_value() ||
      !crypto::VerifySignature(options_.device_key, ledger::kStatementDeviceLabel,
                               entry.leaf.header, *entry.leaf.device_signature)) {
    kit_used_ = true;
    if (!loading_) {
      Notify("kit-used", crypto::Hex(entry.leaf_hash.span()).substr(0, 10),
             "something was said in your name from your paper kit, not from this machine");
    }
    return;
  }
  restored_copy_ = true;
  halted_because_ =
      "the log holds statements of yours that this copy never made: it was restored from a "
      "backup, and does not release or deal";
}

// Runs for every entry: again after a restart (loading), once while the program runs.
void Node::OnEntry(const ledger::Entry& entry, const ledger::Outcome& outcome) {
  if (!entry.header.has_value()) return;
  const ledger::Header& header = *entry.header;
  if (outcome.signed_by_author) last_statement_ms_[header.author] = entry.leaf.log_time_ms;
  const bool founding = entry.index == 0;
  if (header.author == options_.me && outcome.signed_by_author && !founding &&
      !outbox_.MadeHere(header.statement_id)) {
    OnForeignOwnStatement(entry);
  }
  if (!outcome.admitted() || !entry.statement.has_value()) return;
  if (header.author == options_.me) OnOwnWord(entry);
  if (loading_) return;
  if (const auto* request = std::get_if<ledger::Request>(&*entry.statement)) {
    Notify("request", crypto::Hex(entry.leaf_hash.span()).substr(0, 10),
           OrganiserName(header.author) + " asks for " + request->account);
    return;
  }
  auto about = [&](const char* kind, const ledger::LeafHash& request, const char* did) {
    Notify(kind, crypto::Hex(request.span()).substr(0, 10), OrganiserName(header.author) + did);
  };
  if (const auto* approve = std::get_if<ledger::Approve>(&*entry.statement)) {
    about("approved", approve->request, " approved");
  } else if (const auto* deny = std::get_if<ledger::Deny>(&*entry.statement)) {
    about("denied", deny->request, " denied");
  } else if (const auto* withdraw = std::get_if<ledger::Withdraw>(&*entry.statement)) {
    about("withdrawn", withdraw->request, " withdrew");
  } else if (const auto* sent = std::get_if<ledger::DecryptionShares>(&*entry.statement)) {
    about("released", sent->request, "'s node sent its shares");
  } else if (const auto* opened = std::get_if<ledger::Opened>(&*entry.statement)) {
    about("opened", opened->request, " has it");
  } else if (const auto* deposit = std::get_if<ledger::Deposit>(&*entry.statement)) {
    Notify("deposited", deposit->account,
           OrganiserName(header.author) + " deposited " + deposit->account);
  } else if (const auto* confirm = std::get_if<ledger::Confirm>(&*entry.statement)) {
    Notify("confirmed", confirm->account,
           OrganiserName(header.author) + " confirmed " + confirm->account);
  } else if (const auto* alarm = std::get_if<ledger::Alarm>(&*entry.statement)) {
    Notify("alarm", alarm->account,
           OrganiserName(header.author) + " raised an alarm: " + alarm->account + " is frozen");
  } else if (const auto* lift = std::get_if<ledger::Lift>(&*entry.statement)) {
    const ledger::Account* account = ledger::FindAccount(state(), lift->account);
    const bool frozen = account != nullptr && ledger::IsFrozen(*account);
    Notify("lifted", lift->account,
           OrganiserName(header.author) + " lifted the alarms for " + lift->account +
               (frozen ? "" : ": it is free"));
  } else if (const auto* activate = std::get_if<ledger::Activate>(&*entry.statement)) {
    const std::string vault = VaultName(activate->sharing.vault);
    Notify("key-ready", vault, "the key of " + vault + " is ready");
  }
}

// Whatever the state of the log asks of this node, it does here; each piece of work looks first
// whether it is done already, so running this once more changes nothing.
absl::Status Node::Advance() {
  if (!halted_because_.empty() || kit_only_ || ledger::NeedsUpgrade(state()) || !HasReadAll()) {
    return absl::OkStatus();
  }
  for (const auto& [number, vault] : state().vaults) {
    QUORATE_RETURN_IF_ERROR(Tolerate(AdvanceSharing(vault), VaultName(number)));
  }
  std::vector<ledger::LeafHash> requests;
  for (const auto& [id, request] : state().requests) {
    if (IsOpen(request) || armed_.contains(id) || first_seen_.contains(id)) requests.push_back(id);
  }
  for (const ledger::LeafHash& id : requests) {
    QUORATE_RETURN_IF_ERROR(Tolerate(AdvanceRequest(*ledger::FindRequest(state(), id)),
                                     crypto::Hex(id.span()).substr(0, 10)));
  }
  return absl::OkStatus();
}

// What one vault or request brings must not stop the others, nor a denial. Only the disk may: what
// cannot be made durable must not be done.
absl::Status Node::Tolerate(const absl::Status& status, const std::string& subject) {
  switch (status.code()) {
    case absl::StatusCode::kOk:
    case absl::StatusCode::kResourceExhausted:
    case absl::StatusCode::kUnavailable:
    case absl::StatusCode::kInternal:
      return status;
    default:
      if (told_.insert(subject + std::string(status.message())).second) {
        Notify("trouble", subject, std::string(status.message()));
      }
      return absl::OkStatus();
  }
}

absl::Time Node::FirstSeen(const ledger::LeafHash& request) const {
  auto found = first_seen_.find(request);
  return found == first_seen_.end() ? absl::InfiniteFuture() : found->second;
}

void Node::Unlock(keystore::PersonKeys keys) { person_ = std::move(keys); }

void Node::Notify(std::string kind, std::string subject, std::string text) {
  actions_.push_back(Notice{std::move(kind), std::move(subject), std::move(text)});
}

crypto::Digest Node::OrganisationDigest() const {
  return crypto::Digest{options_.organisation.value};
}

}  // namespace quorate::node
