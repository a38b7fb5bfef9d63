#ifndef QUORATE_CUSTODY_NET_ENDPOINT_H_
#define QUORATE_CUSTODY_NET_ENDPOINT_H_

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace quorate::net {

// Where a server listens or is reached.
struct Endpoint {
  std::string host;  // A DNS name in lower case, an IPv4 address, or an IPv6 address unbracketed.
  uint16_t port = 0;
  bool operator==(const Endpoint&) const = default;
};

// "host:port" with IPv6 addresses in brackets; the port in decimal without leading zeros, from 1,
// or from 0 where `port_may_be_zero` (a listener takes any free port then). Strict: FormatEndpoint
// gives back the same text. InvalidArgument with reason BAD_ENDPOINT.
[[nodiscard]] absl::StatusOr<Endpoint> ParseEndpoint(std::string_view text,
                                                     bool port_may_be_zero = false);
[[nodiscard]] std::string FormatEndpoint(const Endpoint& endpoint);

}  // namespace quorate::net

#endif  // QUORATE_CUSTODY_NET_ENDPOINT_H_
