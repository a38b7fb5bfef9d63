#ifndef QUORATE_CRYPTO_SECRET_H_
#define QUORATE_CRYPTO_SECRET_H_

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <ostream>
#include <span>
#include <type_traits>

#include "crypto/bytes.h"

namespace quorate::crypto {

class RandomSource;

// Secret bytes of a fixed size in guarded memory: guard pages around it, kept out of core dumps,
// locked into RAM where the limits allow, zeroed when it goes. Move-only; what was moved from is
// empty. It cannot be printed or compared with ==, so it cannot slip into a log or a timing leak.
//
// Does not protect against code running in this process or against root.
// Each Secret costs a few system calls: group temporaries into one.
// Thread-safe as an int is: concurrent reads are fine, a write needs exclusion.
class Secret {
 public:
  Secret() = default;
  Secret(Secret&& other) noexcept;
  Secret& operator=(Secret&& other) noexcept;
  Secret(const Secret&) = delete;
  Secret& operator=(const Secret&) = delete;
  ~Secret();

  // Running out of memory ends the process: no caller could go on without the secret.
  static Secret Random(size_t size, RandomSource& random);
  static Secret Zero(size_t size);
  // For tests, and for bytes that already lie in guarded memory. It does not wipe `bytes`.
  static Secret Copy(ByteSpan bytes);

  // The door out of the type. Never copy what it shows into a string, a message or a log.
  ByteSpan Reveal() const { return ByteSpan(data_, size_); }
  std::span<uint8_t> RevealMutable() { return std::span<uint8_t>(data_, size_); }

  size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  Secret Clone() const { return Copy(Reveal()); }
  // A copy of `size` bytes from `offset` on; the range must lie inside.
  Secret Slice(size_t offset, size_t size) const { return Copy(Reveal().subspan(offset, size)); }

 private:
  explicit Secret(size_t size);

  uint8_t* data_ = nullptr;
  size_t size_ = 0;
};

// Whether both are the same size and hold the same bytes, in time that depends on the size alone.
[[nodiscard]] bool SecretsEqual(const Secret& a, const Secret& b);

// Whether the system let a page of guarded memory be locked. When it did not, secrets may reach
// swap: programs warn about it at start.
[[nodiscard]] bool SecretMemoryIsLocked();

template <typename T>
concept Streamable = requires(std::ostream& out, const T& value) {
  { out << value } -> std::same_as<std::ostream&>;
};
template <typename T>
inline constexpr bool kBehavesAsSecret =
    std::is_nothrow_move_constructible_v<T> && !std::is_copy_constructible_v<T> &&
    !std::is_copy_assignable_v<T> && !std::equality_comparable<T> && !Streamable<T>;

static_assert(kBehavesAsSecret<Secret>);

}  // namespace quorate::crypto

#endif  // QUORATE_CRYPTO_SECRET_H_
