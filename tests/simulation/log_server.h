#ifndef QUORATE_TESTS_SIMULATION_LOG_SERVER_H_
#define QUORATE_TESTS_SIMULATION_LOG_SERVER_H_

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "crypto/identity.h"
#include "custody/ledger/types.h"
#include "custody/log/note_key.h"
#include "custody/log/tree.h"
#include "custody/replica/replica.h"
#include "custody/wire/statement_seal.h"

namespace quorate::simulation {

// A model of the custody server: one log, its blobs, and a key that signs checkpoints. Honest
// unless a hook is set.
class LogServer {
 public:
  struct Page {
    uint64_t from = 0;
    crypto::Bytes note;
    std::vector<replica::RawEntry> entries;
  };

  explicit LogServer(crypto::SigningKey key) : key_(std::move(key)) {}

  const crypto::PublicSigningKey& log_key() const { return key_.public_key(); }

  // The first entry; names the organisation.
  void Begin(const ledger::OrganisationId& organisation, const ledger::Charter& charter,
             const wire::SignedStatement& founding, uint64_t now_ms);

  // Idempotent by (author, statement id). AlreadyExists for other bytes under a used id,
  // InvalidArgument for what nobody signed, FailedPrecondition where a blob is missing.
  absl::Status Append(const wire::SignedStatement& statement,
                      const std::vector<crypto::Bytes>& blobs, uint64_t now_ms);
  // Entries from `from` on and the newest checkpoint.
  Page Read(uint64_t from, uint64_t max_entries) const;
  // As above but as the log was at `size`.
  Page ReadAt(uint64_t from, uint64_t size) const;
  const crypto::Bytes* FindBlob(const crypto::Digest& digest) const;
  bool Has(ledger::OrganiserNumber author, const ledger::StatementId& id) const {
    return known_.contains({author, id});
  }
  uint64_t size() const { return tree_.size(); }
  // A note that this log's key signs over any root: what an honest server never does.
  crypto::Bytes SignNote(uint64_t size, const crypto::Digest& root) const;

  // Misbehaviour. Where `censor` says so, a statement is taken with a smile and dropped.
  std::function<bool(const ledger::Header&)> censor;
  // The time that it gives an entry, from the time that it is.
  std::function<uint64_t(uint64_t)> date;
  // Logs what no honest server would.
  void PushRaw(const crypto::Bytes& leaf, const crypto::Bytes& body);
  // An old backup is put back: forgets all entries from `size` on.
  void RollBack(uint64_t size);
  // Another server with the same log key and, up to now, the same log.
  void CopyFrom(const LogServer& other);
  const replica::RawEntry& entry(uint64_t index) const { return entries_.at(index); }

 private:
  void Push(const wire::SignedStatement& statement, const ledger::Header& header, uint64_t now_ms);

  crypto::SigningKey key_;
  std::optional<log::NoteKey> note_key_;
  ledger::OrganisationId organisation_;
  std::vector<crypto::PublicSigningKey> signers_;
  log::Tree tree_;
  std::vector<replica::RawEntry> entries_;
  std::map<std::pair<ledger::OrganiserNumber, ledger::StatementId>, crypto::Digest> known_;
  std::map<crypto::Digest, crypto::Bytes> blobs_;
  uint64_t last_time_ms_ = 0;
};

}  // namespace quorate::simulation

#endif  // QUORATE_TESTS_SIMULATION_LOG_SERVER_H_
