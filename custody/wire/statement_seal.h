#ifndef QUORATE_CUSTODY_WIRE_STATEMENT_SEAL_H_
#define QUORATE_CUSTODY_WIRE_STATEMENT_SEAL_H_

#include <cstdint>
#include <optional>
#include <vector>

#include "absl/status/statusor.h"
#include "crypto/bytes.h"
#include "crypto/identity.h"
#include "crypto/random.h"
#include "crypto/secret.h"
#include "custody/ledger/types.h"

// Statements signed and encrypted, ready for the log. Pure and thread-safe.
namespace quorate::wire {

// Who signs. Both keys outlive the call; `device` is null where the device key is not at hand.
struct Author {
  ledger::OrganiserNumber number;
  const crypto::SigningKey& signing;
  const crypto::SigningKey* device = nullptr;
};

// What a header says about the log that its author saw.
struct StatementContext {
  ledger::OrganisationId organisation;
  uint32_t charter_version = 0;
  uint32_t rules_version = 0;
  // Of the key that seals the body; the header carries 0 where the body is in clear.
  uint32_t organisation_key_version = 0;
  uint64_t verified_size = 0;
  crypto::Digest verified_root;
};

// What is handed to the server and kept until it is on the log.
struct SignedStatement {
  crypto::Bytes header;
  crypto::Signature signature;
  std::optional<crypto::Signature> device_signature;
  crypto::Bytes body;  // As stored: sealed, or in clear.
  ledger::StatementId id;
  bool operator==(const SignedStatement&) const = default;
};

[[nodiscard]] ledger::StatementId RandomStatementId(crypto::RandomSource& random);

// Signs with the device key too where it is at hand; seals the body unless ledger::HasClearBody. A
// body's nonce is random; its additional data is the organisation's identifier.
//
// InvalidArgument with a reason of statement.h when readers would refuse the bytes, or INCONSISTENT
// when the charter bytes of a founding are not its charter's. FailedPrecondition DEVICE_KEY_NEEDED
// or ORGANISATION_KEY_NEEDED when a key is null (or the key version 0) and needed. Does not judge
// the statement: the ledger may still refuse it.
[[nodiscard]] absl::StatusOr<SignedStatement> SealStatement(
    const ledger::Statement& statement, const ledger::StatementId& id,
    std::vector<ledger::BlobRef> blobs, const StatementContext& context,
    const crypto::Secret* organisation_key, const Author& author, crypto::RandomSource& random);

// For outboxes and statements that travel as files. Decoding is as strict as in statement.h and
// takes the id from the header, which must be well formed; it checks no signature, and no body but
// for its digest (INCONSISTENT).
[[nodiscard]] crypto::Bytes EncodeSigned(const SignedStatement& statement);
[[nodiscard]] absl::StatusOr<SignedStatement> DecodeSigned(crypto::ByteSpan bytes);

}  // namespace quorate::wire

#endif  // QUORATE_CUSTODY_WIRE_STATEMENT_SEAL_H_
