#ifndef QUORATE_CUSTODY_BASE_UNVERIFIED_H_
#define QUORATE_CUSTODY_BASE_UNVERIFIED_H_

#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace quorate::base {

// A value that came from somebody else and that nobody has checked. It does not turn into a T by
// itself: either a check admits it, or the caller goes through the one door that greps as such.
// As thread-safe as T.
template <typename T>
class [[nodiscard]] Unverified {
 public:
  explicit Unverified(T value) : value_(std::move(value)) {}

  // Hands the value over when `check(const T&)` returns an OK absl::Status; that status otherwise.
  template <typename Check>
  [[nodiscard]] absl::StatusOr<T> Verify(Check&& check) && {
    absl::Status status = std::forward<Check>(check)(std::as_const(value_));
    if (!status.ok()) return status;
    return std::move(value_);
  }

  // The value as the peer sent it: for routing, sizes and error reports, never for a decision.
  const T& UnverifiedValue() const& { return value_; }

 private:
  T value_;
};

template <typename T>
Unverified(T) -> Unverified<T>;

}  // namespace quorate::base

#endif  // QUORATE_CUSTODY_BASE_UNVERIFIED_H_
