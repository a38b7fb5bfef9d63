#ifndef QUORATE_CUSTODY_NODE_DAEMON_SERVICE_UTIL_H_
#define QUORATE_CUSTODY_NODE_DAEMON_SERVICE_UTIL_H_

#include <grpcpp/server_context.h>

#include <algorithm>
#include <charconv>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "custody/base/error_info.h"
#include "custody/node/daemon/runtime.h"
#include "custody/wire/grpc_status.h"
#include "quorate/node/v1/node.grpc.pb.h"

namespace quorate::node {

// The answer of a method: its message, or the error as gRPC carries it.
template <typename Message>
grpc::Status Answer(absl::StatusOr<Message> result, Message* response) {
  if (!result.ok()) return wire::ToGrpcStatus(result.status());
  *response = *std::move(result);
  return grpc::Status::OK;
}

// The passphrase that came sealed to one of this node's sessions.
inline absl::StatusOr<crypto::Secret> OpenSealed(Runtime& runtime, const v1::SealedSecret& sealed) {
  return runtime.OpenSealed(crypto::AsBytes(sealed.session_id()), crypto::AsBytes(sealed.sealed()));
}

inline constexpr int32_t kDefaultPage = 100;
inline constexpr int32_t kLargestPage = 1000;

// One page of `all`. The token is the place of the first element that is not on it.
template <typename T>
absl::StatusOr<std::vector<T>> Page(std::vector<T> all, int32_t page_size,
                                    const std::string& page_token, std::string* next_token) {
  size_t from = 0;
  if (!page_token.empty()) {
    const char* end = page_token.data() + page_token.size();
    auto [rest, error] = std::from_chars(page_token.data(), end, from);
    if (error != std::errc() || rest != end || from > all.size()) {
      return base::MakeError(absl::StatusCode::kInvalidArgument, "BAD_PAGE_TOKEN",
                             "that is not a page of this list", "list from the start again");
    }
  }
  if (page_size < 0) {
    return base::MakeError(absl::StatusCode::kInvalidArgument, "BAD_PAGE_SIZE",
                           "a page cannot be smaller than nothing", "use 0 for the default");
  }
  const size_t size =
      static_cast<size_t>(page_size == 0 ? kDefaultPage : std::min(page_size, kLargestPage));
  const size_t to = std::min(all.size(), from + size);
  next_token->clear();
  if (to < all.size()) *next_token = std::to_string(to);
  return std::vector<T>(std::make_move_iterator(all.begin() + static_cast<std::ptrdiff_t>(from)),
                        std::make_move_iterator(all.begin() + static_cast<std::ptrdiff_t>(to)));
}

}  // namespace quorate::node

#endif  // QUORATE_CUSTODY_NODE_DAEMON_SERVICE_UTIL_H_
