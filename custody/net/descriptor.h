#ifndef QUORATE_CUSTODY_NET_DESCRIPTOR_H_
#define QUORATE_CUSTODY_NET_DESCRIPTOR_H_

#include <unistd.h>

#include <utility>

namespace quorate::net {

// An open file that is closed with it.
class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Descriptor& operator=(Descriptor&&) = delete;
  ~Descriptor() {
    if (fd_ >= 0) close(fd_);
  }
  int get() const { return fd_; }
  int release() { return std::exchange(fd_, -1); }
  bool valid() const { return fd_ >= 0; }

 private:
  int fd_;
};

}  // namespace quorate::net

#endif  // QUORATE_CUSTODY_NET_DESCRIPTOR_H_
