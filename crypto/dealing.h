#ifndef QUORATE_CRYPTO_DEALING_H_
#define QUORATE_CRYPTO_DEALING_H_

#include <cstdint>
#include <span>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "crypto/bytes.h"
#include "crypto/point.h"
#include "crypto/random.h"
#include "crypto/scalar.h"
#include "crypto/shamir.h"

namespace quorate::crypto {

// Encoded in transcripts: do not change.
enum class SharingKind : uint8_t { kKeyGeneration = 1, kResharing = 2 };

struct Receiver {
  ShareIndex index;
  // The receiving key that this holder logged for this sharing.
  Point key;
  bool operator==(const Receiver&) const = default;
};

// What every dealing of one sharing is bound to; frozen when the sharing starts.
struct SharingContext {
  Digest organisation;
  uint32_t vault = 0;
  // The epoch that this sharing makes.
  uint32_t epoch = 0;
  SharingKind kind = SharingKind::kKeyGeneration;
  // k' of the new epoch.
  Threshold threshold;
  // Ascending by index, keys all different.
  std::vector<Receiver> receivers;
  // A_0..A_{k_old-1} of the epoch before, which is how old public shares are known. Empty for key
  // generation.
  std::vector<Point> previous_commitments;
  Digest session;

  Digest Hash() const;
};

// InvalidArgument for receivers out of order, invalid, repeated or with the identity for a key; a
// threshold that is invalid or above the number of receivers; previous commitments that do not fit
// the kind.
[[nodiscard]] absl::Status CheckSharingContext(const SharingContext& context);

// The digest that stands for an epoch's commitments in transcripts.
Digest EpochDigest(std::span<const Point> commitments);

// A sealed scalar: 32 bytes and a 16-byte tag.
inline constexpr size_t kSubShareCiphertextSize = 48;

// One dealer's polynomial for everyone: Feldman commitments, an ephemeral key E = eB, a joint proof
// of knowledge of (a_0, e), and a sealed sub-share for each receiver in the order of the context.
struct Dealing {
  ShareIndex dealer;
  std::vector<Point> commitments;
  Point ephemeral;
  Scalar c;
  Scalar z1;
  Scalar z2;
  // Each kSubShareCiphertextSize bytes.
  std::vector<Bytes> ciphertexts;
};

// SHA-256 of each ciphertext, which is what the proof covers: ciphertexts can be erased later.
std::vector<Digest> CiphertextDigests(const Dealing& dealing);
// Over the context and all of a dealing, with digests in place of ciphertexts.
Digest DealingHash(const SharingContext& context, const Dealing& dealing,
                   std::span<const Digest> ciphertext_digests);

// Deals a random secret (key generation; `share` is null) or this holder's share of the epoch
// before (resharing). Whoever sends a dealing again must send these same bytes: keep them first.
// InvalidArgument for a bad context, or a share that is not the dealer's of the previous epoch.
[[nodiscard]] absl::StatusOr<Dealing> Deal(const SharingContext& context, ShareIndex dealer,
                                           const SecretScalar* share, RandomSource& random);

// Every check that all readers can make: context, number of commitments, no identity where none may
// be, a dealer among the receivers (key generation), C_0 the dealer's old public share (resharing),
// number and length of ciphertexts, proof. InvalidArgument otherwise.
//
// Does not see whether the dealer of a resharing is a current holder, whether this is its first
// dealing, or whether E was seen before: those are the ledger's. A sub-share may still be bad.
[[nodiscard]] absl::Status CheckDealing(const SharingContext& context, const Dealing& dealing);
// The same where ciphertexts were erased and only their digests are left; ignores
// `dealing.ciphertexts`.
[[nodiscard]] absl::Status CheckErasedDealing(const SharingContext& context, const Dealing& dealing,
                                              std::span<const Digest> ciphertext_digests);

// This holder's sub-share. Fails with Fault::kBadSubShare naming the dealer when the dealing passes
// CheckDealing but its ciphertext for this holder does not open, is not a scalar or is not on the
// committed polynomial: complain then. Any other failure names nobody. A sub-share may be zero.
[[nodiscard]] absl::StatusOr<SecretScalar> OpenSubShare(const SharingContext& context,
                                                        const Dealing& dealing, ShareIndex index,
                                                        const SecretScalar& receiving_secret);
// The same from what the log keeps of a dealing: `dealing` without its ciphertexts, their digests,
// and the one ciphertext that is sealed to this holder.
[[nodiscard]] absl::StatusOr<SecretScalar> OpenSubShare(const SharingContext& context,
                                                        const Dealing& dealing,
                                                        std::span<const Digest> ciphertext_digests,
                                                        ByteSpan ciphertext, ShareIndex index,
                                                        const SecretScalar& receiving_secret);

}  // namespace quorate::crypto

#endif  // QUORATE_CRYPTO_DEALING_H_
