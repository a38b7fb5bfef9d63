#ifndef QUORATE_CUSTODY_SERVER_CUSTODIAN_H_
#define QUORATE_CUSTODY_SERVER_CUSTODIAN_H_

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "crypto/identity.h"
#include "custody/base/clock.h"
#include "custody/ledger/types.h"
#include "custody/log/checkpoint.h"
#include "custody/log/tree.h"
#include "custody/store/store.h"
#include "quorate/log/v1/log.pb.h"
#include "quorate/log/v1/stored.pb.h"

// What the custody server does, apart from how it is called: organisations' logs, their blobs, and
// drafts. It sequences and keeps; it decides nothing about statements but that a member signed
// them.
namespace quorate::server {

namespace pb = ::quorate::log::v1;

inline constexpr size_t kMaxDrafts = 256;
inline constexpr size_t kMaxDraftsPerCaller = 8;
inline constexpr size_t kMaxOrganisations = 1000;
inline constexpr uint64_t kMaxPageBytes = uint64_t{4} << 20;
inline constexpr uint64_t kMaxPageEntries = 512;

// A statement as a caller hands it in.
struct Submission {
  crypto::Bytes header;
  crypto::Signature signature;
  std::optional<crypto::Signature> device_signature;
  crypto::Bytes body;
};

// Thread-safe. One mutex: the store writes one transaction at a time anyway.
class Custodian {
 public:
  struct Options {
    store::Store* store = nullptr;
    const base::Clock* clock = nullptr;
    crypto::Secret log_seed;  // 32 bytes; the log key of each organisation comes from it.
    crypto::Digest certificate_digest;
  };
  // Loads every organisation and compares its tree with its last checkpoint. DataLoss STORE_DAMAGED
  // where they differ.
  [[nodiscard]] static absl::StatusOr<std::unique_ptr<Custodian>> Open(Options options);

  // PermissionDenied NOT_A_MEMBER, also for an organisation that is not here.
  [[nodiscard]] absl::Status CheckMember(const ledger::OrganisationId& organisation,
                                         const crypto::PublicSigningKey& caller);

  [[nodiscard]] absl::StatusOr<pb::AppendResponse> Append(
      const ledger::OrganisationId& organisation, const Submission& submission);
  [[nodiscard]] absl::StatusOr<pb::GetEntriesResponse> GetEntries(
      const ledger::OrganisationId& organisation, uint64_t start, uint64_t max_entries);
  [[nodiscard]] absl::StatusOr<std::string> GetCheckpoint(
      const ledger::OrganisationId& organisation);
  [[nodiscard]] absl::StatusOr<log::Proof> ConsistencyProof(
      const ledger::OrganisationId& organisation, uint64_t old_size, uint64_t new_size);
  [[nodiscard]] absl::StatusOr<log::Proof> InclusionProof(
      const ledger::OrganisationId& organisation, uint64_t index, uint64_t size);
  // Waits until the log is larger than `size`, `limit` has passed, or Stop. The size then.
  uint64_t WaitForSize(const ledger::OrganisationId& organisation, uint64_t size,
                       absl::Duration limit);

  [[nodiscard]] absl::Status PutBlob(const ledger::OrganisationId& organisation,
                                     crypto::ByteSpan blob);
  [[nodiscard]] absl::StatusOr<std::optional<crypto::Bytes>> GetBlob(
      const ledger::OrganisationId& organisation, const crypto::Digest& digest);

  [[nodiscard]] absl::StatusOr<pb::CreateDraftResponse> CreateDraft(
      const pb::CreateDraftRequest& request, const crypto::PublicSigningKey& caller);
  [[nodiscard]] absl::StatusOr<pb::GetDraftResponse> GetDraft(crypto::ByteSpan draft_id);
  [[nodiscard]] absl::StatusOr<uint64_t> PutCard(const pb::PutCardRequest& request);
  [[nodiscard]] absl::StatusOr<pb::PutDocumentResponse> PutDocument(
      const pb::PutDocumentRequest& request);
  [[nodiscard]] absl::StatusOr<pb::AppendResponse> Found(const pb::FoundRequest& request);
  // As WaitForSize, for a draft's revision.
  void WaitForRevision(crypto::ByteSpan draft_id, uint64_t revision, absl::Duration limit);

  // Lets everyone who waits go.
  void Stop();
  bool stopping();

 private:
  struct Organisation {
    crypto::SigningKey log_signer;
    log::NoteKey note_key;
    log::Tree tree;
    log::CompactRange edge;  // Of the tree: what an append needs to know its root beforehand.
    std::string checkpoint;
    uint64_t last_time_ms = 0;
    std::vector<ledger::Organiser> organisers;
    std::set<crypto::PublicSigningKey> members;  // TLS keys.
  };

  explicit Custodian(Options options) : options_(std::move(options)) {}
  absl::Status Load(const ledger::OrganisationId& id, crypto::ByteSpan draft_id)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::StatusOr<Organisation> NewOrganisation(const ledger::OrganisationId& id,
                                               const ledger::Charter& charter) const;
  crypto::SigningKey LogKey(crypto::ByteSpan draft_id) const;
  absl::StatusOr<Organisation*> Find(const ledger::OrganisationId& id)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::StatusOr<pb::AppendResponse> Push(const ledger::OrganisationId& id, Organisation& log,
                                          const ledger::Header& header,
                                          const Submission& submission)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::StatusOr<pb::AppendResponse> Proved(Organisation& log, uint64_t index,
                                            const crypto::Bytes& leaf) const;
  absl::StatusOr<crypto::Bytes> ReadDraft(crypto::ByteSpan draft_id)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const Options options_;
  absl::Mutex mutex_;
  absl::CondVar changed_;
  std::map<ledger::OrganisationId, Organisation> organisations_ ABSL_GUARDED_BY(mutex_);
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
};

}  // namespace quorate::server

#endif  // QUORATE_CUSTODY_SERVER_CUSTODIAN_H_
