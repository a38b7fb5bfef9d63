#include <algorithm>

#include "custody/base/error_info.h"
#include "custody/base/status_macros.h"
#include "custody/server/custodian.h"

// Drafts: sealed bytes that founders lay down and take up. The server sees who writes and how much.
namespace quorate::server {
namespace {

using base::MakeError;

constexpr size_t kMaxSealedBytes = 512 * 1024;
constexpr size_t kMaxCardBytes = 16 * 1024;
constexpr size_t kMaxTagBytes = 64;
constexpr int kMaxCards = 512;
constexpr int kMaxDocuments = 8;
constexpr size_t kMaxDraftBytes = size_t{4} << 20;
constexpr absl::Duration kDraftLife = absl::Hours(24 * 30);

absl::Status Malformed() {
  return MakeError(absl::StatusCode::kInvalidArgument, "MALFORMED",
                   "a field has another size than it must have", "update the node's software");
}

absl::Status DraftFull() {
  return MakeError(absl::StatusCode::kResourceExhausted, "DRAFT_FULL", "this draft holds no more",
                   "start a new draft");
}

crypto::Bytes Serialise(const pb::StoredDraft& draft) {
  return crypto::ToBytes(draft.SerializeAsString());
}

bool Parse(const crypto::Bytes& bytes, pb::StoredDraft& draft) {
  return draft.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()));
}

absl::Status CheckToken(const pb::StoredDraft& draft, const std::string& token) {
  if (crypto::AsString(crypto::Sha256(crypto::AsBytes(token)).span()) == draft.write_token_hash()) {
    return absl::OkStatus();
  }
  return MakeError(absl::StatusCode::kPermissionDenied, "WRONG_WRITE_TOKEN",
                   "the caller does not know the draft's link", "use the link");
}

bool IsDocumentName(const std::string& name) {
  return !name.empty() && name.size() <= 32 && std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
  });
}

}  // namespace

absl::StatusOr<crypto::Bytes> Custodian::ReadDraft(crypto::ByteSpan draft_id) {
  if (draft_id.size() != 32) return Malformed();
  QUORATE_ASSIGN_OR_RETURN(std::optional<crypto::Bytes> bytes, options_.store->GetDraft(draft_id));
  pb::StoredDraft draft;
  const int64_t now_ms = absl::ToUnixMillis(options_.clock->Now());
  if (!bytes.has_value() || !Parse(*bytes, draft) || draft.shown().expire_time_ms() < now_ms) {
    return MakeError(absl::StatusCode::kNotFound, "NO_SUCH_DRAFT",
                     "there is no such draft on this server, or it has expired",
                     "ask for a new link");
  }
  return *std::move(bytes);
}

absl::StatusOr<pb::CreateDraftResponse> Custodian::CreateDraft(
    const pb::CreateDraftRequest& request, const crypto::PublicSigningKey& caller) {
  const crypto::ByteSpan draft_id = crypto::AsBytes(request.draft_id());
  if (draft_id.size() != 32 || request.sealed().empty() ||
      request.sealed().size() > kMaxSealedBytes || request.write_token_hash().size() != 32) {
    return Malformed();
  }
  absl::MutexLock lock(&mutex_);
  pb::StoredDraft draft;
  QUORATE_ASSIGN_OR_RETURN(std::optional<crypto::Bytes> known, options_.store->GetDraft(draft_id));
  if (known.has_value()) {
    if (!Parse(*known, draft) || draft.shown().sealed() != request.sealed() ||
        draft.write_token_hash() != request.write_token_hash()) {
      return MakeError(absl::StatusCode::kAlreadyExists, "DRAFT_ID_USED",
                       "another draft has this identifier", "try again");
    }
  } else {
    const int64_t now_ms = absl::ToUnixMillis(options_.clock->Now());
    QUORATE_ASSIGN_OR_RETURN(std::vector<crypto::Bytes> ids, options_.store->ListDrafts());
    size_t all = 0;
    size_t own = 0;
    for (const crypto::Bytes& id : ids) {
      QUORATE_ASSIGN_OR_RETURN(std::optional<crypto::Bytes> bytes, options_.store->GetDraft(id));
      pb::StoredDraft other;
      if (!bytes.has_value() || !Parse(*bytes, other)) continue;
      if (other.shown().expire_time_ms() < now_ms) {
        QUORATE_RETURN_IF_ERROR(options_.store->DeleteDraft(id));
        continue;
      }
      ++all;
      own += other.creator() == crypto::AsString(caller.span()) ? 1 : 0;
    }
    if (all >= kMaxDrafts || own >= kMaxDraftsPerCaller) {
      return MakeError(absl::StatusCode::kResourceExhausted, "TOO_MANY_DRAFTS",
                       "there are too many drafts on this server",
                       "wait until old ones expire, or ask its operator");
    }
    draft.set_draft_id(request.draft_id());
    draft.set_write_token_hash(request.write_token_hash());
    draft.set_creator(crypto::AsString(caller.span()));
    pb::GetDraftResponse& shown = *draft.mutable_shown();
    shown.set_sealed(request.sealed());
    shown.set_revision(1);
    shown.set_log_key(crypto::AsString(LogKey(draft_id).public_key().span()));
    shown.set_server_certificate_digest(crypto::AsString(options_.certificate_digest.span()));
    shown.set_expire_time_ms(now_ms + absl::ToInt64Milliseconds(kDraftLife));
    QUORATE_RETURN_IF_ERROR(options_.store->PutDraft(draft_id, Serialise(draft)));
  }
  pb::CreateDraftResponse response;
  response.set_log_key(draft.shown().log_key());
  response.set_server_certificate_digest(draft.shown().server_certificate_digest());
  response.set_expire_time_ms(draft.shown().expire_time_ms());
  return response;
}

