#ifndef QUORATE_CUSTODY_NET_TRANSPORT_H_
#define QUORATE_CUSTODY_NET_TRANSPORT_H_

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

#include "absl/time/time.h"

// What every program sets up before it touches gRPC, and the numbers that both ends share.
namespace quorate::net {

inline constexpr size_t kMaxMessageBytes = size_t{10} << 20;
// The server sends something on every stream at least this often.
inline constexpr absl::Duration kHeartbeat = absl::Seconds(30);
// A stream that is silent for this long is dead: end it and connect again.
inline constexpr absl::Duration kStreamSilenceLimit = absl::Seconds(75);
inline constexpr absl::Duration kUnaryDeadline = absl::Seconds(30);

// Lines that gRPC would print, made fit to print: no control characters, at most 300 bytes.
using TransportLog = std::function<void(std::string_view line)>;

// First thing in main(), before other threads and before anything of gRPC: makes TLS 1.2 fail (the
// library cannot be told a minimum version, but with only Ed25519 certificates and only an RSA
// cipher suite for 1.2, 1.3 alone remains) and takes gRPC's messages off standard error. `log` gets
// errors, at most 20 lines a minute, and then how many were left out; empty drops them. Calling it
// again replaces `log`.
void PrepareTransport(TransportLog log = {});

// What this folder calls before it makes anything of gRPC. Without it the library shuts down with
// its last object and now and then waits ten seconds for a thread of its own; with it, it goes with
// the process. Starts threads where none run yet.
void KeepTransportUp();

}  // namespace quorate::net

#endif  // QUORATE_CUSTODY_NET_TRANSPORT_H_
