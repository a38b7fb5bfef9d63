#include "custody/net/tcp_listener.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include <memory>
#include <vector>

#include "absl/synchronization/mutex.h"
#include "custody/base/error_info.h"
#include "custody/net/descriptor.h"

namespace quorate::net {
namespace {

constexpr int kDeadlineMs = 20'000;

// A listener on the loopback whose connections a test holds.
class TcpListenerTest : public ::testing::Test {
 protected:
  void Listen(const TcpListener::Bounds& bounds) {
    auto listener = TcpListener::Listen("127.0.0.1:0", bounds);
    ASSERT_TRUE(listener.ok()) << listener.status();
    listener_ = *std::move(listener);
    listener_->Start([this](int, int fd) {
      absl::MutexLock lock(&mutex_);
      accepted_.emplace_back(fd);
    });
  }
  void TearDown() override { listener_.reset(); }

  // Connects from 127.0.0.`from`.
  Descriptor Connect(uint8_t from = 1) {
    Descriptor fd(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(0x7f000000u + from);
    EXPECT_EQ(bind(fd.get(), reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(listener_->port());
    EXPECT_EQ(connect(fd.get(), reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
    return fd;
  }
  bool AwaitAccepted(size_t count) {
    absl::MutexLock lock(&mutex_);
    auto reached = [&]() ABSL_SHARED_LOCKS_REQUIRED(mutex_) { return accepted_.size() >= count; };
    return mutex_.AwaitWithTimeout(absl::Condition(&reached), absl::Milliseconds(kDeadlineMs));
  }
  void CloseAccepted() {
    absl::MutexLock lock(&mutex_);
    accepted_.clear();
  }
  // Whether the other side has hung up, waiting for that.
  static bool IsClosed(const Descriptor& fd) {
    pollfd wait = {fd.get(), POLLIN, 0};
    char byte = 0;
    return poll(&wait, 1, kDeadlineMs) == 1 && recv(fd.get(), &byte, 1, 0) <= 0;
  }

  absl::Mutex mutex_;
  std::vector<Descriptor> accepted_ ABSL_GUARDED_BY(mutex_);
  std::unique_ptr<TcpListener> listener_;
};

TEST_F(TcpListenerTest, ClosesWhatIsAboveTheBoundOfAll) {
  Listen({.connections = 2, .connections_per_address = 2});
  const Descriptor first = Connect(1);
  const Descriptor second = Connect(2);
  ASSERT_TRUE(AwaitAccepted(2));
  EXPECT_TRUE(IsClosed(Connect(3)));
  EXPECT_EQ(listener_->refused(), 1u);
}

TEST_F(TcpListenerTest, OneAddressLeavesPlacesForOthers) {
  Listen({.connections = 10, .connections_per_address = 2});
  const Descriptor first = Connect(1);
  const Descriptor second = Connect(1);
  ASSERT_TRUE(AwaitAccepted(2));
  EXPECT_TRUE(IsClosed(Connect(1)));
  const Descriptor other = Connect(2);
  EXPECT_TRUE(AwaitAccepted(3));
}

TEST_F(TcpListenerTest, APlaceIsFreeAgainOnceItsConnectionIsClosed) {
  Listen({.connections = 2, .connections_per_address = 1});
  for (size_t i = 0; i < 5; ++i) {
    const Descriptor one = Connect(1);
    const Descriptor two = Connect(2);
    ASSERT_TRUE(AwaitAccepted(2)) << i;
    CloseAccepted();
  }
  EXPECT_EQ(listener_->refused(), 0u);
}

TEST_F(TcpListenerTest, GoesOnAfterTheProcessHadNoDescriptorLeft) {
  Listen({});
  std::vector<Descriptor> all;
  const Descriptor waiting = Connect();
  ASSERT_TRUE(AwaitAccepted(1));
  rlimit before{};
  ASSERT_EQ(getrlimit(RLIMIT_NOFILE, &before), 0);
  // The next descriptor is the last, and the connecting side takes it.
  const Descriptor next(dup(waiting.get()));
  rlimit none = before;
  none.rlim_cur = static_cast<rlim_t>(next.get()) + 2;
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &none), 0);
  const Descriptor starved = Connect();
  pollfd quiet = {starved.get(), POLLIN, 0};
  EXPECT_EQ(poll(&quiet, 1, 300), 0);
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &before), 0);
  EXPECT_TRUE(AwaitAccepted(2));
}

TEST_F(TcpListenerTest, SaysThatAPortIsTaken) {
  Listen({});
  const auto second =
      TcpListener::Listen("127.0.0.1:" + std::to_string(listener_->port()), TcpListener::Bounds());
  EXPECT_EQ(base::GetReason(second.status()), "CANNOT_LISTEN");
  EXPECT_EQ(base::GetReason(TcpListener::Listen("nowhere", {}).status()), "BAD_ENDPOINT");
}

TEST_F(TcpListenerTest, EveryAddressMeansThoseOfBothFamilies) {
  const auto listener = TcpListener::Listen("0.0.0.0:0", {});
  ASSERT_TRUE(listener.ok()) << listener.status();
  Descriptor fd(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons((*listener)->port());
  EXPECT_EQ(connect(fd.get(), reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
}

}  // namespace
}  // namespace quorate::net