absl::StatusOr<pb::GetDraftResponse> Custodian::GetDraft(crypto::ByteSpan draft_id) {
  absl::MutexLock lock(&mutex_);
  QUORATE_ASSIGN_OR_RETURN(crypto::Bytes bytes, ReadDraft(draft_id));
  pb::StoredDraft draft;
  Parse(bytes, draft);
  return draft.shown();
}

absl::StatusOr<uint64_t> Custodian::PutCard(const pb::PutCardRequest& request) {
  const pb::DraftCard& card = request.card();
  if (card.tag().empty() || card.tag().size() > kMaxTagBytes || card.sealed().empty() ||
      card.sealed().size() > kMaxCardBytes) {
    return Malformed();
  }
  absl::MutexLock lock(&mutex_);
  const crypto::ByteSpan draft_id = crypto::AsBytes(request.draft_id());
  QUORATE_ASSIGN_OR_RETURN(crypto::Bytes bytes, ReadDraft(draft_id));
  pb::StoredDraft draft;
  Parse(bytes, draft);
  QUORATE_RETURN_IF_ERROR(CheckToken(draft, request.write_token()));
  pb::GetDraftResponse& shown = *draft.mutable_shown();
  for (const pb::DraftCard& known : shown.cards()) {
    if (known.tag() != card.tag()) continue;
    if (known.sealed() == card.sealed()) return shown.revision();
    return MakeError(absl::StatusCode::kAlreadyExists, "CARD_TAKEN",
                     "another card lies there already", "run: quorate organisation show");
  }
  if (shown.cards_size() >= kMaxCards || bytes.size() + card.sealed().size() > kMaxDraftBytes) {
    return DraftFull();
  }
  *shown.add_cards() = card;
  shown.set_revision(shown.revision() + 1);
  QUORATE_RETURN_IF_ERROR(options_.store->PutDraft(draft_id, Serialise(draft)));
  changed_.SignalAll();
  return shown.revision();
}

absl::StatusOr<pb::PutDocumentResponse> Custodian::PutDocument(
    const pb::PutDocumentRequest& request) {
  if (!IsDocumentName(request.name()) || request.sealed().empty() ||
      request.sealed().size() > kMaxSealedBytes) {
    return Malformed();
  }
  absl::MutexLock lock(&mutex_);
  const crypto::ByteSpan draft_id = crypto::AsBytes(request.draft_id());
  QUORATE_ASSIGN_OR_RETURN(crypto::Bytes bytes, ReadDraft(draft_id));
  pb::StoredDraft draft;
  Parse(bytes, draft);
  QUORATE_RETURN_IF_ERROR(CheckToken(draft, request.write_token()));
  pb::GetDraftResponse& shown = *draft.mutable_shown();
  pb::DraftDocument* document = nullptr;
  for (pb::DraftDocument& known : *shown.mutable_documents()) {
    if (known.name() == request.name()) document = &known;
  }
  if ((document == nullptr ? 0 : document->version()) != request.expected_version()) {
    return MakeError(absl::StatusCode::kAborted, "DOCUMENT_CHANGED",
                     "the document is not the one that was read", "read it again");
  }
  if (bytes.size() + request.sealed().size() > kMaxDraftBytes ||
      (document == nullptr && shown.documents_size() >= kMaxDocuments)) {
    return DraftFull();
  }
  if (document == nullptr) document = shown.add_documents();
  document->set_name(request.name());
  document->set_version(request.expected_version() + 1);
  document->set_sealed(request.sealed());
  shown.set_revision(shown.revision() + 1);
  pb::PutDocumentResponse response;
  response.set_version(document->version());
  response.set_revision(shown.revision());
  QUORATE_RETURN_IF_ERROR(options_.store->PutDraft(draft_id, Serialise(draft)));
  changed_.SignalAll();
  return response;
}

void Custodian::WaitForRevision(crypto::ByteSpan draft_id, uint64_t revision,
                                absl::Duration limit) {
  absl::MutexLock lock(&mutex_);
  const absl::Time deadline = absl::Now() + limit;
  while (!stopping_ && absl::Now() < deadline) {
    absl::StatusOr<crypto::Bytes> bytes = ReadDraft(draft_id);
    pb::StoredDraft draft;
    if (!bytes.ok() || !Parse(*bytes, draft) || draft.shown().revision() != revision) return;
    changed_.WaitWithDeadline(&mutex_, deadline);
  }
}

}  // namespace quorate::server
