#include "tests/crypto/testing.h"

#include "crypto/feldman.h"
#include "crypto/init.h"

namespace quorate::crypto {
namespace {

class CryptoEnvironment final : public ::testing::Environment {
 public:
  void SetUp() override { ASSERT_TRUE(InitCrypto().ok()); }
};

const auto* const kEnvironment = ::testing::AddGlobalTestEnvironment(new CryptoEnvironment);

}  // namespace

Digest D(std::string_view text) { return Sha256(AsBytes(text)); }

Point P(std::string_view hex) { return Must(Point::FromBytes(Must(FromHex(hex)))); }

Scalar Sc(std::string_view hex) { return Must(Scalar::FromCanonical(Must(FromHex(hex)))); }

Point RandomPoint(RandomSource& random) { return Point::MulBase(SecretScalar::Random(random)); }

Scalar Known(const SecretScalar& secret) { return Must(Scalar::FromCanonical(secret.Reveal())); }

TestVault MakeVault(uint32_t k, uint32_t n, RandomSource& random) {
  Polynomial polynomial = Must(Polynomial::Random(K(k), SecretScalar::Random(random), random));
  TestVault vault;
  vault.commitments = Commit(polynomial);
  for (uint32_t i = 1; i <= n; ++i) {
    vault.indices.push_back(At(i));
    vault.shares.push_back(Must(polynomial.Evaluate(At(i))));
    vault.public_shares.push_back(Point::MulBase(vault.shares.back()));
  }
  return vault;
}

TestSharing StartSharing(SharingKind kind, uint32_t k, uint32_t n, RandomSource& random,
                         std::vector<Point> previous) {
  TestSharing sharing;
  SharingContext& context = sharing.context;
  context.organisation = D("organisation");
  context.vault = 3;
  context.epoch = kind == SharingKind::kKeyGeneration ? 1 : 2;
  context.kind = kind;
  context.threshold = K(k);
  context.previous_commitments = std::move(previous);
  context.session = D("session");
  for (uint32_t i = 1; i <= n; ++i) {
    ReceivingKeyContext receiving{context.organisation, context.vault, context.epoch,
                                  context.session, At(i)};
    sharing.keys.push_back(ReceivingKey::Generate(receiving, random));
    context.receivers.push_back({At(i), sharing.keys.back().notice.key});
  }
  return sharing;
}

void FinishSharing(TestSharing& sharing) {
  std::vector<QualifiedDealing> qualified;
  for (const Dealing& dealing : sharing.dealings) {
    EXPECT_OK(CheckDealing(sharing.context, dealing));
    qualified.push_back(QualifiedDealing::From(sharing.context, dealing));
  }
  sharing.set = Must(QualifiedSet::Create(sharing.context, qualified));
  for (size_t j = 0; j < sharing.keys.size(); ++j) {
    std::vector<IndexedSecret> sub_shares;
    ShareIndex index = sharing.context.receivers[j].index;
    for (const Dealing& dealing : sharing.dealings) {
      sub_shares.push_back({dealing.dealer, Must(OpenSubShare(sharing.context, dealing, index,
                                                              sharing.keys[j].secret))});
    }
    sharing.shares.push_back(Must(CombineSubShares(*sharing.set, index, sub_shares)));
  }
}

TestSharing GenerateKey(uint32_t k, uint32_t n, RandomSource& random) {
  TestSharing sharing = StartSharing(SharingKind::kKeyGeneration, k, n, random);
  for (uint32_t i = 1; i <= n; ++i) {
    sharing.dealings.push_back(Must(Deal(sharing.context, At(i), nullptr, random)));
  }
  FinishSharing(sharing);
  return sharing;
}

TestSharing Reshare(const TestSharing& old, const std::vector<size_t>& positions, uint32_t k,
                    uint32_t n, RandomSource& random) {
  TestSharing sharing = StartSharing(SharingKind::kResharing, k, n, random, old.set->commitments());
  for (size_t position : positions) {
    sharing.dealings.push_back(Must(Deal(sharing.context, old.context.receivers[position].index,
                                         &old.shares[position], random)));
  }
  FinishSharing(sharing);
  return sharing;
}

ItemLabel MakeLabel() {
  ItemLabel label;
  label.organisation = D("organisation");
  label.vault = 3;
  label.account = "page";
  label.item_kind = 1;
  label.version = 4;
  label.depositor = 9;
  label.statement_id = {1, 2, 3};
  label.part = 0;
  return label;
}

std::vector<std::vector<size_t>> Subsets(size_t n, size_t size) {
  std::vector<std::vector<size_t>> subsets;
  for (uint32_t mask = 0; mask < (1u << n); ++mask) {
    std::vector<size_t> subset;
    for (size_t i = 0; i < n; ++i) {
      if ((mask >> i & 1) != 0) subset.push_back(i);
    }
    if (subset.size() == size) subsets.push_back(std::move(subset));
  }
  return subsets;
}

}  // namespace quorate::crypto
