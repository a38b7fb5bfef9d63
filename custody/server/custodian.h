#ifndef QUORATE_CUSTODY_SERVER_CUSTODIAN_H_
#define QUORATE_CUSTODY_SERVER_CUSTODIAN_H_

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "crypto/identity.h"
#include "custody/base/clock.h"
#include "custody/ledger/types.h"
#include "custody/server/drafts.h"
#include "custody/server/followers.h"
#include "custody/server/limits.h"
#include "custody/server/organisation_log.h"
#include "custody/server/sequencer.h"
#include "custody/store/store.h"
#include "quorate/log/v1/log.pb.h"

namespace quorate::server {

namespace pb = ::quorate::log::v1;

// What the custody server does, apart from how it is called: organisations' logs, their blobs, and
// drafts. It sequences and keeps; it decides nothing about statements but that a member signed
// them. Errors are those of proto/quorate/log/v1/log.proto. Thread-safe.
class Custodian {
 public:
  struct Options {
    store::Store* store = nullptr;
    const base::Clock* clock = nullptr;
    crypto::Secret log_seed;  // 32 bytes; the log key of each organisation comes from it.
    crypto::Digest certificate_digest;
    Limits limits = {};
  };
  // Loads every organisation and compares its tree with its last checkpoint. DataLoss STORE_DAMAGED
  // where they differ.
  [[nodiscard]] static absl::StatusOr<std::unique_ptr<Custodian>> Open(Options options);
  // Commits what has queued.
  ~Custodian();

  // PermissionDenied NOT_A_MEMBER, also for an organisation that is not here. Touches no disk.
  [[nodiscard]] absl::Status CheckMember(const ledger::OrganisationId& organisation,
                                         const crypto::PublicSigningKey& caller);

  // Checks the statement on this thread; `done` gets the answer once the entry is durable, on the
  // writer's thread, or a refusal, maybe on this one.
  void Append(const ledger::OrganisationId& organisation, Submission submission,
              Sequencer::Done done);
  // The same, waiting for the answer.
  [[nodiscard]] absl::StatusOr<pb::AppendResponse> Append(
      const ledger::OrganisationId& organisation, Submission submission);
  // At most kMaxPageEntries, cut after `max_bytes`.
  [[nodiscard]] absl::StatusOr<pb::GetEntriesResponse> GetEntries(
      const ledger::OrganisationId& organisation, uint64_t start, uint64_t max_entries,
      uint64_t max_bytes = kMaxPageBytes);
  [[nodiscard]] absl::StatusOr<LogTip> GetTip(const ledger::OrganisationId& organisation);
  [[nodiscard]] absl::StatusOr<log::Proof> ConsistencyProof(
      const ledger::OrganisationId& organisation, uint64_t old_size, uint64_t new_size);
  [[nodiscard]] absl::StatusOr<log::Proof> InclusionProof(
      const ledger::OrganisationId& organisation, uint64_t index, uint64_t size);

  // All of them or none.
  [[nodiscard]] absl::Status PutBlobs(const ledger::OrganisationId& organisation,
                                      const crypto::PublicSigningKey& sender,
                                      std::span<const crypto::ByteSpan> blobs);
  [[nodiscard]] absl::StatusOr<std::optional<crypto::Bytes>> GetBlob(
      const ledger::OrganisationId& organisation, const crypto::Digest& digest);

  Drafts& drafts() { return *drafts_; }
  // Begins an organisation's log. Waits for the disk.
  [[nodiscard]] absl::StatusOr<pb::AppendResponse> Found(const pb::FoundRequest& request,
                                                         const crypto::PublicSigningKey& caller);

  // Followers of a log are kept under the organisation's identifier, those of a draft under its.
  Followers& followers() { return followers_; }

  // Drops expired drafts and blobs that no entry came to refer to. Call it now and then.
  [[nodiscard]] absl::Status Sweep();

  // What there is, by organisation.
  struct LogSummary {
    ledger::OrganisationId id;
    LogTip tip;
    uint64_t blob_bytes = 0;
  };
  [[nodiscard]] absl::StatusOr<std::vector<LogSummary>> Summarise();

  // Takes nothing more, commits what has queued, and ends all followers.
  void Stop();

 private:
  explicit Custodian(Options options);
  absl::Status Load(const ledger::OrganisationId& id, crypto::ByteSpan draft_id);
  crypto::SigningKey LogKey(crypto::ByteSpan draft_id) const;
  absl::StatusOr<std::shared_ptr<OrganisationLog>> Find(const ledger::OrganisationId& id);
  absl::StatusOr<pb::AppendResponse> Begin(const ledger::OrganisationId& id,
                                           const ledger::Charter& charter, ledger::Header header,
                                           Submission submission);
  // Waits for the writer.
  absl::StatusOr<pb::AppendResponse> Commit(std::shared_ptr<OrganisationLog> log,
                                            ledger::Header header, Submission submission);

  const Options options_;
  Followers followers_;
  absl::Mutex founding_;  // Held while an organisation is founded: before all others.
  absl::Mutex mutex_;
  std::map<ledger::OrganisationId, std::shared_ptr<OrganisationLog>> logs_ ABSL_GUARDED_BY(mutex_);
  std::unique_ptr<Drafts> drafts_;
  Sequencer sequencer_;
};

}  // namespace quorate::server

#endif  // QUORATE_CUSTODY_SERVER_CUSTODIAN_H_
