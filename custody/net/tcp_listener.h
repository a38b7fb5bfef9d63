#ifndef QUORATE_CUSTODY_NET_TCP_LISTENER_H_
#define QUORATE_CUSTODY_NET_TCP_LISTENER_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <thread>

#include "absl/status/statusor.h"

namespace quorate::net {

// Takes TCP connections and hands them on, no more than so many of all and of one address at a
// time: what is above is closed at once, so that strangers use up neither descriptors nor memory,
// and nobody holds all places from one machine. gRPC's own listener stops listening for good where
// the process runs out of descriptors; this one waits. Thread-safe.
class TcpListener {
 public:
  struct Bounds {
    // Fewer where the process may not open that many descriptors and 256 more.
    size_t connections = 4096;
    // An IPv4 address, or the first 64 bits of an IPv6 address.
    size_t connections_per_address = 512;
  };
  // Takes over `fd`, an accepted connection; on the listener's own thread. It is counted until
  // somebody closes it.
  using Accept = std::function<void(int listener_fd, int fd)>;

  // Listens on all addresses of "HOST:PORT"; 0.0.0.0 is every address, of IPv6 too where there is
  // any. InvalidArgument BAD_ENDPOINT, Unavailable CANNOT_LISTEN. Accepts nothing before Start.
  [[nodiscard]] static absl::StatusOr<std::unique_ptr<TcpListener>> Listen(
      const std::string& address, const Bounds& bounds);
  // Once.
  void Start(Accept accept);

  // Stops accepting. Connections that were handed over go on.
  ~TcpListener();
  TcpListener(const TcpListener&) = delete;
  TcpListener& operator=(const TcpListener&) = delete;

  uint16_t port() const;
  // Connections that were closed for a bound.
  uint64_t refused() const;

 private:
  struct State;
  explicit TcpListener(std::unique_ptr<State> state);

  std::unique_ptr<State> state_;
  std::thread thread_;
};

}  // namespace quorate::net

#endif  // QUORATE_CUSTODY_NET_TCP_LISTENER_H_
