#include "custody/keystore/keystore.h"

#include <sys/stat.h>

#include <cerrno>
#include <optional>
#include <utility>

#include "custody/base/error_info.h"
#include "custody/base/files.h"
#include "custody/base/status_macros.h"

namespace quorate::keystore {
namespace {

using crypto::Bytes;
using crypto::ByteSpan;
using crypto::Secret;

// identity = magic field*, in this order, each field a u32 little-endian length and its bytes:
//   name, argon2id passes (u32), argon2id memory KiB (u32), salt (16),
//   signing, tls, wrap, device, witness public keys (32 each),
//   lock key sealed under the passphrase key, seed and device seed sealed under the lock key,
//   tls seed, witness seed and invite sealed under the unattended key.
// Every seal's additional data is the field's word and all the public fields before it.
// Do not change: a new layout gets a new magic line.
constexpr std::string_view kMagic = "quorate identity 1\n";
constexpr size_t kMaxIdentityBytes = 64 * 1024;
constexpr size_t kKeyBytes = 32;

class Writer {
 public:
  explicit Writer(std::string_view magic) { Raw(crypto::AsBytes(magic)); }
  void Field(ByteSpan bytes) {
    U32(static_cast<uint32_t>(bytes.size()));
    Raw(bytes);
  }
  void FieldU32(uint32_t value) {
    U32(4);
    U32(value);
  }
  const Bytes& bytes() const { return bytes_; }

 private:
  void U32(uint32_t value) {
    for (int shift = 0; shift < 32; shift += 8) {
      bytes_.push_back(static_cast<uint8_t>(value >> shift));
    }
  }
  void Raw(ByteSpan bytes) { bytes_.insert(bytes_.end(), bytes.begin(), bytes.end()); }
  Bytes bytes_;
};

class Reader {
 public:
  explicit Reader(ByteSpan rest) : rest_(rest) {}
  std::optional<ByteSpan> Field() {
    std::optional<uint32_t> size = U32();
    if (!size.has_value() || *size > rest_.size()) return std::nullopt;
    ByteSpan field = rest_.first(*size);
    rest_ = rest_.subspan(*size);
    return field;
  }
  std::optional<ByteSpan> Field(size_t exact) {
    std::optional<ByteSpan> field = Field();
    return field.has_value() && field->size() == exact ? field : std::nullopt;
  }
  std::optional<uint32_t> FieldU32() {
    std::optional<uint32_t> size = U32();
    return size == 4u ? U32() : std::nullopt;
  }
  bool done() const { return rest_.empty(); }

