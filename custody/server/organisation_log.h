#ifndef QUORATE_CUSTODY_SERVER_ORGANISATION_LOG_H_
#define QUORATE_CUSTODY_SERVER_ORGANISATION_LOG_H_

#include <cstdint>
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
#include "custody/ledger/state.h"
#include "custody/ledger/types.h"
#include "custody/log/checkpoint.h"
#include "custody/log/tree.h"
#include "custody/store/store.h"

namespace quorate::server {

// A log as of one checkpoint.
struct LogTip {
  uint64_t size = 0;
  std::string checkpoint;
  uint64_t time_ms = 0;  // Of the last entry.
};

// What the server knows of one organisation: its members' keys, the key that signs its log, the
// tree, the newest checkpoint, and what each member has logged on the last entry's day. Entries are
// in the store. Thread-safe; one writer at a time.
class OrganisationLog {
 public:
  using Usage = std::map<ledger::OrganiserNumber, ledger::AuthorUsage>;

  // An empty one. `signer` is the log key that the charter pins.
  [[nodiscard]] static absl::StatusOr<std::shared_ptr<OrganisationLog>> Create(
      const ledger::OrganisationId& id, const ledger::Charter& charter, crypto::SigningKey signer);
  // DataLoss STORE_DAMAGED unless the stored log adds up to its last checkpoint and this is signed.
  [[nodiscard]] absl::Status Load(store::Store& store);

  const ledger::OrganisationId& id() const { return id_; }
  bool IsMember(const crypto::PublicSigningKey& tls_key) const;
  // Null where there is no such organiser.
  const ledger::Organiser* FindOrganiser(ledger::OrganiserNumber number) const;

  LogTip tip() const;
  // Nothing where the author has logged nothing lately.
  ledger::AuthorUsage UsageOf(ledger::OrganiserNumber author) const;
  // OutOfRange PAST_THE_END where an index or size is outside the log.
  [[nodiscard]] absl::StatusOr<log::Proof> ConsistencyProof(uint64_t old_size,
                                                            uint64_t new_size) const;
  [[nodiscard]] absl::StatusOr<log::Proof> InclusionProof(uint64_t index, uint64_t size) const;
  // The newest checkpoint and the proof that the entry is under it, as of one moment.
  [[nodiscard]] absl::StatusOr<log::Proof> ProveNewest(uint64_t index,
                                                       std::string& checkpoint) const;

  // What the log will be once these leaves are durable. Nothing moves before Advance.
  struct Growth {
    std::vector<crypto::Bytes> leaves;
    log::CompactRange edge;
    std::string checkpoint;
    uint64_t time_ms = 0;
    Usage usage;
  };
  // `usage` is that of the leaves' authors with these leaves.
  [[nodiscard]] absl::StatusOr<Growth> Grow(std::vector<crypto::Bytes> leaves, uint64_t time_ms,
                                            Usage usage) const;
  void Advance(Growth growth);

 private:
  OrganisationLog(const ledger::OrganisationId& id, const ledger::Charter& charter,
                  crypto::SigningKey signer, log::NoteKey note_key);
  absl::StatusOr<ledger::Leaf> ReadLeaf(store::Store& store, uint64_t index) const;
  absl::StatusOr<Usage> ReadUsage(store::Store& store, uint64_t size, uint64_t day) const;

  const ledger::OrganisationId id_;
  const crypto::SigningKey signer_;
  const log::NoteKey note_key_;
  const std::vector<ledger::Organiser> organisers_;
  std::set<crypto::PublicSigningKey> members_;

  mutable absl::Mutex mutex_;
  log::Tree tree_ ABSL_GUARDED_BY(mutex_);
  // Of the tree: what is needed to know its next root beforehand.
  log::CompactRange edge_ ABSL_GUARDED_BY(mutex_);
  std::string checkpoint_ ABSL_GUARDED_BY(mutex_);
  uint64_t time_ms_ ABSL_GUARDED_BY(mutex_) = 0;
  Usage usage_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace quorate::server

#endif  // QUORATE_CUSTODY_SERVER_ORGANISATION_LOG_H_
