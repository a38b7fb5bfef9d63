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
// A statement or a wish for a blob is repeated after this long without an answer.
constexpr absl::Duration kRepeatAfter = absl::Seconds(5);
// Sub-shares and payloads kept in memory. What is only fetched ahead stops at half of it, so that
// many open requests cannot push out what is being approved now.
constexpr size_t kMaxBlobBytesInMemory = size_t{16} << 20;

}  // namespace

Node::Node(NodeOptions options)
    : options_(std::move(options)),
      outbox_(options_.store),
      receiving_keys_("receiving-key", options_.store),
      shares_("share", options_.store),
      one_time_keys_("one-time-key", options_.store),
      armed_shares_("armed-shares", options_.store) {}

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
    armed_.emplace(record->request, *std::move(record));
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
  ReadNames();
  // What was on the log before the last crash no longer waits to be sent.
  std::vector<ledger::StatementId> done;
  for (const auto& [id, item] : outbox_.items()) {
    if (replica_->FindStatement(options_.me, id) != nullptr) done.push_back(id);
  }
  for (const ledger::StatementId& id : done) QUORATE_RETURN_IF_ERROR(outbox_.Done(id));
  return RememberFirstSeen();
}

// An open request without a time was logged just before a crash: its cooling-off starts again,
// which is the safe side.
absl::Status Node::RememberFirstSeen() {
  base::WriteBatch batch;
  for (const auto& [id, request] : state().requests) {
    if (request.state != ledger::RequestState::kOpen ||
        state().last_log_time_ms >= request.expires_ms) {
      continue;
    }
    if (!first_seen_.try_emplace(id, options_.clock->Now()).second) continue;
    batch.Put(kFirstSeenSpace, id.bytes(), EncodeTime(first_seen_.at(id)));
  }
  return batch.empty() ? absl::OkStatus() : options_.store->Commit(batch);
}

absl::Status Node::Step(const Event& event) {
  if (const auto* advanced = std::get_if<LogAdvanced>(&event)) {
    const bool first = !HasHeard();
    QUORATE_RETURN_IF_ERROR(OnLogAdvanced(*advanced));
    if (first && HasHeard()) QUORATE_RETURN_IF_ERROR(Resubmit(false));
  } else if (const auto* blobs = std::get_if<BlobsArrived>(&event)) {
    QUORATE_RETURN_IF_ERROR(OnBlobs(*blobs));
  } else if (const auto* refused = std::get_if<SubmissionRefused>(&event)) {
    auto item = outbox_.items().find(refused->statement_id);
    if (item != outbox_.items().end()) {
      if (!item->second.duty.empty()) ++duty_refusals_[item->second.duty];
      refused_by_server_[refused->statement_id] = refused->status;
      Notify("refused", "",
             "the server does not take a statement of ours: " +
                 std::string(refused->status.message()));
      QUORATE_RETURN_IF_ERROR(outbox_.Done(refused->statement_id));
    }
  } else {
    QUORATE_RETURN_IF_ERROR(Resubmit(std::get<Tick>(event).reconnected));
  }
  return Advance();
}

