// Requests and what is said about them.
#include <algorithm>
#include <optional>

#include "custody/ledger/decide.h"
#include "custody/ledger/queries.h"

namespace quorate::ledger {
namespace {

bool IsRecipient(const Request& request, OrganiserNumber number) {
  return std::binary_search(request.recipients.begin(), request.recipients.end(), number);
}

bool AreRecipientsInOrder(const Charter& charter, const Request& request) {
  if (request.recipients.empty() || request.recipients.size() > kMaxRecipients) return false;
  uint32_t last = 0;
  for (OrganiserNumber recipient : request.recipients) {
    if (recipient.value <= last || FindOrganiser(charter, recipient) == nullptr) return false;
    last = recipient.value;
  }
  return true;
}

RefusalCode CheckOneTimeKey(const State& state, const Placed& placed, const LeafHash& request,
                            const OneTimeKey& key) {
  if (state.points_seen.contains(key.key)) return RefusalCode::kValueSeenBefore;
  Digest context =
      OneTimeKeyContext(state.organisation, placed.author, placed.header.statement_id, request);
  bool holds = crypto::VerifyOneTimeKey(context, {key.key, key.proof}).ok();
  return holds ? RefusalCode::kNone : RefusalCode::kBadProof;
}

RefusalCode CheckRequestedItems(const Account& account, const Request& request) {
  bool unusual = false;
  for (const ItemVersion& named : request.items) {
    if (FindVersion(account, named) == nullptr) return RefusalCode::kUnknownVersion;
    unusual = unusual || named.version != DefaultVersion(account.items.at(named.kind));
  }
  return request.unusual_version == unusual ? RefusalCode::kNone : RefusalCode::kUnusualVersion;
}

RequestRecord RecordOf(const Placed& placed, const Vault& vault, const Request& request) {
  RequestRecord record;
  record.id = placed.entry.leaf_hash;
  record.index = placed.entry.index;
  record.requester = placed.author;
  record.statement_id = placed.header.statement_id;
  record.log_time_ms = placed.now_ms;
  record.expires_ms = placed.now_ms + vault.policy.request_lifetime_seconds * 1000;
  record.cooling_off_seconds = vault.policy.cooling_off_seconds;
  record.threshold = vault.active->threshold;
  record.denials_to_block = vault.policy.denials_to_block;
  record.epoch = vault.active->epoch;
  record.request = request;
  if (request.one_time_key.has_value()) {
    record.one_time_keys[placed.author] = request.one_time_key->key;
  }
  return record;
}

std::optional<Word> LastWord(const RequestRecord& request, OrganiserNumber holder) {
  auto word = request.words.find(holder);
  if (word == request.words.end()) return std::nullopt;
  return word->second.word;
}

HolderWord Say(const Placed& placed, Word word, const std::string& reason) {
  return {word, placed.entry.leaf_hash, placed.entry.index, placed.now_ms, reason};
}

// Whoever orders the log could keep an approval back until its author has denied the request, and
// make it their last word. An approval counts only where its author had read what they said before.
bool IsOvertaken(const RequestRecord& request, const Placed& placed) {
  auto word = request.words.find(placed.author);
  return word != request.words.end() && placed.header.verified_size <= word->second.index;
}

RefusalCode CheckApprover(const State& state, const RequestRecord& request,
                          OrganiserNumber author) {
  if (author == request.requester) return RefusalCode::kOwnRequest;
  if (IsRecipient(request.request, author)) return RefusalCode::kRecipientMayNotApprove;
  const Vault& vault = state.vaults.at(request.request.vault);
  if (!IsHolder(vault.policy, author)) return RefusalCode::kNotAHolder;
  if (!vault.active->acknowledged.contains(author)) return RefusalCode::kNoShare;
  if (LastWord(request, author) == Word::kApproval) return RefusalCode::kAlreadyApproved;
  return RefusalCode::kNone;
}

// Whether every recipient has logged a one-time key and the approval names every accept.
bool AreAcceptsNamed(const RequestRecord& request, const Approve& approve) {
  return request.one_time_keys.size() == request.request.recipients.size() &&
         std::equal(approve.accepts.begin(), approve.accepts.end(), request.accepts.begin(),
                    request.accepts.end(), [](const LeafHash& named, const auto& accept) {
                      return named == accept.second;
                    });
}

}  // namespace

RequestOrRefusal RequestFor(const State& state, const Placed& placed, StatementKind kind,
                            const LeafHash& id) {
  const RequestRecord* request = FindRequest(state, id);
  if (request == nullptr) return {nullptr, RefusalCode::kUnknownRequest};
  RequestState stage = EffectiveState(*request, placed.now_ms);
  if (RowOf(kind).request.Has(stage)) return {request, RefusalCode::kNone};
  return {nullptr, stage == RequestState::kExpired ? RefusalCode::kRequestExpired
                                                   : RefusalCode::kRequestClosed};
}

Decision Decide(const State& state, const Placed& placed, const Request& request) {
  auto [vault, unusable] = VaultInUse(state, StatementKind::kRequest, request.vault);
  if (vault == nullptr) return unusable;
  const Account* account = FindAccount(state, request.account);
  if (account == nullptr) return RefusalCode::kUnknownAccount;
  if (account->vault != request.vault) return RefusalCode::kAccountInOtherVault;
  if (!IsValidText(request.reason, kMaxReasonBytes)) return RefusalCode::kBadText;
  if (!AreItemsInOrder(request.items) || !AreRecipientsInOrder(*state.charter, request) ||
      IsRecipient(request, placed.author) != request.one_time_key.has_value()) {
    return RefusalCode::kMalformedBody;
  }
  RefusalCode refusal = CheckRequestedItems(*account, request);
  if (refusal != RefusalCode::kNone) return refusal;
  if (request.one_time_key.has_value()) {
    refusal = CheckOneTimeKey(state, placed, LeafHash{}, *request.one_time_key);
    if (refusal != RefusalCode::kNone) return refusal;
  }
  RequestRecord record = RecordOf(placed, *vault, request);
  if (MayApprove(state, record).size() < record.threshold) return RefusalCode::kTooFewHolders;
  return Decision::Admit([record](State& next) {
    for (const auto& [recipient, key] : record.one_time_keys) next.points_seen.insert(key);
    next.requests.emplace(record.id, record);
  });
}

Decision Decide(const State& state, const Placed& placed, const Accept& accept) {
  auto [request, closed] = RequestFor(state, placed, StatementKind::kAccept, accept.request);
  if (request == nullptr) return closed;
  if (!IsRecipient(request->request, placed.author) || placed.author == request->requester) {
    return RefusalCode::kNotARecipient;
  }
  if (request->approved_once) return RefusalCode::kTooLateToAccept;
  if (request->accepts.contains(placed.author)) return RefusalCode::kAlreadyAccepted;
  RefusalCode refusal = CheckOneTimeKey(state, placed, accept.request, accept.one_time_key);
  if (refusal != RefusalCode::kNone) return refusal;
  return Decision::Admit([&placed, &accept](State& next) {
    RequestRecord& accepted = next.requests.at(accept.request);
    accepted.accepts[placed.author] = placed.entry.leaf_hash;
    accepted.one_time_keys[placed.author] = accept.one_time_key.key;
    next.points_seen.insert(accept.one_time_key.key);
  });
}

Decision Decide(const State& state, const Placed& placed, const Approve& approve) {
  auto [request, closed] = RequestFor(state, placed, StatementKind::kApprove, approve.request);
  if (request == nullptr) return closed;
  RefusalCode refusal = CheckApprover(state, *request, placed.author);
  if (refusal != RefusalCode::kNone) return refusal;
  if (IsOvertaken(*request, placed)) return RefusalCode::kOvertaken;
  if (!AreAcceptsNamed(*request, approve)) return RefusalCode::kAcceptsMissing;
  return Decision::Admit([&placed, &approve](State& next) {
    RequestRecord& approved = next.requests.at(approve.request);
    approved.words[placed.author] = Say(placed, Word::kApproval, "");
    approved.approved_once = true;
    // Denials are below the limit here: at it they close the request for good.
    if (CountApprovals(next, approved) < approved.threshold) return;
    for (OrganiserNumber holder : MayApprove(next, approved)) {
      if (LastWord(approved, holder) == Word::kApproval) approved.cleared.insert(holder);
    }
  });
}

Decision Decide(const State& state, const Placed& placed, const Deny& deny) {
  auto [request, closed] = RequestFor(state, placed, StatementKind::kDeny, deny.request);
  if (request == nullptr) return closed;
  if (placed.author == request->requester) return RefusalCode::kOwnRequest;
  if (!IsHolder(state.vaults.at(request->request.vault).policy, placed.author)) {
    return RefusalCode::kNotAHolder;
  }
  if (!IsValidText(deny.reason, kMaxReasonBytes)) return RefusalCode::kBadText;
  if (LastWord(*request, placed.author) == Word::kDenial) return RefusalCode::kAlreadySaid;
  return Decision::Admit([&placed, &deny](State& next) {
    RequestRecord& denied = next.requests.at(deny.request);
    denied.words[placed.author] = Say(placed, Word::kDenial, deny.reason);
    if (CountDenials(denied) >= denied.denials_to_block) denied.state = RequestState::kDenied;
  });
}

Decision Decide(const State& state, const Placed& placed, const Withdraw& withdraw) {
  auto [request, closed] = RequestFor(state, placed, StatementKind::kWithdraw, withdraw.request);
  if (request == nullptr) return closed;
  bool closes = placed.author == request->requester;
  std::optional<Word> word = LastWord(*request, placed.author);
  // A holder without a word may have an approval on its way: the retraction overtakes it.
  const bool may_have_approved =
      IsHolder(state.vaults.at(request->request.vault).policy, placed.author);
  if (!closes && (!may_have_approved || word == Word::kRetraction)) {
    return RefusalCode::kNothingToWithdraw;
  }
  // Denying is the safe direction: whoever stole a kit must not be able to take a denial back.
  if (!closes && word == Word::kDenial && !placed.has_device_signature) {
    return RefusalCode::kBadDeviceSignature;
  }
  return Decision::Admit([&placed, &withdraw, closes](State& next) {
    RequestRecord& withdrawn = next.requests.at(withdraw.request);
    if (closes) {
      withdrawn.state = RequestState::kWithdrawn;
    } else {
      withdrawn.words[placed.author] = Say(placed, Word::kRetraction, "");
    }
  });
}

}  // namespace quorate::ledger
