#include <benchmark/benchmark.h>

#include <cstdlib>
#include <functional>
#include <vector>

#include "crypto/dealing.h"
#include "crypto/decryption_share.h"
#include "crypto/feldman.h"
#include "crypto/init.h"
#include "crypto/random.h"
#include "crypto/receiving_key.h"
#include "crypto/threshold_encryption.h"
#include "tests/bench/group_operations.h"
#include "tests/bench/timing.h"

// What each operation costs beside the multiplications that it cannot do without. Each round times
// the operation and then the same number of multiplications (counted, not reckoned) straight in
// libsodium, so that a busy machine slows both:
//   ratio  operation / its multiplications (median of the rounds)
//   group  operation / its multiplications, additions and decodings of points
namespace quorate::crypto {
namespace {

template <typename T>
T Must(absl::StatusOr<T> result) {
  if (!result.ok()) std::abort();
  return *std::move(result);
}
void Must(const absl::Status& status) {
  if (!status.ok()) std::abort();
}

void Measure(benchmark::State& state, const std::function<void()>& work) {
  work();
  (void)bench::TakeCounts();
  work();
  const bench::GroupOperations counts = bench::TakeCounts();
  std::vector<double> ratios;
  std::vector<double> group;
  for (auto _ : state) {
    const double own = bench::ProcessorSecondsOf(work);
    const double multiplications =
        bench::ProcessorSecondsOf([&] { bench::RunMultiplications(counts); });
    const double rest = bench::ProcessorSecondsOf([&] { bench::RunAdditionsAndDecodings(counts); });
    state.SetIterationTime(own);
    ratios.push_back(own / multiplications);
    group.push_back(own / (multiplications + rest));
  }
  state.counters["ratio"] = bench::Median(std::move(ratios));
  state.counters["group"] = bench::Median(std::move(group));
  state.counters["base"] = static_cast<double>(counts.base_multiplications);
  state.counters["mult"] = static_cast<double>(counts.multiplications);
  state.counters["add"] = static_cast<double>(counts.additions);
}

struct Vault {
  SystemRandom random;
  Threshold threshold;
  std::vector<Point> commitments;
  std::vector<ShareIndex> indices;
  std::vector<SecretScalar> shares;
  std::vector<Point> public_shares;
  ItemLabel label;
  Secret plaintext;
  EncryptedItem item;
  OneTimeKey one_time;
  ShareContext context;

  explicit Vault(uint32_t k)
      : threshold(*Threshold::From(k)),
        plaintext(Secret::Random(64, random)),
        one_time(OneTimeKey::Generate(Digest(), random)) {
    Polynomial polynomial =
        Must(Polynomial::Random(threshold, SecretScalar::Random(random), random));
    commitments = Commit(polynomial);
    for (uint32_t i = 1; i <= k; ++i) {
      indices.push_back(*ShareIndex::From(2 * i));
      shares.push_back(Must(polynomial.Evaluate(indices.back())));
      public_shares.push_back(Must(PublicShare(commitments, indices.back())));
    }
    label.account = "page";
    item = Must(EncryptItem(commitments.front(), label, plaintext, random));
    context.ciphertext_hash = CiphertextHash(label, item.ciphertext);
  }

