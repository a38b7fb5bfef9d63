#include <algorithm>

#include "crypto/identity.h"
#include "crypto/passphrase.h"
#include "crypto/statement_key.h"
#include "crypto/words.h"
#include "crypto/wrap.h"
#include "tests/vectors/sections.h"

namespace quorate::vectors {
namespace {

using crypto::Bytes;
using crypto::Digest;
using crypto::IdentityKeys;
using crypto::RandomSource;
using crypto::Secret;

constexpr char kLabel[] = "quorate/vector/v1";

Bytes RandomBytes(size_t size, RandomSource& random) {
  Bytes bytes(size);
  random.Fill(bytes);
  return bytes;
}

Digest RandomDigest(RandomSource& random) { return *Digest::FromBytes(RandomBytes(32, random)); }

// Fixed-size bytes, as many as are there.
template <size_t N>
std::array<uint8_t, N> Fixed(const In& in) {
  Bytes bytes = in.Hex();
  in.Expect(bytes.size() == N, "has a wrong length");
  std::array<uint8_t, N> out{};
  std::copy_n(bytes.begin(), std::min(N, bytes.size()), out.begin());
  return out;
}

void EmitIdentities(Out& out, RandomSource& random) {
  Secret seed = Secret::Random(crypto::kIdentitySeedSize, random);
  IdentityKeys keys = Must(IdentityKeys::FromSeed(seed));
  Bytes message = RandomBytes(33, random);
  out.Object(nullptr, [&] {
    out.Hex("seed", seed.Reveal());
    out.Hex("signing_key", keys.signing.public_key().span());
    out.Hex("tls_key", keys.tls.public_key().span());
    out.Hex("wrap_secret", keys.wrap.secret.Reveal());
    out.Hex("wrap_key", keys.wrap.public_key.span());
    out.Text("label", kLabel);
    out.Hex("message", message);
    out.Hex("signature", keys.signing.Sign(kLabel, message).span());
  });
}

void CheckIdentity(const In& in) {
  absl::StatusOr<IdentityKeys> keys = IdentityKeys::FromSeed(Secret::Copy(in["seed"].Hex()));
  in["seed"].ExpectOk(keys.status());
  if (!keys.ok()) return;
  in["signing_key"].ExpectHex(keys->signing.public_key().span());
  in["tls_key"].ExpectHex(keys->tls.public_key().span());
  in["wrap_secret"].ExpectHex(keys->wrap.secret.Reveal());
  in["wrap_key"].ExpectHex(keys->wrap.public_key.span());
  std::string label = in["label"].Text();
  Bytes message = in["message"].Hex();
  in["signature"].ExpectHex(keys->signing.Sign(label, message).span());
  crypto::Signature signature{Fixed<crypto::Signature::kSize>(in["signature"])};
  in["signature"].Expect(VerifySignature(keys->signing.public_key(), label, message, signature),
                         "does not verify");
}

void EmitOrganisationKeys(Out& out, RandomSource& random) {
  Secret newer = Secret::Random(crypto::kOrganisationKeySize, random);
  Secret key = Secret::Random(crypto::kOrganisationKeySize, random);
  Digest context = RandomDigest(random);
  crypto::WrapKey organiser = crypto::WrapKey::Random(random);
  out.Object(nullptr, [&] {
    out.Hex("key", key.Reveal());
    out.Number("key_version", 3);
    out.Hex("context", context.span());
    out.Hex("commitment", crypto::CommitToOrganisationKey(key).span());
    out.Number("organiser", 4);
    out.Hex("wrap_secret", organiser.secret.Reveal());
    out.Hex("wrap", Must(WrapOrganisationKey(key, 3, context, 4, organiser.public_key)));
    out.Hex("newer_key", newer.Reveal());
    out.Hex("wrap_under_newer", Must(WrapOlderKey(newer, key, 3, context)));
  });
}

void CheckOrganisationKey(const In& in) {
  Secret key = Secret::Copy(Fixed<crypto::kOrganisationKeySize>(in["key"]));
  Secret newer = Secret::Copy(Fixed<crypto::kOrganisationKeySize>(in["newer_key"]));
  uint32_t version = in["key_version"].Number();
  uint32_t organiser = in["organiser"].Number();
  Digest context = in["context"].Digest();
  Digest commitment = crypto::CommitToOrganisationKey(key);
  in["commitment"].ExpectHex(commitment.span());
  crypto::WrapKey wrap_key = crypto::WrapKey::FromSecret(in["wrap_secret"].Secret());
  absl::StatusOr<Bytes> wrap =
      WrapOrganisationKey(key, version, context, organiser, wrap_key.public_key);
  in["wrap"].ExpectOk(wrap.status());
  if (wrap.ok()) in["wrap"].ExpectHex(*wrap);
  absl::StatusOr<Secret> opened =
      UnwrapOrganisationKey(in["wrap"].Hex(), version, context, organiser, wrap_key, commitment);
  in["wrap"].Expect(opened.ok() && SecretsEqual(*opened, key), "does not open");
  absl::StatusOr<Secret> older =
      UnwrapOlderKey(newer, in["wrap_under_newer"].Hex(), version, context, commitment);
  in["wrap_under_newer"].Expect(older.ok() && SecretsEqual(*older, key), "does not open");
}

void EmitStatementKeys(Out& out, RandomSource& random) {
  Secret organisation_key = Secret::Random(crypto::kOrganisationKeySize, random);
  std::array<uint8_t, 16> id;
  random.Fill(id);
  crypto::BodyNonce nonce;
  random.Fill(nonce);
  Secret key = StatementKey(organisation_key, 4, id);
  Bytes aad = RandomBytes(20, random);
  Bytes body = RandomBytes(50, random);
  out.Object(nullptr, [&] {
    out.Hex("organisation_key", organisation_key.Reveal());
    out.Number("author", 4);
    out.Hex("statement_id", id);
    out.Hex("key", key.Reveal());
    out.Hex("commitment", StatementKeyCommitment(key).span());
    out.Hex("nonce", nonce);
    out.Hex("aad", aad);
    out.Hex("body", body);
    out.Hex("sealed", SealBody(key, nonce, aad, body));
  });
}

void CheckStatementKey(const In& in) {
  Secret organisation_key =
      Secret::Copy(Fixed<crypto::kOrganisationKeySize>(in["organisation_key"]));
  Secret key = StatementKey(organisation_key, in["author"].Number(), Fixed<16>(in["statement_id"]));
  in["key"].ExpectHex(key.Reveal());
  in["commitment"].ExpectHex(StatementKeyCommitment(key).span());
  crypto::BodyNonce nonce = Fixed<24>(in["nonce"]);
  Bytes aad = in["aad"].Hex();
  in["sealed"].ExpectHex(SealBody(key, nonce, aad, in["body"].Hex()));
  absl::StatusOr<Bytes> body = OpenBody(key, nonce, aad, in["sealed"].Hex());
  in["sealed"].ExpectOk(body.status());
  if (body.ok()) in["body"].ExpectHex(*body);
}

void EmitPassphrases(Out& out, RandomSource& random) {
  Secret passphrase = Secret::Copy(crypto::AsBytes("correct horse battery staple"));
  crypto::PassphraseSalt salt;
  random.Fill(salt);
  crypto::Argon2idParams params{2, 256};
  Secret key = Must(DerivePassphraseKey(passphrase, salt, params));
  Bytes aad = RandomBytes(20, random);
  Bytes plaintext = RandomBytes(40, random);
  out.Object(nullptr, [&] {
    out.Hex("passphrase", passphrase.Reveal());
    out.Hex("salt", salt);
    out.Number("passes", params.passes);
    out.Number("memory_kib", params.memory_kib);
    out.Hex("key", key.Reveal());
    out.Hex("aad", aad);
    out.Hex("plaintext", plaintext);
    out.Hex("sealed", SealUnder(key, aad, plaintext, random));
  });
}

void CheckPassphrase(const In& in) {
  absl::StatusOr<Secret> key =
      DerivePassphraseKey(Secret::Copy(in["passphrase"].Hex()), Fixed<16>(in["salt"]),
                          {in["passes"].Number(), in["memory_kib"].Number()});
  in["key"].ExpectOk(key.status());
  if (!key.ok()) return;
  in["key"].ExpectHex(key->Reveal());
  absl::StatusOr<Secret> plaintext = OpenUnder(*key, in["aad"].Hex(), in["sealed"].Hex());
  in["sealed"].ExpectOk(plaintext.status());
  if (plaintext.ok()) in["plaintext"].ExpectHex(plaintext->Reveal());
}

void EmitSeals(Out& out, RandomSource& random) {
  crypto::WrapKey key = crypto::WrapKey::Random(random);
  Digest context = RandomDigest(random);
  Secret secret = Secret::Random(32, random);
  out.Object(nullptr, [&] {
    out.Hex("secret_key", key.secret.Reveal());
    out.Hex("context", context.span());
    out.Hex("plaintext", secret.Reveal());
    out.Hex("sealed", Must(Seal(key.public_key, context, secret, random)));
  });
}

void CheckSeal(const In& in) {
  crypto::WrapKey key = crypto::WrapKey::FromSecret(in["secret_key"].Secret());
  absl::StatusOr<Secret> opened = Unseal(key, in["context"].Digest(), in["sealed"].Hex());
  in["sealed"].ExpectOk(opened.status());
  if (opened.ok()) in["plaintext"].ExpectHex(opened->Reveal());
}

void EmitWords(Out& out, RandomSource& random) {
  Digest digest = RandomDigest(random);
  out.Object(nullptr, [&] {
    out.Hex("digest", digest.span());
    out.Array("words", [&] {
      for (const std::string& word : crypto::FingerprintWords(digest, 12)) out.Text(nullptr, word);
    });
  });
}

void CheckWords(const In& in) {
  std::vector<std::string> words;
  for (const In& word : in["words"].Items()) words.push_back(word.Text());
  in["words"].Expect(words == crypto::FingerprintWords(in["digest"].Digest(), 12), "differ");
}

}  // namespace

const std::array<Section, 6> kKeySections = {{
    {"identities", EmitIdentities, CheckIdentity},
    {"organisation_keys", EmitOrganisationKeys, CheckOrganisationKey},
    {"statement_keys", EmitStatementKeys, CheckStatementKey},
    {"passphrases", EmitPassphrases, CheckPassphrase},
    {"seals", EmitSeals, CheckSeal},
    {"fingerprints", EmitWords, CheckWords},
}};

}  // namespace quorate::vectors
