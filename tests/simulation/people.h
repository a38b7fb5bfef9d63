#ifndef QUORATE_TESTS_SIMULATION_PEOPLE_H_
#define QUORATE_TESTS_SIMULATION_PEOPLE_H_

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "tests/simulation/world.h"

namespace quorate::simulation {

// What people do at their machines, each a command or a few. An error is what the person would see.
// Commands that need a machine that is up fail with Unavailable where it is not.

absl::StatusOr<ledger::StatementId> Deposit(Host& host, const std::string& account);
absl::StatusOr<ledger::StatementId> Ask(Host& host, const std::string& account,
                                        const std::vector<uint32_t>& recipients = {});
absl::Status Approve(World& world, Host& host, const ledger::LeafHash& request);
absl::Status Deny(World& world, Host& host, const ledger::LeafHash& request);
absl::Status Withdraw(World& world, Host& host, const ledger::LeafHash& request);
absl::StatusOr<ledger::StatementId> RaiseAlarm(Host& host, const std::string& account);
// Lifts the alarms that the person's own node shows.
absl::StatusOr<ledger::StatementId> LiftAlarms(Host& host, const std::string& account);
// Opens, decrypts, and compares with what was deposited: a difference breaks an invariant.
absl::Status OpenAndCompare(World& world, Host& host, const ledger::LeafHash& request);

// What Deposit encrypts under a label; different for every label.
std::string PlaintextOf(const crypto::ItemLabel& label);

// The request that this statement of the host's made, once it is admitted.
std::optional<ledger::LeafHash> RequestOf(const Host& host, const ledger::StatementId& id);

// People who do all of it at random times, changing their minds.
class RandomPeople {
 public:
  explicit RandomPeople(World& world) : world_(world) {}
  // For World::EachTick.
  void Act(Host& host);
  size_t opened() const { return opened_; }
  // Requests that were opened and compared.

 private:
  void ActOnAlarms(Host& host, const std::string& account);
  void ActOnRequest(Host& host, const ledger::RequestRecord& request);
  World& world_;
  size_t opened_ = 0;
};

}  // namespace quorate::simulation

#endif  // QUORATE_TESTS_SIMULATION_PEOPLE_H_
