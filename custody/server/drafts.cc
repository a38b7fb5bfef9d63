#include "custody/server/drafts.h"

#include <algorithm>
#include <utility>

#include "custody/base/error_info.h"
#include "custody/base/status_macros.h"
#include "custody/server/refusals.h"

namespace quorate::server {
namespace {

namespace pb = ::quorate::log::v1;
using absl::StatusCode;
using base::MakeError;

constexpr size_t kMaxSealedBytes = 512 * 1024;
constexpr size_t kMaxCardBytes = 16 * 1024;
constexpr size_t kMaxTagBytes = 64;
constexpr int kMaxCards = 512;
constexpr int kMaxDocuments = 8;
// Below what the store takes, so that there is room for what the draft became.
constexpr size_t kMaxDraftBytes = store::kMaxRecordBytes - 1024;
constexpr absl::Duration kDraftLife = absl::Hours(24 * 30);

absl::Status DraftFull() {
  return MakeError(StatusCode::kResourceExhausted, "DRAFT_FULL", "this draft holds no more",
                   "start a new draft");
}

bool IsDocumentName(const std::string& name) {
  return !name.empty() && name.size() <= 32 && std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
  });
}

bool Parse(const crypto::Bytes& bytes, pb::StoredDraft& draft) {
  return draft.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()));
}

}  // namespace

absl::StatusOr<std::unique_ptr<Drafts>> Drafts::Open(Options options) {
  std::unique_ptr<Drafts> drafts(new Drafts(std::move(options)));
  QUORATE_ASSIGN_OR_RETURN(std::vector<crypto::Bytes> ids, drafts->options_.store->ListDrafts());
  absl::MutexLock lock(&drafts->mutex_);
  for (const crypto::Bytes& id : ids) {
    const auto digest = crypto::Digest::FromBytes(id);
    if (!digest.has_value()) return Damaged("a draft's identifier has another size");
    QUORATE_ASSIGN_OR_RETURN(pb::StoredDraft draft, drafts->Read(id));
    drafts->Remember(*digest, draft);
  }
  return drafts;
}

void Drafts::Remember(const crypto::Digest& draft_id, const pb::StoredDraft& draft) {
  known_.insert_or_assign(
      draft_id, Known{draft.creator(), draft.write_token_hash(), draft.shown().organisation(),
                      draft.shown().expire_time_ms(), draft.shown().revision()});
}

absl::StatusOr<const Drafts::Known*> Drafts::Find(crypto::ByteSpan draft_id) {
  const auto digest = crypto::Digest::FromBytes(draft_id);
  if (!digest.has_value()) return Malformed();
  auto found = known_.find(*digest);
  if (found == known_.end() || found->second.expire_time_ms < NowMs()) {
    return MakeError(StatusCode::kNotFound, "NO_SUCH_DRAFT",
                     "there is no such draft on this server, or it has expired",
                     "ask for a new link");
  }
  return &found->second;
}

absl::Status Drafts::CheckWriter(crypto::ByteSpan draft_id, const std::string& token) {
  QUORATE_ASSIGN_OR_RETURN(const Known* known, Find(draft_id));
  if (crypto::AsString(crypto::Sha256(crypto::AsBytes(token)).span()) == known->write_token_hash) {
    return absl::OkStatus();
  }
  return WrongWriteToken();
}

absl::StatusOr<pb::StoredDraft> Drafts::Read(crypto::ByteSpan draft_id) {
  QUORATE_ASSIGN_OR_RETURN(std::optional<crypto::Bytes> bytes, options_.store->GetDraft(draft_id));
  pb::StoredDraft draft;
  if (!bytes.has_value() || !Parse(*bytes, draft)) return Damaged("a draft is damaged");
  return draft;
}

absl::Status Drafts::Write(crypto::ByteSpan draft_id, pb::StoredDraft& draft) {
  draft.mutable_shown()->set_revision(draft.shown().revision() + 1);
  const crypto::Bytes bytes = crypto::ToBytes(draft.SerializeAsString());
  if (absl::Status put = options_.store->PutDraft(draft_id, bytes); !put.ok()) {
    return FromStore(put);
  }
  const auto digest = *crypto::Digest::FromBytes(draft_id);
  Remember(digest, draft);
  options_.changed(digest);
  return absl::OkStatus();
}

