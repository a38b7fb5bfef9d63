// Prints docs/states.md.
#include <cstdio>
#include <string>

#include "tests/ledger/states_page.h"

int main() {
  std::string page = quorate::ledger::testing::StatesPage();
  return std::fwrite(page.data(), 1, page.size(), stdout) == page.size() ? 0 : 1;
}