absl::Status Node::OnLogAdvanced(const LogAdvanced& event) {
  base::WriteBatch batch;
  absl::StatusOr<replica::Extension> extension =
      replica_->PrepareExtend(event.checkpoint_note, event.entries, batch);
  if (!extension.ok()) {
    if (extension.status().code() == absl::StatusCode::kDataLoss) {
      halted_because_ = std::string(extension.status().message());
      Notify("halted", "", halted_because_);
      return extension.status();
    }
    Notify(
        "behind", "",
        "what the server sent does not fit the log: " + std::string(extension.status().message()));
    actions_.push_back(FetchEntries{replica_->next_index()});
    return absl::OkStatus();
  }
  QUORATE_RETURN_IF_ERROR(options_.store->Commit(batch));
  QUORATE_ASSIGN_OR_RETURN(replica::ExtendResult result, replica_->Adopt(*extension));
  log_size_ = result.log_size;
  // A note of an older state, or of one that is withheld, says nothing of the newest.
  const bool newest =
      extension->advances() || (replica_->checkpoint_note().has_value() &&
                                *replica_->checkpoint_note() == event.checkpoint_note);
  if (newest && result.size >= log_size_) last_heard_ = options_.clock->Now();
  for (const replica::AppliedEntry& applied : result.applied) {
    if (applied.entry.index == 0) ReadNames();
    OnEntry(applied.entry, applied.outcome);
    if (!applied.entry.header.has_value() || applied.entry.header->author != options_.me) continue;
    const ledger::StatementId& id = applied.entry.header->statement_id;
    auto item = outbox_.items().find(id);
    if (item == outbox_.items().end()) continue;
    const replica::EntryRecord* record = replica_->FindStatement(options_.me, id);
    if (record == nullptr || record->index != applied.entry.index) continue;
    if (!applied.outcome.admitted() && !item->second.duty.empty()) {
      ++duty_refusals_[item->second.duty];
    }
    QUORATE_RETURN_IF_ERROR(outbox_.Done(id));
  }
  QUORATE_RETURN_IF_ERROR(RememberFirstSeen());
  if (result.log_size > result.next_wanted) actions_.push_back(FetchEntries{result.next_wanted});
  return absl::OkStatus();
}

absl::Time Node::LastSeen(ledger::OrganiserNumber organiser) const {
  auto found = last_statement_ms_.find(organiser);
  return found == last_statement_ms_.end()
             ? absl::InfinitePast()
             : absl::FromUnixMillis(static_cast<int64_t>(found->second));
}

// Runs for every entry: again after a restart (loading), once while the program runs.
void Node::OnEntry(const ledger::Entry& entry, const ledger::Outcome& outcome) {
  if (!entry.header.has_value()) return;
  const ledger::Header& header = *entry.header;
  if (outcome.signed_by_author) last_statement_ms_[header.author] = entry.leaf.log_time_ms;
  const bool founding = entry.index == 0;
  if (header.author == options_.me && outcome.signed_by_author && !founding &&
      !outbox_.MadeHere(header.statement_id)) {
    restored_copy_ = true;
    halted_because_ =
        "the log holds statements of yours that this copy never made: it was restored from a "
        "backup, and does not release or deal";
  }
  if (!outcome.admitted() || !entry.statement.has_value()) return;
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
  } else if (const auto* activate = std::get_if<ledger::Activate>(&*entry.statement)) {
    const std::string vault = VaultName(activate->sharing.vault);
    Notify("key-ready", vault, "the key of " + vault + " is ready");
  }
}

absl::Status Node::OnBlobs(const BlobsArrived& event) {
  for (const crypto::Bytes& blob : event.blobs) {
    const crypto::Digest digest = crypto::Sha256(blob);
    if (blobs_wanted_.erase(digest) == 0) continue;
    while (!blobs_.empty() && blob_bytes_ + blob.size() > kMaxBlobBytesInMemory) {
      blob_bytes_ -= blobs_.begin()->second.size();
      blobs_.erase(blobs_.begin());
    }
    if (blobs_.emplace(digest, blob).second) blob_bytes_ += blob.size();
  }
  return absl::OkStatus();
}

const crypto::Bytes* Node::BlobOrFetch(const crypto::Digest& digest) {
  auto found = blobs_.find(digest);
  if (found != blobs_.end()) return &found->second;
  const absl::Duration now = options_.clock->Monotonic();
  auto [wanted, is_new] = blobs_wanted_.try_emplace(digest, now);
  if (is_new || now - wanted->second >= kRepeatAfter) {
    wanted->second = now;
    if (actions_.empty() || !std::holds_alternative<FetchBlobs>(actions_.back())) {
      actions_.push_back(FetchBlobs{});
    }
    std::get<FetchBlobs>(actions_.back()).digests.push_back(digest);
  }
  return nullptr;
}

