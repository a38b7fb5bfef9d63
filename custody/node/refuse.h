#ifndef QUORATE_CUSTODY_NODE_REFUSE_H_
#define QUORATE_CUSTODY_NODE_REFUSE_H_

#include <string>

#include "absl/status/status.h"
#include "custody/base/error_info.h"
#include "custody/ledger/refusal.h"

namespace quorate::node {

// FailedPrecondition with the reason that the ledger would give, before a statement is sent that it
// would refuse. `next` says what to do.
inline absl::Status Refuse(ledger::RefusalCode code, const std::string& next) {
  return base::MakeError(absl::StatusCode::kFailedPrecondition, ledger::RefusalName(code),
                         ledger::RefusalReason(code), next);
}

}  // namespace quorate::node

#endif  // QUORATE_CUSTODY_NODE_REFUSE_H_
