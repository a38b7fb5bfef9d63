#ifndef QUORATE_TESTS_SIMULATION_SCENARIO_H_
#define QUORATE_TESTS_SIMULATION_SCENARIO_H_

#include <cstdint>
#include <optional>
#include <string>

namespace quorate::simulation {

// What came of a run: absent where everything held, else the first thing that did not.
using Verdict = std::optional<std::string>;

// Found, generate the key, deposit, ask, approve with 3 of 5, open, close. Nothing goes wrong.
Verdict RunHappyPath(bool verbose);

// The same amid everything that Faults::Chaos brings and people who act at random; then the world
// is healed and must come to rest with all of it working.
Verdict RunSeed(uint64_t seed, bool verbose);

}  // namespace quorate::simulation

#endif  // QUORATE_TESTS_SIMULATION_SCENARIO_H_
