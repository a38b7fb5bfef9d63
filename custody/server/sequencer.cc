#include "custody/server/sequencer.h"

#include <algorithm>
#include <set>
#include <utility>

#include "custody/base/error_info.h"
#include "custody/base/status_macros.h"
#include "custody/ledger/quota.h"
#include "custody/server/refusals.h"
#include "custody/wire/statement.h"

namespace quorate::server {
namespace {

using ledger::OrganisationId;

absl::Status QueueFull() {
  return base::MakeError(absl::StatusCode::kResourceExhausted, "LOG_QUEUE_FULL",
                         "more statements wait than this server can take", "wait, then try again");
}

absl::Status IdUsed() {
  return base::MakeError(absl::StatusCode::kAlreadyExists, "STATEMENT_ID_USED",
                         "another statement of this author has that identifier",
                         "make the statement again");
}

absl::Status BlobMissing() {
  return base::MakeError(absl::StatusCode::kFailedPrecondition, "BLOB_MISSING",
                         "the bytes that the statement refers to are not here",
                         "put the blobs first, then append again");
}

absl::Status QuotaUsedUp() {
  return base::MakeError(absl::StatusCode::kResourceExhausted, "DAILY_QUOTA",
                         "the log has as much of this author today as it may have",
                         "wait, then try again: the next day begins at midnight UTC");
}

bool IsSame(const ledger::Leaf& leaf, const Submission& submission) {
  return leaf.header == submission.header && leaf.signature == submission.signature &&
         leaf.device_signature == submission.device_signature;
}

}  // namespace

// What is to be written in one transaction.
struct Sequencer::Batch {
  uint64_t first_index = 0;
  uint64_t time_ms = 0;
  std::vector<store::NewEntry> entries;
  std::map<std::pair<uint32_t, ledger::StatementId>, size_t> places;
  OrganisationLog::Usage usage;
};

absl::StatusOr<quorate::log::v1::AppendResponse> ProvedEntry(const OrganisationLog& log,
                                                             uint64_t index,
                                                             const crypto::Bytes& leaf) {
  quorate::log::v1::AppendResponse response;
  response.set_index(index);
  response.set_leaf(crypto::AsString(leaf));
  QUORATE_ASSIGN_OR_RETURN(log::Proof proof,
                           log.ProveNewest(index, *response.mutable_checkpoint()));
  for (const crypto::Digest& hash : proof) {
    response.add_inclusion_proof(crypto::AsString(hash.span()));
  }
  return response;
}

Sequencer::Sequencer(store::Store* store, const base::Clock* clock, const Limits& limits,
                     Grown grown)
    : store_(*store), clock_(*clock), limits_(limits), grown_(std::move(grown)) {
  writer_ = std::thread([this] { Run(); });
}

Sequencer::~Sequencer() {
  Stop();
  writer_.join();
}

void Sequencer::Stop() {
  absl::MutexLock lock(&mutex_);
  stopping_ = true;
  wake_.Signal();
}

absl::Status Sequencer::Enqueue(std::shared_ptr<OrganisationLog> log, ledger::Header header,
                                Submission submission, Done done) {
  const size_t bytes = submission.header.size() + submission.body.size();
  absl::MutexLock lock(&mutex_);
  if (stopping_) return Stopping();
  Queue& queue = queues_[log->id()];
  if (count_ >= limits_.queued || bytes_ + bytes > limits_.queued_bytes ||
      queue.pending.size() >= limits_.queued_per_log ||
      queue.bytes + bytes > limits_.queued_bytes_per_log) {
    return QueueFull();
  }
  if (queue.pending.empty()) turns_.push_back(log->id());
  queue.log = std::move(log);
  queue.pending.push_back({std::move(header), std::move(submission), std::move(done), bytes});
  queue.bytes += bytes;
  ++count_;
  bytes_ += bytes;
  wake_.Signal();
  return absl::OkStatus();
}

void Sequencer::Run() {
  while (true) {
    std::shared_ptr<OrganisationLog> log;
    std::vector<Pending> batch;
    size_t bytes = 0;
    {
      absl::MutexLock lock(&mutex_);
      while (turns_.empty() && !stopping_) wake_.Wait(&mutex_);
      if (turns_.empty()) return;
      Queue& queue = queues_.at(turns_.front());
      log = queue.log;
      while (!queue.pending.empty() && batch.size() < limits_.batch) {
        bytes += queue.pending.front().bytes;
        batch.push_back(std::move(queue.pending.front()));
        queue.pending.pop_front();
      }
      queue.bytes -= bytes;
      count_ -= batch.size();
      bytes_ -= bytes;
      turns_.pop_front();
      if (!queue.pending.empty()) turns_.push_back(log->id());
    }
    Commit(*log, batch);
  }
}

void Sequencer::Commit(OrganisationLog& log, std::vector<Pending>& pending) {
  const LogTip tip = log.tip();
  const auto now_ms = static_cast<uint64_t>(std::max<int64_t>(0, absl::ToUnixMillis(clock_.Now())));
  Batch batch;
  batch.first_index = tip.size;
  batch.time_ms = std::max(tip.time_ms, now_ms);
  std::vector<Verdict> verdicts;
  absl::Status written;
  {
    absl::MutexLock lock(&blobs_);
    for (const Pending& one : pending) {
      absl::StatusOr<Verdict> verdict = Place(log, one, batch);
      verdicts.push_back(verdict.ok() ? *std::move(verdict) : Verdict{verdict.status(), 0, {}});
    }
    if (!batch.entries.empty()) written = Write(log, batch);
  }
  for (size_t i = 0; i < pending.size(); ++i) {
    const Verdict& verdict = verdicts[i];
    if (verdict.by_this_batch && !written.ok()) {
      pending[i].done(written);
    } else if (!verdict.refusal.ok()) {
      pending[i].done(verdict.refusal);
    } else {
      pending[i].done(ProvedEntry(log, verdict.index, verdict.leaf));
    }
  }
  if (!batch.entries.empty() && written.ok()) grown_(log.id());
}

absl::StatusOr<std::optional<Sequencer::Verdict>> Sequencer::FindStored(const OrganisationLog& log,
                                                                        const Pending& pending) {
  const ledger::Header& header = pending.header;
  QUORATE_ASSIGN_OR_RETURN(std::optional<uint64_t> known,
                           store_.FindStatement(log.id(), header.author, header.statement_id));
  if (!known.has_value()) return std::optional<Verdict>();
  // A commit that failed, and is there all the same: only a restart may show it.
  if (*known >= log.tip().size) return Damaged("the store is ahead of what was answered");
  QUORATE_ASSIGN_OR_RETURN(std::vector<store::StoredEntry> entries,
                           store_.ReadEntries(log.id(), *known, 1, kMaxPageBytes));
  if (entries.empty()) return Damaged("an entry is missing");
  QUORATE_ASSIGN_OR_RETURN(ledger::Leaf leaf, wire::DecodeLeaf(entries.front().leaf));
  if (!IsSame(leaf, pending.submission)) return IdUsed();
  return std::optional<Verdict>(
      Verdict{absl::OkStatus(), *known, std::move(entries.front().leaf), false});
}

absl::StatusOr<Sequencer::Verdict> Sequencer::Place(const OrganisationLog& log,
                                                    const Pending& pending, Batch& batch) {
  QUORATE_ASSIGN_OR_RETURN(std::optional<Verdict> stored, FindStored(log, pending));
  if (stored.has_value()) return *std::move(stored);
  const ledger::Header& header = pending.header;
  const Submission& submission = pending.submission;
  const auto key = std::make_pair(header.author.value, header.statement_id);
  if (auto found = batch.places.find(key); found != batch.places.end()) {
    const crypto::Bytes& leaf_bytes = batch.entries[found->second].leaf;
    QUORATE_ASSIGN_OR_RETURN(ledger::Leaf leaf, wire::DecodeLeaf(leaf_bytes));
    if (!IsSame(leaf, submission)) return Verdict{IdUsed(), 0, {}, true};
    return Verdict{absl::OkStatus(), batch.first_index + found->second, leaf_bytes, true};
  }
  // What every reader will refuse for its author's quota is not worth this disk.
  const bool has_device = submission.device_signature.has_value();
  auto usage = batch.usage.find(header.author);
  if (usage == batch.usage.end()) {
    usage = batch.usage.emplace(header.author, log.UsageOf(header.author)).first;
  }
  if (!ledger::IsWorthStoring(usage->second, header, has_device, batch.time_ms)) {
    return QuotaUsedUp();
  }
  QUORATE_RETURN_IF_ERROR(CheckBlobs(log.id(), header));
  ledger::Charge(usage->second, header, has_device, batch.time_ms);
  store::NewEntry entry{header.author, header.statement_id,
                        wire::EncodeLeaf({batch.time_ms, submission.header, submission.signature,
                                          submission.device_signature}),
                        submission.body};
  for (const ledger::BlobRef& blob : header.blobs) entry.blobs.push_back(blob.digest);
  const size_t place = batch.entries.size();
  batch.places.emplace(key, place);
  batch.entries.push_back(std::move(entry));
  return Verdict{absl::OkStatus(), batch.first_index + place, batch.entries[place].leaf, true};
}

absl::Status Sequencer::CheckBlobs(const OrganisationId& id, const ledger::Header& header) {
  for (const ledger::BlobRef& blob : header.blobs) {
    QUORATE_ASSIGN_OR_RETURN(std::optional<uint64_t> length, store_.BlobLength(id, blob.digest));
    if (length != blob.length) return BlobMissing();
  }
  return absl::OkStatus();
}

absl::Status Sequencer::Write(OrganisationLog& log, Batch& batch) {
  std::vector<crypto::Bytes> leaves;
  for (const store::NewEntry& entry : batch.entries) leaves.push_back(entry.leaf);
  QUORATE_ASSIGN_OR_RETURN(OrganisationLog::Growth growth,
                           log.Grow(std::move(leaves), batch.time_ms, std::move(batch.usage)));
  absl::Status stored = store_.Append(log.id(), batch.entries, growth.checkpoint).status();
  if (!stored.ok()) return FromStore(stored);
  log.Advance(std::move(growth));
  return absl::OkStatus();
}

}  // namespace quorate::server
