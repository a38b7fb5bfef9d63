#ifndef QUORATE_CLIENT_AUDIT_SERVER_SOURCE_H_
#define QUORATE_CLIENT_AUDIT_SERVER_SOURCE_H_

#include <memory>

#include "absl/status/statusor.h"
#include "client/audit/log_source.h"
#include "custody/keystore/keystore.h"
#include "custody/keystore/organisation_record.h"

namespace quorate::audit {

// The log as the organisation's server hands it out, over TLS to the pinned certificate and with
// the person's own. Connects at the first call; every call ends by net::kUnaryDeadline, and
// a busy server is asked again for a minute. Needs net::PrepareTransport. Errors as
// net::ServerChannel, and Internal where the person's own certificate cannot be used. `keystore`
// outlives it.
[[nodiscard]] absl::StatusOr<std::unique_ptr<LogSource>> OpenServer(
    const keystore::Keystore& keystore, const keystore::OrganisationRecord& record);

}  // namespace quorate::audit

#endif  // QUORATE_CLIENT_AUDIT_SERVER_SOURCE_H_
