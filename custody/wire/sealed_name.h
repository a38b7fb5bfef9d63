#ifndef QUORATE_CUSTODY_WIRE_SEALED_NAME_H_
#define QUORATE_CUSTODY_WIRE_SEALED_NAME_H_

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "crypto/bytes.h"
#include "crypto/secret.h"
#include "custody/ledger/types.h"

// Names inside charters, which are in clear otherwise: the server sees how long they are and
// nothing else.
namespace quorate::wire {

// What a name is of. The organisation's name is text (ledger::IsValidText, kMaxTitleBytes) and has
// index 0; the others are names (ledger::IsValidName, kMaxNameBytes) with their number in the
// charter.
inline constexpr std::string_view kOrganisationRole = "organisation";
inline constexpr std::string_view kOrganiserRole = "organiser";
inline constexpr std::string_view kVaultRole = "vault";

// A 24-byte nonce and a 16-byte tag.
inline constexpr size_t kSealedNameOverhead = 40;

// nonce || XChaCha20-Poly1305, in which the key is derived from the organisation key, role and
// index, and the nonce from these and the name (a synthetic nonce, as in RFC 5297): every signer of
// a charter recomputes these bytes and compares. Equal names of one role and index seal alike.
// Checks nothing about the name.
[[nodiscard]] crypto::Bytes SealName(const crypto::Secret& organisation_key, std::string_view role,
                                     uint32_t index, std::string_view name);

// The name. InvalidArgument NAME_SEALED_WRONGLY when the bytes do not open, or are not what
// SealName makes; BAD_NAME when the name breaks the rules for its role.
[[nodiscard]] absl::StatusOr<std::string> OpenName(const crypto::Secret& organisation_key,
                                                   std::string_view role, uint32_t index,
                                                   crypto::ByteSpan sealed);

}  // namespace quorate::wire

#endif  // QUORATE_CUSTODY_WIRE_SEALED_NAME_H_
