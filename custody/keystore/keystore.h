#ifndef QUORATE_CUSTODY_KEYSTORE_KEYSTORE_H_
#define QUORATE_CUSTODY_KEYSTORE_KEYSTORE_H_

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "crypto/identity.h"
#include "crypto/passphrase.h"
#include "crypto/secret.h"
#include "crypto/wrap.h"
#include "custody/keystore/home.h"

// A person's keys at rest, behind two locks.
//
// The unattended lock is a random key in a file of its own (0600): TLS and witness keys open with
// it, so that a rebooted machine follows the log by itself. The person's lock is the passphrase:
// signing, wrap and device keys, and whatever the node seals under `lock_key` (shares, receiving
// keys, one-time keys), open only with it. Whoever copies the folder has the first lock and a
// chance to guess at the second, at Argon2id's price a guess.
namespace quorate::keystore {

// The public half of everything a card holds.
struct CardKeys {
  crypto::PublicSigningKey signing;
  crypto::PublicSigningKey tls;
  crypto::Point wrap;
  crypto::PublicSigningKey device;
  crypto::PublicSigningKey witness;
};

// What the passphrase opens. Move-only.
struct PersonKeys {
  crypto::SigningKey signing;
  crypto::SigningKey device;
  crypto::WrapKey wrap;
  crypto::Secret lock_key;  // 32 bytes; seals the node's secrets.
};

struct NewIdentity {
  std::string name;
  // The server's invite or a draft's link. A link opens its draft, so it is kept sealed.
  std::string invite;
  crypto::Argon2idParams argon2id;
};

class Keystore {
 public:
  // Makes the folder and a new identity in it. AlreadyExists, and nothing changed, where there is
  // one. The seed and the device and witness keys are random.
  [[nodiscard]] static absl::StatusOr<Keystore> Create(const Home& home,
                                                       const NewIdentity& identity,
                                                       const crypto::Secret& passphrase,
                                                       crypto::RandomSource& random);

  // The same for a seed that a paper kit brought back. Device and witness keys are new: nobody
  // knows them yet, so that this identity alone neither approves nor receives shares.
  // InvalidArgument unless `seed` is crypto::kIdentitySeedSize bytes.
  [[nodiscard]] static absl::StatusOr<Keystore> Restore(const Home& home,
                                                        const NewIdentity& identity,
                                                        const crypto::Secret& seed,
                                                        const crypto::Secret& passphrase,
                                                        crypto::RandomSource& random);

  // Opens the unattended half. NotFound (run `quorate init`), DataLoss for damaged files,
  // FailedPrecondition for a newer format or a folder that others can read.
  [[nodiscard]] static absl::StatusOr<Keystore> Open(const Home& home);

  // PermissionDenied with reason WRONG_PASSPHRASE. Costs what the header's Argon2id parameters say.
  [[nodiscard]] absl::StatusOr<PersonKeys> Unlock(const crypto::Secret& passphrase) const;
  // The seed, for a paper kit and nothing else. As Unlock.
  [[nodiscard]] absl::StatusOr<crypto::Secret> OpenSeed(const crypto::Secret& passphrase) const;

  const std::string& name() const { return name_; }
  const std::string& invite() const { return invite_; }
  const CardKeys& card() const { return card_; }
  const crypto::SigningKey& tls() const { return tls_; }
  const crypto::SigningKey& witness() const { return witness_; }
  // 32 bytes; seals what must open without the person.
  const crypto::Secret& unattended_key() const { return unattended_key_; }
  const Home& home() const { return home_; }

 private:
  Keystore(Home home, crypto::Secret unattended_key, crypto::SigningKey tls,
           crypto::SigningKey witness)
      : home_(std::move(home)),
        unattended_key_(std::move(unattended_key)),
        tls_(std::move(tls)),
        witness_(std::move(witness)) {}

  [[nodiscard]] absl::StatusOr<crypto::Secret> OpenLockKey(const crypto::Secret& passphrase) const;

  Home home_;
  std::string name_;
  std::string invite_;
  CardKeys card_;
  crypto::Argon2idParams argon2id_;
  crypto::PassphraseSalt salt_{};
  crypto::Bytes sealed_lock_key_;
  crypto::Bytes sealed_seed_;
  crypto::Bytes sealed_device_;
  crypto::Secret unattended_key_;
  crypto::SigningKey tls_;
  crypto::SigningKey witness_;
};

}  // namespace quorate::keystore

#endif  // QUORATE_CUSTODY_KEYSTORE_KEYSTORE_H_
