#ifndef QUORATE_CUSTODY_BASE_ERROR_INFO_H_
#define QUORATE_CUSTODY_BASE_ERROR_INFO_H_

#include <string>
#include <string_view>

#include "absl/status/status.h"

namespace quorate::base {

// Typed details on an absl::Status, carried as payloads so that they outlive every return: what a
// program may switch on (reason), who is to blame (culprit) and what a person does next (next).
// None of them may hold secret bytes, nor bytes that a peer chose.

// An error with a reason, UPPER_SNAKE_CASE and stable, a message that says what happened, and the
// next step for the person. `code` must not be OK.
[[nodiscard]] absl::Status MakeError(absl::StatusCode code, std::string_view reason,
                                     std::string_view message, std::string_view next);

// `status` with the name of who caused it: an organiser's id or a fixed word such as "server". An
// OK status stays as it is.
[[nodiscard]] absl::Status WithCulprit(absl::Status status, std::string_view culprit);

// `status` with another next step. An OK status stays as it is.
[[nodiscard]] absl::Status WithNext(absl::Status status, std::string_view next);

// Each is empty where the status does not carry it.
[[nodiscard]] std::string GetReason(const absl::Status& status);
[[nodiscard]] std::string GetCulprit(const absl::Status& status);
[[nodiscard]] std::string GetNext(const absl::Status& status);

// {"code":"...","reason":"...","culprit":"...","message":"...","next":"..."} on one line; members
// that are empty are left out. Control characters, quotes and bytes outside ASCII that are not
// valid UTF-8 are escaped, so it is JSON whatever the message holds.
[[nodiscard]] std::string ErrorJson(const absl::Status& status);

}  // namespace quorate::base

#endif  // QUORATE_CUSTODY_BASE_ERROR_INFO_H_
