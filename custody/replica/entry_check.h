#ifndef QUORATE_CUSTODY_REPLICA_ENTRY_CHECK_H_
#define QUORATE_CUSTODY_REPLICA_ENTRY_CHECK_H_

#include <optional>
#include <span>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "crypto/bytes.h"
#include "crypto/identity.h"
#include "custody/ledger/types.h"
#include "custody/replica/replica.h"

// What a replica checks of entries before it knows what they say; other readers of a log use the
// same checks.
namespace quorate::replica {

// A failure that the server, or what it sent, is to blame for.
[[nodiscard]] absl::Status ServerError(absl::StatusCode code, std::string_view reason,
                                       std::string_view what, std::string_view next);

// BAD_BATCH and BAD_ENTRY.
[[nodiscard]] absl::Status CheckSizes(std::span<const RawEntry> entries);

// Leaves the body that belongs to the leaf: empty where the header is malformed or names the empty
// body. BODY_MISSING when it is not the one that the header names. The header's digest is returned,
// absent where there is no header.
[[nodiscard]] absl::StatusOr<std::optional<crypto::Digest>> SettleBody(crypto::ByteSpan leaf,
                                                                       crypto::Bytes& body);

// The store takes no empty body, so one byte stands for it.
[[nodiscard]] crypto::Bytes ToStoredBody(const crypto::Bytes& body);

// The log key of the charter in the first entry, which the organisation's identifier hashes.
// WRONG_FOUNDING, or LOG_KEY_MISMATCH when it is not `pinned`.
[[nodiscard]] absl::StatusOr<crypto::PublicSigningKey> FoundingLogKey(
    const RawEntry& first, const ledger::OrganisationId& organisation,
    const std::optional<crypto::PublicSigningKey>& pinned);

}  // namespace quorate::replica

#endif  // QUORATE_CUSTODY_REPLICA_ENTRY_CHECK_H_
