#ifndef QUORATE_TESTS_SIMULATION_SCENARIO_H_
#define QUORATE_TESTS_SIMULATION_SCENARIO_H_

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "tests/simulation/world.h"

namespace quorate::simulation {

// What came of a run: absent where everything held, else the first thing that did not.
using Verdict = std::optional<std::string>;

struct Run {
  Verdict verdict;
  uint64_t trace = 0;  // Of every step that any node took: equal for equal seeds.
};

// Seed 0: found, generate the key, deposit, ask, approve with 3 of 5, open, close; nothing goes
// wrong. Any other: the same amid people who act at random and, by the seed,
//   * everything that Faults::Chaos brings,
//   * up to k-1 corrupt organisers,
//   * a hostile server,
//   * a fork of the log, or an old backup of the server's or a node's disk.
// Then the world is healed and must come to rest with all of it working, wherever that can be.
Run RunSeed(uint64_t seed, bool verbose);

// Seed 0 with something planted in its world before it begins.
Verdict RunPlanted(const std::function<void(World&)>& plant, bool verbose);

// Breaks each invariant once. True where every one was noticed; prints which were not.
bool RunSelfTest(bool verbose);

}  // namespace quorate::simulation

#endif  // QUORATE_TESTS_SIMULATION_SCENARIO_H_