 private:
  std::optional<uint32_t> U32() {
    if (rest_.size() < 4) return std::nullopt;
    uint32_t value = 0;
    for (size_t i = 0; i < 4; ++i) value |= static_cast<uint32_t>(rest_[i]) << (8 * i);
    rest_ = rest_.subspan(4);
    return value;
  }
  ByteSpan rest_;
};

struct PublicPart {
  std::string name;
  crypto::Argon2idParams argon2id;
  crypto::PassphraseSalt salt{};
  CardKeys card;
};

void WritePublic(Writer& out, const PublicPart& part) {
  out.Field(crypto::AsBytes(part.name));
  out.FieldU32(part.argon2id.passes);
  out.FieldU32(part.argon2id.memory_kib);
  out.Field(part.salt);
  out.Field(part.card.signing.span());
  out.Field(part.card.tls.span());
  out.Field(part.card.wrap.span());
  out.Field(part.card.device.span());
  out.Field(part.card.witness.span());
}

bool ReadKey(Reader& in, crypto::PublicSigningKey& key) {
  std::optional<ByteSpan> field = in.Field(kKeyBytes);
  if (!field.has_value()) return false;
  key = *crypto::PublicSigningKey::FromBytes(*field);
  return true;
}

std::optional<PublicPart> ReadPublic(Reader& in) {
  PublicPart part;
  std::optional<ByteSpan> name = in.Field();
  std::optional<uint32_t> passes = in.FieldU32();
  std::optional<uint32_t> memory = in.FieldU32();
  std::optional<ByteSpan> salt = in.Field(part.salt.size());
  if (!name || !passes || !memory || !salt) return std::nullopt;
  part.name = crypto::AsString(*name);
  part.argon2id = {*passes, *memory};
  std::copy(salt->begin(), salt->end(), part.salt.begin());
  if (!ReadKey(in, part.card.signing) || !ReadKey(in, part.card.tls)) return std::nullopt;
  std::optional<ByteSpan> wrap = in.Field(kKeyBytes);
  std::optional<crypto::Point> point = wrap ? crypto::Point::FromBytes(*wrap) : std::nullopt;
  if (!point.has_value() || point->IsIdentity()) return std::nullopt;
  part.card.wrap = *point;
  if (!ReadKey(in, part.card.device) || !ReadKey(in, part.card.witness)) return std::nullopt;
  return part;
}

Bytes Aad(std::string_view field, const PublicPart& part) {
  Writer out(field);
  WritePublic(out, part);
  return out.bytes();
}

absl::Status Damaged(const std::string& what) {
  return base::MakeError(absl::StatusCode::kDataLoss, "DAMAGED_IDENTITY", what + " is damaged",
                         "restore the folder from a backup, or join anew with `quorate init`");
}

// A folder or key that others may read is no longer a secret.
absl::Status CheckPrivate(const std::string& path) {
  struct stat info {};
  if (::stat(path.c_str(), &info) != 0) return base::ErrnoError(errno, "cannot look at", path);
  if ((info.st_mode & 077) == 0) return absl::OkStatus();
  return base::MakeError(absl::StatusCode::kFailedPrecondition, "NOT_PRIVATE",
                         path + " can be read by others on this machine",
                         "run: chmod go-rwx " + path);
}

// The key file is read into guarded memory by way of one small buffer that is wiped.
absl::StatusOr<Secret> ReadUnattendedKey(const Home& home) {
  QUORATE_RETURN_IF_ERROR(CheckPrivate(home.unattended_key()));
  absl::StatusOr<Bytes> read = base::ReadFile(home.unattended_key(), 2 * kKeyBytes);
  if (base::GetReason(read.status()) == "FILE_TOO_LARGE") return Damaged(home.unattended_key());
  if (!read.ok()) return read.status();
  Bytes bytes = *std::move(read);
  if (bytes.size() != kKeyBytes) return Damaged(home.unattended_key());
  Secret key = Secret::Copy(bytes);
  std::fill(bytes.begin(), bytes.end(), uint8_t{0});
  return key;
}

}  // namespace

absl::StatusOr<Keystore> Keystore::Create(const Home& home, const NewIdentity& identity,
                                          const Secret& passphrase, crypto::RandomSource& random) {
  return Restore(home, identity, Secret::Random(crypto::kIdentitySeedSize, random), passphrase,
                 random);
}

absl::StatusOr<Keystore> Keystore::Restore(const Home& home, const NewIdentity& identity,
                                           const Secret& seed, const Secret& passphrase,
                                           crypto::RandomSource& random) {
  QUORATE_ASSIGN_OR_RETURN(crypto::IdentityKeys keys, crypto::IdentityKeys::FromSeed(seed));
  QUORATE_RETURN_IF_ERROR(base::MakePrivateFolder(home.folder));
  QUORATE_ASSIGN_OR_RETURN(bool exists, base::FileExists(home.identity()));
  if (exists) {
    return base::MakeError(absl::StatusCode::kAlreadyExists, "IDENTITY_EXISTS",
                           "there is an identity in " + home.folder + " already",
                           "use it, or choose another folder with QUORATE_HOME");
  }
  crypto::SigningKey device = crypto::SigningKey::Random(random);
  crypto::SigningKey witness = crypto::SigningKey::Random(random);
  Secret lock_key = Secret::Random(kKeyBytes, random);
  Secret unattended_key = Secret::Random(kKeyBytes, random);

  PublicPart part;
  part.name = identity.name;
  part.argon2id = identity.argon2id;
  random.Fill(part.salt);
  part.card = {keys.signing.public_key(), keys.tls.public_key(), keys.wrap.public_key,
               device.public_key(), witness.public_key()};
  QUORATE_ASSIGN_OR_RETURN(Secret passphrase_key,
                           crypto::DerivePassphraseKey(passphrase, part.salt, identity.argon2id));

  Writer out(kMagic);
  WritePublic(out, part);
  auto seal = [&](std::string_view field, const Secret& key, const auto& plain) {
    out.Field(crypto::SealUnder(key, Aad(field, part), plain, random));
  };
  seal("lock", passphrase_key, lock_key);
  seal("seed", lock_key, seed);
  seal("device", lock_key, device.ExpandedSeed());
  seal("tls", unattended_key, keys.tls.ExpandedSeed());
  seal("witness", unattended_key, witness.ExpandedSeed());
  seal("invite", unattended_key, crypto::AsBytes(identity.invite));

  // The identity comes last: without it, whatever a crash leaves is written over.
  QUORATE_RETURN_IF_ERROR(
      base::WriteFileAtomically(home.unattended_key(), unattended_key.Reveal()));
  QUORATE_RETURN_IF_ERROR(base::CreateFileExclusively(home.identity(), out.bytes()));
  return Open(home);
}

absl::StatusOr<Keystore> Keystore::Open(const Home& home) {
  QUORATE_ASSIGN_OR_RETURN(bool exists, base::FileExists(home.identity()));
  if (!exists) {
    return base::MakeError(absl::StatusCode::kNotFound, "NO_IDENTITY",
                           "there is no identity in " + home.folder,
                           "run: quorate init --name NAME --server INVITE");
  }
  QUORATE_RETURN_IF_ERROR(CheckPrivate(home.folder));
  QUORATE_ASSIGN_OR_RETURN(Secret unattended_key, ReadUnattendedKey(home));
  absl::StatusOr<Bytes> whole = base::ReadFile(home.identity(), kMaxIdentityBytes);
  if (base::GetReason(whole.status()) == "FILE_TOO_LARGE") return Damaged(home.identity());
  if (!whole.ok()) return whole.status();
  const Bytes file = *std::move(whole);
  ByteSpan rest = file;
  if (rest.size() < kMagic.size() || crypto::AsText(rest.first(kMagic.size())) != kMagic) {
    return Damaged(home.identity());
  }
  Reader in(rest.subspan(kMagic.size()));
  std::optional<PublicPart> part = ReadPublic(in);
  if (!part.has_value()) return Damaged(home.identity());
  std::array<ByteSpan, 6> sealed;
  for (ByteSpan& field : sealed) {
    std::optional<ByteSpan> read = in.Field();
    if (!read.has_value()) return Damaged(home.identity());
    field = *read;
  }
  if (!in.done()) return Damaged(home.identity());

  auto open = [&](std::string_view field, ByteSpan bytes) -> absl::StatusOr<Secret> {
    absl::StatusOr<Secret> opened = crypto::OpenUnder(unattended_key, Aad(field, *part), bytes);
    if (!opened.ok()) return Damaged(home.identity() + " or " + home.unattended_key());
    return opened;
  };
  QUORATE_ASSIGN_OR_RETURN(Secret tls_seed, open("tls", sealed[3]));
  QUORATE_ASSIGN_OR_RETURN(Secret witness_seed, open("witness", sealed[4]));
  QUORATE_ASSIGN_OR_RETURN(Secret invite, open("invite", sealed[5]));
  QUORATE_ASSIGN_OR_RETURN(crypto::SigningKey tls, crypto::SigningKey::FromSeed(tls_seed));
  QUORATE_ASSIGN_OR_RETURN(crypto::SigningKey witness, crypto::SigningKey::FromSeed(witness_seed));
  if (tls.public_key() != part->card.tls || witness.public_key() != part->card.witness) {
    return Damaged(home.identity());
  }
  Keystore keystore(home, std::move(unattended_key), std::move(tls), std::move(witness));
  keystore.name_ = part->name;
  keystore.invite_ = crypto::AsString(invite.Reveal());
  keystore.card_ = part->card;
  keystore.argon2id_ = part->argon2id;
  keystore.salt_ = part->salt;
  keystore.sealed_lock_key_ = Bytes(sealed[0].begin(), sealed[0].end());
  keystore.sealed_seed_ = Bytes(sealed[1].begin(), sealed[1].end());
  keystore.sealed_device_ = Bytes(sealed[2].begin(), sealed[2].end());
  return keystore;
}

absl::StatusOr<Secret> Keystore::OpenLockKey(const Secret& passphrase) const {
  const PublicPart part{name_, argon2id_, salt_, card_};
  QUORATE_ASSIGN_OR_RETURN(Secret passphrase_key,
                           crypto::DerivePassphraseKey(passphrase, salt_, argon2id_));
  absl::StatusOr<Secret> lock_key =
      crypto::OpenUnder(passphrase_key, Aad("lock", part), sealed_lock_key_);
  if (!lock_key.ok()) {
    return base::MakeError(absl::StatusCode::kPermissionDenied, "WRONG_PASSPHRASE",
                           "the passphrase does not open this identity",
                           "try again; nobody can reset a forgotten passphrase");
  }
  return lock_key;
}

absl::StatusOr<Secret> Keystore::OpenSeed(const Secret& passphrase) const {
  QUORATE_ASSIGN_OR_RETURN(const Secret lock_key, OpenLockKey(passphrase));
  absl::StatusOr<Secret> seed =
      crypto::OpenUnder(lock_key, Aad("seed", {name_, argon2id_, salt_, card_}), sealed_seed_);
  if (!seed.ok()) return Damaged(home_.identity());
  return seed;
}

absl::StatusOr<PersonKeys> Keystore::Unlock(const Secret& passphrase) const {
  const PublicPart part{name_, argon2id_, salt_, card_};
  QUORATE_ASSIGN_OR_RETURN(Secret lock_key, OpenLockKey(passphrase));
  absl::StatusOr<Secret> seed = crypto::OpenUnder(lock_key, Aad("seed", part), sealed_seed_);
  absl::StatusOr<Secret> device_seed =
      crypto::OpenUnder(lock_key, Aad("device", part), sealed_device_);
  if (!seed.ok() || !device_seed.ok()) return Damaged(home_.identity());
  QUORATE_ASSIGN_OR_RETURN(crypto::IdentityKeys keys, crypto::IdentityKeys::FromSeed(*seed));
  QUORATE_ASSIGN_OR_RETURN(crypto::SigningKey device, crypto::SigningKey::FromSeed(*device_seed));
  if (keys.signing.public_key() != card_.signing || device.public_key() != card_.device) {
    return Damaged(home_.identity());
  }
  return PersonKeys{std::move(keys.signing), std::move(device), std::move(keys.wrap),
                    std::move(lock_key)};
}

}  // namespace quorate::keystore
