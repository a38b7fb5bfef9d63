#ifndef QUORATE_TESTS_SIMULATION_HOSTILE_SERVER_H_
#define QUORATE_TESTS_SIMULATION_HOSTILE_SERVER_H_

#include <cstdint>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "tests/simulation/world.h"

namespace quorate::simulation {

// A server that does to its log and its clients what it can without anybody's keys but the log's:
// drops, delays, reorders and refuses statements (and logs some that it said it refused), serves
// altered and cut pages, dates entries as it likes, and logs what nobody signed. World::Heal puts
// an honest one in its place, with the same log.
class HostileServer {
 public:
  // Takes the world's server over. Outlives the world's last step.
  HostileServer(World& world, Dice dice);

 private:
  std::optional<absl::Status> OnSubmit(Host& host, const node::Submit& submit);
  void OnPage(LogServer::Page& page);
  void LogSomethingForeign();
  void ReleaseOneHeld();

  World& world_;
  Dice dice_;
  uint32_t drop_ = 0;  // Chances are per mille.
  uint32_t hold_ = 0;
  uint32_t lie_ = 0;  // Logs it and says that it did not.
  uint32_t alter_ = 0;
  uint32_t cut_ = 0;
  uint32_t foreign_ = 0;
  uint32_t back_date_ = 0;
  uint32_t forward_date_ = 0;
  std::set<uint32_t> unwanted_;
  std::vector<std::pair<uint32_t, node::Submit>> held_;
};

}  // namespace quorate::simulation

#endif  // QUORATE_TESTS_SIMULATION_HOSTILE_SERVER_H_
