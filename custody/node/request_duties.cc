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
          replica_->checkpoint_note().has_value() ? replica_->size() : 0,
          log_size_};
}

GateVerdict Node::WhyNotReleased(const ledger::LeafHash& id) const {
  auto armed = armed_.find(id);
  const ledger::RequestRecord* request = ledger::FindRequest(state(), id);
  if (armed == armed_.end() || request == nullptr) return std::nullopt;
  return WhyClosed(MakeGateInput(*request, armed->second));
}

absl::Status Node::AdvanceRequest(const ledger::RequestRecord& request) {
  const uint64_t now_ms =
      static_cast<uint64_t>(std::max<int64_t>(0, absl::ToUnixMillis(options_.clock->Now())));
  const bool ended = request.state != ledger::RequestState::kOpen ||
                     state().last_log_time_ms >= request.expires_ms;
  if (ended) return Forget(request);
  if (now_ms >= request.expires_ms) return absl::OkStatus();

  // Whoever may approve, or receives, needs the payloads: fetched before they are asked for.
  const ledger::Account* account = ledger::FindAccount(state(), request.request.account);
  if (account != nullptr) {
    for (const ledger::ItemVersion& item : request.request.items) {
      const ledger::VersionRecord* version = ledger::FindVersion(*account, item);
      if (version != nullptr) FetchAhead(version->payload.digest);
    }
  }
  auto armed = armed_.find(request.id);
  if (armed == armed_.end() || withheld_.contains(request.id)) return absl::OkStatus();
  if (request.shares.contains(options_.me)) return Disarm(request.id, "");
  auto word = request.words.find(options_.me);
  // An approval given anew after a retraction is on its way: the older word does not void it.
  const bool logged = replica_->FindStatement(options_.me, armed->second.approval) != nullptr;
  if (logged && word != request.words.end() && word->second.word != ledger::Word::kApproval) {
    return Disarm(request.id, "you took your approval back");
  }
  const GateInput input = MakeGateInput(request, armed->second);
  if (GateVerdict stale = CheckVersions(input); stale.has_value()) {
    return Disarm(request.id, *stale);
  }
  if (WhyClosed(input).has_value()) return absl::OkStatus();
  return Release(request);
}

// Submits the very bytes that were prepared when the person approved.
absl::Status Node::Release(const ledger::RequestRecord& request) {
  const Armed& armed = armed_.at(request.id);
  if (outbox_.Contains(armed.shares)) return absl::OkStatus();
  QUORATE_ASSIGN_OR_RETURN(crypto::Secret sealed,
                           armed_shares_.Get(RequestName(request.id), options_.unattended_key));
  Outbox::Item item;
  QUORATE_ASSIGN_OR_RETURN(item.statement, wire::DecodeSigned(sealed.Reveal()));
  item.sent_at = options_.clock->Monotonic();
  base::WriteBatch batch;
  outbox_.Put(batch, item);
  QUORATE_RETURN_IF_ERROR(options_.store->Commit(batch));
  actions_.push_back(Submit{item.statement, {}});
  outbox_.Added(std::move(item));
  return absl::OkStatus();
}

// Shares that were handed out but not taken by the server go with the rest, or a machine that died
// in between would send them after all.
void Node::PutDisarm(base::WriteBatch& batch, const ledger::LeafHash& request) const {
  armed_shares_.Delete(batch, RequestName(request));
  batch.Delete(kArmedSpace, request.bytes());
  outbox_.Remove(batch, armed_.at(request).shares);
}

void Node::Disarmed(const ledger::LeafHash& request, const std::string& why) {
  outbox_.Removed(armed_.at(request).shares);
  armed_.erase(request);
  if (!why.empty()) Notify("armed-void", RequestName(request).substr(0, 10), why);
}

absl::Status Node::Disarm(const ledger::LeafHash& request, const std::string& why) {
  base::WriteBatch batch;
  PutDisarm(batch, request);
  QUORATE_RETURN_IF_ERROR(options_.store->Commit(batch));
  Disarmed(request, why);
  return absl::OkStatus();
}

absl::Status Node::Forget(const ledger::RequestRecord& request) {
  if (armed_.contains(request.id)) {
    const bool released = request.shares.contains(options_.me);
    QUORATE_RETURN_IF_ERROR(Disarm(request.id, released ? "" : "the request is closed"));
  }
  base::WriteBatch batch;
  if (request.requester == options_.me) {
    const std::string name = StatementName(request.statement_id);
    if (one_time_keys_.Has(name)) one_time_keys_.Delete(batch, name);
  }
  const std::string accepted = "accept/" + RequestName(request.id);
  if (one_time_keys_.Has(accepted)) one_time_keys_.Delete(batch, accepted);
  if (first_seen_.contains(request.id)) batch.Delete(kFirstSeenSpace, request.id.bytes());
  if (!batch.empty()) QUORATE_RETURN_IF_ERROR(options_.store->Commit(batch));
  first_seen_.erase(request.id);
  withheld_.erase(request.id);
  return absl::OkStatus();
}

}  // namespace quorate::node
