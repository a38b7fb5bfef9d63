#ifndef QUORATE_TESTS_HOSTILE_HOLDER_H_
#define QUORATE_TESTS_HOSTILE_HOLDER_H_

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "crypto/random.h"
#include "custody/base/clock.h"
#include "custody/keystore/organisation_record.h"
#include "custody/node/daemon/server_client.h"
#include "custody/node/node.h"
#include "custody/store/node_store.h"
#include "tests/hostile/answer.h"
#include "tests/simulation/forge.h"

namespace quorate::hostile {

// An organiser's node whose person cheats: the real core, store, keys and connection, and whatever
// a line of standard input says. The core has its part in key generation, but for its dealing in
// the first vault. One thread; polls the server.
class Holder {
 public:
  // Takes over a home that nobody else has open, of an organiser in a founded organisation.
  [[nodiscard]] static absl::StatusOr<std::unique_ptr<Holder>> Take(
      const keystore::Home& home, const crypto::Secret& passphrase);

  // One look at the server: what is new is applied, what the core wants done is done.
  absl::Status Poll();
  // Does what the line says; its answer says what the server answered ("server": OK or a reason)
  // and, once the log shows it, "outcome": "admitted" or the refusal's name.
  Answer Do(const Line& line);

 private:
  struct Said {
    wire::SignedStatement statement;
    std::vector<crypto::Bytes> blobs;
  };

  Holder(keystore::Keystore keystore, keystore::PersonKeys person,
         keystore::OrganisationRecord record);

  absl::Status Step(const node::Event& event);
  absl::Status Carry(const node::Action& action);
  bool IsHeldBack(const node::Submit& submit) const;
  Answer Report() const;
  Answer Submit(const Said& said);
  absl::Status Await(const ledger::StatementId& id, Answer& answer);
  absl::StatusOr<Answer> Dispatch(const Line& line);

  // statements.cc: each makes what the line asks for.
  absl::StatusOr<Said> Make(const Line& line);
  absl::StatusOr<Said> MakeDealing(const Line& line);
  absl::StatusOr<Said> MakeWord(const Line& line, const std::string& what);
  absl::StatusOr<Said> MakeRequest(const Line& line);
  absl::StatusOr<Said> MakeShares(const Line& line);
  absl::StatusOr<Said> MakeDeposit(const Line& line);
  absl::StatusOr<Said> MakeBytes(const Line& line);
  absl::StatusOr<Said> MakeReplay(const Line& line);
  absl::StatusOr<Said> MakeRules(const Line& line);
  absl::StatusOr<Said> Statement(const Line& line, const ledger::Statement& statement,
                                 std::vector<crypto::Bytes> blobs = {});
  absl::StatusOr<const ledger::RequestRecord*> RequestOf(const Line& line, const char* key) const;
  ledger::StatementId IdFor(const Line& line);
  absl::StatusOr<std::vector<crypto::Bytes>> Fetch(const std::vector<crypto::Digest>& digests);
  simulation::Forger forger();

  base::SystemClock clock_;
  crypto::SystemRandom random_;
  const keystore::Keystore keystore_;
  const keystore::PersonKeys person_;
  keystore::OrganisationRecord record_;
  ledger::OrganisationId organisation_;
  std::unique_ptr<base::NodeStoreInterface> store_;
  std::unique_ptr<node::ServerClient> client_;
  std::unique_ptr<node::Node> node_;
  std::optional<ledger::StatementId> last_id_;
};

}  // namespace quorate::hostile

#endif  // QUORATE_TESTS_HOSTILE_HOLDER_H_
