#include "custody/net/tcp_listener.h"

#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <map>
#include <utility>
#include <vector>

#include "custody/base/error_info.h"
#include "custody/base/status_macros.h"
#include "custody/net/descriptor.h"
#include "custody/net/endpoint.h"

namespace quorate::net {
namespace {

constexpr int kBacklog = 1024;
// What the process needs for everything else.
constexpr rlim_t kOtherDescriptors = 256;
// When the process runs out of descriptors, accepting again at once would only spin.
constexpr int kRetryMs = 100;
// A peer that acknowledges nothing for so long is gone: as long as gRPC waits for its pings.
constexpr unsigned kUserTimeoutMs = 15'000;

using Addresses = std::unique_ptr<addrinfo, decltype(&freeaddrinfo)>;
// Whose connection it is: the first bytes of an IPv6 address, or all of an IPv4 address.
using Origin = std::array<uint8_t, 8>;

absl::Status CannotListen(const std::string& address) {
  return base::MakeError(absl::StatusCode::kUnavailable, "CANNOT_LISTEN",
                         "the server cannot listen on " + address,
                         "choose another port, or end the program that has it");
}

Origin OriginOf(const sockaddr_storage& address) {
  Origin origin{};
  if (address.ss_family == AF_INET) {
    const auto& v4 = reinterpret_cast<const sockaddr_in&>(address);
    std::memcpy(origin.data(), &v4.sin_addr, sizeof v4.sin_addr);
  } else if (address.ss_family == AF_INET6) {
    const in6_addr& v6 = reinterpret_cast<const sockaddr_in6&>(address).sin6_addr;
    const bool mapped = IN6_IS_ADDR_V4MAPPED(&v6);
    std::memcpy(origin.data(), v6.s6_addr + (mapped ? 12 : 0), mapped ? 4 : origin.size());
  }
  return origin;
}

uint16_t PortOf(int fd) {
  sockaddr_storage address{};
  socklen_t size = sizeof address;
  if (getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size) != 0) return 0;
  return ntohs(address.ss_family == AF_INET6
                   ? reinterpret_cast<const sockaddr_in6&>(address).sin6_port
                   : reinterpret_cast<const sockaddr_in&>(address).sin_port);
}

Descriptor Bind(const addrinfo& address, uint16_t port) {
  Descriptor fd(socket(address.ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!fd.valid()) return fd;
  sockaddr_storage bound{};
  std::memcpy(&bound, address.ai_addr, address.ai_addrlen);
  if (address.ai_family == AF_INET6) {
    reinterpret_cast<sockaddr_in6&>(bound).sin6_port = htons(port);
  } else {
    reinterpret_cast<sockaddr_in&>(bound).sin_port = htons(port);
  }
  const int one = 1;
  const int zero = 0;
  setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
  // Connections have these from their listener.
  setsockopt(fd.get(), IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  setsockopt(fd.get(), IPPROTO_TCP, TCP_USER_TIMEOUT, &kUserTimeoutMs, sizeof kUserTimeoutMs);
  if (address.ai_family == AF_INET6) {
    const bool any = IN6_IS_ADDR_UNSPECIFIED(&reinterpret_cast<sockaddr_in6&>(bound).sin6_addr);
    setsockopt(fd.get(), IPPROTO_IPV6, IPV6_V6ONLY, any ? &zero : &one, sizeof one);
  }
  if (bind(fd.get(), reinterpret_cast<const sockaddr*>(&bound), address.ai_addrlen) != 0 ||
      listen(fd.get(), kBacklog) != 0) {
    return Descriptor(-1);
  }
  return fd;
}

// One for each address of the host. With port 0 all have the port that the first one gets.
std::vector<Descriptor> BindAll(const std::string& host, uint16_t port) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_PASSIVE;
  addrinfo* found = nullptr;
  std::vector<Descriptor> out;
  if (getaddrinfo(host.c_str(), nullptr, &hints, &found) != 0) return out;
  const Addresses addresses(found, &freeaddrinfo);
  for (const addrinfo* address = found; address != nullptr; address = address->ai_next) {
    Descriptor fd = Bind(*address, port);
    if (!fd.valid()) return {};
    if (port == 0) port = PortOf(fd.get());
    out.push_back(std::move(fd));
  }
  return out;
}

size_t Possible(size_t wanted) {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY) return wanted;
  const rlim_t left = limit.rlim_cur > kOtherDescriptors ? limit.rlim_cur - kOtherDescriptors : 1;
  return std::min<size_t>(wanted, left);
}

// Who holds how many of the connections that were handed over. Nobody says when one is closed, so
// whoever is at a bound is counted anew: a descriptor that is another file, or none, has ended.
class Places {
 public:
  explicit Places(const TcpListener::Bounds& bounds)
      : most_(Possible(bounds.connections)), most_per_origin_(bounds.connections_per_address) {}

