#ifndef QUORATE_CUSTODY_WIRE_GRPC_STATUS_H_
#define QUORATE_CUSTODY_WIRE_GRPC_STATUS_H_

#include <cstddef>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "grpcpp/support/status.h"

// The one place where absl::Status and grpc::Status meet. Reason, culprit and next step
// (custody/base/error_info.h) travel as an ErrorInfo in the status's binary details. Thread-safe.
namespace quorate::wire {

inline constexpr size_t kMaxPeerTextBytes = 300;
inline constexpr size_t kMaxPeerReasonBytes = 64;

[[nodiscard]] grpc::Status ToGrpcStatus(const absl::Status& status);

// A peer's words: the message and next step are cut to kMaxPeerTextBytes and lose control and
// formatting characters and whatever is not UTF-8; a reason that is not UPPER_SNAKE_CASE, a culprit
// that is not a short lower-case word or number, and details that are not an ErrorInfo are dropped.
// A code that is not one of gRPC's is Unknown. What is left is still the peer's claim.
[[nodiscard]] absl::Status FromGrpcStatus(const grpc::Status& status);

// Text from a peer made fit to show: see above.
[[nodiscard]] std::string SanitisePeerText(std::string_view text, size_t max_bytes);

}  // namespace quorate::wire

#endif  // QUORATE_CUSTODY_WIRE_GRPC_STATUS_H_
