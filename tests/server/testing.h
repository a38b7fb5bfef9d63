#ifndef QUORATE_TESTS_SERVER_TESTING_H_
#define QUORATE_TESTS_SERVER_TESTING_H_

#include <gtest/gtest.h>
#include <sqlite3.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/synchronization/mutex.h"
#include "custody/base/clock.h"
#include "custody/base/error_info.h"
#include "custody/server/custodian.h"
#include "custody/store/sqlite_store.h"
#include "tests/log/testing.h"
#include "tests/replica/test_log.h"
#include "tests/server/faulty_store.h"

namespace quorate::server::testing {

inline crypto::Secret LogSeed() {
  const crypto::Bytes seed(32, 7);
  return crypto::Secret::Copy(seed);
}

inline std::string Field(crypto::ByteSpan bytes) { return crypto::AsString(bytes); }

// A refusal, as the protocol names it: the reason, or the status where there is none.
inline std::string Reason(const absl::Status& status) {
  const std::string reason = base::GetReason(status);
  return reason.empty() ? status.ToString() : reason;
}
template <typename T>
std::string Reason(const absl::StatusOr<T>& result) {
  return Reason(result.status());
}

// Three organisers who have a draft on a custodian, and then an organisation.
class Group {
 public:
  // Lays the draft.
  Group(Custodian& custodian, uint64_t seed);

  const ledger::OrganisationId& id() const { return log_->organisation(); }
  const crypto::PublicSigningKey& tls(uint32_t author) const {
    return log_->tls_key(author).public_key();
  }
  replica::testing::TestLog& log() { return *log_; }
  const crypto::Digest& draft_id() const { return draft_id_; }
  std::string token() const { return std::string(32, 't'); }

  // The founding that the group asks for; tests bend it.
  pb::FoundRequest founding() const { return founding_; }
  // The same group with another charter: what a server would see of other people's draft.
  pb::FoundRequest FoundingWith(const std::function<void(ledger::Charter&)>& bend) const;
  absl::StatusOr<pb::AppendResponse> Found(Custodian& custodian) const {
    return custodian.Found(founding_, tls(1));
  }

  // A statement that nobody has made yet.
  Submission Say(uint32_t author = 1, std::vector<ledger::BlobRef> blobs = {});
  // One that means nothing, with so many bytes of body.
  Submission SayLarge(size_t bytes, bool with_device = true);

 private:
  static pb::FoundRequest RequestOf(replica::testing::TestLog& log, const crypto::Digest& draft_id,
                                    const std::string& token);

  uint64_t seed_;
  crypto::Digest draft_id_;
  pb::CreateDraftResponse draft_;
  std::unique_ptr<replica::testing::TestLog> log_;
  pb::FoundRequest founding_;
  uint32_t large_ = 0;
};

inline Submission SubmissionOf(const wire::SignedStatement& statement) {
  return {statement.header, statement.signature, statement.device_signature, statement.body};
}

// An answer that comes later, on another thread.
class Answer {
 public:
  Sequencer::Done Done() {
    return [this](absl::StatusOr<pb::AppendResponse> result) {
      absl::MutexLock lock(&mutex_);
      result_ = std::move(result);
    };
  }
  bool ready() {
    absl::MutexLock lock(&mutex_);
    return result_.has_value();
  }
  absl::StatusOr<pb::AppendResponse> Wait() {
    absl::MutexLock lock(&mutex_);
    auto ready = [this]() ABSL_SHARED_LOCKS_REQUIRED(mutex_) { return result_.has_value(); };
    if (!mutex_.AwaitWithTimeout(absl::Condition(&ready), absl::Seconds(20))) {
      return absl::DeadlineExceededError("no answer came");
    }
    return *result_;
  }

 private:
  absl::Mutex mutex_;
  std::optional<absl::StatusOr<pb::AppendResponse>> result_ ABSL_GUARDED_BY(mutex_);
};

// Runs SQL on a store that nobody has open: damage that the store would never do.
inline void Damage(const std::string& path, const char* sql) {
  sqlite3* connection = nullptr;
  ASSERT_EQ(sqlite3_open(path.c_str(), &connection), SQLITE_OK);
  EXPECT_EQ(sqlite3_exec(connection, sql, nullptr, nullptr, nullptr), SQLITE_OK)
      << sqlite3_errmsg(connection);
  sqlite3_close(connection);
}

// A custodian over real SQLite, on a clock that the test moves.
class CustodianTest : public ::testing::Test {
 protected:
  void SetUp() override { ASSERT_EQ(Open(), absl::OkStatus()); }
  void TearDown() override {
    if (store_ != nullptr) store_->LetGo();
  }

  absl::Status Open();
  void Close();
  absl::Status Reopen() {
    Close();
    return Open();
  }
  // A group that has founded its organisation.
  Group Founded(uint64_t seed = 1);
  uint64_t Size(const Group& group) { return custodian_->GetTip(group.id())->size; }
  std::string Path() const { return folder_.File("server.db"); }

  const log::TemporaryFolder folder_;
  base::FakeClock clock_;
  Limits limits_;
  crypto::Digest certificate_ = crypto::Sha256(crypto::Bytes{1});
  std::unique_ptr<store::SqliteStore> sqlite_;
  std::unique_ptr<FaultyStore> store_;
  std::unique_ptr<Custodian> custodian_;
};

}  // namespace quorate::server::testing

#endif  // QUORATE_TESTS_SERVER_TESTING_H_
