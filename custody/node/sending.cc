#include <algorithm>
#include <utility>

#include "custody/base/error_info.h"
#include "custody/base/status_macros.h"
#include "custody/node/node.h"

// How statements are made and leave, and what becomes of those that are not taken.
namespace quorate::node {
namespace {

// A statement is sent again after this long without an answer.
constexpr absl::Duration kRepeatAfter = absl::Seconds(5);
// Shares that a server turned down are not offered again before this.
constexpr absl::Duration kPauseAfterRefusal = absl::Seconds(30);
// What is refused waits twice as long each time, up to this.
constexpr absl::Duration kLongestWait = absl::Minutes(5);

absl::Duration WaitAfter(int refusals) {
  absl::Duration wait = kRepeatAfter;
  for (int i = 0; i < refusals && wait < kLongestWait; ++i) wait *= 2;
  return std::min(wait, kLongestWait);
}

}  // namespace

wire::StatementContext Node::HeaderContext() const {
  return {options_.organisation, state().charter_version, state().rules_version, 1,
          replica_->size(),      replica_->root()};
}

absl::Status Node::RequireUnlocked() const {
  if (person_.has_value()) return absl::OkStatus();
  return base::MakeError(absl::StatusCode::kFailedPrecondition, "LOCKED", "this node is locked",
                         "run: quorate unlock");
}

absl::Status Node::RequireDevice() const {
  if (!kit_only_) return absl::OkStatus();
  return base::MakeError(
      absl::StatusCode::kFailedPrecondition, "DEVICE_NEEDED",
      "your identity was restored from its paper kit: it reads, denies, withdraws "
      "and raises alarms; the device key and the shares that this takes went with the "
      "machine before it",
      "ask another organiser to do it; to stop a request: quorate deny");
}

absl::Status Node::RequireUsable() const {
  if (!halted_because_.empty()) {
    return base::MakeError(absl::StatusCode::kFailedPrecondition, "HALTED", halted_because_,
                           "run: quorate status");
  }
  QUORATE_RETURN_IF_ERROR(RequireDevice());
  return RequireReadable();
}

absl::Status Node::RequireReadable() const {
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
      wire::Author{options_.me, person.signing, kit_only_ ? nullptr : &person.device},
      *options_.random);
}

absl::StatusOr<ledger::StatementId> Node::Send(const keystore::PersonKeys& person,
                                               const ledger::Statement& statement,
                                               const ledger::StatementId& id,
                                               std::vector<crypto::Bytes> blobs,
                                               base::WriteBatch batch, Outbox::Purpose purpose,
                                               const std::string& subject) {
  Outbox::Item item;
  QUORATE_ASSIGN_OR_RETURN(item.statement, Seal(person, statement, id, blobs));
  item.blobs = std::move(blobs);
  item.purpose = purpose;
  item.subject = subject;
  outbox_.Put(batch, item);
  QUORATE_RETURN_IF_ERROR(options_.store->Commit(batch));
  outbox_.Added(std::move(item));
  Resubmit(false);
  return id;
}

// Shares that the gate let go wait here while the server is away. Until it has taken them, the gate
// has the last word every time they leave. A copy that was restored from a backup finds that out by
// reading the log, so nothing leaves before it is read; refusals alone can do no harm.
bool Node::MaySend(const ledger::StatementId& id) const {
  const Outbox::Item* item = outbox_.Find(id);
  if (item == nullptr) return false;
  if (item->purpose == Outbox::Purpose::kRefusal) return true;
  if (!halted_because_.empty() || kit_only_ || ledger::NeedsUpgrade(state()) || !HasReadAll()) {
    return false;
  }
  if (item->purpose == Outbox::Purpose::kApproval) {
    const std::optional<ledger::LeafHash> request = ArmedBy(id);
    return request.has_value() && !withheld_.contains(*request);
  }
  if (item->purpose != Outbox::Purpose::kShares) return true;
  auto armed = std::find_if(armed_.begin(), armed_.end(),
                            [&](const auto& known) { return known.second.shares == id; });
  return armed != armed_.end() && !withheld_.contains(armed->first) &&
         !WhyNotReleased(armed->first).has_value();
}

