#include "custody/server/custodian.h"

#include <algorithm>
#include <utility>

#include "absl/synchronization/notification.h"
#include "crypto/transcript.h"
#include "custody/base/error_info.h"
#include "custody/base/status_macros.h"
#include "custody/ledger/queries.h"
#include "custody/server/refusals.h"
#include "custody/wire/statement.h"

namespace quorate::server {
namespace {

using ledger::OrganisationId;

// One step of a sweep holds up appends.
constexpr uint64_t kSweepStep = 64;

}  // namespace

Custodian::Custodian(Options options)
    : options_(std::move(options)),
      sequencer_(options_.store, options_.clock, options_.limits, [this](const OrganisationId& id) {
        followers_.Announce(crypto::Digest{id.value});
      }) {}

Custodian::~Custodian() { Stop(); }

absl::StatusOr<std::unique_ptr<Custodian>> Custodian::Open(Options options) {
  std::unique_ptr<Custodian> custodian(new Custodian(std::move(options)));
  const Options& own = custodian->options_;
  Drafts::Options drafts;
  drafts.store = own.store;
  drafts.clock = own.clock;
  drafts.limits = own.limits;
  drafts.certificate_digest = own.certificate_digest;
  drafts.log_key = [self = custodian.get()](crypto::ByteSpan draft_id) {
    return self->LogKey(draft_id).public_key();
  };
  drafts.changed = [self = custodian.get()](const crypto::Digest& draft_id) {
    self->followers_.Announce(draft_id);
  };
  QUORATE_ASSIGN_OR_RETURN(custodian->drafts_, Drafts::Open(std::move(drafts)));
  QUORATE_ASSIGN_OR_RETURN(std::vector<store::OrganisationRecord> records,
                           own.store->Organisations());
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

absl::Status Custodian::Load(const OrganisationId& id, crypto::ByteSpan draft_id) {
  QUORATE_ASSIGN_OR_RETURN(std::vector<store::StoredEntry> first,
                           options_.store->ReadEntries(id, 0, 1, kMaxPageBytes));
  if (first.empty()) {
    // A crash between the record and the first entry leaves no checkpoint: the founders try again.
    QUORATE_ASSIGN_OR_RETURN(std::optional<std::string> note, options_.store->LatestCheckpoint(id));
    return note.has_value() ? Damaged("a log has lost its entries") : absl::OkStatus();
  }
  const auto found = wire::DecodeFound(first.front().body);
  if (!found.ok() || found->charter.salt != crypto::Digest::FromBytes(draft_id) ||
      ledger::OrganisationIdOf(found->charter_bytes) != id) {
    return Damaged("an organisation's record does not fit its charter");
  }
  if (found->charter.log_key != LogKey(draft_id).public_key()) {
    return Damaged("log.key is damaged: it is not the key that a charter here names");
  }
  if (found->charter.server_certificate_digest != options_.certificate_digest) {
    return Damaged("tls.key is damaged: it is not the key that a charter here names");
  }
  QUORATE_ASSIGN_OR_RETURN(std::shared_ptr<OrganisationLog> log,
                           OrganisationLog::Create(id, found->charter, LogKey(draft_id)));
  QUORATE_RETURN_IF_ERROR(log->Load(*options_.store));
  absl::MutexLock lock(&mutex_);
  logs_.insert_or_assign(id, std::move(log));
  return absl::OkStatus();
}

absl::StatusOr<std::shared_ptr<OrganisationLog>> Custodian::Find(const OrganisationId& id) {
  absl::MutexLock lock(&mutex_);
  auto found = logs_.find(id);
  if (found == logs_.end()) return NotAMember();
  return found->second;
}

absl::Status Custodian::CheckMember(const OrganisationId& id,
                                    const crypto::PublicSigningKey& caller) {
  QUORATE_ASSIGN_OR_RETURN(std::shared_ptr<OrganisationLog> log, Find(id));
  return log->IsMember(caller) ? absl::OkStatus() : NotAMember();
}

void Custodian::Append(const OrganisationId& id, Submission submission, Sequencer::Done done) {
  // What readers would refuse, and signatures, are looked at here: on the caller's thread, without
  // any lock.
  auto enqueue = [&]() -> absl::Status {
    if (submission.body.empty() || submission.body.size() > ledger::kMaxBodyBytes) {
      return Invalid("TOO_LARGE", "the statement's body is empty or too large");
    }
    QUORATE_ASSIGN_OR_RETURN(ledger::Header header, wire::DecodeHeader(submission.header));
    if (header.organisation != id) {
      return Invalid("WRONG_ORGANISATION", "the statement is for another organisation");
    }
    if (submission.body.size() != header.body_length ||
        crypto::Sha256(submission.body) != header.body_digest) {
      return Invalid("BODY_DIGEST_MISMATCH", "the body is not the one that was signed");
    }
    QUORATE_ASSIGN_OR_RETURN(std::shared_ptr<OrganisationLog> log, Find(id));
    const ledger::Organiser* author = log->FindOrganiser(header.author);
    if (author == nullptr) {
      return Invalid("UNKNOWN_AUTHOR", "the statement's author is no organiser");
    }
    if (!crypto::VerifySignature(author->signing_key, ledger::kStatementLabel, submission.header,
                                 submission.signature) ||
        (submission.device_signature.has_value() &&
         !crypto::VerifySignature(author->device_key, ledger::kStatementDeviceLabel,
                                  submission.header, *submission.device_signature))) {
      return Invalid("BAD_SIGNATURE", "the statement is not signed by its author");
    }
    return sequencer_.Enqueue(std::move(log), std::move(header), std::move(submission), done);
  };
  if (absl::Status queued = enqueue(); !queued.ok()) done(queued);
}

absl::StatusOr<pb::AppendResponse> Custodian::Append(const OrganisationId& id,
                                                     Submission submission) {
  absl::StatusOr<pb::AppendResponse> answer;
  absl::Notification answered;
  Append(id, std::move(submission), [&](absl::StatusOr<pb::AppendResponse> result) {
    answer = std::move(result);
    answered.Notify();
  });
  answered.WaitForNotification();
  return answer;
}

absl::StatusOr<pb::GetEntriesResponse> Custodian::GetEntries(const OrganisationId& id,
                                                             uint64_t start, uint64_t max_entries,
                                                             uint64_t max_bytes) {
  QUORATE_ASSIGN_OR_RETURN(std::shared_ptr<OrganisationLog> log, Find(id));
  const LogTip tip = log->tip();
  if (start > tip.size) return PastTheEnd();
  if (max_entries == 0 || max_entries > kMaxPageEntries) max_entries = kMaxPageEntries;
  pb::GetEntriesResponse response;
  response.set_checkpoint(tip.checkpoint);
  // Entries that the store has already and the tip does not yet are not shown: the checkpoint must
  // never be behind them.
  max_entries = std::min(max_entries, tip.size - start);
  if (max_entries == 0) return response;
  QUORATE_ASSIGN_OR_RETURN(std::vector<store::StoredEntry> entries,
                           options_.store->ReadEntries(id, start, max_entries, max_bytes));
  if (entries.empty()) return Damaged("an entry is missing");
  for (const store::StoredEntry& entry : entries) {
    pb::Entry& out = *response.add_entries();
    out.set_leaf(crypto::AsString(entry.leaf));
    out.set_body(crypto::AsString(entry.body));
  }
  return response;
}

absl::StatusOr<LogTip> Custodian::GetTip(const OrganisationId& id) {
  QUORATE_ASSIGN_OR_RETURN(std::shared_ptr<OrganisationLog> log, Find(id));
  return log->tip();
}

absl::StatusOr<log::Proof> Custodian::ConsistencyProof(const OrganisationId& id, uint64_t old_size,
                                                       uint64_t new_size) {
  QUORATE_ASSIGN_OR_RETURN(std::shared_ptr<OrganisationLog> log, Find(id));
  return log->ConsistencyProof(old_size, new_size);
}

absl::StatusOr<log::Proof> Custodian::InclusionProof(const OrganisationId& id, uint64_t index,
                                                     uint64_t size) {
  QUORATE_ASSIGN_OR_RETURN(std::shared_ptr<OrganisationLog> log, Find(id));
  return log->InclusionProof(index, size);
}

absl::Status Custodian::PutBlobs(const OrganisationId& id, const crypto::PublicSigningKey& sender,
                                 std::span<const crypto::ByteSpan> blobs) {
  if (blobs.size() > static_cast<size_t>(kMaxBlobsPerCall)) {
    return Invalid("TOO_MANY", "a call has too many blobs");
  }
  uint64_t bytes = 0;
  for (const crypto::ByteSpan& blob : blobs) {
    if (blob.empty() || blob.size() > ledger::kMaxBlobBytes) {
      return Invalid("TOO_LARGE", "a blob is empty or too large");
    }
    bytes += blob.size();
  }
  // Two calls of one sender at once must not both find room.
  absl::MutexLock lock(&sequencer_.blobs());
  QUORATE_ASSIGN_OR_RETURN(uint64_t held, options_.store->UnreferencedBytes(sender.span()));
  if (held + bytes > options_.limits.unreferenced_bytes_per_sender) {
    return base::MakeError(absl::StatusCode::kResourceExhausted, "BLOB_QUOTA",
                           "this program has sent too many bytes that no statement refers to",
                           "append what refers to them, or wait a day");
  }
  const auto now_ms =
      static_cast<uint64_t>(std::max<int64_t>(0, absl::ToUnixMillis(options_.clock->Now())));
  return FromStore(options_.store->PutBlobs(id, sender.span(), now_ms, blobs));
}

absl::StatusOr<std::optional<crypto::Bytes>> Custodian::GetBlob(const OrganisationId& id,
                                                                const crypto::Digest& digest) {
  return options_.store->GetBlob(id, digest);
}

absl::Status Custodian::Sweep() {
  QUORATE_RETURN_IF_ERROR(drafts_->Sweep());
  const int64_t before_ms =
      absl::ToUnixMillis(options_.clock->Now() - options_.limits.unreferenced_age);
  if (before_ms <= 0) return absl::OkStatus();
  while (true) {
    absl::MutexLock lock(&sequencer_.blobs());
    QUORATE_ASSIGN_OR_RETURN(uint64_t dropped, options_.store->DropUnreferencedBlobs(
                                                   static_cast<uint64_t>(before_ms), kSweepStep));
    if (dropped < kSweepStep) return absl::OkStatus();
  }
}

absl::StatusOr<std::vector<Custodian::LogSummary>> Custodian::Summarise() {
  std::vector<LogSummary> out;
  {
    absl::MutexLock lock(&mutex_);
    for (const auto& [id, log] : logs_) out.push_back({id, log->tip(), 0});
  }
  for (LogSummary& summary : out) {
    QUORATE_ASSIGN_OR_RETURN(summary.blob_bytes, options_.store->BlobBytes(summary.id));
  }
  return out;
}

void Custodian::Stop() {
  sequencer_.Stop();
  followers_.Stop();
}

}  // namespace quorate::server
