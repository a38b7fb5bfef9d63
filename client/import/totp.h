#ifndef QUORATE_CLIENT_IMPORT_TOTP_H_
#define QUORATE_CLIENT_IMPORT_TOTP_H_

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "crypto/bytes.h"
#include "crypto/secret.h"

namespace quorate::client {

enum class TotpAlgorithm : uint8_t { kSha1, kSha256, kSha512 };

// A checked one-time-code seed. `secret` points into what was parsed and is still as written there:
// base32 (RFC 4648 §6) in either case, perhaps with padding, spaces, dashes and percent signs.
struct TotpParameters {
  crypto::ByteSpan secret;
  TotpAlgorithm algorithm = TotpAlgorithm::kSha1;
  int digits = 6;
  int period_seconds = 30;
};

// Checks an otpauth://totp/ address (the "Key Uri Format" of Google Authenticator) or a bare base32
// seed, which then has the usual 6 digits, 30 seconds and SHA-1. The seed must decode to between
// 10 and 128 bytes; bits left over in the last character are ignored, as authenticators do. Digits
// are 6 to 8, the period is 10 to 300 seconds, the algorithm is SHA1, SHA256 or SHA512; each of
// these and the secret may appear once. Label, issuer and unknown parameters are not looked at.
// Nothing is copied. InvalidArgument where it is malformed; Unimplemented for counter-based (hotp)
// and Steam codes. Error texts carry no part of the input.
[[nodiscard]] absl::StatusOr<TotpParameters> ParseTotp(crypto::ByteSpan text);

// The seed's bytes, for HMAC. `parameters` must come from ParseTotp over bytes that are still
// there.
[[nodiscard]] absl::StatusOr<crypto::Secret> DecodeTotpSecret(const TotpParameters& parameters);

// Whether `text` starts with "otpauth://", or with the scheme of Google Authenticator's transfer
// codes, "otpauth-migration://", in either case.
[[nodiscard]] bool IsOtpauthAddress(crypto::ByteSpan text);
[[nodiscard]] bool IsOtpauthMigration(crypto::ByteSpan text);

// Whose codes an otpauth:// address makes, with percent-encoding undone where that is well-formed.
// Not secret, and of unknown origin.
struct OtpauthLabel {
  std::string issuer;  // of the label, else the parameter; empty where neither names one
  std::string user;
};

// Both are empty where `address` is not an otpauth:// address with a label. The seed is not looked
// at.
[[nodiscard]] OtpauthLabel ReadOtpauthLabel(crypto::ByteSpan address);

}  // namespace quorate::client

#endif  // QUORATE_CLIENT_IMPORT_TOTP_H_