absl::Status Drafts::DropExpired() {
  const int64_t now_ms = NowMs();
  for (auto known = known_.begin(); known != known_.end();) {
    if (known->second.expire_time_ms >= now_ms) {
      ++known;
      continue;
    }
    QUORATE_RETURN_IF_ERROR(options_.store->DeleteDraft(known->first.span()));
    known = known_.erase(known);
  }
  return absl::OkStatus();
}

absl::Status Drafts::Sweep() {
  absl::MutexLock lock(&mutex_);
  return DropExpired();
}

size_t Drafts::count() {
  absl::MutexLock lock(&mutex_);
  return known_.size();
}

absl::Status Drafts::MakeRoom(const std::string& creator) {
  QUORATE_RETURN_IF_ERROR(DropExpired());
  const auto own =
      static_cast<size_t>(std::count_if(known_.begin(), known_.end(), [&](const auto& entry) {
        return entry.second.creator == creator;
      }));
  if (known_.size() < options_.limits.drafts && own < options_.limits.drafts_per_caller) {
    return absl::OkStatus();
  }
  return MakeError(StatusCode::kResourceExhausted, "TOO_MANY_DRAFTS",
                   "there are too many drafts on this server",
                   "wait until old ones expire, or ask its operator");
}

absl::StatusOr<pb::CreateDraftResponse> Drafts::Create(const pb::CreateDraftRequest& request,
                                                       const crypto::PublicSigningKey& caller) {
  const crypto::ByteSpan draft_id = crypto::AsBytes(request.draft_id());
  const auto digest = crypto::Digest::FromBytes(draft_id);
  if (!digest.has_value() || request.sealed().empty() ||
      request.sealed().size() > kMaxSealedBytes || request.write_token_hash().size() != 32) {
    return Malformed();
  }
  absl::MutexLock lock(&mutex_);
  pb::StoredDraft draft;
  if (known_.contains(*digest)) {
    QUORATE_ASSIGN_OR_RETURN(draft, Read(draft_id));
    if (draft.shown().sealed() != request.sealed() ||
        draft.write_token_hash() != request.write_token_hash()) {
      return MakeError(StatusCode::kAlreadyExists, "DRAFT_ID_USED",
                       "another draft has this identifier", "try again");
    }
  } else {
    draft.set_draft_id(request.draft_id());
    draft.set_write_token_hash(request.write_token_hash());
    draft.set_creator(crypto::AsString(caller.span()));
    QUORATE_RETURN_IF_ERROR(MakeRoom(draft.creator()));
    pb::GetDraftResponse& shown = *draft.mutable_shown();
    shown.set_sealed(request.sealed());
    shown.set_log_key(crypto::AsString(options_.log_key(draft_id).span()));
    shown.set_server_certificate_digest(crypto::AsString(options_.certificate_digest.span()));
    shown.set_expire_time_ms(NowMs() + absl::ToInt64Milliseconds(kDraftLife));
    QUORATE_RETURN_IF_ERROR(Write(draft_id, draft));
  }
  pb::CreateDraftResponse response;
  response.set_log_key(draft.shown().log_key());
  response.set_server_certificate_digest(draft.shown().server_certificate_digest());
  response.set_expire_time_ms(draft.shown().expire_time_ms());
  return response;
}

absl::StatusOr<pb::GetDraftResponse> Drafts::Get(crypto::ByteSpan draft_id) {
  absl::MutexLock lock(&mutex_);
  QUORATE_RETURN_IF_ERROR(Find(draft_id).status());
  QUORATE_ASSIGN_OR_RETURN(pb::StoredDraft draft, Read(draft_id));
  return std::move(*draft.mutable_shown());
}

absl::StatusOr<pb::WatchDraftResponse> Drafts::Look(crypto::ByteSpan draft_id) {
  absl::MutexLock lock(&mutex_);
  QUORATE_ASSIGN_OR_RETURN(const Known* known, Find(draft_id));
  pb::WatchDraftResponse response;
  response.set_revision(known->revision);
  response.set_organisation(known->organisation);
  return response;
}

