#ifndef QUORATE_CUSTODY_NODE_DAEMON_PROTECTION_H_
#define QUORATE_CUSTODY_NODE_DAEMON_PROTECTION_H_

#include <string>

#include "custody/ledger/state.h"

// Whether the log shows that an account is protected by being here: that its password is a later
// one than the first deposited, that somebody has confirmed it, and that it was not shown since.
// What was done at the platform the log cannot show.
namespace quorate::node {

// Why it is not, in a sentence; empty where it is, or where it has no password.
[[nodiscard]] std::string NotProtected(const ledger::Account& account);

// All accounts that are not.
struct Unprotected {
  std::string names;  // With commas between.
  std::string first;  // Empty where there is none.
};
[[nodiscard]] Unprotected FindUnprotected(const ledger::State& state);

}  // namespace quorate::node

#endif  // QUORATE_CUSTODY_NODE_DAEMON_PROTECTION_H_
