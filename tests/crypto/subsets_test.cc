#include <algorithm>

#include "crypto/decryption_share.h"
#include "crypto/threshold_encryption.h"
#include "tests/crypto/testing.h"

namespace quorate::crypto {
namespace {

// A vault of some size with one item and every holder's verified share of it.
class Opening {
 public:
  Opening(uint32_t k, uint32_t n, size_t holders, RandomSource& random)
      : vault_(MakeVault(k, n, random)),
        item_(Must(EncryptItem(vault_.key(), label_, plaintext_, random))),
        recipient_(OneTimeKey::Generate(D("request"), random)) {
    for (size_t i = n - holders; i < n; ++i) {
      ShareContext context{label_.organisation,
                           label_.vault,
                           1,
                           CiphertextHash(label_, item_.ciphertext),
                           D("request"),
                           7,
                           vault_.indices[i]};
      ShareStatement statement{vault_.public_shares[i], item_.ciphertext.r, recipient_.notice.key};
      DecryptionShare share = Must(MakeShare(context, statement, vault_.shares[i], random));
      shares_.push_back(Must(VerifyShare(context, statement, share)));
    }
  }

  bool Opens(const std::vector<size_t>& subset) const {
    std::vector<VerifiedShare> shares;
    for (size_t i : subset) shares.push_back(shares_[i]);
    Threshold count = K(static_cast<uint32_t>(subset.size()));
    SecretPoint shared = Must(CombineShares(shares, count, recipient_.secret));
    absl::StatusOr<Secret> opened =
        DecryptItem(vault_.key(), shared, label_, item_.ciphertext, item_.payload);
    return opened.ok() && SecretsEqual(*opened, plaintext_);
  }

 private:
  ItemLabel label_ = MakeLabel();
  Secret plaintext_ = Secret::Copy(AsBytes("a password"));
  TestVault vault_;
  EncryptedItem item_;
  OneTimeKey recipient_;
  std::vector<VerifiedShare> shares_;
};

TEST(Subsets, EveryQuorumOpensAndNoSmallerSetDoes) {
  SeededRandom random(1);
  for (uint32_t n = 1; n <= 7; ++n) {
    for (uint32_t k = 1; k <= std::min(n, 5u); ++k) {
      Opening opening(k, n, n, random);
      for (const auto& subset : Subsets(n, k)) EXPECT_TRUE(opening.Opens(subset));
      if (k == 1) continue;
      for (const auto& subset : Subsets(n, k - 1)) EXPECT_FALSE(opening.Opens(subset));
    }
  }
}

TEST(Subsets, ALargeVaultOpensWithItsQuorumAndNotWithOneFewer) {
  SeededRandom random(2);
  const std::pair<uint32_t, uint32_t> sizes[] = {{9, 20}, {51, 100}};
  for (const auto& [k, n] : sizes) {
    size_t holders = k + 4;
    Opening opening(k, n, holders, random);
    for (size_t first = 0; first < 4; ++first) {
      std::vector<size_t> subset;
      for (size_t i = 0; i < k; ++i) subset.push_back((first + i) % holders);
      EXPECT_TRUE(opening.Opens(subset));
      subset.pop_back();
      EXPECT_FALSE(opening.Opens(subset));
    }
  }
}

}  // namespace
}  // namespace quorate::crypto
