#include "crypto/statement_key.h"

#include <sodium.h>

#include "crypto/aead.h"
#include "crypto/require.h"
#include "crypto/transcript.h"
#include "crypto/wrap.h"

namespace quorate::crypto {

Secret StatementKey(const Secret& organisation_key, uint32_t author,
                    const std::array<uint8_t, 16>& statement_id) {
  Transcript info("quorate/statement-key/v1");
  info.AppendU64(author).Append(statement_id);
  return DeriveKey(organisation_key, info, kAeadKeySize);
}

Digest StatementKeyCommitment(const Secret& statement_key) {
  return CommitToKey("quorate/statement-key-commitment/v1", statement_key);
}

Bytes SealBody(const Secret& statement_key, const BodyNonce& nonce, ByteSpan aad, ByteSpan body) {
  return AeadSeal(statement_key.Reveal(), nonce, aad, body);
}

absl::StatusOr<Bytes> OpenBody(const Secret& statement_key, const BodyNonce& nonce, ByteSpan aad,
                               ByteSpan sealed) {
  Require(statement_key.size() == kAeadKeySize);
  if (sealed.size() < kBodyTagSize) {
    return absl::InvalidArgumentError("the statement's body is too short to be one");
  }
  Bytes body(sealed.size() - kBodyTagSize);
  if (crypto_aead_xchacha20poly1305_ietf_decrypt(
          body.data(), nullptr, nullptr, sealed.data(), sealed.size(), aad.data(), aad.size(),
          nonce.data(), statement_key.Reveal().data()) != 0) {
    return absl::InvalidArgumentError("the statement's body does not open under its key");
  }
  return body;
}

}  // namespace quorate::crypto
