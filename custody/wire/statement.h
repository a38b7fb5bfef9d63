#ifndef QUORATE_CUSTODY_WIRE_STATEMENT_H_
#define QUORATE_CUSTODY_WIRE_STATEMENT_H_

#include "absl/status/statusor.h"
#include "crypto/bytes.h"
#include "custody/ledger/types.h"

// Statements, charters, headers and leaves to bytes and back: the only code that knows both the
// messages of proto/quorate/ledger/v1 and the types of custody/ledger.
//
// There is one encoding of each value. A reader parses, drops what it does not know, serialises
// again and refuses bytes that differ: unknown or repeated fields, zeros that should be absent,
// fields out of order, varints longer than they need be and trailing bytes all end there. It also
// refuses counts and lengths above the bounds in types.h, fixed-size fields of another size,
// numbers for an item kind that it does not know, text that is not UTF-8, scalars and points that
// are not canonical, and the identity. It does not see whether names are well formed, lists are in
// order, proofs hold or numbers mean anyone: those are the ledger's.
//
// All errors are InvalidArgument with one of the reasons below. Pure and thread-safe.
namespace quorate::wire {

inline constexpr char kTooLarge[] = "TOO_LARGE";          // More bytes than any such value has.
inline constexpr char kNotAMessage[] = "NOT_A_MESSAGE";   // Does not parse; text is not UTF-8.
inline constexpr char kNotCanonical[] = "NOT_CANONICAL";  // Parses, but is not the one encoding.
inline constexpr char kUnknownKind[] = "UNKNOWN_KIND";    // No statement of the known kinds.
inline constexpr char kMissingField[] = "MISSING_FIELD";  // A part without which it says nothing.
inline constexpr char kWrongLength[] = "WRONG_LENGTH";    // Bytes or text of an impossible length.
inline constexpr char kTooMany[] = "TOO_MANY";            // More elements than the bounds allow.
inline constexpr char kBadPoint[] = "BAD_POINT";          // No canonical point, or the identity.
inline constexpr char kBadScalar[] = "BAD_SCALAR";        // Not below the group order.
inline constexpr char kBadEnum[] = "BAD_ENUM";            // A number that has no name.
inline constexpr char kInconsistent[] = "INCONSISTENT";   // Fields that contradict each other.

// A leaf holds a header, two signatures and a time.
inline constexpr size_t kMaxLeafBytes = ledger::kMaxHeaderBytes + 256;

// What the encoders make of a value within the bounds its decoder takes, and they are inverse. The
// encoders check nothing: SealStatement refuses what could not be read back. For Found, `charter`
// is encoded and `charter_bytes` is not looked at.
[[nodiscard]] crypto::Bytes EncodeStatement(const ledger::Statement& statement);
[[nodiscard]] absl::StatusOr<ledger::Statement> DecodeStatement(crypto::ByteSpan bytes);

// The same for a body that must be a founding statement, which the server reads in clear.
// `charter_bytes` are the nested bytes as they stand in `bytes`. UNKNOWN_KIND for any other kind.
[[nodiscard]] absl::StatusOr<ledger::Found> DecodeFound(crypto::ByteSpan bytes);

// The bytes that the organisation's identifier hashes.
[[nodiscard]] crypto::Bytes EncodeCharter(const ledger::Charter& charter);
[[nodiscard]] absl::StatusOr<ledger::Charter> DecodeCharter(crypto::ByteSpan bytes);

[[nodiscard]] crypto::Bytes EncodeHeader(const ledger::Header& header);
// INCONSISTENT unless key commitment and nonce are there exactly where the key version is not 0.
[[nodiscard]] absl::StatusOr<ledger::Header> DecodeHeader(crypto::ByteSpan bytes);

// The bytes that the tree hashes. Does not look into the header.
[[nodiscard]] crypto::Bytes EncodeLeaf(const ledger::Leaf& leaf);
[[nodiscard]] absl::StatusOr<ledger::Leaf> DecodeLeaf(crypto::ByteSpan bytes);

}  // namespace quorate::wire

#endif  // QUORATE_CUSTODY_WIRE_STATEMENT_H_
