#ifndef QUORATE_CUSTODY_NODE_ARMED_RECORD_H_
#define QUORATE_CUSTODY_NODE_ARMED_RECORD_H_

#include <optional>
#include <string>

#include "absl/time/time.h"
#include "crypto/bytes.h"
#include "custody/node/gate.h"

// The node's own small records, as bytes for its store. Numbers are little-endian.
namespace quorate::node {

crypto::Bytes EncodeArmed(const Armed& armed);
// Absent for damaged bytes.
std::optional<Armed> DecodeArmed(crypto::ByteSpan bytes);

// Milliseconds since 1970, 8 bytes.
crypto::Bytes EncodeTime(absl::Time time);
std::optional<absl::Time> DecodeTime(crypto::ByteSpan bytes);

// What accepts' one-time keys are kept under; the prefix of all of a request's where `statement` is
// empty.
std::string AcceptName(const ledger::LeafHash& request, const std::string& statement);

// What receiving keys and shares are kept under.
std::string ShareName(ledger::VaultNumber vault, ledger::Epoch epoch, uint32_t attempt);

}  // namespace quorate::node

#endif  // QUORATE_CUSTODY_NODE_ARMED_RECORD_H_
