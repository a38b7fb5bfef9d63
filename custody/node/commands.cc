#include <algorithm>
#include <utility>

#include "crypto/decryption_share.h"
#include "custody/base/error_info.h"
#include "custody/base/status_macros.h"
#include "custody/node/armed_record.h"
#include "custody/node/node.h"
#include "custody/node/refuse.h"
#include "custody/wire/statement.h"

// What a node's own person tells it to do about requests. Each command looks first at what the
// ledger will say, so that a mistake is answered here and leaves no trace on the log.
namespace quorate::node {
namespace {

using base::MakeError;
using ledger::LeafHash;
using ledger::OrganiserNumber;
using ledger::StatementId;

constexpr char kArmedSpace[] = "armed";
using Purpose = Outbox::Purpose;

absl::Status BlobMissing() {
  return MakeError(absl::StatusCode::kUnavailable, "BLOB_MISSING",
                   "the encrypted item has not reached this node yet; it has been asked for",
                   "try again in a moment");
}

absl::Status LogNotRead() {
  return MakeError(absl::StatusCode::kUnavailable, "LOG_NOT_READ",
                   "this node has not read the organisation's whole log since it started",
                   "look at `quorate status` and try again once it is connected");
}

std::string RequestName(const LeafHash& request) { return crypto::Hex(request.span()); }

using SharePointer = std::pair<OrganiserNumber, const ledger::SentShare*>;

// What nodes sent of this item for `me` in this epoch; early or late, its proof held, and what is
// out is out. Nothing is verified here: whoever waits for a quorum looks often, and verifies once
// it stands.
std::vector<SharePointer> SharesFor(const ledger::RequestRecord& request,
                                    const ledger::ItemVersion& item,
                                    const ledger::ActiveEpoch& epoch, OrganiserNumber me) {
  std::vector<SharePointer> found;
  for (const auto& [holder, sent] : request.shares) {
    if (sent.epoch != epoch.epoch || !epoch.public_shares.contains(holder)) continue;
    for (const ledger::SentShare& share : sent.shares) {
      if (share.recipient == me && share.kind == item.kind && share.version == item.version) {
        found.emplace_back(holder, &share);
      }
    }
  }
  return found;
}

}  // namespace

absl::StatusOr<ledger::Request> Node::BuildRequest(const RequestDraft& draft) const {
  QUORATE_RETURN_IF_ERROR(RequireUsable());
  const ledger::Account* account = ledger::FindAccount(state(), draft.account);
  if (account == nullptr) {
    return MakeError(
        absl::StatusCode::kNotFound, ledger::RefusalName(ledger::RefusalCode::kUnknownAccount),
        ledger::RefusalReason(ledger::RefusalCode::kUnknownAccount), "run: quorate accounts");
  }
  const ledger::Vault* vault = ledger::FindVault(state(), account->vault);
  if (vault == nullptr || !vault->active.has_value()) {
    return Refuse(ledger::RefusalCode::kVaultNotReady, "run: quorate vaults");
  }
  if (draft.reason.empty() || !ledger::IsValidText(draft.reason, ledger::kMaxReasonBytes)) {
    return Refuse(ledger::RefusalCode::kBadText,
                  "give a reason of plain text, at most 1000 bytes: --reason \"...\"");
  }
  ledger::Request request;
  request.vault = account->vault;
  request.account = account->name;
  request.reason = draft.reason;
  request.recipients = draft.recipients;
  if (request.recipients.empty()) request.recipients = {options_.me};
  std::sort(request.recipients.begin(), request.recipients.end());
  request.recipients.erase(std::unique(request.recipients.begin(), request.recipients.end()),
                           request.recipients.end());
  for (OrganiserNumber recipient : request.recipients) {
    if (ledger::FindOrganiser(*state().charter, recipient) == nullptr) {
      return MakeError(absl::StatusCode::kNotFound, "UNKNOWN_ORGANISER",
                       "a recipient is not an organiser", "run: quorate organisation show");
    }
  }
  for (ledger::ItemVersion item : draft.items) {
    auto record = account->items.find(item.kind);
    std::optional<uint32_t> usual =
        record == account->items.end() ? std::nullopt : ledger::DefaultVersion(record->second);
    if (!usual.has_value()) {
      return Refuse(ledger::RefusalCode::kUnknownVersion, "run: quorate show " + account->name);
    }
    if (item.version == 0) item.version = *usual;
    if (item.version != *usual) request.unusual_version = true;
    if (ledger::FindVersion(*account, item) == nullptr) {
      return Refuse(ledger::RefusalCode::kUnknownVersion, "run: quorate show " + account->name);
    }
    request.items.push_back(item);
  }
  std::sort(request.items.begin(), request.items.end());
  request.items.erase(std::unique(request.items.begin(), request.items.end()), request.items.end());
  // As the ledger will count: holders who have shown their share and are no party to it.
  size_t outside = 0;
  for (OrganiserNumber holder : vault->active->acknowledged) {
    const bool recipient = std::find(request.recipients.begin(), request.recipients.end(),
                                     holder) != request.recipients.end();
    if (holder != options_.me && !recipient) ++outside;
  }
  if (outside < vault->active->threshold) {
    return Refuse(ledger::RefusalCode::kTooFewHolders,
                  "run: quorate show " + VaultName(vault->number));
  }
  return request;
}

absl::Status Node::ValidateRequest(const RequestDraft& draft) const {
  return BuildRequest(draft).status();
}

absl::StatusOr<StatementId> Node::CreateRequest(const RequestDraft& draft) {
  QUORATE_ASSIGN_OR_RETURN(ledger::Request request, BuildRequest(draft));
  QUORATE_RETURN_IF_ERROR(RequireUnlocked());
  const StatementId id = wire::RandomStatementId(*options_.random);
  base::WriteBatch batch;
  if (std::find(request.recipients.begin(), request.recipients.end(), options_.me) !=
      request.recipients.end()) {
    crypto::OneTimeKey key = crypto::OneTimeKey::Generate(
        ledger::OneTimeKeyContext(options_.organisation, options_.me, id, {}), *options_.random);
    one_time_keys_.Put(batch, crypto::Hex(id.value), person_->lock_key, key.secret.secret(),
                       *options_.random);
    request.one_time_key = ledger::OneTimeKey{key.notice.key, key.notice.proof};
  }
  return Send(*person_, request, id, {}, std::move(batch));
}

absl::StatusOr<const ledger::RequestRecord*> Node::OpenRequestRecord(const LeafHash& id) const {
  QUORATE_RETURN_IF_ERROR(RequireReadable());
  const ledger::RequestRecord* request = ledger::FindRequest(state(), id);
  if (request == nullptr) {
    return Refuse(ledger::RefusalCode::kUnknownRequest, "run: quorate requests");
  }
  const uint64_t now_ms =
      static_cast<uint64_t>(std::max<int64_t>(0, absl::ToUnixMillis(options_.clock->Now())));
  switch (ledger::EffectiveState(*request, std::max(now_ms, state().last_log_time_ms))) {
    case ledger::RequestState::kOpen:
      return request;
    case ledger::RequestState::kExpired:
      return Refuse(ledger::RefusalCode::kRequestExpired, "ask again with `quorate request`");
    default:
      return Refuse(ledger::RefusalCode::kRequestClosed,
                    "run: quorate show " + RequestName(id).substr(0, 10));
  }
}

absl::Status Node::ValidateAccept(const LeafHash& id) const {
  QUORATE_RETURN_IF_ERROR(RequireUsable());
  QUORATE_ASSIGN_OR_RETURN(const ledger::RequestRecord* request, OpenRequestRecord(id));
  const std::vector<OrganiserNumber>& recipients = request->request.recipients;
  if (request->requester == options_.me ||
      std::find(recipients.begin(), recipients.end(), options_.me) == recipients.end()) {
    return Refuse(ledger::RefusalCode::kNotARecipient, "run: quorate requests");
  }
  if (request->accepts.contains(options_.me)) {
    return Refuse(ledger::RefusalCode::kAlreadyAccepted, "wait for the approvals");
  }
  return absl::OkStatus();
}

absl::StatusOr<StatementId> Node::Accept(const LeafHash& id) {
  QUORATE_RETURN_IF_ERROR(ValidateAccept(id));
  QUORATE_RETURN_IF_ERROR(RequireUnlocked());
  // A second call while the first accept is on its way is the same accept.
  if (const Outbox::Item* queued = outbox_.Find(Purpose::kAccept, RequestName(id))) {
    return queued->statement.id;
  }
  const StatementId statement = wire::RandomStatementId(*options_.random);
  crypto::OneTimeKey key = crypto::OneTimeKey::Generate(
      ledger::OneTimeKeyContext(options_.organisation, options_.me, statement, id),
      *options_.random);
  base::WriteBatch batch;
  one_time_keys_.Put(batch, AcceptName(id, crypto::Hex(statement.value)), person_->lock_key,
                     key.secret.secret(), *options_.random);
  return Send(*person_, ledger::Accept{id, {key.notice.key, key.notice.proof}}, statement, {},
              std::move(batch), Purpose::kAccept, RequestName(id));
}

absl::StatusOr<ledger::DecryptionShares> Node::MakeShares(const ledger::RequestRecord& request,
                                                          const keystore::PersonKeys& person,
                                                          Armed& armed) {
  const ledger::Account* account = ledger::FindAccount(state(), request.request.account);
  const ledger::Vault* vault = ledger::FindVault(state(), request.request.vault);
  if (account == nullptr || vault == nullptr || !vault->active.has_value()) {
    return Refuse(ledger::RefusalCode::kVaultNotReady, "run: quorate vaults");
  }
  const ledger::ActiveEpoch& epoch = *vault->active;
  QUORATE_ASSIGN_OR_RETURN(
      crypto::Secret sealed,
      shares_.Get(ShareName(vault->number, epoch.epoch, epoch.attempt), person.lock_key));
  QUORATE_ASSIGN_OR_RETURN(crypto::SecretScalar share,
                           crypto::SecretScalar::FromCanonical(std::move(sealed)));
  const crypto::Point& vault_key = epoch.commitments.front();
  for (const ledger::ItemVersion& item : request.request.items) {
    const ledger::VersionRecord* version = ledger::FindVersion(*account, item);
    if (version == nullptr) return Refuse(ledger::RefusalCode::kUnknownVersion, "deny it");
    const crypto::Bytes* payload =
        blobs_.FindOrFetch(version->payload.digest, version->payload.length);
    if (payload == nullptr) return BlobMissing();
    const crypto::ItemLabel label = ledger::LabelOf(state(), *account, *version);
    const crypto::Ciphertext ciphertext = ledger::CiphertextOf(*version);
    QUORATE_RETURN_IF_ERROR(crypto::VerifyCiphertext(vault_key, label, ciphertext));
    if (!crypto::PayloadMatches(ciphertext, *payload)) {
      return Refuse(ledger::RefusalCode::kBadCiphertext, "deny it, and have it deposited anew");
    }
    armed.ciphertexts.push_back(crypto::CiphertextHash(label, ciphertext));
  }
  ledger::DecryptionShares statement{request.id, epoch.epoch, {}};
  for (OrganiserNumber recipient : request.request.recipients) {
    auto key = request.one_time_keys.find(recipient);
    if (key == request.one_time_keys.end()) {
      return Refuse(ledger::RefusalCode::kAcceptsMissing,
                    "wait until " + OrganiserName(recipient) + " has accepted");
    }
    for (const ledger::ItemVersion& item : request.request.items) {
      const ledger::VersionRecord* version = ledger::FindVersion(*account, item);
      QUORATE_ASSIGN_OR_RETURN(
          crypto::DecryptionShare made,
          crypto::MakeShare(
              ledger::ShareContextOf(state(), request, options_.me, recipient, *account, *version),
              {epoch.public_shares.at(options_.me), version->item.r, key->second}, share,
              *options_.random));
      statement.shares.push_back({recipient, item.kind, item.version, version->item.part, made});
    }
  }
  return statement;
}

absl::StatusOr<const ledger::RequestRecord*> Node::MayApproveNow(const LeafHash& id) const {
  QUORATE_RETURN_IF_ERROR(RequireUsable());
  QUORATE_ASSIGN_OR_RETURN(const ledger::RequestRecord* request, OpenRequestRecord(id));
  const std::vector<OrganiserNumber>& recipients = request->request.recipients;
  if (request->requester == options_.me) {
    return Refuse(ledger::RefusalCode::kOwnRequest, "ask the other holders");
  }
  if (std::find(recipients.begin(), recipients.end(), options_.me) != recipients.end()) {
    return Refuse(ledger::RefusalCode::kRecipientMayNotApprove, "ask the other holders");
  }
  const std::vector<OrganiserNumber> may = ledger::MayApprove(state(), *request);
  if (std::find(may.begin(), may.end(), options_.me) == may.end()) {
    return Refuse(ledger::RefusalCode::kNoShare, "only holders of this vault's key approve");
  }
  auto word = request->words.find(options_.me);
  if (word != request->words.end() && word->second.word == ledger::Word::kApproval) {
    const bool prepared = armed_.contains(id) || request->shares.contains(options_.me);
    return Refuse(ledger::RefusalCode::kAlreadyApproved,
                  prepared ? "nothing more is needed of you"
                           : "this node has nothing ready for it: withdraw and approve again");
  }
  return request;
}

absl::Status Node::ReadyToApprove(const LeafHash& id) {
  QUORATE_ASSIGN_OR_RETURN(const ledger::RequestRecord* request, MayApproveNow(id));
  const ledger::Account* account = ledger::FindAccount(state(), request->request.account);
  bool complete = account != nullptr;
  for (const ledger::ItemVersion& item : request->request.items) {
    const ledger::VersionRecord* version =
        account == nullptr ? nullptr : ledger::FindVersion(*account, item);
    if (version == nullptr) return Refuse(ledger::RefusalCode::kUnknownVersion, "deny it");
    complete =
        blobs_.FindOrFetch(version->payload.digest, version->payload.length) != nullptr && complete;
  }
  return complete ? absl::OkStatus() : BlobMissing();
}

absl::StatusOr<StatementId> Node::Approve(const LeafHash& id, const keystore::PersonKeys& person) {
  QUORATE_ASSIGN_OR_RETURN(const ledger::RequestRecord* request, MayApproveNow(id));
  if (outbox_.Find(Purpose::kRefusal, RequestName(id)) != nullptr) {
    return MakeError(absl::StatusCode::kFailedPrecondition, "REFUSAL_ON_ITS_WAY",
                     "what you said against it before has not reached the log yet",
                     "wait until this node is connected, then approve");
  }
  // A second call while the first approval is on its way is the same approval.
  if (auto known = armed_.find(id); known != armed_.end()) {
    const auto result = ResultOf(known->second.approval);
    const bool refused = result.has_value() && (!result->ok() || !(*result)->outcome.admitted());
    if (!refused) {
      withheld_.erase(id);
      return known->second.approval;
    }
    QUORATE_RETURN_IF_ERROR(Disarm(id, ""));
  }
  Armed armed;
  armed.request = id;
  for (const auto& [recipient, accept] : request->accepts) armed.accepts.push_back(accept);
  armed.approval = wire::RandomStatementId(*options_.random);
  armed.shares = wire::RandomStatementId(*options_.random);
  armed.charter_version = state().charter_version;
  armed.rules_version = state().rules_version;
  QUORATE_ASSIGN_OR_RETURN(ledger::DecryptionShares shares, MakeShares(*request, person, armed));
  armed.epoch = shares.epoch;
  QUORATE_ASSIGN_OR_RETURN(wire::SignedStatement prepared, Seal(person, shares, armed.shares, {}));
  // The prepared shares and the approval become durable together: an approval on the log without
  // shares behind it would be a promise that nobody can keep.
  base::WriteBatch batch;
  armed_shares_.Put(batch, RequestName(id), options_.unattended_key, wire::EncodeSigned(prepared),
                    *options_.random);
  batch.Put(kArmedSpace, id.bytes(), EncodeArmed(armed));
  outbox_.RememberOwn(batch, armed.shares);
  const ledger::Approve approve{id, armed.accepts};
  QUORATE_ASSIGN_OR_RETURN(StatementId sent,
                           Send(person, approve, armed.approval, {}, std::move(batch),
                                Purpose::kApproval, RequestName(id)));
  armed_.insert_or_assign(id, std::move(armed));
  withheld_.erase(id);
  Resubmit(false);
  return sent;
}

absl::Status Node::ValidateDeny(const LeafHash& id, const std::string& reason) const {
  QUORATE_ASSIGN_OR_RETURN(const ledger::RequestRecord* request, OpenRequestRecord(id));
  if (reason.empty() || !ledger::IsValidText(reason, ledger::kMaxReasonBytes)) {
    return Refuse(ledger::RefusalCode::kBadText, "say why: --reason \"...\"");
  }
  if (request->requester == options_.me) {
    return Refuse(ledger::RefusalCode::kOwnRequest,
                  "run: quorate withdraw " + RequestName(id).substr(0, 10));
  }
  const ledger::Vault* vault = ledger::FindVault(state(), request->request.vault);
  const std::vector<OrganiserNumber>& holders = vault->policy.holders;
  if (std::find(holders.begin(), holders.end(), options_.me) == holders.end()) {
    return Refuse(ledger::RefusalCode::kNotAHolder, "tell a holder of this vault");
  }
  return absl::OkStatus();
}

absl::StatusOr<StatementId> Node::Deny(const LeafHash& id, const std::string& reason) {
  QUORATE_RETURN_IF_ERROR(ValidateDeny(id, reason));
  QUORATE_RETURN_IF_ERROR(RequireUnlocked());
  return SendRefusal(id, ledger::Deny{id, reason});
}

absl::Status Node::ValidateWithdraw(const LeafHash& id) const {
  QUORATE_ASSIGN_OR_RETURN(const ledger::RequestRecord* request, OpenRequestRecord(id));
  auto word = request->words.find(options_.me);
  const bool has_word =
      word != request->words.end() && word->second.word != ledger::Word::kRetraction;
  if (request->requester != options_.me && !has_word && !armed_.contains(id)) {
    return Refuse(ledger::RefusalCode::kNothingToWithdraw, "run: quorate requests");
  }
  // Whoever stole a kit must not undo what its owner said.
  if (request->requester != options_.me && has_word && word->second.word == ledger::Word::kDenial) {
    QUORATE_RETURN_IF_ERROR(RequireDevice());
  }
  return absl::OkStatus();
}

absl::StatusOr<StatementId> Node::Withdraw(const LeafHash& id) {
  QUORATE_RETURN_IF_ERROR(ValidateWithdraw(id));
  QUORATE_RETURN_IF_ERROR(RequireUnlocked());
  return SendRefusal(id, ledger::Withdraw{id});
}

// What an earlier approval has prepared, and the approval itself where it still waits, go in the
// same write that keeps the refusal. Nothing of them leaves from here on, even where the disk
// refuses that write.
absl::StatusOr<StatementId> Node::SendRefusal(const LeafHash& id,
                                              const ledger::Statement& statement) {
  base::WriteBatch batch;
  const bool armed = armed_.contains(id);
  if (armed) {
    withheld_.insert(id);
    DisarmInto(batch, id);
  }
  QUORATE_ASSIGN_OR_RETURN(StatementId sent,
                           Send(*person_, statement, wire::RandomStatementId(*options_.random), {},
                                std::move(batch), Purpose::kRefusal, RequestName(id)));
  if (armed) {
    Disarmed(id);
    Notify("armed-void", RequestName(id).substr(0, 10), "you took your approval back");
  }
  return sent;
}

absl::StatusOr<std::string> Node::OneTimeKeyName(const ledger::RequestRecord& request) const {
  if (request.requester == options_.me) return crypto::Hex(request.statement_id.value);
  auto accept = request.accepts.find(options_.me);
  const replica::EntryRecord* record =
      accept == request.accepts.end() ? nullptr : replica_->FindLeaf(accept->second);
  if (record == nullptr) return AcceptName(request.id, "none");
  QUORATE_ASSIGN_OR_RETURN(const ledger::Entry entry, replica_->ReadEntryAt(record->index));
  if (!entry.header.has_value()) return AcceptName(request.id, "none");
  return AcceptName(request.id, crypto::Hex(entry.header->statement_id.value));
}

absl::StatusOr<std::vector<OpenedItem>> Node::OpenRequest(const LeafHash& id,
                                                          const crypto::Point& caller) {
  QUORATE_RETURN_IF_ERROR(RequireUsable());
  QUORATE_ASSIGN_OR_RETURN(const ledger::RequestRecord* request, OpenRequestRecord(id));
  QUORATE_RETURN_IF_ERROR(RequireUnlocked());
  auto key = request->one_time_keys.find(options_.me);
  if (key == request->one_time_keys.end()) {
    return Refuse(ledger::RefusalCode::kNotARecipient, "only its recipients open a request");
  }
  // An old copy of this store would use a key that was destroyed since.
  if (!HasReadAll()) return LogNotRead();
  QUORATE_ASSIGN_OR_RETURN(const std::string name, OneTimeKeyName(*request));
  QUORATE_ASSIGN_OR_RETURN(crypto::Secret sealed, one_time_keys_.Get(name, person_->lock_key));
  QUORATE_ASSIGN_OR_RETURN(crypto::SecretScalar one_time,
                           crypto::SecretScalar::FromCanonical(std::move(sealed)));
  const ledger::Account* account = ledger::FindAccount(state(), request->request.account);
  const ledger::Vault* vault = ledger::FindVault(state(), request->request.vault);
  const ledger::ActiveEpoch& epoch = *vault->active;
  std::vector<OpenedItem> opened;
  for (const ledger::ItemVersion& item : request->request.items) {
    const ledger::VersionRecord* version = ledger::FindVersion(*account, item);
    const std::vector<SharePointer> sent = SharesFor(*request, item, epoch, options_.me);
    if (sent.size() < epoch.threshold) {
      const bool held = ledger::IsHeldByAlarm(state(), *request);
      return MakeError(absl::StatusCode::kFailedPrecondition, "NOT_YET",
                       (held ? "an alarm freezes " + account->name + ": "
                             : std::string("the quorum has not released it: ")) +
                           std::to_string(ledger::CountApprovals(state(), *request)) + " of " +
                           std::to_string(request->threshold) + " approve, " +
                           std::to_string(sent.size()) + " nodes have sent their share",
                       "run: quorate show " +
                           (held ? "account/" + account->name : RequestName(id).substr(0, 10)));
    }
    const crypto::Bytes* payload =
        blobs_.FindOrFetch(version->payload.digest, version->payload.length);
    if (payload == nullptr) return BlobMissing();
    std::vector<crypto::VerifiedShare> shares;
    for (const auto& [holder, share] : sent) {
      QUORATE_ASSIGN_OR_RETURN(
          crypto::VerifiedShare verified,
          crypto::VerifyShare(
              ledger::ShareContextOf(state(), *request, holder, options_.me, *account, *version),
              {epoch.public_shares.at(holder), version->item.r, key->second}, share->share));
      shares.push_back(verified);
    }
    QUORATE_ASSIGN_OR_RETURN(
        crypto::SecretPoint combined,
        crypto::CombineShares(shares, *crypto::Threshold::From(epoch.threshold), one_time));
    OpenedItem out;
    out.vault_key = epoch.commitments.front();
    out.label = ledger::LabelOf(state(), *account, *version);
    out.ciphertext = ledger::CiphertextOf(*version);
    out.payload = *payload;
    QUORATE_ASSIGN_OR_RETURN(out.combined_sealed,
                             crypto::Seal(caller, crypto::CiphertextHash(out.label, out.ciphertext),
                                          combined.secret(), *options_.random));
    opened.push_back(std::move(out));
  }
  return opened;
}

absl::StatusOr<StatementId> Node::CloseRequest(const LeafHash& id) {
  QUORATE_RETURN_IF_ERROR(RequireUsable());
  QUORATE_ASSIGN_OR_RETURN(const ledger::RequestRecord* request, OpenRequestRecord(id));
  QUORATE_RETURN_IF_ERROR(RequireUnlocked());
  if (!request->one_time_keys.contains(options_.me)) {
    return Refuse(ledger::RefusalCode::kNotARecipient, "only its recipients open a request");
  }
  return Send(*person_, ledger::Opened{id}, wire::RandomStatementId(*options_.random), {}, {});
}

}  // namespace quorate::node