absl::StatusOr<uint64_t> Drafts::PutCard(const pb::PutCardRequest& request) {
  const pb::DraftCard& card = request.card();
  if (card.tag().empty() || card.tag().size() > kMaxTagBytes || card.sealed().empty() ||
      card.sealed().size() > kMaxCardBytes) {
    return Malformed();
  }
  const crypto::ByteSpan draft_id = crypto::AsBytes(request.draft_id());
  absl::MutexLock lock(&mutex_);
  QUORATE_RETURN_IF_ERROR(CheckWriter(draft_id, request.write_token()));
  QUORATE_ASSIGN_OR_RETURN(pb::StoredDraft draft, Read(draft_id));
  pb::GetDraftResponse& shown = *draft.mutable_shown();
  for (const pb::DraftCard& known : shown.cards()) {
    if (known.tag() != card.tag()) continue;
    if (known.sealed() == card.sealed()) return shown.revision();
    return MakeError(StatusCode::kAlreadyExists, "CARD_TAKEN", "another card lies there already",
                     "run: quorate organisation show");
  }
  if (shown.cards_size() >= kMaxCards) return DraftFull();
  pb::DraftCard& added = *shown.add_cards();
  added.set_tag(card.tag());
  added.set_sealed(card.sealed());
  if (draft.ByteSizeLong() > kMaxDraftBytes) return DraftFull();
  QUORATE_RETURN_IF_ERROR(Write(draft_id, draft));
  return shown.revision();
}

absl::StatusOr<pb::PutDocumentResponse> Drafts::PutDocument(const pb::PutDocumentRequest& request) {
  if (!IsDocumentName(request.name()) || request.sealed().empty() ||
      request.sealed().size() > kMaxSealedBytes) {
    return Malformed();
  }
  const crypto::ByteSpan draft_id = crypto::AsBytes(request.draft_id());
  absl::MutexLock lock(&mutex_);
  QUORATE_RETURN_IF_ERROR(CheckWriter(draft_id, request.write_token()));
  QUORATE_ASSIGN_OR_RETURN(pb::StoredDraft draft, Read(draft_id));
  pb::GetDraftResponse& shown = *draft.mutable_shown();
  pb::DraftDocument* document = nullptr;
  for (pb::DraftDocument& known : *shown.mutable_documents()) {
    if (known.name() == request.name()) document = &known;
  }
  if ((document == nullptr ? 0 : document->version()) != request.expected_version()) {
    return MakeError(StatusCode::kAborted, "DOCUMENT_CHANGED",
                     "the document is not the one that was read", "read it again");
  }
  if (document == nullptr) {
    if (shown.documents_size() >= kMaxDocuments) return DraftFull();
    document = shown.add_documents();
  }
  document->set_name(request.name());
  document->set_version(request.expected_version() + 1);
  document->set_sealed(request.sealed());
  if (draft.ByteSizeLong() > kMaxDraftBytes) return DraftFull();
  QUORATE_RETURN_IF_ERROR(Write(draft_id, draft));
  pb::PutDocumentResponse response;
  response.set_version(document->version());
  response.set_revision(shown.revision());
  return response;
}

absl::Status Drafts::CheckFounding(crypto::ByteSpan draft_id, const std::string& token,
                                   const ledger::OrganisationId& organisation) {
  absl::MutexLock lock(&mutex_);
  QUORATE_RETURN_IF_ERROR(CheckWriter(draft_id, token));
  QUORATE_ASSIGN_OR_RETURN(const Known* known, Find(draft_id));
  if (known->organisation.empty() || known->organisation == crypto::AsString(organisation.span())) {
    return absl::OkStatus();
  }
  return MakeError(StatusCode::kFailedPrecondition, "ALREADY_FOUNDED",
                   "this draft became another organisation", "run: quorate organisation show");
}

absl::Status Drafts::MarkFounded(crypto::ByteSpan draft_id,
                                 const ledger::OrganisationId& organisation) {
  absl::MutexLock lock(&mutex_);
  QUORATE_ASSIGN_OR_RETURN(const Known* known, Find(draft_id));
  if (!known->organisation.empty()) return absl::OkStatus();
  QUORATE_ASSIGN_OR_RETURN(pb::StoredDraft draft, Read(draft_id));
  draft.mutable_shown()->set_organisation(crypto::AsString(organisation.span()));
  return Write(draft_id, draft);
}

}  // namespace quorate::server
