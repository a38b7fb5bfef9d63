#include <algorithm>
#include <set>
#include <utility>

#include "custody/base/error_info.h"
#include "custody/base/status_macros.h"
#include "custody/node/daemon/runtime.h"

// From a draft to an organisation. Every founder's node follows the draft and does what it can:
// lays its card, freezes the charter (the author's), checks it, and founds once all have signed.
namespace quorate::node {
namespace {

// A draft's id -> the digest of the charter that was seen first in it: outlives a restart.
constexpr char kShownSpace[] = "charter-shown";

crypto::Digest DraftDigest(const net::DraftLink& link) {
  return crypto::Digest{link.draft_id.value};
}

absl::Status NeedsUnlocking() {
  return base::MakeError(absl::StatusCode::kFailedPrecondition, "LOCKED", "this node is locked",
                         "run: quorate unlock");
}

// Already there, by us or by somebody who was faster: nothing to do.
bool IsTaken(const absl::Status& status) {
  return absl::IsAlreadyExists(status) || absl::IsAborted(status);
}

std::vector<uint32_t> PickPositions(crypto::RandomSource& random) {
  std::set<uint32_t> picked;
  while (picked.size() < kWordsToType) {
    uint8_t byte = 0;
    random.Fill({&byte, 1});
    if (byte < 252) picked.insert(byte % kFoundingWords);  // 252 is a multiple of twelve.
  }
  return {picked.begin(), picked.end()};
}

}  // namespace

absl::StatusOr<net::DraftLink> Runtime::CurrentLink() {
  absl::MutexLock lock(&mutex_);
  if (link_.empty()) {
    return base::MakeError(absl::StatusCode::kFailedPrecondition, "NO_DRAFT",
                           "there is no draft of an organisation",
                           "run: quorate organisation draft charter.toml");
  }
  return net::ParseDraftLink(link_);
}

absl::StatusOr<DraftView> Runtime::CreateDraft(const wire::Draft& given) {
  {
    absl::MutexLock lock(&mutex_);
    if (node_ != nullptr || !link_.empty()) {
      return base::MakeError(absl::StatusCode::kFailedPrecondition, "HAS_ORGANISATION",
                             "this node has an organisation or a draft of one already",
                             "run: quorate organisation show");
    }
    if (!person_.has_value()) return NeedsUnlocking();
  }
  QUORATE_ASSIGN_OR_RETURN(wire::Draft draft, CheckDraft(given));
  net::DraftLink link{invite_, {}, crypto::Secret::Random(net::kDraftSecretSize, *options_.random)};
  options_.random->Fill(link.draft_id.value);
  QUORATE_RETURN_IF_ERROR(client_->CreateDraft(link, draft, *options_.random).status());
  QUORATE_ASSIGN_OR_RETURN(std::string text, net::FormatDraftLink(link));
  QUORATE_RETURN_IF_ERROR(keystore::WriteDraftLink(keystore_, text, *options_.random));
  {
    absl::MutexLock lock(&mutex_);
    link_ = text;
    changed_.SignalAll();
  }
  QUORATE_RETURN_IF_ERROR(AdvanceDraft(link));
  return GetDraft();
}

absl::StatusOr<DraftView> Runtime::GetDraft() {
  QUORATE_ASSIGN_OR_RETURN(net::DraftLink link, CurrentLink());
  QUORATE_ASSIGN_OR_RETURN(DraftOnServer on_server, client_->GetDraft(link));
  return ViewDraft(link, std::move(on_server));
}

absl::StatusOr<DraftView> Runtime::ViewDraft(const net::DraftLink& link, DraftOnServer on_server) {
  DraftView view;
  view.draft = std::move(on_server);
  if (view.draft.server.certificate_digest != invite_.server_certificate_digest) {
    view.problem = "the server names another certificate than the one it shows";
    return view;
  }
  absl::MutexLock lock(&mutex_);
  view.link = link_;
  if (view.draft.founding.has_value() && person_.has_value()) {
    QUORATE_ASSIGN_OR_RETURN(view.problem, CheckDraftedFounding(link, view.draft));
    if (!view.problem.empty()) return view;
  }
  if (founding_.has_value()) {
    view.digest = founding_->digest;
    view.words = founding_->words;
    view.ask_positions = ask_positions_;
    for (const ledger::Endorsement& signature : view.draft.signatures) {
      if (HoldsForFounding(signature)) view.signatures.push_back(signature);
    }
  }
  return view;
}

absl::StatusOr<std::string> Runtime::CheckDraftedFounding(const net::DraftLink& link,
                                                          const DraftOnServer& draft) {
  if (founding_.has_value() && checked_draft_.has_value() && checked_draft_->draft == draft.draft &&
      checked_draft_->cards == draft.cards && checked_draft_->server == draft.server &&
      checked_draft_->founding == draft.founding) {
    return std::string();
  }
  absl::StatusOr<CheckedFounding> checked =
      CheckFounding(DraftDigest(link), draft.draft, draft.cards, draft.server, *draft.founding,
                    keystore_.name(), keystore_.card(), person_->wrap);
  if (!checked.ok()) return std::string(checked.status().message());
  // Whoever shows us one charter and then another is found out here, and again by the words.
  QUORATE_ASSIGN_OR_RETURN(const bool same, IsFirstCharter(link, checked->digest));
  if (!same) return "the charter has changed since it was shown first";
  if (!founding_.has_value()) ask_positions_ = PickPositions(*options_.random);
  founding_ = *std::move(checked);
  checked_draft_ = draft;
  good_signatures_.clear();
  return std::string();
}

bool Runtime::HoldsForFounding(const ledger::Endorsement& signature) {
  auto known = good_signatures_.find(signature.organiser.value);
  if (known != good_signatures_.end() && known->second.signature == signature.signature &&
      known->second.device_signature == signature.device_signature) {
    return true;
  }
  if (!CheckFounderSignature(founding_->digest, founding_->charter, signature)) return false;
  good_signatures_[signature.organiser.value] = signature;
  return true;
}

absl::StatusOr<bool> Runtime::IsFirstCharter(const net::DraftLink& link,
                                             const crypto::Digest& digest) {
  if (founding_.has_value()) return founding_->digest == digest;
  QUORATE_ASSIGN_OR_RETURN(std::optional<base::NodeBytes> known,
                           store_->Get(kShownSpace, link.draft_id.value));
  if (known.has_value()) return *known == digest.bytes();
  base::WriteBatch batch;
  batch.Put(kShownSpace, {link.draft_id.value.begin(), link.draft_id.value.end()}, digest.bytes());
  QUORATE_RETURN_IF_ERROR(store_->Commit(batch));
  return true;
}

absl::StatusOr<DraftView> Runtime::SignDraft(const crypto::Digest& digest) {
  QUORATE_ASSIGN_OR_RETURN(net::DraftLink link, CurrentLink());
  ledger::Endorsement endorsement;
  {
    absl::MutexLock lock(&mutex_);
    if (node_ != nullptr) {
      return base::MakeError(absl::StatusCode::kFailedPrecondition, "ALREADY_FOUNDED",
                             "the organisation is founded", "run: quorate status");
    }
    if (!person_.has_value()) return NeedsUnlocking();
    if (!founding_.has_value()) {
      return base::MakeError(absl::StatusCode::kFailedPrecondition, "NOT_FROZEN",
                             "there is no charter to sign yet: not everyone has joined",
                             "run: quorate organisation show");
    }
    if (founding_->digest != digest) {
      return base::MakeError(absl::StatusCode::kAborted, "CHARTER_CHANGED",
                             "this is not the charter that was shown",
                             "run: quorate organisation show");
    }
    endorsement = SignFounding(founding_->digest, founding_->me, *person_);
  }
  absl::Status put = client_->PutSignature(link, endorsement, *options_.random);
  if (!put.ok() && !IsTaken(put)) return put;
  QUORATE_RETURN_IF_ERROR(AdvanceDraft(link));
  return GetDraft();
}

absl::Status Runtime::FollowDraft(const net::DraftLink& link, net::Backoff& backoff) {
  bool first = true;
  return client_->WatchDraft(link, [&] {
    if (std::exchange(first, false)) {
      absl::MutexLock lock(&mutex_);
      Connected(backoff);
    }
    absl::Status advanced = AdvanceDraft(link);
    absl::MutexLock lock(&mutex_);
    if (!advanced.ok()) Emit("draft", "", std::string(advanced.message()));
    return !stopping_ && node_ == nullptr;
  });
}

absl::Status Runtime::AdvanceDraft(const net::DraftLink& link) {
  QUORATE_ASSIGN_OR_RETURN(DraftOnServer on_server, client_->GetDraft(link));
  std::optional<wire::Card> card;
  std::optional<wire::FoundingDocument> founding;
  const wire::Draft& draft = on_server.draft;
  {
    absl::MutexLock lock(&mutex_);
    if (node_ != nullptr || !person_.has_value()) return absl::OkStatus();
    const bool invited = std::find(draft.organisers.begin(), draft.organisers.end(),
                                   keystore_.name()) != draft.organisers.end();
    if (!invited) {
      return base::MakeError(absl::StatusCode::kPermissionDenied, "NOT_INVITED",
                             "\"" + keystore_.name() + "\" is not among the draft's organisers",
                             "ask whoever sent you the link which name they gave you");
    }
    if (!on_server.cards.contains(keystore_.name()) && !on_server.founding.has_value()) {
      card = MakeCard(DraftDigest(link), keystore_, *person_);
    }
    const bool everyone = on_server.cards.size() == draft.organisers.size();
    if (everyone && !on_server.founding.has_value() && draft.author == keystore_.name()) {
      const crypto::Secret key =
          crypto::Secret::Random(crypto::kOrganisationKeySize, *options_.random);
      QUORATE_ASSIGN_OR_RETURN(founding, BuildFounding(DraftDigest(link), draft, on_server.cards,
                                                       on_server.server, key));
    }
  }
  if (card.has_value()) {
    absl::Status put = client_->PutCard(link, *card, *options_.random);
    if (absl::IsAlreadyExists(put)) {
      // Perhaps another thread of this node was faster: a card is sealed anew each time it is laid.
      QUORATE_ASSIGN_OR_RETURN(DraftOnServer again, client_->GetDraft(link));
      auto there = again.cards.find(keystore_.name());
      if (there != again.cards.end() && there->second.signing_key == card->signing_key &&
          there->second.device_key == card->device_key) {
        return absl::OkStatus();
      }
      return base::MakeError(absl::StatusCode::kAborted, "CARD_TAKEN",
                             "somebody else has laid a card in your name",
                             "tell the others; start a new draft and send its link in another way");
    }
    return put;
  }
  if (founding.has_value()) {
    absl::Status put = client_->PutFounding(link, *founding, *options_.random);
    return IsTaken(put) ? absl::OkStatus() : put;
  }
  QUORATE_ASSIGN_OR_RETURN(DraftView view, ViewDraft(link, std::move(on_server)));
  if (!view.problem.empty()) {
    return base::MakeError(absl::StatusCode::kInvalidArgument, "BAD_FOUNDING", view.problem,
                           "do not sign; talk to the other founders and start a new draft");
  }
  return TryToFound(link, view);
}

absl::Status Runtime::TryToFound(const net::DraftLink& link, const DraftView& view) {
  if (!view.digest.has_value()) return absl::OkStatus();
  const size_t founders = view.draft.draft.organisers.size();
  if (!view.draft.organisation.has_value()) {
    // The author's node founds; were it lost, any other can by `organisation sign` once more.
    if (view.signatures.size() != founders) return absl::OkStatus();
    wire::SignedStatement statement;
    ledger::OrganisationId organisation;
    {
      absl::MutexLock lock(&mutex_);
      if (!founding_.has_value() || !person_.has_value()) return absl::OkStatus();
      organisation = founding_->organisation;
      QUORATE_ASSIGN_OR_RETURN(
          statement, SealFounding(*founding_, *view.draft.founding, view.signatures, *person_,
                                  *options_.random));
    }
    absl::Status found = client_->Found(link, organisation, statement);
    if (!found.ok() && !IsTaken(found) && !absl::IsFailedPrecondition(found)) return found;
    QUORATE_ASSIGN_OR_RETURN(DraftOnServer again, client_->GetDraft(link));
    if (again.organisation != organisation) return found;
  }
  absl::MutexLock lock(&mutex_);
  if (node_ != nullptr || !founding_.has_value()) return absl::OkStatus();
  if (view.draft.organisation.has_value() && *view.draft.organisation != founding_->organisation) {
    return base::MakeError(absl::StatusCode::kDataLoss, "BAD_FOUNDING",
                           "another organisation was founded from this draft than the one you see",
                           "talk to the other founders and start a new draft");
  }
  keystore::OrganisationRecord record;
  record.organisation = crypto::Digest{founding_->organisation.value};
  record.me = founding_->me.value;
  record.log_key = founding_->charter.log_key;
  record.server_certificate_digest = founding_->charter.server_certificate_digest;
  record.server = net::FormatEndpoint(invite_.endpoint);
  record.organisation_key = founding_->organisation_key.Clone();
  QUORATE_RETURN_IF_ERROR(keystore::WriteOrganisation(keystore_, record, *options_.random));
  QUORATE_RETURN_IF_ERROR(OpenNode(std::move(record)));
  Emit("founded", "", "the organisation is founded");
  // Whoever unlocked the node came here by another way than the draft's stream, which would go on
  // until its next heartbeat.
  client_->EndStreams();
  return absl::OkStatus();
}

}  // namespace quorate::node
