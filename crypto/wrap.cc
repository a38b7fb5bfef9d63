#include "crypto/wrap.h"

#include <algorithm>
#include <utility>

#include "crypto/aead.h"
#include "crypto/declassify.h"
#include "crypto/transcript.h"

namespace quorate::crypto {
namespace {

// What a wrap of an organisation key is for.
struct WrapPurpose {
  uint32_t key_version;
  const Digest& context;
  uint32_t organiser;
  const Point& wrap_public;

  Transcript Describe(std::string_view label) const {
    Transcript transcript(label);
    transcript.AppendU64(key_version).AppendDigest(context).AppendU64(organiser);
    transcript.AppendPoint(wrap_public);
    return transcript;
  }
};

Secret SharedKey(const SecretPoint& shared, const Point& ephemeral, Transcript info) {
  return DeriveKey(shared.secret(), info.AppendPoint(ephemeral), kAeadKeyAndNonceSize);
}

Transcript SealInfo(const Point& public_key, const Digest& context) {
  Transcript info("quorate/seal/v1");
  info.AppendPoint(public_key).AppendDigest(context);
  return info;
}

Bytes Join(const Point& ephemeral, ByteSpan sealed) {
  Bytes joined(ephemeral.span().begin(), ephemeral.span().end());
  joined.insert(joined.end(), sealed.begin(), sealed.end());
  return joined;
}

Transcript OlderKeyInfo(uint32_t older_version, const Digest& context) {
  Transcript info("quorate/older-key-wrap/v1");
  info.AppendU64(older_version).AppendDigest(context);
  return info;
}

constexpr char kDoesNotOpen[] =
    "the wrap does not open with this key, or does not hold what its commitment says; ask whoever "
    "made it";

}  // namespace

WrapKey WrapKey::Random(RandomSource& random) { return FromSecret(SecretScalar::Random(random)); }

WrapKey WrapKey::FromSecret(SecretScalar secret) {
  Point public_key = Point::MulBase(secret);
  return {std::move(secret), public_key};
}

Digest CommitToKey(std::string_view label, const Secret& secret) {
  Digest digest;
  Secret hash = DeriveKey(secret, Transcript(label), Digest::kSize);
  std::copy_n(hash.Reveal().begin(), Digest::kSize, digest.value.begin());
  Declassify(digest.value.data(), digest.value.size());
  return digest;
}

Digest CommitToOrganisationKey(const Secret& key) {
  return CommitToKey("quorate/organisation-key-commitment/v1", key);
}

absl::StatusOr<Bytes> WrapOrganisationKey(const Secret& key, uint32_t key_version,
                                          const Digest& context, uint32_t organiser,
                                          const Point& wrap_public) {
  if (key.size() != kOrganisationKeySize || wrap_public.IsIdentity()) {
    return absl::InvalidArgumentError("the organisation key or the wrap key is malformed");
  }
  WrapPurpose purpose{key_version, context, organiser, wrap_public};
  SecretScalar ephemeral_secret = SecretScalar::FromWide(
      DeriveKey(key, purpose.Describe("quorate/organisation-key-wrap-randomness/v1"), 64));
  Point ephemeral = Point::MulBase(ephemeral_secret);
  Secret shared_key = SharedKey(wrap_public.MulSecret(ephemeral_secret), ephemeral,
                                purpose.Describe("quorate/organisation-key-wrap/v1"));
  return Join(ephemeral, AeadSealOnce(shared_key, {}, key.Reveal()));
}

absl::StatusOr<Secret> UnwrapOrganisationKey(ByteSpan wrap, uint32_t key_version,
                                             const Digest& context, uint32_t organiser,
                                             const WrapKey& wrap_key, const Digest& commitment) {
  if (wrap.size() != kOrganisationKeyWrapSize) return absl::InvalidArgumentError(kDoesNotOpen);
  std::optional<Point> ephemeral = Point::FromBytes(wrap.first(Point::kSize));
  if (!ephemeral.has_value()) return absl::InvalidArgumentError(kDoesNotOpen);
  WrapPurpose purpose{key_version, context, organiser, wrap_key.public_key};
  Secret shared_key = SharedKey(ephemeral->MulSecret(wrap_key.secret), *ephemeral,
                                purpose.Describe("quorate/organisation-key-wrap/v1"));
  std::optional<Secret> key = AeadOpenOnce(shared_key, {}, wrap.subspan(Point::kSize));
  if (!key.has_value() || CommitToOrganisationKey(*key) != commitment) {
    return absl::InvalidArgumentError(kDoesNotOpen);
  }
  absl::StatusOr<Bytes> again =
      WrapOrganisationKey(*key, key_version, context, organiser, wrap_key.public_key);
  if (!again.ok() || !std::equal(again->begin(), again->end(), wrap.begin(), wrap.end())) {
    return absl::InvalidArgumentError(
        "the wrap opens, but is not the one that this key gives; refuse the charter");
  }
  return *std::move(key);
}

absl::StatusOr<Bytes> WrapOlderKey(const Secret& newer, const Secret& older, uint32_t older_version,
                                   const Digest& context) {
  if (newer.size() != kOrganisationKeySize || older.size() != kOrganisationKeySize) {
    return absl::InvalidArgumentError("an organisation key is 32 bytes");
  }
  // The nonce must differ where the sealed key does, so the commitment to it goes in.
  Transcript info = OlderKeyInfo(older_version, context);
  info.AppendDigest(CommitToOrganisationKey(older));
  return AeadSealOnce(DeriveKey(newer, info, kAeadKeyAndNonceSize), {}, older.Reveal());
}

absl::StatusOr<Secret> UnwrapOlderKey(const Secret& newer, ByteSpan wrap, uint32_t older_version,
                                      const Digest& context, const Digest& older_commitment) {
  if (newer.size() != kOrganisationKeySize || wrap.size() != kOrganisationKeySize + kAeadTagSize) {
    return absl::InvalidArgumentError(kDoesNotOpen);
  }
  Transcript info = OlderKeyInfo(older_version, context);
  info.AppendDigest(older_commitment);
  std::optional<Secret> older =
      AeadOpenOnce(DeriveKey(newer, info, kAeadKeyAndNonceSize), {}, wrap);
  if (!older.has_value() || CommitToOrganisationKey(*older) != older_commitment) {
    return absl::InvalidArgumentError(kDoesNotOpen);
  }
  return *std::move(older);
}

absl::StatusOr<Bytes> Seal(const Point& public_key, const Digest& context, const Secret& secret,
                           RandomSource& random) {
  if (secret.empty() || secret.size() > kMaxSealedSize || public_key.IsIdentity()) {
    return absl::InvalidArgumentError("nothing or too much to seal, or no key to seal it to");
  }
  Transcript info = SealInfo(public_key, context);
  SecretScalar ephemeral_secret = HedgedNonce(random, secret.Reveal(), info);
  Point ephemeral = Point::MulBase(ephemeral_secret);
  Secret key = SharedKey(public_key.MulSecret(ephemeral_secret), ephemeral, info);
  return Join(ephemeral, AeadSealOnce(key, {}, secret.Reveal()));
}

absl::StatusOr<Secret> Unseal(const WrapKey& key, const Digest& context, ByteSpan sealed) {
  if (sealed.size() <= kSealOverhead || sealed.size() > kMaxSealedSize + kSealOverhead) {
    return absl::InvalidArgumentError(kDoesNotOpen);
  }
  std::optional<Point> ephemeral = Point::FromBytes(sealed.first(Point::kSize));
  if (!ephemeral.has_value() || ephemeral->IsIdentity()) {
    return absl::InvalidArgumentError(kDoesNotOpen);
  }
  Secret shared_key =
      SharedKey(ephemeral->MulSecret(key.secret), *ephemeral, SealInfo(key.public_key, context));
  std::optional<Secret> secret = AeadOpenOnce(shared_key, {}, sealed.subspan(Point::kSize));
  if (!secret.has_value()) return absl::InvalidArgumentError(kDoesNotOpen);
  return *std::move(secret);
}

}  // namespace quorate::crypto