const Outbox::Item* Node::Unsent(const ledger::StatementId& id) const { return outbox_.Find(id); }

void Node::Resubmit(bool reconnected) {
  const absl::Duration now = options_.clock->Monotonic();
  for (const ledger::StatementId& id : outbox_.InOrder()) {
    Outbox::Item& item = outbox_.items().at(id);
    const bool waits = item.sent_at.has_value() && now - *item.sent_at < WaitAfter(item.refusals);
    if (waits && !reconnected) continue;
    if (!MaySend(id)) continue;
    item.sent_at = now;
    actions_.push_back(Submit{item.statement, item.blobs});
  }
}

void Node::TellRefused(const Outbox::Item& item, std::string_view reason) {
  std::string subject = item.subject.substr(0, 10);
  if (item.purpose == Outbox::Purpose::kLift) subject = item.subject;
  if (item.subject.starts_with(Outbox::kAlarmPrefix)) {
    subject = item.subject.substr(Outbox::kAlarmPrefix.size());
  }
  Notify("refused", subject, "a statement of yours was not taken: " + std::string(reason));
}

std::optional<ledger::LeafHash> Node::ArmedBy(const ledger::StatementId& approval) const {
  for (const auto& [request, armed] : armed_) {
    if (armed.approval == approval) return request;
  }
  return std::nullopt;
}

// A server's no is its word alone. It ends what can be said anew, and never what a person counts on
// to stop a release.
absl::Status Node::OnRefused(const SubmissionRefused& refused) {
  const ledger::StatementId& id = refused.statement_id;
  auto found = outbox_.items().find(id);
  if (found == outbox_.items().end()) return absl::OkStatus();
  Outbox::Item* item = &found->second;
  if (told_.insert(crypto::Hex(id.value)).second) {
    TellRefused(*item, std::string(refused.status.message()));
  }
  // A server can say no and log it all the same: a second dealing in the first one's place would be
  // a cheat's. So both go out again as they are.
  if (item->purpose == Outbox::Purpose::kRefusal || item->purpose == Outbox::Purpose::kDuty) {
    ++item->refusals;
    item->sent_at = options_.clock->Monotonic();
    return absl::OkStatus();
  }
  if (item->purpose == Outbox::Purpose::kShares) {
    shares_paused_until_[item->subject] = options_.clock->Monotonic() + kPauseAfterRefusal;
  }
  base::WriteBatch batch;
  outbox_.Remove(batch, id);
  const std::optional<ledger::LeafHash> disarmed = ArmedBy(id);
  if (disarmed.has_value()) DisarmInto(batch, *disarmed);
  QUORATE_RETURN_IF_ERROR(options_.store->Commit(batch));
  if (disarmed.has_value()) Disarmed(*disarmed);
  outbox_.Removed(id);
  refused_by_server_[id] = refused.status;
  return absl::OkStatus();
}

bool Node::DutyWaits(const std::string& duty) const {
  if (outbox_.Find(Outbox::Purpose::kDuty, duty) != nullptr) return true;
  auto refused = duty_refusals_.find(duty);
  return refused != duty_refusals_.end() &&
         options_.clock->Monotonic() - refused->second.last < WaitAfter(refused->second.count);
}

void Node::OnDutyRefused(const std::string& duty) {
  Refusals& refusals = duty_refusals_[duty];
  ++refusals.count;
  refusals.last = options_.clock->Monotonic();
}

bool Node::SharesArePaused(const ledger::LeafHash& request) const {
  auto until = shares_paused_until_.find(crypto::Hex(request.span()));
  return until != shares_paused_until_.end() && options_.clock->Monotonic() < until->second;
}

}  // namespace quorate::node
