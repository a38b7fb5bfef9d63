#include "crypto/threshold_encryption.h"

#include "crypto/aead.h"
#include "crypto/declassify.h"
#include "crypto/transcript.h"

namespace quorate::crypto {
namespace {

Secret ItemKey(const Point& vault_key, const Point& r, const Secret& shared, ByteSpan label) {
  Transcript info("quorate/item-key/v1");
  info.AppendPoint(vault_key).AppendPoint(r).Append(label);
  return DeriveKey(shared, info, kAeadKeySize);
}

Transcript ItemAad(ByteSpan label, const Ciphertext& ciphertext) {
  Transcript aad("quorate/item-aad/v1");
  aad.Append(label).AppendPoint(ciphertext.r).AppendPoint(ciphertext.r_hat);
  return aad;
}

Scalar ItemChallenge(const Point& vault_key, const Point& base, ByteSpan label,
                     const Ciphertext& ciphertext, const Point& w, const Point& w_hat) {
  Transcript transcript("quorate/item-proof/v1");
  transcript.AppendPoint(vault_key).AppendPoint(base).Append(label);
  transcript.AppendDigest(ciphertext.payload_digest);
  transcript.AppendPoint(ciphertext.r).AppendPoint(ciphertext.r_hat);
  return transcript.AppendPoint(w).AppendPoint(w_hat).Challenge();
}

// What r and s are hedged over: they must differ wherever key, label or plaintext do.
Transcript NonceStatement(const Point& vault_key, ByteSpan label) {
  Transcript transcript("quorate/item-nonce/v1");
  transcript.AppendPoint(vault_key).Append(label);
  return transcript;
}

}  // namespace

Bytes ItemLabel::Encode() const {
  return Transcript("quorate/item-label/v1")
      .AppendDigest(organisation)
      .AppendU64(vault)
      .AppendText(account)
      .AppendU64(item_kind)
      .AppendU64(version)
      .AppendU64(depositor)
      .Append(statement_id)
      .AppendU64(part)
      .encoding();
}

Point SecondBase(const Digest& organisation, uint32_t vault, const Point& vault_key) {
  Transcript transcript("quorate/second-base/v1");
  transcript.AppendDigest(organisation).AppendU64(vault).AppendPoint(vault_key);
  return Point::FromHash(transcript.WideHash());
}

absl::StatusOr<EncryptedItem> EncryptItem(const Point& vault_key, const ItemLabel& label,
                                          ByteSpan plaintext, RandomSource& random) {
  if (plaintext.empty() || plaintext.size() > kMaxItemSize) {
    return absl::InvalidArgumentError("the item is empty or too large; at most 32768 bytes fit");
  }
  if (vault_key.IsIdentity()) {
    return absl::InvalidArgumentError("the vault's key is the identity; check the vault's epoch");
  }
  Bytes encoded = label.Encode();
  Transcript statement = NonceStatement(vault_key, encoded);
  SecretScalar r = HedgedNonce(random, plaintext, statement, 1);
  SecretScalar s = HedgedNonce(random, plaintext, statement, 2);
  Point base = SecondBase(label.organisation, label.vault, vault_key);

  EncryptedItem item;
  Ciphertext& ciphertext = item.ciphertext;
  ciphertext.r = Point::MulBase(r);
  ciphertext.r_hat = base.MulToPublic(r);
  SecretPoint shared = vault_key.MulSecret(r);
  Secret key = ItemKey(vault_key, ciphertext.r, shared.secret(), encoded);
  item.payload.resize(kAeadNonceSize);
  random.Fill(item.payload);
  Declassify(item.payload.data(), item.payload.size());
  Bytes sealed =
      AeadSeal(key.Reveal(), item.payload, ItemAad(encoded, ciphertext).encoding(), plaintext);
  item.payload.insert(item.payload.end(), sealed.begin(), sealed.end());
  ciphertext.payload_digest = Sha256(item.payload);
  ciphertext.e =
      ItemChallenge(vault_key, base, encoded, ciphertext, Point::MulBase(s), base.MulToPublic(s));
  ciphertext.f = s.Respond(ciphertext.e, r);
  return item;
}

absl::StatusOr<EncryptedItem> EncryptItem(const Point& vault_key, const ItemLabel& label,
                                          const Secret& plaintext, RandomSource& random) {
  return EncryptItem(vault_key, label, plaintext.Reveal(), random);
}

absl::Status VerifyCiphertext(const Point& vault_key, const ItemLabel& label,
                              const Ciphertext& ciphertext) {
  if (vault_key.IsIdentity() || ciphertext.r.IsIdentity() || ciphertext.r_hat.IsIdentity()) {
    return absl::InvalidArgumentError("the ciphertext or the vault's key has an identity in it");
  }
  Point base = SecondBase(label.organisation, label.vault, vault_key);
  Point w = Point::MulBase(ciphertext.f) - ciphertext.r.Mul(ciphertext.e);
  Point w_hat = base.Mul(ciphertext.f) - ciphertext.r_hat.Mul(ciphertext.e);
  if (ItemChallenge(vault_key, base, label.Encode(), ciphertext, w, w_hat) != ciphertext.e) {
    return absl::InvalidArgumentError(
        "the ciphertext's proof does not hold for this label; it must be deposited again");
  }
  return absl::OkStatus();
}

bool PayloadMatches(const Ciphertext& ciphertext, ByteSpan payload) {
  return payload.size() > kPayloadOverhead && payload.size() <= kMaxItemSize + kPayloadOverhead &&
         Sha256(payload) == ciphertext.payload_digest;
}

Digest CiphertextHash(const ItemLabel& label, const Ciphertext& ciphertext) {
  Transcript transcript("quorate/ciphertext/v1");
  transcript.Append(label.Encode());
  transcript.AppendPoint(ciphertext.r).AppendPoint(ciphertext.r_hat);
  transcript.AppendScalar(ciphertext.e).AppendScalar(ciphertext.f);
  return transcript.AppendDigest(ciphertext.payload_digest).Hash();
}

absl::StatusOr<Secret> DecryptItem(const Point& vault_key, const SecretPoint& shared,
                                   const ItemLabel& label, const Ciphertext& ciphertext,
                                   ByteSpan payload) {
  absl::Status verified = VerifyCiphertext(vault_key, label, ciphertext);
  if (!verified.ok()) return verified;
  if (!PayloadMatches(ciphertext, payload)) {
    return absl::InvalidArgumentError("the payload is not the ciphertext's; fetch it again");
  }
  Bytes encoded = label.Encode();
  Secret key = ItemKey(vault_key, ciphertext.r, shared.secret(), encoded);
  std::optional<Secret> plaintext =
      AeadOpen(key.Reveal(), payload.first(kAeadNonceSize), ItemAad(encoded, ciphertext).encoding(),
               payload.subspan(kAeadNonceSize));
  if (!plaintext.has_value()) {
    return absl::DataLossError(
        "the item does not open under the combined point; its depositor sealed something else");
  }
  return *std::move(plaintext);
}

}  // namespace quorate::crypto
