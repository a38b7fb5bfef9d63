#include "custody/server/custodian.h"

#include <algorithm>
#include <utility>

#include "crypto/transcript.h"
#include "custody/base/error_info.h"
#include "custody/base/status_macros.h"
#include "custody/ledger/queries.h"
#include "custody/wire/statement.h"

namespace quorate::server {
namespace {

using base::MakeError;
using ledger::OrganisationId;

absl::Status NotAMember() {
  return MakeError(absl::StatusCode::kPermissionDenied, "NOT_A_MEMBER",
                   "this key belongs to no member of that organisation here",
                   "use the node that joined it");
}

absl::Status Damaged(const std::string& what) {
  return MakeError(absl::StatusCode::kDataLoss, "STORE_DAMAGED", what,
                   "stop the server and restore its last backup");
}

absl::Status Invalid(std::string_view reason, std::string_view what) {
  return MakeError(absl::StatusCode::kInvalidArgument, reason, what, "update the node's software");
}

absl::Status PastTheEnd() {
  return MakeError(absl::StatusCode::kOutOfRange, "PAST_THE_END", "the log has no entry there",
                   "read the checkpoint first");
}

}  // namespace

absl::StatusOr<std::unique_ptr<Custodian>> Custodian::Open(Options options) {
  std::unique_ptr<Custodian> custodian(new Custodian(std::move(options)));
  QUORATE_ASSIGN_OR_RETURN(std::vector<store::OrganisationRecord> records,
                           custodian->options_.store->Organisations());
  absl::MutexLock lock(&custodian->mutex_);
  for (const store::OrganisationRecord& record : records) {
    QUORATE_RETURN_IF_ERROR(custodian->Load(record.id, record.record));
  }
  return custodian;
}

crypto::SigningKey Custodian::LogKey(crypto::ByteSpan draft_id) const {
  crypto::Transcript info("quorate/server-log-key/v1");
  info.Append(draft_id);
  // 32 bytes are always a seed.
  return *crypto::SigningKey::FromSeed(crypto::DeriveKey(options_.log_seed, info, 32));
}

absl::StatusOr<Custodian::Organisation> Custodian::NewOrganisation(
    const OrganisationId& id, const ledger::Charter& charter) const {
  crypto::SigningKey signer = LogKey(charter.salt.span());
  QUORATE_ASSIGN_OR_RETURN(log::NoteKey note_key,
                           log::NoteKey::Create(log::OriginOf(id.span()),
                                                log::NoteKeyType::kEd25519, signer.public_key()));
  Organisation organisation{
      std::move(signer), std::move(note_key), {}, {}, {}, 0, charter.organisers, {}};
  for (const ledger::Organiser& organiser : charter.organisers) {
    organisation.members.insert(organiser.tls_key);
  }
  return organisation;
}

absl::Status Custodian::Load(const OrganisationId& id, crypto::ByteSpan draft_id) {
  store::Store& store = *options_.store;
  QUORATE_ASSIGN_OR_RETURN(std::vector<store::StoredEntry> first,
                           store.ReadEntries(id, 0, 1, kMaxPageBytes));
  // A crash between the record and the first entry: the founders try again.
  if (first.empty()) return absl::OkStatus();
  QUORATE_ASSIGN_OR_RETURN(ledger::Found found, wire::DecodeFound(first.front().body));
  if (found.charter.salt != crypto::Digest::FromBytes(draft_id)) {
    return Damaged("an organisation's record does not fit its charter");
  }
  QUORATE_ASSIGN_OR_RETURN(Organisation organisation, NewOrganisation(id, found.charter));
  QUORATE_ASSIGN_OR_RETURN(organisation.tree, store.LoadTree(id));
  QUORATE_ASSIGN_OR_RETURN(std::optional<std::string> checkpoint, store.LatestCheckpoint(id));
  if (!checkpoint.has_value()) return Damaged("a log has no checkpoint");
  QUORATE_ASSIGN_OR_RETURN(log::SignedCheckpoint signed_checkpoint,
                           log::SignedCheckpoint::Open(*checkpoint, organisation.note_key));
  if (signed_checkpoint.size() != organisation.tree.size() ||
      signed_checkpoint.root() != organisation.tree.Root()) {
    return Damaged("a log does not add up to its last checkpoint");
  }
  for (uint64_t i = 0; i < organisation.tree.size(); ++i) {
    QUORATE_ASSIGN_OR_RETURN(crypto::Digest hash, organisation.tree.LeafHashAt(i));
    organisation.edge.AppendLeafHash(hash);
  }
  organisation.checkpoint = *std::move(checkpoint);
  const uint64_t last = organisation.tree.size() - 1;
  QUORATE_ASSIGN_OR_RETURN(std::vector<store::StoredEntry> newest,
                           store.ReadEntries(id, last, 1, kMaxPageBytes));
  if (newest.empty()) return Damaged("a log's last entry is missing");
  QUORATE_ASSIGN_OR_RETURN(ledger::Leaf leaf, wire::DecodeLeaf(newest.front().leaf));
  organisation.last_time_ms = leaf.log_time_ms;
  organisations_.insert_or_assign(id, std::move(organisation));
  return absl::OkStatus();
}

absl::StatusOr<Custodian::Organisation*> Custodian::Find(const OrganisationId& id) {
  auto found = organisations_.find(id);
  if (found == organisations_.end()) return NotAMember();
  return &found->second;
}

absl::Status Custodian::CheckMember(const OrganisationId& id,
                                    const crypto::PublicSigningKey& caller) {
  absl::MutexLock lock(&mutex_);
  auto found = organisations_.find(id);
  if (found == organisations_.end() || !found->second.members.contains(caller)) {
    return NotAMember();
  }
  return absl::OkStatus();
}

absl::StatusOr<pb::AppendResponse> Custodian::Append(const OrganisationId& id,
                                                     const Submission& submission) {
  if (submission.body.empty() || submission.body.size() > ledger::kMaxBodyBytes) {
    return Invalid("TOO_LARGE", "the statement's body is empty or too large");
  }
  QUORATE_ASSIGN_OR_RETURN(ledger::Header header, wire::DecodeHeader(submission.header));
  if (header.organisation != id) {
    return Invalid("WRONG_ORGANISATION", "the statement is for another organisation");
  }
  if (crypto::Sha256(submission.body) != header.body_digest) {
    return Invalid("BODY_DIGEST_MISMATCH", "the body is not the one that was signed");
  }
  absl::MutexLock lock(&mutex_);
  QUORATE_ASSIGN_OR_RETURN(Organisation * log, Find(id));
  const uint32_t author = header.author.value;
  if (author == 0 || author > log->organisers.size()) {
    return Invalid("UNKNOWN_AUTHOR", "the statement's author is no organiser");
  }
  if (!crypto::VerifySignature(log->organisers[author - 1].signing_key, ledger::kStatementLabel,
                               submission.header, submission.signature)) {
    return Invalid("BAD_SIGNATURE", "the statement is not signed by its author");
  }
  QUORATE_ASSIGN_OR_RETURN(std::optional<uint64_t> known,
                           options_.store->FindStatement(id, header.author, header.statement_id));
  if (known.has_value()) {
    QUORATE_ASSIGN_OR_RETURN(std::vector<store::StoredEntry> entry,
                             options_.store->ReadEntries(id, *known, 1, kMaxPageBytes));
    if (entry.empty()) return Damaged("an entry is missing");
    QUORATE_ASSIGN_OR_RETURN(ledger::Leaf leaf, wire::DecodeLeaf(entry.front().leaf));
    if (leaf.header == submission.header && leaf.signature == submission.signature &&
        leaf.device_signature == submission.device_signature) {
      return Proved(*log, *known, entry.front().leaf);
    }
    return MakeError(absl::StatusCode::kAlreadyExists, "STATEMENT_ID_USED",
                     "another statement of this author has that identifier",
                     "make the statement again");
  }
  for (const ledger::BlobRef& blob : header.blobs) {
    QUORATE_ASSIGN_OR_RETURN(std::optional<crypto::Bytes> bytes,
                             options_.store->GetBlob(id, blob.digest));
    if (!bytes.has_value() || bytes->size() != blob.length) {
      return MakeError(absl::StatusCode::kFailedPrecondition, "BLOB_MISSING",
                       "the bytes that the statement refers to are not here",
                       "put the blobs first, then append again");
    }
  }
  return Push(id, *log, header, submission);
}

absl::StatusOr<pb::AppendResponse> Custodian::Push(const OrganisationId& id, Organisation& log,
                                                   const ledger::Header& header,
                                                   const Submission& submission) {
  const uint64_t now_ms =
      static_cast<uint64_t>(std::max<int64_t>(0, absl::ToUnixMillis(options_.clock->Now())));
  const uint64_t time_ms = std::max(log.last_time_ms, now_ms);
  const crypto::Bytes leaf = wire::EncodeLeaf(
      {time_ms, submission.header, submission.signature, submission.device_signature});
  // Tree and time move only once the entry and its checkpoint are durable together.
  log::CompactRange grown = log.edge;
  grown.Append(leaf);
  QUORATE_ASSIGN_OR_RETURN(
      log::SignedCheckpoint checkpoint,
      log::SignedCheckpoint::Sign(grown.size(), grown.Root(), log.note_key, log.log_signer));
  const std::string note = checkpoint.Format();
  const store::NewEntry entry{header.author, header.statement_id, leaf, submission.body};
  QUORATE_RETURN_IF_ERROR(options_.store->Append(id, {&entry, 1}, note).status());
  const uint64_t index = log.tree.size();
  log.tree.Append(leaf);
  log.edge = std::move(grown);
  log.checkpoint = note;
  log.last_time_ms = time_ms;
  changed_.SignalAll();
  return Proved(log, index, leaf);
}

absl::StatusOr<pb::AppendResponse> Custodian::Proved(Organisation& log, uint64_t index,
                                                     const crypto::Bytes& leaf) const {
  pb::AppendResponse response;
  response.set_index(index);
  response.set_leaf(crypto::AsString(leaf));
  response.set_checkpoint(log.checkpoint);
  QUORATE_ASSIGN_OR_RETURN(log::Proof proof, log.tree.InclusionProof(index, log.tree.size()));
  for (const crypto::Digest& hash : proof) {
    response.add_inclusion_proof(crypto::AsString(hash.span()));
  }
  return response;
}

absl::StatusOr<pb::GetEntriesResponse> Custodian::GetEntries(const OrganisationId& id,
                                                             uint64_t start, uint64_t max_entries) {
  absl::MutexLock lock(&mutex_);
  QUORATE_ASSIGN_OR_RETURN(Organisation * log, Find(id));
  if (start > log->tree.size()) return PastTheEnd();
  if (max_entries == 0 || max_entries > kMaxPageEntries) max_entries = kMaxPageEntries;
  QUORATE_ASSIGN_OR_RETURN(std::vector<store::StoredEntry> entries,
                           options_.store->ReadEntries(id, start, max_entries, kMaxPageBytes));
  pb::GetEntriesResponse response;
  for (const store::StoredEntry& entry : entries) {
    pb::Entry& out = *response.add_entries();
    out.set_leaf(crypto::AsString(entry.leaf));
    out.set_body(crypto::AsString(entry.body));
  }
  response.set_checkpoint(log->checkpoint);
  return response;
}

absl::StatusOr<std::string> Custodian::GetCheckpoint(const OrganisationId& id) {
  absl::MutexLock lock(&mutex_);
  QUORATE_ASSIGN_OR_RETURN(Organisation * log, Find(id));
  return log->checkpoint;
}

absl::StatusOr<log::Proof> Custodian::ConsistencyProof(const OrganisationId& id, uint64_t old_size,
                                                       uint64_t new_size) {
  absl::MutexLock lock(&mutex_);
  QUORATE_ASSIGN_OR_RETURN(Organisation * log, Find(id));
  if (old_size > new_size || new_size > log->tree.size()) return PastTheEnd();
  return log->tree.ConsistencyProof(old_size, new_size);
}

absl::StatusOr<log::Proof> Custodian::InclusionProof(const OrganisationId& id, uint64_t index,
                                                     uint64_t size) {
  absl::MutexLock lock(&mutex_);
  QUORATE_ASSIGN_OR_RETURN(Organisation * log, Find(id));
  if (index >= size || size > log->tree.size()) return PastTheEnd();
  return log->tree.InclusionProof(index, size);
}

uint64_t Custodian::WaitForSize(const OrganisationId& id, uint64_t size, absl::Duration limit) {
  absl::MutexLock lock(&mutex_);
  const absl::Time deadline = absl::Now() + limit;
  while (true) {
    auto found = organisations_.find(id);
    const uint64_t now = found == organisations_.end() ? 0 : found->second.tree.size();
    if (now > size || stopping_ || absl::Now() >= deadline) return now;
    changed_.WaitWithDeadline(&mutex_, deadline);
  }
}

absl::Status Custodian::PutBlob(const OrganisationId& id, crypto::ByteSpan blob) {
  if (blob.empty() || blob.size() > ledger::kMaxBlobBytes) {
    return Invalid("TOO_LARGE", "a blob is empty or too large");
  }
  return options_.store->PutBlob(id, crypto::Sha256(blob), blob);
}

absl::StatusOr<std::optional<crypto::Bytes>> Custodian::GetBlob(const OrganisationId& id,
                                                                const crypto::Digest& digest) {
  return options_.store->GetBlob(id, digest);
}

absl::StatusOr<pb::AppendResponse> Custodian::Found(const pb::FoundRequest& request) {
  auto id = OrganisationId::FromBytes(crypto::AsBytes(request.organisation()));
  auto signature = crypto::Signature::FromBytes(crypto::AsBytes(request.signature()));
  auto device = crypto::Signature::FromBytes(crypto::AsBytes(request.device_signature()));
  if (!id || !signature || !device) return Invalid("MALFORMED", "the founding is malformed");
  Submission submission{crypto::ToBytes(request.header()), *signature, device,
                        crypto::ToBytes(request.body())};
  QUORATE_ASSIGN_OR_RETURN(ledger::Header header, wire::DecodeHeader(submission.header));
  QUORATE_ASSIGN_OR_RETURN(ledger::Found found, wire::DecodeFound(submission.body));
  const ledger::Charter& charter = found.charter;
  const uint32_t author = header.author.value;
  if (header.organisation != *id || ledger::OrganisationIdOf(found.charter_bytes) != *id ||
      ledger::CharterProblem(charter).has_value() || author == 0 ||
      author > charter.organisers.size() || found.founders.size() != charter.organisers.size() ||
      crypto::Sha256(submission.body) != header.body_digest || header.verified_size != 0 ||
      !header.blobs.empty() ||
      !crypto::VerifySignature(charter.organisers[author - 1].signing_key, ledger::kStatementLabel,
                               submission.header, *signature)) {
    return Invalid("BAD_FOUNDING", "that is no founding of this organisation");
  }
  const crypto::ByteSpan draft_id = crypto::AsBytes(request.draft_id());
  if (crypto::Digest::FromBytes(draft_id) != charter.salt ||
      charter.log_key != LogKey(draft_id).public_key() ||
      charter.server_certificate_digest != options_.certificate_digest) {
    return Invalid("WRONG_LOG_KEY", "the charter names another log key, certificate or draft");
  }
  absl::MutexLock lock(&mutex_);
  QUORATE_ASSIGN_OR_RETURN(crypto::Bytes stored, ReadDraft(draft_id));
  pb::StoredDraft draft;
  if (!draft.ParseFromArray(stored.data(), static_cast<int>(stored.size()))) {
    return Damaged("a draft is damaged");
  }
  if (draft.write_token_hash() !=
      crypto::AsString(crypto::Sha256(crypto::AsBytes(request.write_token())).span())) {
    return MakeError(absl::StatusCode::kPermissionDenied, "WRONG_WRITE_TOKEN",
                     "the caller does not know the draft's link", "use the link");
  }
  const std::string& founded = draft.shown().organisation();
  if (!founded.empty() && founded != request.organisation()) {
    return MakeError(absl::StatusCode::kFailedPrecondition, "ALREADY_FOUNDED",
                     "this draft became another organisation", "run: quorate organisation show");
  }
  pb::AppendResponse response;
  if (auto known = organisations_.find(*id); known != organisations_.end()) {
    QUORATE_ASSIGN_OR_RETURN(std::vector<store::StoredEntry> first,
                             options_.store->ReadEntries(*id, 0, 1, kMaxPageBytes));
    if (first.empty()) return Damaged("a log's first entry is missing");
    QUORATE_ASSIGN_OR_RETURN(response, Proved(known->second, 0, first.front().leaf));
  } else {
    if (organisations_.size() >= kMaxOrganisations) {
      return MakeError(absl::StatusCode::kResourceExhausted, "TOO_MANY_ORGANISATIONS",
                       "this server has no room for another organisation", "ask its operator");
    }
    absl::Status created = options_.store->CreateOrganisation(*id, draft_id);
    if (!created.ok() && !absl::IsAlreadyExists(created)) return created;
    QUORATE_ASSIGN_OR_RETURN(Organisation organisation, NewOrganisation(*id, charter));
    QUORATE_ASSIGN_OR_RETURN(response, Push(*id, organisation, header, submission));
    organisations_.insert_or_assign(*id, std::move(organisation));
  }
  if (founded.empty()) {
    draft.mutable_shown()->set_organisation(request.organisation());
    draft.mutable_shown()->set_revision(draft.shown().revision() + 1);
    QUORATE_RETURN_IF_ERROR(
        options_.store->PutDraft(draft_id, crypto::ToBytes(draft.SerializeAsString())));
  }
  changed_.SignalAll();
  return response;
}

void Custodian::Stop() {
  absl::MutexLock lock(&mutex_);
  stopping_ = true;
  changed_.SignalAll();
}

bool Custodian::stopping() {
  absl::MutexLock lock(&mutex_);
  return stopping_;
}

}  // namespace quorate::server