void Node::FetchAhead(const crypto::Digest& digest) {
  if (blob_bytes_ < kMaxBlobBytesInMemory / 2) BlobOrFetch(digest);
}

// Shares that the gate let go wait here while the server is away. Until it has taken them, the gate
// has the last word every time they leave.
bool Node::MaySend(const ledger::StatementId& id) const {
  if (!halted_because_.empty() || !HasHeard() || !outbox_.Contains(id)) return false;
  auto armed = std::find_if(armed_.begin(), armed_.end(),
                            [&](const auto& known) { return known.second.shares == id; });
  if (armed == armed_.end()) return true;
  return !withheld_.contains(armed->first) && !WhyNotReleased(armed->first).has_value();
}

const Outbox::Item* Node::Unsent(const ledger::StatementId& id) const {
  auto found = outbox_.items().find(id);
  return found == outbox_.items().end() ? nullptr : &found->second;
}

absl::Status Node::Resubmit(bool reconnected) {
  const absl::Duration now = options_.clock->Monotonic();
  for (Outbox::Item* item : outbox_.InOrder()) {
    const bool waits = item->sent_at.has_value() && now - *item->sent_at < kRepeatAfter;
    if (waits && !reconnected) continue;
    if (!MaySend(item->statement.id)) continue;
    item->sent_at = now;
    actions_.push_back(Submit{item->statement, item->blobs});
  }
  return absl::OkStatus();
}

// Whatever the state of the log asks of this node, it does here; each piece of work looks first
// whether it is done already, so running this once more changes nothing.
absl::Status Node::Advance() {
  if (!halted_because_.empty() || ledger::NeedsUpgrade(state()) || !HasReadTheLog()) {
    return absl::OkStatus();
  }
  for (const auto& [number, vault] : state().vaults) {
    QUORATE_RETURN_IF_ERROR(AdvanceSharing(vault));
  }
  std::vector<ledger::LeafHash> requests;
  for (const auto& [id, request] : state().requests) {
    const bool open = request.state == ledger::RequestState::kOpen;
    if (open || armed_.contains(id) || first_seen_.contains(id)) requests.push_back(id);
  }
  for (const ledger::LeafHash& id : requests) {
    QUORATE_RETURN_IF_ERROR(AdvanceRequest(*ledger::FindRequest(state(), id)));
  }
  return absl::OkStatus();
}

void Node::ReadNames() {
  const std::optional<ledger::Charter>& charter = state().charter;
  if (!charter.has_value() || !organiser_names_.empty()) return;
  const crypto::Secret& key = options_.organisation_key;
  // Every founder checked the names before signing; what does not open is shown by number.
  auto open = [&](std::string_view role, uint32_t index, const crypto::Bytes& sealed) {
    absl::StatusOr<std::string> name = wire::OpenName(key, role, index, sealed);
    return name.ok() ? *name : std::string(role) + " " + std::to_string(index);
  };
  for (uint32_t i = 0; i < charter->organisers.size(); ++i) {
    organiser_names_.push_back(
        open(wire::kOrganiserRole, i + 1, charter->organisers[i].name_sealed));
  }
  for (uint32_t i = 0; i < charter->vaults.size(); ++i) {
    vault_names_.push_back(open(wire::kVaultRole, i + 1, charter->vaults[i].name_sealed));
  }
  organisation_name_ = open(wire::kOrganisationRole, 0, charter->organisation_name_sealed);
}

std::string Node::OrganiserName(ledger::OrganiserNumber number) const {
  if (number.value == 0 || number.value > organiser_names_.size()) {
    return "organiser " + std::to_string(number.value);
  }
  return organiser_names_[number.value - 1];
}

std::string Node::VaultName(ledger::VaultNumber number) const {
  if (number.value == 0 || number.value > vault_names_.size()) {
    return "vault " + std::to_string(number.value);
  }
  return vault_names_[number.value - 1];
}

