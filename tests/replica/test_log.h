#ifndef QUORATE_TESTS_REPLICA_TEST_LOG_H_
#define QUORATE_TESTS_REPLICA_TEST_LOG_H_

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "crypto/identity.h"
#include "crypto/random.h"
#include "crypto/secret.h"
#include "crypto/wrap.h"
#include "custody/ledger/types.h"
#include "custody/log/tree.h"
#include "custody/replica/replica.h"
#include "custody/wire/statement_seal.h"

namespace quorate::replica::testing {

// Fails the test, and ends the binary, where there is no value.
template <typename T>
T Must(absl::StatusOr<T> value);

// Three organisers, one vault, and a log that does as it is told: it signs whatever the test asks
// for. Deterministic; two logs of one seed are one organisation, so a test forks one by copying it.
class TestLog {
 public:
  // `bend` may change the charter before its organisation gets its name.
  explicit TestLog(uint64_t seed = 1, const std::function<void(ledger::Charter&)>& bend = {});

  const ledger::OrganisationId& organisation() const { return organisation_; }
  const crypto::SigningKey& log_key() const { return log_key_; }
  const crypto::Secret& organisation_key() const { return key_; }
  const crypto::SigningKey& signing_key(uint32_t author) const {
    return people_[author - 1].signing;
  }
  const crypto::SigningKey& tls_key(uint32_t author) const { return people_[author - 1].tls; }
  const crypto::SigningKey& device_key(uint32_t author) const { return people_[author - 1].device; }
  ReplicaOptions Options() const;

  // A statement signed on top of the log as it is.
  wire::SignedStatement Sign(uint32_t author, const ledger::Statement& statement,
                             std::vector<ledger::BlobRef> blobs = {});
  // The next of an endless row of statements. Some are admitted, most are refused: both are kept.
  ledger::Statement NextStatement();

  RawEntry EntryOf(const wire::SignedStatement& statement);
  void Append(RawEntry entry);
  wire::SignedStatement Say(uint32_t author, const ledger::Statement& statement);
  // `count` statements of all authors.
  void Grow(size_t count);
  wire::SignedStatement Found();

  uint64_t size() const { return tree_.size(); }
  const log::Tree& tree() const { return tree_; }
  const std::vector<RawEntry>& entries() const { return entries_; }
  std::span<const RawEntry> From(uint64_t index) const {
    return std::span<const RawEntry>(entries_).subspan(index);
  }
  std::span<const RawEntry> Range(uint64_t begin, uint64_t end) const {
    return From(begin).first(end - begin);
  }

  crypto::Bytes Note() const { return NoteAt(size()); }
  crypto::Bytes NoteAt(uint64_t size) const;
  crypto::Bytes NoteOf(uint64_t size, const crypto::Digest& root) const;

 private:
  struct Person {
    crypto::SigningKey signing;
    crypto::SigningKey tls;
    crypto::WrapKey wrap;
    crypto::SigningKey device;
    crypto::SigningKey witness;
  };
  ledger::Charter MakeCharter();

  crypto::SeededRandom random_;
  std::vector<Person> people_;
  crypto::Secret key_;
  crypto::SigningKey log_key_;
  ledger::Charter charter_;
  crypto::Bytes charter_bytes_;
  ledger::OrganisationId organisation_;
  log::Tree tree_;
  std::vector<RawEntry> entries_;
  uint64_t said_ = 0;
};

template <typename T>
T Must(absl::StatusOr<T> value) {
  if (!value.ok()) {
    fprintf(stderr, "%s\n", value.status().ToString().c_str());
    abort();
  }
  return *std::move(value);
}

}  // namespace quorate::replica::testing

#endif  // QUORATE_TESTS_REPLICA_TEST_LOG_H_
