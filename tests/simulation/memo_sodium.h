#ifndef QUORATE_TESTS_SIMULATION_MEMO_SODIUM_H_
#define QUORATE_TESTS_SIMULATION_MEMO_SODIUM_H_

namespace quorate::simulation {

// Forgets what this thread has computed. A program that links memo_sodium.cc remembers every
// signature and multiplication, secret ones too: for simulated people alone.
void ForgetSodium();

}  // namespace quorate::simulation

#endif  // QUORATE_TESTS_SIMULATION_MEMO_SODIUM_H_
