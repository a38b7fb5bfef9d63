#ifndef QUORATE_TESTS_CLIENT_AUDIT_TESTING_H_
#define QUORATE_TESTS_CLIENT_AUDIT_TESTING_H_

#include <algorithm>
#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "client/audit/log_source.h"
#include "client/audit/read_log.h"
#include "client/audit/report.h"
#include "custody/base/clock.h"
#include "custody/base/error_info.h"
#include "tests/replica/test_log.h"

namespace quorate::audit::testing {

using replica::testing::TestLog;

// A server that shows `entries` under a checkpoint of its choice and proves by the tree of
// `proofs`, which is the log that it really keeps. Tests change what it shows.
class FakeServer final : public LogSource {
 public:
  explicit FakeServer(const TestLog& log)
      : entries(log.entries()), note(log.Note()), proofs(&log) {}

  absl::StatusOr<LogPage> Read(uint64_t start) override {
    ++reads;
    if (on_read) return on_read(start);
    return Page(start);
  }
  LogPage Page(uint64_t start) const {
    LogPage page{note, {}};
    for (uint64_t i = start; i < entries.size() && page.entries.size() < page_size; ++i) {
      page.entries.push_back(entries[i]);
    }
    return page;
  }
  absl::StatusOr<log::Proof> ConsistencyProof(uint64_t old_size, uint64_t new_size) override {
    if (!proof_error.ok()) return proof_error;
    return proofs->tree().ConsistencyProof(old_size, new_size);
  }
  absl::StatusOr<log::Proof> InclusionProof(uint64_t index, uint64_t size) override {
    if (!proof_error.ok()) return proof_error;
    return proofs->tree().InclusionProof(index, size);
  }

  std::vector<replica::RawEntry> entries;
  crypto::Bytes note;
  const TestLog* proofs;
  absl::Status proof_error;
  size_t page_size = 4;
  std::function<absl::StatusOr<LogPage>(uint64_t start)> on_read;
  uint64_t reads = 0;
};

inline TestLog FoundedLog(size_t more, uint64_t seed = 1) {
  TestLog log(seed);
  log.Found();
  log.Grow(more);
  return log;
}

inline Trust TrustIn(const TestLog& log) {
  return {log.organisation(), log.log_key().public_key()};
}

// The log's own entries carry times of this day.
inline absl::Time LogDay() { return absl::FromUnixMillis(1'700'000'000'000); }

inline AuditOptions OptionsFor(const TestLog& log) {
  AuditOptions options;
  options.trust = TrustIn(log);
  options.organisation_key = &log.organisation_key();
  options.now = LogDay() + absl::Minutes(3);
  return options;
}

inline Report AuditOf(FakeServer& server, const AuditOptions& options) {
  const base::FakeClock clock;
  return Audit(ReadLog(server, options.trust, clock), options, server);
}

inline SeenHead HeadAt(const TestLog& log, uint64_t size) {
  return {{size, replica::testing::Must(log.tree().RootAt(size))}, "your node"};
}

// Empty where there is no fault.
inline std::string ReasonOf(const Report& report) {
  return report.fault.has_value() ? report.fault->reason : "";
}
inline std::string ReasonOf(const LogCopy& copy) {
  return copy.stopped.has_value() ? copy.stopped->reason : "";
}

}  // namespace quorate::audit::testing

#endif  // QUORATE_TESTS_CLIENT_AUDIT_TESTING_H_
