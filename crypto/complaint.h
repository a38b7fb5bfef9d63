#ifndef QUORATE_CRYPTO_COMPLAINT_H_
#define QUORATE_CRYPTO_COMPLAINT_H_

#include <cstdint>
#include <span>

#include "absl/status/statusor.h"
#include "crypto/bytes.h"
#include "crypto/dealing.h"
#include "crypto/dleq.h"
#include "crypto/point.h"
#include "crypto/random.h"
#include "crypto/scalar.h"
#include "crypto/shamir.h"

namespace quorate::crypto {

// A receiver's claim that a dealer sealed a bad sub-share: the shared point S = d_j E and a proof
// that log_B P_j = log_E S, bound to the dealing.
struct Complaint {
  ShareIndex complainant;
  ShareIndex dealer;
  Point shared;
  DleqProof proof;
};

// Reveals the shared point, so it refuses (FailedPrecondition) unless the dealing passes every
// public check, its proof of knowledge of e above all, and the sub-share really is bad. Without
// that a dealer who copies an honest dealer's E would have it opened for them.
// The caller has checked that no admitted dealing used this E before.
[[nodiscard]] absl::StatusOr<Complaint> Complain(const SharingContext& context,
                                                 const Dealing& dealing, ShareIndex complainant,
                                                 const SecretScalar& receiving_secret,
                                                 RandomSource& random);
// The same from what the log keeps of a dealing: `dealing` without its ciphertexts, their digests,
// and the one ciphertext that is sealed to the complainant.
[[nodiscard]] absl::StatusOr<Complaint> Complain(const SharingContext& context,
                                                 const Dealing& dealing,
                                                 std::span<const Digest> ciphertext_digests,
                                                 ByteSpan ciphertext, ShareIndex complainant,
                                                 const SecretScalar& receiving_secret,
                                                 RandomSource& random);

enum class Verdict : uint8_t {
  // The sub-share is bad: the dealer leaves the qualified set.
  kDealerOut = 1,
  // The complaint is false, or its proof does not hold: the complainant is named.
  kComplainantNamed = 2,
};

// Everyone comes to the same verdict. The proof is checked before anything is decrypted, or a wrong
// shared point would put an honest dealer out. A dealing that fails its public checks should never
// have been admitted; its dealer is out.
Verdict JudgeComplaint(const SharingContext& context, const Dealing& dealing,
                       const Complaint& complaint);
// The same from what the log keeps of a dealing: `dealing` without its ciphertexts, their digests,
// and the one ciphertext that the complaint brings along. One that does not fit its digest names
// the complainant.
Verdict JudgeComplaint(const SharingContext& context, const Dealing& dealing,
                       std::span<const Digest> ciphertext_digests, ByteSpan ciphertext,
                       const Complaint& complaint);

}  // namespace quorate::crypto

#endif  // QUORATE_CRYPTO_COMPLAINT_H_
