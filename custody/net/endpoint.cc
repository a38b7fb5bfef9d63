#include "custody/net/endpoint.h"

#include <arpa/inet.h>

#include <algorithm>
#include <charconv>
#include <optional>

#include "custody/base/error_info.h"

namespace quorate::net {
namespace {

constexpr size_t kMaxHostBytes = 253;
constexpr size_t kMaxLabelBytes = 63;

bool IsLabel(std::string_view label) {
  auto is_letter_or_digit = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); };
  return !label.empty() && label.size() <= kMaxLabelBytes && label.front() != '-' &&
         label.back() != '-' && std::all_of(label.begin(), label.end(), [&](char c) {
           return is_letter_or_digit(c) || c == '-';
         });
}

// A DNS name or a dotted IPv4 address. A name of digits and dots alone must be an address, or
// resolvers read it as one of the old short forms.
bool IsName(std::string_view host) {
  if (host.empty() || host.size() > kMaxHostBytes) return false;
  if (host.find_first_not_of("0123456789.") == std::string_view::npos) {
    in_addr address;
    return inet_pton(AF_INET, std::string(host).c_str(), &address) == 1;
  }
  size_t start = 0;
  while (true) {
    size_t dot = host.find('.', start);
    if (!IsLabel(host.substr(start, dot - start))) return false;
    if (dot == std::string_view::npos) return true;
    start = dot + 1;
  }
}

// In the one spelling that the system itself would give (RFC 5952).
bool IsIpv6(std::string_view host) {
  in6_addr address;
  if (inet_pton(AF_INET6, std::string(host).c_str(), &address) != 1) return false;
  char text[INET6_ADDRSTRLEN];
  return inet_ntop(AF_INET6, &address, text, sizeof text) != nullptr && host == text;
}

std::optional<uint16_t> ParsePort(std::string_view text) {
  if (text.empty() || text.size() > 5 || (text.size() > 1 && text.front() == '0')) {
    return std::nullopt;
  }
  uint32_t port = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (error != std::errc() || end != text.data() + text.size() || port > 65535) return std::nullopt;
  return static_cast<uint16_t>(port);
}

}  // namespace

absl::StatusOr<Endpoint> ParseEndpoint(std::string_view text, bool port_may_be_zero) {
  const absl::Status bad = base::MakeError(
      absl::StatusCode::kInvalidArgument, "BAD_ENDPOINT", "this is not a host and a port",
      "write host:port with a lower-case name or an address, such as custody.example.org:7443 or "
      "[::1]:7443");
  size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return bad;
  std::string_view host = text.substr(0, colon);
  std::optional<uint16_t> port = ParsePort(text.substr(colon + 1));
  if (!port.has_value() || (*port == 0 && !port_may_be_zero)) return bad;
  if (host.size() >= 2 && host.front() == '[' && host.back() == ']') {
    host = host.substr(1, host.size() - 2);
    if (!IsIpv6(host)) return bad;
  } else if (!IsName(host)) {
    return bad;
  }
  return Endpoint{std::string(host), *port};
}

std::string FormatEndpoint(const Endpoint& endpoint) {
  const bool is_ipv6 = endpoint.host.find(':') != std::string::npos;
  return (is_ipv6 ? "[" + endpoint.host + "]" : endpoint.host) + ":" +
         std::to_string(endpoint.port);
}

}  // namespace quorate::net
