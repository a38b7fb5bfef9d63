#ifndef QUORATE_CUSTODY_WIRE_READ_ENTRY_H_
#define QUORATE_CUSTODY_WIRE_READ_ENTRY_H_

#include <cstdint>
#include <string_view>

#include "absl/functional/function_ref.h"
#include "crypto/bytes.h"
#include "custody/ledger/ledger.h"
#include "custody/ledger/types.h"
#include "custody/wire/key_ring.h"

namespace quorate::wire {

// Whether the tree that is being read had this root when it had this many entries.
using RootCheck = absl::FunctionRef<bool(uint64_t size, const crypto::Digest& root)>;

// One entry of the log as the ledger takes it. A total function of its arguments: what cannot be
// read is absent from the entry, and `unreadable` says why: kMalformedHeader (leaf or header),
// kBodyDigestMismatch, kUndecryptableBody (no such key, another key than the header commits to, or
// it does not open), kMalformedBody. Verifies no signature: the ledger does.
//
// A body that differs from the header's digest is not what the author wrote: a replica asks for the
// right one and does not let the ledger see the wrong one.
[[nodiscard]] ledger::Entry ReadEntry(uint64_t index, crypto::ByteSpan leaf, crypto::ByteSpan body,
                                      const KeyRing& keys, RootCheck root_is_this_trees);

}  // namespace quorate::wire

#endif  // QUORATE_CUSTODY_WIRE_READ_ENTRY_H_
