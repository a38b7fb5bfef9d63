// Runs every operation of crypto/ that touches a secret with all secrets marked as undefined
// memory. Under valgrind's memcheck, a branch or a memory index that depends on one is then an
// error
// ("ctgrind", A. Langley, 2010). It says nothing about instructions whose time depends on their
// operands, nor about code outside these paths.
//
//   constant_time            zero reports are expected
//   constant_time --control  a planted branch on a secret: at least one report is expected
#include <valgrind/memcheck.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "crypto/aead.h"
#include "crypto/dealing.h"
#include "crypto/declassify.h"
#include "crypto/decryption_share.h"
#include "crypto/dleq.h"
#include "crypto/feldman.h"
#include "crypto/identity.h"
#include "crypto/init.h"
#include "crypto/qualified_set.h"
#include "crypto/receiving_key.h"
#include "crypto/statement_key.h"
#include "crypto/threshold_encryption.h"
#include "crypto/wrap.h"

namespace quorate::crypto {
namespace {

constexpr uint32_t kThreshold = 3;
constexpr uint32_t kHolders = 5;

template <typename T>
T Must(absl::StatusOr<T> result) {
  if (!result.ok()) {
    std::fprintf(stderr, "%s\n", result.status().ToString().c_str());
    std::exit(2);
  }
  return *std::move(result);
}
void Must(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "%s\n", what);
  std::exit(2);
}

// Everything that comes from here is a secret until the code says otherwise.
class SecretRandom final : public RandomSource {
 public:
  void Fill(std::span<uint8_t> out) override {
    random_.Fill(out);
    VALGRIND_MAKE_MEM_UNDEFINED(out.data(), out.size());
  }

