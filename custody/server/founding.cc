#include <utility>
#include <variant>

#include "absl/synchronization/notification.h"
#include "custody/base/error_info.h"
#include "custody/base/status_macros.h"
#include "custody/ledger/ledger.h"
#include "custody/log/tree.h"
#include "custody/server/custodian.h"
#include "custody/server/refusals.h"
#include "custody/wire/read_entry.h"
#include "custody/wire/statement.h"

// How an organisation's log begins.
namespace quorate::server {
namespace {

using base::MakeError;
using ledger::OrganisationId;

absl::Status BadFounding() {
  return Invalid("BAD_FOUNDING", "that is no founding of this organisation");
}

// What every reader will make of the first entry, worked out beforehand.
absl::StatusOr<ledger::Found> Judge(const OrganisationId& id, const Submission& submission,
                                    ledger::Header& header) {
  const crypto::Bytes leaf =
      wire::EncodeLeaf({0, submission.header, submission.signature, submission.device_signature});
  const ledger::Entry entry = wire::ReadEntry(0, leaf, submission.body, wire::KeyRing(),
                                              [](uint64_t size, const crypto::Digest& root) {
                                                return size == 0 && root == log::EmptyRoot();
                                              });
  ledger::Ledger reader(id);
  if (!reader.Apply(entry).admitted() || !entry.header.has_value() ||
      !entry.statement.has_value() || !std::holds_alternative<ledger::Found>(*entry.statement)) {
    return BadFounding();
  }
  header = *entry.header;
  return std::get<ledger::Found>(*entry.statement);
}

}  // namespace

absl::StatusOr<pb::AppendResponse> Custodian::Commit(std::shared_ptr<OrganisationLog> log,
                                                     ledger::Header header, Submission submission) {
  absl::StatusOr<pb::AppendResponse> answer;
  absl::Notification answered;
  QUORATE_RETURN_IF_ERROR(sequencer_.Enqueue(std::move(log), std::move(header),
                                             std::move(submission),
                                             [&](absl::StatusOr<pb::AppendResponse> result) {
                                               answer = std::move(result);
                                               answered.Notify();
                                             }));
  answered.WaitForNotification();
  return answer;
}

absl::StatusOr<pb::AppendResponse> Custodian::Begin(const OrganisationId& id,
                                                    const ledger::Charter& charter,
                                                    ledger::Header header, Submission submission) {
  if (auto known = Find(id); known.ok()) {
    QUORATE_ASSIGN_OR_RETURN(std::vector<store::StoredEntry> first,
                             options_.store->ReadEntries(id, 0, 1, kMaxPageBytes));
    if (first.empty()) return Damaged("a log's first entry is missing");
    return ProvedEntry(**known, 0, first.front().leaf);
  }
  {
    absl::MutexLock lock(&mutex_);
    if (logs_.size() >= options_.limits.organisations) {
      return MakeError(absl::StatusCode::kResourceExhausted, "TOO_MANY_ORGANISATIONS",
                       "this server has no room for another organisation", "ask its operator");
    }
  }
  absl::Status created = options_.store->CreateOrganisation(id, charter.salt.span());
  // After a crash before the first entry the record is there already.
  if (!created.ok() && !absl::IsAlreadyExists(created)) return FromStore(created);
  QUORATE_ASSIGN_OR_RETURN(std::shared_ptr<OrganisationLog> log,
                           OrganisationLog::Create(id, charter, LogKey(charter.salt.span())));
  QUORATE_ASSIGN_OR_RETURN(pb::AppendResponse response,
                           Commit(log, std::move(header), std::move(submission)));
  absl::MutexLock lock(&mutex_);
  logs_.insert_or_assign(id, std::move(log));
  return response;
}

absl::StatusOr<pb::AppendResponse> Custodian::Found(const pb::FoundRequest& request,
                                                    const crypto::PublicSigningKey& caller) {
  const auto id = OrganisationId::FromBytes(crypto::AsBytes(request.organisation()));
  const auto signature = crypto::Signature::FromBytes(crypto::AsBytes(request.signature()));
  const auto device = crypto::Signature::FromBytes(crypto::AsBytes(request.device_signature()));
  if (!id || !signature || (!device && !request.device_signature().empty()) ||
      request.write_token().size() != 32) {
    return Malformed();
  }
  const crypto::ByteSpan draft_id = crypto::AsBytes(request.draft_id());
  // Before anything that costs: whoever lacks the link founds nothing.
  QUORATE_RETURN_IF_ERROR(drafts_->CheckFounding(draft_id, request.write_token(), *id));
  Submission submission{crypto::ToBytes(request.header()), *signature, device,
                        crypto::ToBytes(request.body())};
  ledger::Header header;
  QUORATE_ASSIGN_OR_RETURN(ledger::Found found, Judge(*id, submission, header));
  const ledger::Charter& charter = found.charter;
  if (crypto::Digest::FromBytes(draft_id) != charter.salt ||
      charter.log_key != LogKey(draft_id).public_key() ||
      charter.server_certificate_digest != options_.certificate_digest) {
    return Invalid("WRONG_LOG_KEY", "the charter names another log key, certificate or draft");
  }
  bool is_founder = false;
  for (const ledger::Organiser& organiser : charter.organisers) {
    is_founder |= organiser.tls_key == caller;
  }
  if (!is_founder) return NotAMember();
  absl::MutexLock lock(&founding_);
  // Another founding may have come first.
  QUORATE_RETURN_IF_ERROR(drafts_->CheckFounding(draft_id, request.write_token(), *id));
  QUORATE_ASSIGN_OR_RETURN(pb::AppendResponse response,
                           Begin(*id, charter, std::move(header), std::move(submission)));
  QUORATE_RETURN_IF_ERROR(drafts_->MarkFounded(draft_id, *id));
  return response;
}

}  // namespace quorate::server
