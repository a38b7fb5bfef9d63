#ifndef QUORATE_CRYPTO_WRAP_H_
#define QUORATE_CRYPTO_WRAP_H_

#include <cstdint>
#include <string_view>

#include "absl/status/statusor.h"
#include "crypto/bytes.h"
#include "crypto/point.h"
#include "crypto/random.h"
#include "crypto/scalar.h"
#include "crypto/secret.h"

namespace quorate::crypto {

// A ristretto255 key that wraps open with: an organiser's, from the identity's seed, or one that a
// program makes for a single answer.
struct WrapKey {
  SecretScalar secret;
  Point public_key;

  static WrapKey Random(RandomSource& random);
  static WrapKey FromSecret(SecretScalar secret);
};

inline constexpr size_t kOrganisationKeySize = 32;
// A point, the sealed key and its tag.
inline constexpr size_t kOrganisationKeyWrapSize = 80;

// BLAKE2b-256 keyed by the secret over the label: binds to the secret (16 to 64 bytes) without
// showing it. Neither AEAD used here commits to its key, so headers and charters carry one of
// these.
Digest CommitToKey(std::string_view label, const Secret& secret);
// The commitment to an organisation key that a charter carries. It binds to the key alone, since
// the organisation's id is a hash of it.
Digest CommitToOrganisationKey(const Secret& key);

// Deterministic: the randomness is a hash of the key, the recipient and the context, so that
// everyone who holds K recomputes every wrap of a charter and refuses one that differs.
// InvalidArgument unless K is 32 bytes and `wrap_public` is not the identity.
[[nodiscard]] absl::StatusOr<Bytes> WrapOrganisationKey(const Secret& key, uint32_t key_version,
                                                        const Digest& context, uint32_t organiser,
                                                        const Point& wrap_public);
// InvalidArgument when the wrap is malformed, does not open, was not made as above, or K does not
// fit `commitment`, which is its CommitToOrganisationKey.
[[nodiscard]] absl::StatusOr<Secret> UnwrapOrganisationKey(ByteSpan wrap, uint32_t key_version,
                                                           const Digest& context,
                                                           uint32_t organiser,
                                                           const WrapKey& wrap_key,
                                                           const Digest& commitment);

// Wraps an older organisation key under a newer one, so that newcomers read all history. Also
// deterministic.
[[nodiscard]] absl::StatusOr<Bytes> WrapOlderKey(const Secret& newer, const Secret& older,
                                                 uint32_t older_version, const Digest& context);
[[nodiscard]] absl::StatusOr<Secret> UnwrapOlderKey(const Secret& newer, ByteSpan wrap,
                                                    uint32_t older_version, const Digest& context,
                                                    const Digest& older_commitment);

// The largest secret that Seal takes, in bytes.
inline constexpr size_t kMaxSealedSize = 65536;
// A point and a tag.
inline constexpr size_t kSealOverhead = 48;

// Seals secret bytes to a public key, bound to `context`: passphrases and combined points between a
// person's program and their node. Anonymous: it does not show who sealed. InvalidArgument for an
// empty or too large secret or the identity for a key.
[[nodiscard]] absl::StatusOr<Bytes> Seal(const Point& public_key, const Digest& context,
                                         const Secret& secret, RandomSource& random);
// InvalidArgument when it is malformed or does not open under this key and context.
[[nodiscard]] absl::StatusOr<Secret> Unseal(const WrapKey& key, const Digest& context,
                                            ByteSpan sealed);

}  // namespace quorate::crypto

#endif  // QUORATE_CRYPTO_WRAP_H_
