#ifndef QUORATE_TESTS_NODE_GROUP_H_
#define QUORATE_TESTS_NODE_GROUP_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "custody/node/node.h"
#include "tests/simulation/organisation.h"
#include "tests/simulation/people.h"
#include "tests/simulation/world.h"

namespace quorate::node {

// Organisers by number, as the simulation names them: 1 to 5 hold the vault, 6 has no share.
inline constexpr uint32_t kAna = 1, kBen = 2, kCem = 3, kDia = 4, kEva = 5, kFay = 6;

// A founded organisation whose vault has its key and whose account "page" (deposited by fay) is on
// the log. From then on nothing moves by itself: the test says which node reads, whose statements
// reach the server and when time passes.
class Group {
 public:
  explicit Group(const simulation::OrganisationSpec& spec = {});

  simulation::World& world() { return world_; }
  Node& node(uint32_t number) { return world_.host(number).node(); }
  base::MemoryNodeStore& store(uint32_t number) { return world_.host(number).store(); }
  static keystore::PersonKeys PersonOf(uint32_t number) {
    return simulation::People::Get().Unlock(number);
  }

  // What the node wants sent since the last call. It goes nowhere.
  std::vector<Submit> Take(uint32_t number);
  // The same; statements reach the server, wanted blobs come. What was sent.
  std::vector<Submit> Carry(uint32_t number);
  // The node reads all that the server has.
  absl::Status Read(uint32_t number);
  // Everybody reads and sends until nothing moves. No time passes.
  void Settle();
  void Pass(absl::Duration span) { world_.Sleep(span); }
  // The machine loses its power and starts again on what its disk holds.
  void Restart(uint32_t number, bool unlock = true);
  // Puts an older disk back and starts on it.
  void Restore(uint32_t number, const base::MemoryNodeStore::Image& image);

  // A request for the page, on the log and read by all.
  ledger::LeafHash Ask(uint32_t requester, const std::vector<uint32_t>& recipients = {});
  // An approval, on the log and read by all.
  void Approve(uint32_t number, const ledger::LeafHash& request);
  const ledger::RequestRecord& Truth(const ledger::LeafHash& request);

  // "approve", "deny", ...: what a submission says.
  std::string KindOf(const Submit& submit);
  std::vector<std::string> KindsOf(const std::vector<Submit>& submits);

 private:
  simulation::World world_;
};

}  // namespace quorate::node

#endif  // QUORATE_TESTS_NODE_GROUP_H_
