#ifndef QUORATE_TESTS_SERVER_FAULTY_STORE_H_
#define QUORATE_TESTS_SERVER_FAULTY_STORE_H_

#include <deque>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "custody/store/store.h"

namespace quorate::server::testing {

// A store whose appends can be held up or fail, before or after they are done. Thread-safe.
class FaultyStore final : public store::Store {
 public:
  explicit FaultyStore(store::Store* real) : real_(*real) {}

  // The next append fails with this and writes nothing.
  void FailNextAppend(absl::Status status) {
    absl::MutexLock lock(&mutex_);
    failures_.push_back({std::move(status), false});
  }
  // The next append is written, and then fails all the same.
  void FailNextAppendAfterwards(absl::Status status) {
    absl::MutexLock lock(&mutex_);
    failures_.push_back({std::move(status), true});
  }
  // Appends wait from now on, until they are let go.
  void Hold() {
    absl::MutexLock lock(&mutex_);
    held_ = true;
  }
  void LetGo() {
    absl::MutexLock lock(&mutex_);
    held_ = false;
  }
  // Whether an append came to wait, within ten seconds.
  bool AwaitHeld() {
    absl::MutexLock lock(&mutex_);
    auto waits = [this]() ABSL_SHARED_LOCKS_REQUIRED(mutex_) { return waiting_ > 0; };
    return mutex_.AwaitWithTimeout(absl::Condition(&waits), absl::Seconds(10));
  }
  // How many entries each append so far had.
  std::vector<size_t> batches() {
    absl::MutexLock lock(&mutex_);
    return batches_;
  }

  absl::StatusOr<store::AppendBatchResult> Append(const ledger::OrganisationId& id,
                                                  std::span<const store::NewEntry> entries,
                                                  std::string_view note) override {
    std::pair<absl::Status, bool> failure;
    {
      absl::MutexLock lock(&mutex_);
      ++waiting_;
      auto free = [this]() ABSL_SHARED_LOCKS_REQUIRED(mutex_) { return !held_; };
      mutex_.Await(absl::Condition(&free));
      --waiting_;
      batches_.push_back(entries.size());
      if (!failures_.empty()) {
        failure = std::move(failures_.front());
        failures_.pop_front();
      }
    }
    if (!failure.first.ok() && !failure.second) return failure.first;
    auto result = real_.Append(id, entries, note);
    if (!failure.first.ok()) return failure.first;
    return result;
  }

  using Bytes = crypto::Bytes;
  using Span = crypto::ByteSpan;
  using Id = ledger::OrganisationId;
  absl::StatusOr<std::vector<store::OrganisationRecord>> Organisations() override {
    return real_.Organisations();
  }
  absl::Status CreateOrganisation(const Id& id, Span record) override {
    return real_.CreateOrganisation(id, record);
  }
  absl::Status UpdateOrganisation(const Id& id, Span record) override {
    return real_.UpdateOrganisation(id, record);
  }
  absl::StatusOr<std::optional<uint64_t>> FindStatement(
      const Id& id, ledger::OrganiserNumber author, const ledger::StatementId& statement) override {
    return real_.FindStatement(id, author, statement);
  }
  absl::StatusOr<std::vector<store::StoredEntry>> ReadEntries(const Id& id, uint64_t start,
                                                              uint64_t count,
                                                              uint64_t bytes) override {
    return real_.ReadEntries(id, start, count, bytes);
  }
  absl::StatusOr<uint64_t> Size(const Id& id) override { return real_.Size(id); }
  absl::StatusOr<uint64_t> AuthorBytes(const Id& id, ledger::OrganiserNumber author) override {
    return real_.AuthorBytes(id, author);
  }
  absl::StatusOr<log::Tree> LoadTree(const Id& id) override { return real_.LoadTree(id); }
  absl::StatusOr<std::optional<std::string>> LatestCheckpoint(const Id& id) override {
    return real_.LatestCheckpoint(id);
  }
  absl::Status ReplaceCheckpoint(const Id& id, std::string_view note) override {
    return real_.ReplaceCheckpoint(id, note);
  }
  absl::Status EraseBody(const Id& id, uint64_t index) override {
    return real_.EraseBody(id, index);
  }
  absl::Status PutBlobs(const Id& id, Span sender, uint64_t time_ms,
                        std::span<const Span> blobs) override {
    return real_.PutBlobs(id, sender, time_ms, blobs);
  }
  absl::StatusOr<uint64_t> UnreferencedBytes(Span sender) override {
    return real_.UnreferencedBytes(sender);
  }
  absl::StatusOr<uint64_t> DropUnreferencedBlobs(uint64_t time_ms, uint64_t count) override {
    return real_.DropUnreferencedBlobs(time_ms, count);
  }
  absl::StatusOr<std::optional<Bytes>> GetBlob(const Id& id,
                                               const crypto::Digest& digest) override {
    return real_.GetBlob(id, digest);
  }
  absl::StatusOr<std::optional<uint64_t>> BlobLength(const Id& id,
                                                     const crypto::Digest& digest) override {
    return real_.BlobLength(id, digest);
  }
  absl::Status DeleteBlob(const Id& id, const crypto::Digest& digest) override {
    return real_.DeleteBlob(id, digest);
  }
  absl::StatusOr<uint64_t> BlobBytes(const Id& id) override { return real_.BlobBytes(id); }
  absl::Status PutDraft(Span id, Span bytes) override { return real_.PutDraft(id, bytes); }
  absl::StatusOr<std::optional<Bytes>> GetDraft(Span id) override { return real_.GetDraft(id); }
  absl::Status DeleteDraft(Span id) override { return real_.DeleteDraft(id); }
  absl::StatusOr<std::vector<Bytes>> ListDrafts() override { return real_.ListDrafts(); }
  absl::Status PutServerValue(const std::string& key, Span value) override {
    return real_.PutServerValue(key, value);
  }
  absl::StatusOr<std::optional<Bytes>> GetServerValue(const std::string& key) override {
    return real_.GetServerValue(key);
  }
  absl::Status Backup(const std::string& path, const Progress& progress) override {
    return real_.Backup(path, progress);
  }
  absl::Status Check() override { return real_.Check(); }

 private:
  store::Store& real_;
  absl::Mutex mutex_;
  bool held_ ABSL_GUARDED_BY(mutex_) = false;
  int waiting_ ABSL_GUARDED_BY(mutex_) = 0;
  std::deque<std::pair<absl::Status, bool>> failures_ ABSL_GUARDED_BY(mutex_);
  std::vector<size_t> batches_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace quorate::server::testing

#endif  // QUORATE_TESTS_SERVER_FAULTY_STORE_H_
