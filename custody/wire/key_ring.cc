#include "custody/wire/key_ring.h"

#include <utility>

namespace quorate::wire {

void KeyRing::Add(uint32_t version, crypto::Secret key) {
  if (version != 0) keys_.insert_or_assign(version, std::move(key));
}

const crypto::Secret* KeyRing::Find(uint32_t version) const {
  const auto found = keys_.find(version);
  return found == keys_.end() ? nullptr : &found->second;
}

KeyRing KeyRing::Clone() const {
  KeyRing out;
  for (const auto& [version, key] : keys_) out.Add(version, key.Clone());
  return out;
}

}  // namespace quorate::wire