  ShareStatement StatementOf(size_t i) const {
    return {public_shares[i], item.ciphertext.r, one_time.notice.key};
  }
  ShareContext ContextOf(size_t i) const {
    ShareContext mine = context;
    mine.index = indices[i];
    return mine;
  }
  DecryptionShare Share(size_t i) {
    return Must(MakeShare(ContextOf(i), StatementOf(i), shares[i], random));
  }
};

void Encrypt(benchmark::State& state) {
  Vault vault(3);
  Measure(state, [&] {
    benchmark::DoNotOptimize(
        Must(EncryptItem(vault.commitments.front(), vault.label, vault.plaintext, vault.random)));
  });
}

void VerifyItem(benchmark::State& state) {
  Vault vault(3);
  Measure(state, [&] {
    Must(VerifyCiphertext(vault.commitments.front(), vault.label, vault.item.ciphertext));
  });
}

void MakeDecryptionShare(benchmark::State& state) {
  Vault vault(3);
  Measure(state, [&] { benchmark::DoNotOptimize(vault.Share(0)); });
}

void VerifyDecryptionShare(benchmark::State& state) {
  Vault vault(3);
  const DecryptionShare share = vault.Share(0);
  Measure(state, [&] {
    benchmark::DoNotOptimize(Must(VerifyShare(vault.ContextOf(0), vault.StatementOf(0), share)));
  });
}

// What a recipient does: every proof is checked, then k shares are combined and the item decrypted.
void Combine(benchmark::State& state) {
  const size_t k = static_cast<size_t>(state.range(0));
  Vault vault(static_cast<uint32_t>(k));
  std::vector<DecryptionShare> sent;
  for (size_t i = 0; i < k; ++i) sent.push_back(vault.Share(i));
  Measure(state, [&] {
    std::vector<VerifiedShare> verified;
    for (size_t i = 0; i < k; ++i) {
      verified.push_back(Must(VerifyShare(vault.ContextOf(i), vault.StatementOf(i), sent[i])));
    }
    SecretPoint shared = Must(CombineShares(verified, vault.threshold, vault.one_time.secret));
    benchmark::DoNotOptimize(Must(DecryptItem(vault.commitments.front(), shared, vault.label,
                                              vault.item.ciphertext, vault.item.payload)));
  });
}

struct Sharing {
  SystemRandom random;
  SharingContext context;
  std::vector<ReceivingKey> keys;

  Sharing(uint32_t k, uint32_t n) {
    context.epoch = 1;
    context.threshold = *Threshold::From(k);
    for (uint32_t i = 1; i <= n; ++i) {
      keys.push_back(ReceivingKey::Generate({}, random));
      context.receivers.push_back({*ShareIndex::From(i), keys.back().notice.key});
    }
  }
};

void DealToHolders(benchmark::State& state) {
  Sharing sharing(static_cast<uint32_t>(state.range(0)), static_cast<uint32_t>(state.range(1)));
  Measure(state, [&] {
    benchmark::DoNotOptimize(
        Must(Deal(sharing.context, sharing.context.receivers[0].index, nullptr, sharing.random)));
  });
}

void CheckDealingInPublic(benchmark::State& state) {
  Sharing sharing(static_cast<uint32_t>(state.range(0)), static_cast<uint32_t>(state.range(1)));
  const Dealing dealing =
      Must(Deal(sharing.context, sharing.context.receivers[0].index, nullptr, sharing.random));
  Measure(state, [&] { Must(CheckDealing(sharing.context, dealing)); });
}

// What a holder does with each dealing: public checks, decryption, Feldman's equation.
void OpenDealing(benchmark::State& state) {
  Sharing sharing(static_cast<uint32_t>(state.range(0)), static_cast<uint32_t>(state.range(1)));
  const Dealing dealing =
      Must(Deal(sharing.context, sharing.context.receivers[0].index, nullptr, sharing.random));
  Measure(state, [&] {
    benchmark::DoNotOptimize(Must(OpenSubShare(
        sharing.context, dealing, sharing.context.receivers[1].index, sharing.keys[1].secret)));
  });
}

void Configure(benchmark::internal::Benchmark* benchmark) {
  benchmark->UseManualTime()->Unit(benchmark::kMicrosecond);
}

BENCHMARK(Encrypt)->Apply(Configure);
BENCHMARK(VerifyItem)->Apply(Configure);
BENCHMARK(MakeDecryptionShare)->Apply(Configure);
BENCHMARK(VerifyDecryptionShare)->Apply(Configure);
BENCHMARK(Combine)->Arg(3)->Arg(30)->Arg(51)->Apply(Configure);
BENCHMARK(DealToHolders)->Args({3, 5})->Args({51, 100})->Apply(Configure);
BENCHMARK(CheckDealingInPublic)->Args({3, 5})->Args({51, 100})->Apply(Configure);
BENCHMARK(OpenDealing)->Args({3, 5})->Args({51, 100})->Apply(Configure);

}  // namespace
}  // namespace quorate::crypto

int main(int argc, char** argv) {
  if (!quorate::crypto::InitCrypto().ok()) return 1;
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}