  bool Take(int fd, const Origin& origin) {
    struct stat info {};
    if (fstat(fd, &info) != 0) return false;
    Forget(fd);
    if (counts_[origin] >= most_per_origin_) CountAnew(&origin);
    if (held_.size() >= most_) CountAnew(nullptr);
    if (counts_[origin] >= most_per_origin_ || held_.size() >= most_) {
      if (counts_[origin] == 0) counts_.erase(origin);
      return false;
    }
    held_.emplace(fd, Held{info.st_ino, origin});
    ++counts_[origin];
    return true;
  }

 private:
  struct Held {
    ino_t inode;
    Origin origin;
  };

  void Forget(int fd) {
    auto found = held_.find(fd);
    if (found != held_.end()) Erase(found);
  }
  std::map<int, Held>::iterator Erase(std::map<int, Held>::iterator at) {
    if (--counts_[at->second.origin] == 0) counts_.erase(at->second.origin);
    return held_.erase(at);
  }
  void CountAnew(const Origin* origin) {
    for (auto at = held_.begin(); at != held_.end();) {
      struct stat info {};
      const bool ours = origin == nullptr || at->second.origin == *origin;
      const bool ended = ours && (fstat(at->first, &info) != 0 || info.st_ino != at->second.inode);
      at = ended ? Erase(at) : std::next(at);
    }
  }

  const size_t most_;
  const size_t most_per_origin_;
  std::map<int, Held> held_;
  std::map<Origin, size_t> counts_;
};

}  // namespace

struct TcpListener::State {
  State(std::vector<Descriptor> listening, Descriptor stopping, const Bounds& bounds)
      : listeners(std::move(listening)), stop(std::move(stopping)), places(bounds) {}

  void Run() {
    std::vector<pollfd> fds;
    for (const Descriptor& listener : listeners) fds.push_back({listener.get(), POLLIN, 0});
    fds.push_back({stop.get(), POLLIN, 0});
    while (true) {
      if (poll(fds.data(), fds.size(), -1) < 0 && errno != EINTR) return;
      if (fds.back().revents != 0) return;
      for (size_t i = 0; i + 1 < fds.size(); ++i) {
        if (fds[i].revents != 0 && !AcceptOne(fds[i].fd)) poll(&fds.back(), 1, kRetryMs);
      }
    }
  }

  // False where the process has nothing left to accept with.
  bool AcceptOne(int listener) {
    sockaddr_storage from{};
    socklen_t size = sizeof from;
    Descriptor connection(
        accept4(listener, reinterpret_cast<sockaddr*>(&from), &size, SOCK_CLOEXEC | SOCK_NONBLOCK));
    if (!connection.valid()) {
      return errno != EMFILE && errno != ENFILE && errno != ENOMEM && errno != ENOBUFS;
    }
    if (places.Take(connection.get(), OriginOf(from))) {
      accept(listener, connection.release());
    } else {
      refused.fetch_add(1);
    }
    return true;
  }

  const std::vector<Descriptor> listeners;
  const Descriptor stop;
  Places places;  // The thread's.
  Accept accept;
  std::atomic<uint64_t> refused = 0;
};

absl::StatusOr<std::unique_ptr<TcpListener>> TcpListener::Listen(const std::string& address,
                                                                 const Bounds& bounds) {
  QUORATE_ASSIGN_OR_RETURN(const Endpoint endpoint, ParseEndpoint(address, true));
  std::vector<Descriptor> listeners;
  if (endpoint.host == "0.0.0.0") listeners = BindAll("::", endpoint.port);
  if (listeners.empty()) listeners = BindAll(endpoint.host, endpoint.port);
  Descriptor stop(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (listeners.empty() || !stop.valid()) return CannotListen(address);
  return std::unique_ptr<TcpListener>(
      new TcpListener(std::make_unique<State>(std::move(listeners), std::move(stop), bounds)));
}

TcpListener::TcpListener(std::unique_ptr<State> state) : state_(std::move(state)) {}

void TcpListener::Start(Accept accept) {
  state_->accept = std::move(accept);
  thread_ = std::thread([this] { state_->Run(); });
}

TcpListener::~TcpListener() {
  if (!thread_.joinable()) return;
  const uint64_t one = 1;
  // An eventfd with room cannot fail to take this.
  [[maybe_unused]] ssize_t written = write(state_->stop.get(), &one, sizeof one);
  thread_.join();
}

uint16_t TcpListener::port() const { return PortOf(state_->listeners.front().get()); }

uint64_t TcpListener::refused() const { return state_->refused.load(); }

}  // namespace quorate::net
