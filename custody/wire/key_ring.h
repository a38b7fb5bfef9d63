#ifndef QUORATE_CUSTODY_WIRE_KEY_RING_H_
#define QUORATE_CUSTODY_WIRE_KEY_RING_H_

#include <cstdint>
#include <map>

#include "crypto/secret.h"

namespace quorate::wire {

// The organisation's keys by version, from 1. Move-only. Thread-safe as an int is.
class KeyRing {
 public:
  KeyRing() = default;
  KeyRing(KeyRing&&) noexcept = default;
  KeyRing& operator=(KeyRing&&) noexcept = default;
  KeyRing(const KeyRing&) = delete;
  KeyRing& operator=(const KeyRing&) = delete;

  // Takes a key that the caller compared with its commitment in the charter. A version that is
  // there already is replaced. Version 0 means "in clear": such a key is never found.
  void Add(uint32_t version, crypto::Secret key);
  // Null where there is none. Valid until the ring changes.
  const crypto::Secret* Find(uint32_t version) const;
  KeyRing Clone() const;

 private:
  std::map<uint32_t, crypto::Secret> keys_;
};

}  // namespace quorate::wire

#endif  // QUORATE_CUSTODY_WIRE_KEY_RING_H_
