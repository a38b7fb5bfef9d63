#ifndef QUORATE_TESTS_SIMULATION_MUST_H_
#define QUORATE_TESTS_SIMULATION_MUST_H_

#include <cstdio>
#include <cstdlib>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace quorate::simulation {

// Ends the program where the simulation's own scaffolding fails: there is nothing to test then.
[[noreturn]] inline void Die(const std::string& what) {
  std::fprintf(stderr, "simulation scaffolding: %s\n", what.c_str());
  std::abort();
}
inline void Must(const absl::Status& status) {
  if (!status.ok()) Die(std::string(status.message()));
}
template <typename T>
T Must(absl::StatusOr<T> value) {
  Must(value.status());
  return *std::move(value);
}

}  // namespace quorate::simulation

#endif  // QUORATE_TESTS_SIMULATION_MUST_H_