 private:
  SeededRandom random_{uint64_t{1}};
};

Secret Mark(Secret secret) {
  VALGRIND_MAKE_MEM_UNDEFINED(secret.RevealMutable().data(), secret.size());
  return secret;
}

ShareIndex At(uint32_t index) { return *ShareIndex::From(index); }
Digest D(std::string_view text) { return Sha256(AsBytes(text)); }

struct Vault {
  SharingContext context;
  std::vector<ReceivingKey> keys;
  std::vector<SecretScalar> shares;
  std::optional<QualifiedSet> set;
};

Vault GenerateKey(RandomSource& random) {
  Vault vault;
  SharingContext& context = vault.context;
  context.organisation = D("organisation");
  context.vault = 1;
  context.epoch = 1;
  context.threshold = *Threshold::From(kThreshold);
  context.session = D("session");
  for (uint32_t i = 1; i <= kHolders; ++i) {
    const ReceivingKeyContext receiving{context.organisation, context.vault, context.epoch,
                                        context.session, At(i)};
    vault.keys.push_back(ReceivingKey::Generate(receiving, random));
    context.receivers.push_back({At(i), vault.keys.back().notice.key});
  }
  std::vector<Dealing> dealings;
  std::vector<QualifiedDealing> qualified;
  for (uint32_t i = 1; i <= kHolders; ++i) {
    dealings.push_back(Must(Deal(context, At(i), nullptr, random)));
    qualified.push_back(QualifiedDealing::From(context, dealings.back()));
  }
  vault.set = Must(QualifiedSet::Create(context, std::move(qualified)));
  for (uint32_t i = 1; i <= kHolders; ++i) {
    std::vector<IndexedSecret> sub_shares;
    for (const Dealing& dealing : dealings) {
      sub_shares.push_back(
          {dealing.dealer, Must(OpenSubShare(context, dealing, At(i), vault.keys[i - 1].secret))});
    }
    vault.shares.push_back(Must(CombineSubShares(*vault.set, At(i), sub_shares)));
    const SchnorrProof proof =
        Must(Acknowledge(*vault.set, At(i), D("root"), vault.shares.back(), random));
    Must(VerifyAcknowledgement(*vault.set, At(i), D("root"), proof).ok(), "acknowledgement");
  }
  return vault;
}

// A sub-share that does not open, and what a complaint is made of.
void Complain(const Vault& vault, RandomSource& random) {
  const SecretScalar& receiving = vault.keys.front().secret;
  const Dealing dealing = Must(Deal(vault.context, At(2), nullptr, random));
  Dealing bad = dealing;
  bad.ciphertexts.front().front() ^= 1;
  Must(!OpenSubShare(vault.context, bad, At(1), receiving).ok(), "bad dealing");
  const std::array<Point, 1> c = {dealing.ephemeral};
  const std::array<Point, 1> d = {dealing.ephemeral.MulToPublic(receiving)};
  const DleqStatement statement{AsBytes("context"), Point::Base(), vault.keys.front().notice.key, c,
                                d};
  const DleqProof proof = Must(ProveDleq(statement, receiving, random));
  Must(VerifyDleq(statement, proof).ok(), "complaint");
}

void Release(const Vault& vault, RandomSource& random) {
  const Point& key = vault.set->public_key();
  ItemLabel label;
  label.organisation = vault.context.organisation;
  label.vault = 1;
  label.account = "page";
  label.item_kind = 1;
  label.version = 1;
  label.depositor = 1;
  const Secret plaintext = Mark(Secret::Copy(AsBytes("correct horse battery staple")));
  const EncryptedItem item = Must(EncryptItem(key, label, plaintext, random));
  Must(VerifyCiphertext(key, label, item.ciphertext).ok(), "ciphertext");

  const OneTimeKey one_time = OneTimeKey::Generate(D("one-time"), random);
  std::vector<VerifiedShare> verified;
  for (uint32_t i = 1; i <= kThreshold; ++i) {
    ShareContext context{vault.context.organisation,
                         1,
                         1,
                         CiphertextHash(label, item.ciphertext),
                         D("request"),
                         1,
                         At(i)};
    const ShareStatement statement{Must(vault.set->PublicShareOf(At(i))), item.ciphertext.r,
                                   one_time.notice.key};
    const DecryptionShare share = Must(MakeShare(context, statement, vault.shares[i - 1], random));
    verified.push_back(Must(VerifyShare(context, statement, share)));
  }
  const SecretPoint combined =
      Must(CombineShares(verified, *Threshold::From(kThreshold), one_time.secret));
  const Secret opened = Must(DecryptItem(key, combined, label, item.ciphertext, item.payload));
  Must(Declassified(SecretsEqual(opened, plaintext)), "opened");
}

void Reshare(const Vault& old, RandomSource& random) {
  SharingContext context = old.context;
  context.kind = SharingKind::kResharing;
  context.epoch = 2;
  context.previous_commitments = old.set->commitments();
  for (uint32_t i = 1; i <= kThreshold; ++i) {
    Must(Deal(context, At(i), &old.shares[i - 1], random).ok(), "resharing");
  }
}

void WrapAndSeal(RandomSource& random) {
  const Secret key = Secret::Random(kOrganisationKeySize, random);
  const WrapKey wrap_key = WrapKey::Random(random);
  const Bytes wrap = Must(WrapOrganisationKey(key, 1, D("organisation"), 1, wrap_key.public_key));
  Must(UnwrapOrganisationKey(wrap, 1, D("organisation"), 1, wrap_key, CommitToOrganisationKey(key))
           .ok(),
       "wrap");
  const Secret passphrase = Mark(Secret::Copy(AsBytes("five people one kettle")));
  const Bytes sealed = Must(Seal(wrap_key.public_key, D("session"), passphrase, random));
  Must(Unseal(wrap_key, D("session"), sealed).ok(), "seal");
  const Secret statement_key = StatementKey(key, 1, {1, 2, 3});
  const Digest commitment = StatementKeyCommitment(statement_key);
  Must(commitment != Digest{}, "commitment");
}

void Sign(RandomSource& random) {
  const SigningKey key = SigningKey::Random(random);
  const Signature signature = key.Sign("quorate/test/v1", AsBytes("message"));
  Must(VerifySignature(key.public_key(), "quorate/test/v1", AsBytes("message"), signature), "sign");
}

// What the check must notice: a branch on one bit of a secret.
int BranchOnASecret(RandomSource& random) {
  const Secret secret = Secret::Random(32, random);
  return (secret.Reveal()[0] & 1) != 0 ? std::puts("odd") : std::puts("even");
}

int Main(std::string_view argument) {
  if (!InitCrypto().ok()) return 2;
  if (RUNNING_ON_VALGRIND == 0) {
    std::fprintf(stderr, "run it under valgrind\n");
    return 2;
  }
  SecretRandom random;
  if (argument == "--control") return BranchOnASecret(random) < 0 ? 2 : 0;
  const Vault vault = GenerateKey(random);
  Complain(vault, random);
  Release(vault, random);
  Reshare(vault, random);
  WrapAndSeal(random);
  Sign(random);
  std::puts("done");
  return 0;
}

}  // namespace
}  // namespace quorate::crypto

int main(int argc, char** argv) { return quorate::crypto::Main(argc > 1 ? argv[1] : ""); }
