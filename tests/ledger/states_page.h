#ifndef QUORATE_TESTS_LEDGER_STATES_PAGE_H_
#define QUORATE_TESTS_LEDGER_STATES_PAGE_H_

#include <string>

namespace quorate::ledger::testing {

// docs/states.md, from custody/ledger/state_table.h.
std::string StatesPage();

}  // namespace quorate::ledger::testing

#endif  // QUORATE_TESTS_LEDGER_STATES_PAGE_H_
