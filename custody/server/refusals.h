#ifndef QUORATE_CUSTODY_SERVER_REFUSALS_H_
#define QUORATE_CUSTODY_SERVER_REFUSALS_H_

#include <string_view>

#include "absl/status/status.h"

// The refusals of proto/quorate/log/v1/log.proto that more than one file gives.
namespace quorate::server {

// A request that no program of this version sends.
absl::Status Invalid(std::string_view reason, std::string_view what);
absl::Status Malformed();
absl::Status NotAMember();
absl::Status PastTheEnd();
absl::Status Stopping();
absl::Status WrongWriteToken();
absl::Status Damaged(std::string_view what);

// The store's errors in the words of the protocol: a full disk is DISK_FULL, and what only a fault
// in the server or another hand on its file can cause is STORE_DAMAGED.
absl::Status FromStore(const absl::Status& status);

}  // namespace quorate::server

#endif  // QUORATE_CUSTODY_SERVER_REFUSALS_H_
