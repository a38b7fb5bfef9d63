#include <utility>

#include "custody/base/error_info.h"
#include "custody/base/status_macros.h"
#include "custody/node/armed_record.h"
#include "custody/node/node.h"

// What a node does for requests without its person: fetches what an approval will need, releases
// when the gate opens, and destroys what is no longer needed.
namespace quorate::node {
namespace {

constexpr char kFirstSeenSpace[] = "first-seen";
constexpr char kArmedSpace[] = "armed";

std::string RequestName(const ledger::LeafHash& request) { return crypto::Hex(request.span()); }

std::string StatementName(const ledger::StatementId& id) { return crypto::Hex(id.value); }

}  // namespace

GateInput Node::MakeGateInput(const ledger::RequestRecord& request, const Armed& armed) const {
  return {state(),
          request,
          armed,
          options_.me,
          options_.clock->Now(),
          FirstSeen(request.id),
          last_heard_,
          log_size_,
          OwnStatement(armed.approval),
          outbox_.Find(Outbox::Purpose::kRefusal,
                       std::string(Outbox::kAlarmPrefix) + request.request.account) != nullptr};
}

std::optional<ledger::LeafHash> Node::OwnStatement(const ledger::StatementId& id) const {
  const replica::EntryRecord* record = replica_->FindStatement(options_.me, id);
  if (record == nullptr) return std::nullopt;
  return record->leaf_hash;
}

GateVerdict Node::WhyNotReleased(const ledger::LeafHash& id) const {
  auto armed = armed_.find(id);
  const ledger::RequestRecord* request = ledger::FindRequest(state(), id);
  if (armed == armed_.end()) return "nothing is prepared for this request";
  if (request == nullptr) return "the request is not on the log";
  return WhyClosed(MakeGateInput(*request, armed->second));
}

absl::Status Node::AdvanceRequest(const ledger::RequestRecord& request) {
  const uint64_t now_ms =
      static_cast<uint64_t>(std::max<int64_t>(0, absl::ToUnixMillis(options_.clock->Now())));
  if (!IsOpen(request)) return Forget(request);
  if (now_ms >= request.expires_ms) return absl::OkStatus();

  // Whoever may approve, or receives, needs the payloads: fetched before they are asked for.
  const ledger::Account* account = ledger::FindAccount(state(), request.request.account);
  if (account != nullptr) {
    for (const ledger::ItemVersion& item : request.request.items) {
      const ledger::VersionRecord* version = ledger::FindVersion(*account, item);
      if (version != nullptr) blobs_.FetchAhead(version->payload.digest, version->payload.length);
    }
  }
  auto armed = armed_.find(request.id);
  if (armed == armed_.end()) return TakeBack(request);
  if (withheld_.contains(request.id)) return absl::OkStatus();
  if (request.shares.contains(options_.me)) return Disarm(request.id, "");
  auto word = request.words.find(options_.me);
  // An approval given anew after a retraction is on its way: the older word does not void it.
  const bool logged = OwnStatement(armed->second.approval).has_value();
  if (logged && word != request.words.end() && word->second.word != ledger::Word::kApproval) {
    return Disarm(request.id, "you took your approval back");
  }
  if (OwnStatement(armed->second.shares).has_value()) {
    return Disarm(request.id, "the log did not take your shares: approve again");
  }
  const GateInput input = MakeGateInput(request, armed->second);
  if (GateVerdict stale = WhyVoid(input); stale.has_value()) {
    return Disarm(request.id, *stale);
  }
  if (WhyClosed(input).has_value() || SharesArePaused(request.id)) {
    // Shares that wait for the server wait for the gate again.
    outbox_.Removed(armed->second.shares);
    return absl::OkStatus();
  }
  return Release(request);
}

// The log says that our person approves and this node has nothing to release: their denial came to
// the log before the approval that it was to undo, or what was prepared is void. So it is said
// again, or others would count a word that nobody stands behind.
absl::Status Node::TakeBack(const ledger::RequestRecord& request) {
  const std::string name = RequestName(request.id);
  auto word = request.words.find(options_.me);
  if (!person_.has_value() || word == request.words.end() ||
      word->second.word != ledger::Word::kApproval || request.shares.contains(options_.me) ||
      outbox_.Find(Outbox::Purpose::kRefusal, name) != nullptr || DutyWaits(name)) {
    return absl::OkStatus();
  }
  auto denial = own_denials_.find(request.id);
  const ledger::Statement statement =
      denial != own_denials_.end()
          ? ledger::Statement(ledger::Deny{request.id, denial->second.reason})
          : ledger::Statement(ledger::Withdraw{request.id});
  return SendRefusal(request.id, statement).status();
}

// Submits the very bytes that were prepared when the person approved. They are durable since then,
// as is the record that holds them back, so nothing is written here: a restart comes here again.
absl::Status Node::Release(const ledger::RequestRecord& request) {
  const Armed& armed = armed_.at(request.id);
  if (outbox_.Contains(armed.shares)) return absl::OkStatus();
  QUORATE_ASSIGN_OR_RETURN(crypto::Secret sealed,
                           armed_shares_.Get(RequestName(request.id), options_.unattended_key));
  Outbox::Item item;
  QUORATE_ASSIGN_OR_RETURN(item.statement, wire::DecodeSigned(sealed.Reveal()));
  item.purpose = Outbox::Purpose::kShares;
  item.subject = RequestName(request.id);
  item.sent_at = options_.clock->Monotonic();
  actions_.push_back(Submit{item.statement, {}});
  outbox_.Added(std::move(item));
  return absl::OkStatus();
}

// Everything that an approval has prepared and that has not reached the log: gone together, so that
// no crash leaves shares behind that nothing holds back.
void Node::DisarmInto(base::WriteBatch& batch, const ledger::LeafHash& request) const {
  const Armed& armed = armed_.at(request);
  armed_shares_.Delete(batch, RequestName(request));
  batch.Delete(kArmedSpace, request.bytes());
  outbox_.Remove(batch, armed.shares);
  outbox_.Remove(batch, armed.approval);
}

void Node::Disarmed(const ledger::LeafHash& request) {
  const Armed& armed = armed_.at(request);
  outbox_.Removed(armed.shares);
  outbox_.Removed(armed.approval);
  armed_.erase(request);
}

absl::Status Node::Disarm(const ledger::LeafHash& request, const std::string& why) {
  base::WriteBatch batch;
  DisarmInto(batch, request);
  QUORATE_RETURN_IF_ERROR(options_.store->Commit(batch));
  Disarmed(request);
  if (!why.empty()) Notify("armed-void", RequestName(request).substr(0, 10), why);
  return absl::OkStatus();
}

absl::Status Node::Forget(const ledger::RequestRecord& request) {
  const std::string name = RequestName(request.id);
  const bool armed = armed_.contains(request.id);
  base::WriteBatch batch;
  if (armed) DisarmInto(batch, request.id);
  const Outbox::Item* refusal = outbox_.Find(Outbox::Purpose::kRefusal, name);
  std::optional<ledger::StatementId> moot;
  if (refusal != nullptr) moot = refusal->statement.id;
  if (moot.has_value()) outbox_.Remove(batch, *moot);
  if (request.requester == options_.me) {
    const std::string own = StatementName(request.statement_id);
    if (one_time_keys_.Has(own)) one_time_keys_.Delete(batch, own);
  }
  QUORATE_ASSIGN_OR_RETURN(std::vector<std::string> accepted,
                           one_time_keys_.Names(AcceptName(request.id, "")));
  for (const std::string& key : accepted) one_time_keys_.Delete(batch, key);
  if (first_seen_.contains(request.id)) batch.Delete(kFirstSeenSpace, request.id.bytes());
  if (!batch.empty()) QUORATE_RETURN_IF_ERROR(options_.store->Commit(batch));
  if (armed) {
    Disarmed(request.id);
    if (!request.shares.contains(options_.me)) {
      Notify("armed-void", name.substr(0, 10), "the request is closed");
    }
  }
  if (moot.has_value()) outbox_.Removed(*moot);
  first_seen_.erase(request.id);
  own_denials_.erase(request.id);
  shares_paused_until_.erase(name);
  withheld_.erase(request.id);
  return absl::OkStatus();
}

}  // namespace quorate::node
