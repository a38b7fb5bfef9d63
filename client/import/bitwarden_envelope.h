#ifndef QUORATE_CLIENT_IMPORT_BITWARDEN_ENVELOPE_H_
#define QUORATE_CLIENT_IMPORT_BITWARDEN_ENVELOPE_H_

#include <array>
#include <cstdint>
#include <span>

#include "absl/status/statusor.h"
#include "crypto/bytes.h"

namespace quorate::client {

// The password-protected JSON export of Bitwarden, before its password is known:
//
//   {"encrypted": true, "passwordProtected": true, "salt": TEXT,
//    "kdfType": 0 | 1, "kdfIterations": N, "kdfMemory": MiB, "kdfParallelism": N,
//    "encKeyValidation_DO_NOT_EDIT": SEALED, "data": SEALED}
//
// where SEALED is "2.iv|ciphertext|mac" in base64. Nothing in it is secret by itself.

// How the password becomes a key.
struct BitwardenKdf {
  enum class Type : uint8_t { kPbkdf2Sha256 = 0, kArgon2id = 1 };
  Type type = Type::kPbkdf2Sha256;
  int iterations = 0;
  // Argon2id alone has these.
  int memory_mib = 0;
  int parallelism = 0;
};

// What Bitwarden lets a person set, today and formerly. Beyond the upper bounds a file could keep
// this machine busy for hours; nothing that Bitwarden wrote lies below the lower ones.
inline constexpr int kMinPbkdf2Iterations = 5'000;
inline constexpr int kMaxPbkdf2Iterations = 2'000'000;
inline constexpr int kMinArgon2idIterations = 2;
inline constexpr int kMaxArgon2idIterations = 10;
inline constexpr int kMinArgon2idMemoryMib = 16;
inline constexpr int kMaxArgon2idMemoryMib = 1024;
inline constexpr int kMaxArgon2idParallelism = 16;
inline constexpr size_t kMaxBitwardenSalt = 1024;

// AES-256-CBC with PKCS #7 padding, then HMAC-SHA256 over iv and ciphertext.
struct BitwardenSealed {
  std::array<uint8_t, 16> iv{};
  crypto::Bytes ciphertext;  // whole blocks, at least one
  std::array<uint8_t, 32> mac{};
};

struct BitwardenEnvelope {
  crypto::Bytes salt;  // the salt's text as it stands in the file, not decoded
  BitwardenKdf kdf;
  BitwardenSealed check;  // something random: whether the password is right
  BitwardenSealed data;   // the JSON export
};

// Whether `text` looks like such an export. Cheap; reads only.
[[nodiscard]] bool IsBitwardenEnvelope(crypto::ByteSpan text);

// Reads it in place; `text` is of no use afterwards. InvalidArgument, with what to do, where
// anything is missing, malformed or out of bounds. No error text carries bytes of the file.
[[nodiscard]] absl::StatusOr<BitwardenEnvelope> ParseBitwardenEnvelope(std::span<uint8_t> text);

}  // namespace quorate::client

#endif  // QUORATE_CLIENT_IMPORT_BITWARDEN_ENVELOPE_H_