std::optional<ledger::OrganiserNumber> Node::FindOrganiser(const std::string& name) const {
  auto found = std::find(organiser_names_.begin(), organiser_names_.end(), name);
  if (found == organiser_names_.end()) return std::nullopt;
  return ledger::OrganiserNumber{static_cast<uint32_t>(found - organiser_names_.begin()) + 1};
}

std::optional<ledger::VaultNumber> Node::FindVaultByName(const std::string& name) const {
  auto found = std::find(vault_names_.begin(), vault_names_.end(), name);
  if (found == vault_names_.end()) return std::nullopt;
  return ledger::VaultNumber{static_cast<uint32_t>(found - vault_names_.begin()) + 1};
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

wire::StatementContext Node::HeaderContext() const {
  return {options_.organisation, state().charter_version, state().rules_version, 1,
          replica_->size(),      replica_->root()};
}

absl::Status Node::RequireUnlocked() const {
  if (person_.has_value()) return absl::OkStatus();
  return base::MakeError(absl::StatusCode::kFailedPrecondition, "LOCKED", "this node is locked",
                         "run: quorate unlock");
}

absl::Status Node::RequireUsable() const {
  if (!halted_because_.empty()) {
    return base::MakeError(absl::StatusCode::kFailedPrecondition, "HALTED", halted_because_,
                           "run: quorate status");
  }
  if (ledger::NeedsUpgrade(state())) {
    return base::MakeError(absl::StatusCode::kFailedPrecondition, "UPGRADE_NEEDED",
                           "the organisation has moved to newer rules than this program knows",
                           "install the newer version of Quorate");
  }
  if (replica_->size() == 0) {
    return base::MakeError(absl::StatusCode::kUnavailable, "LOG_NOT_READ",
                           "this node has not read the organisation's log yet",
                           "look at `quorate status` and try again once it is connected");
  }
  return absl::OkStatus();
}

bool Node::HasReadTheLog() const { return HasHeard() && replica_->size() >= log_size_; }

absl::StatusOr<wire::SignedStatement> Node::Seal(const keystore::PersonKeys& person,
                                                 const ledger::Statement& statement,
                                                 const ledger::StatementId& id,
                                                 const std::vector<crypto::Bytes>& blobs) const {
  std::vector<ledger::BlobRef> refs;
  for (const crypto::Bytes& blob : blobs) {
    refs.push_back({crypto::Sha256(blob), static_cast<uint32_t>(blob.size())});
  }
  return wire::SealStatement(
      statement, id, std::move(refs), HeaderContext(), &options_.organisation_key,
      wire::Author{options_.me, person.signing, &person.device}, *options_.random);
}

absl::StatusOr<ledger::StatementId> Node::Send(const keystore::PersonKeys& person,
                                               const ledger::Statement& statement,
                                               const ledger::StatementId& id,
                                               std::vector<crypto::Bytes> blobs,
                                               base::WriteBatch batch, const std::string& duty) {
  Outbox::Item item;
  QUORATE_ASSIGN_OR_RETURN(item.statement, Seal(person, statement, id, blobs));
  item.blobs = std::move(blobs);
  item.duty = duty;
  item.sent_at = options_.clock->Monotonic();
  outbox_.Put(batch, item);
  QUORATE_RETURN_IF_ERROR(options_.store->Commit(batch));
  actions_.push_back(Submit{item.statement, item.blobs});
  outbox_.Added(std::move(item));
  return id;
}

std::optional<absl::StatusOr<StatementResult>> Node::ResultOf(const ledger::StatementId& id) const {
  if (const replica::EntryRecord* record = replica_->FindStatement(options_.me, id)) {
    return StatementResult{record->outcome, record->leaf_hash};
  }
  auto refused = refused_by_server_.find(id);
  if (refused != refused_by_server_.end()) return refused->second;
  return std::nullopt;
}

bool Node::HoldsShare(ledger::VaultNumber number) const {
  const ledger::Vault* vault = ledger::FindVault(state(), number);
  return vault != nullptr && vault->active.has_value() &&
         shares_.Has(ShareName(number, vault->active->epoch, vault->active->attempt));
}

}  // namespace quorate::node
