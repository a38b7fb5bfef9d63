#ifndef QUORATE_CUSTODY_SERVER_DRAFTS_H_
#define QUORATE_CUSTODY_SERVER_DRAFTS_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "crypto/identity.h"
#include "custody/base/clock.h"
#include "custody/ledger/types.h"
#include "custody/server/limits.h"
#include "custody/store/store.h"
#include "quorate/log/v1/log.pb.h"
#include "quorate/log/v1/stored.pb.h"

namespace quorate::server {

// Sealed bytes that founders lay down and take up: the server sees who made a draft and how much is
// in it. What a refusal costs is a look into memory. Thread-safe.
class Drafts {
 public:
  struct Options {
    store::Store* store = nullptr;
    const base::Clock* clock = nullptr;
    Limits limits;
    crypto::Digest certificate_digest;
    // The key that will sign the log of the organisation founded from a draft.
    std::function<crypto::PublicSigningKey(crypto::ByteSpan draft_id)> log_key;
    // Called after each change, and holds up others: must not call back.
    std::function<void(const crypto::Digest& draft_id)> changed;
  };
  // Reads which drafts there are. DataLoss STORE_DAMAGED where one is not readable.
  [[nodiscard]] static absl::StatusOr<std::unique_ptr<Drafts>> Open(Options options);

  // Errors: proto/quorate/log/v1/log.proto, service Founding.
  [[nodiscard]] absl::StatusOr<quorate::log::v1::CreateDraftResponse> Create(
      const quorate::log::v1::CreateDraftRequest& request, const crypto::PublicSigningKey& caller);
  [[nodiscard]] absl::StatusOr<quorate::log::v1::GetDraftResponse> Get(crypto::ByteSpan draft_id);
  [[nodiscard]] absl::StatusOr<uint64_t> PutCard(const quorate::log::v1::PutCardRequest& request);
  [[nodiscard]] absl::StatusOr<quorate::log::v1::PutDocumentResponse> PutDocument(
      const quorate::log::v1::PutDocumentRequest& request);
  // A draft's revision and what it became, without its content.
  [[nodiscard]] absl::StatusOr<quorate::log::v1::WatchDraftResponse> Look(
      crypto::ByteSpan draft_id);

  // OK where this draft may become, or became, that organisation. FailedPrecondition
  // ALREADY_FOUNDED where it became another.
  [[nodiscard]] absl::Status CheckFounding(crypto::ByteSpan draft_id, const std::string& token,
                                           const ledger::OrganisationId& organisation);
  [[nodiscard]] absl::Status MarkFounded(crypto::ByteSpan draft_id,
                                         const ledger::OrganisationId& organisation);

  // Removes those that have expired.
  [[nodiscard]] absl::Status Sweep();
  size_t count();

 private:
  // What is worth knowing of a draft before it is read.
  struct Known {
    std::string creator;
    std::string write_token_hash;
    std::string organisation;
    int64_t expire_time_ms = 0;
    uint64_t revision = 0;
  };

  explicit Drafts(Options options) : options_(std::move(options)) {}
  int64_t NowMs() const { return absl::ToUnixMillis(options_.clock->Now()); }
  // NotFound NO_SUCH_DRAFT, InvalidArgument MALFORMED.
  absl::StatusOr<const Known*> Find(crypto::ByteSpan draft_id)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // The same for somebody who writes: PermissionDenied WRONG_WRITE_TOKEN.
  absl::Status CheckWriter(crypto::ByteSpan draft_id, const std::string& token)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::StatusOr<quorate::log::v1::StoredDraft> Read(crypto::ByteSpan draft_id)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Stores a changed draft under its next revision.
  absl::Status Write(crypto::ByteSpan draft_id, quorate::log::v1::StoredDraft& draft)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Remember(const crypto::Digest& draft_id, const quorate::log::v1::StoredDraft& draft)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::Status MakeRoom(const std::string& creator) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::Status DropExpired() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const Options options_;
  absl::Mutex mutex_;
  std::map<crypto::Digest, Known> known_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace quorate::server

#endif  // QUORATE_CUSTODY_SERVER_DRAFTS_H_
