#ifndef QUORATE_CRYPTO_RECEIVING_KEY_H_
#define QUORATE_CRYPTO_RECEIVING_KEY_H_

#include <cstdint>

#include "absl/status/status.h"
#include "crypto/bytes.h"
#include "crypto/point.h"
#include "crypto/random.h"
#include "crypto/scalar.h"
#include "crypto/schnorr.h"
#include "crypto/shamir.h"

namespace quorate::crypto {

// What a receiving key is for. `session` tells one attempt at a sharing from the next.
struct ReceivingKeyContext {
  Digest organisation;
  uint32_t vault = 0;
  uint32_t epoch = 0;
  Digest session;
  ShareIndex index;

  Digest Hash() const;
};

// What goes onto the log: P = dB and a proof of knowledge of d.
struct ReceivingKeyNotice {
  Point key;
  SchnorrProof proof;
};

// Takes the sub-shares of one sharing and is destroyed when that epoch is active. Random, never
// derived from anything, or a stolen seed would open every archived dealing.
struct ReceivingKey {
  SecretScalar secret;
  ReceivingKeyNotice notice;

  static ReceivingKey Generate(const ReceivingKeyContext& context, RandomSource& random);
  // The key of a secret that was made before, with a new proof.
  static ReceivingKey FromSecret(const ReceivingKeyContext& context, SecretScalar secret,
                                 RandomSource& random);
};

// InvalidArgument for an invalid index, the identity or a proof that does not hold. Does not see
// whether the key was used before: that is the ledger's.
[[nodiscard]] absl::Status VerifyReceivingKey(const ReceivingKeyContext& context,
                                              const ReceivingKeyNotice& notice);

}  // namespace quorate::crypto

#endif  // QUORATE_CRYPTO_RECEIVING_KEY_H_
