#ifndef QUORATE_TESTS_LEDGER_BAD_DEALING_H_
#define QUORATE_TESTS_LEDGER_BAD_DEALING_H_

#include <cstdint>
#include <set>

#include "crypto/dealing.h"
#include "crypto/random.h"

namespace quorate::ledger::testing {

// As crypto::Deal for key generation, which makes no bad ones: passes every public check, but what
// is sealed to `victims` is noise, or a sub-share that is not on the polynomial.
crypto::Dealing BadDealing(const crypto::SharingContext& context, crypto::ShareIndex dealer,
                           const std::set<uint32_t>& victims, crypto::RandomSource& random);

}  // namespace quorate::ledger::testing

#endif  // QUORATE_TESTS_LEDGER_BAD_DEALING_H_
