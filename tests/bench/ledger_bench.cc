#include <benchmark/benchmark.h>

#include <cstdlib>
#include <string>
#include <vector>

#include "crypto/identity.h"
#include "crypto/init.h"
#include "crypto/random.h"
#include "tests/bench/timing.h"
#include "tests/ledger/harness.h"

// How fast a reader replays a log: entries of each kind against one Ed25519 verification, which is
// the least that an entry costs.
namespace quorate::ledger::testing {
namespace {

constexpr int kRequests = 8;

// A log's entries from where vault and account exist, and the state that they start from.
struct Log {
  Ledger start;
  std::vector<Entry> requests;
  std::vector<Entry> approvals;
  std::vector<Entry> shares;
  std::vector<Entry> deposits;
  std::vector<Entry> all;
};

void Take(World& world, const Draft& draft, std::vector<Entry>& kind, std::vector<Entry>& all) {
  const Entry entry = world.Place(draft);
  if (world.Apply(entry) != RefusalCode::kNone) std::abort();
  kind.push_back(entry);
  all.push_back(entry);
}

const Log& TheLog() {
  static const Log kLog = [] {
    World world = WorldWithAccount();
    Log log{world.ledger(), {}, {}, {}, {}, {}};
    for (int i = 0; i < kRequests; ++i) {
      Take(world, world.DepositDraft(6, 1, "site" + std::to_string(i), {ItemKind::kPassword}),
           log.deposits, log.all);
      Take(world, world.RequestDraft(6, 1, "page", {{ItemKind::kPassword, 1}}, {6}), log.requests,
           log.all);
      const LeafHash id = log.requests.back().leaf_hash;
      for (uint32_t holder : {1u, 2u, 3u}) {
        Take(world, world.ApproveDraft(holder, id), log.approvals, log.all);
      }
      for (uint32_t holder : {1u, 2u, 3u}) {
        Take(world, world.SharesDraft(holder, id), log.shares, log.all);
      }
      Take(world, world.Make(6, Opened{id}), log.requests, log.all);
    }
    return log;
  }();
  return kLog;
}

// Replays all of the log, and times the entries of `kind` alone.
void Replay(benchmark::State& state, std::vector<Entry> Log::*kind) {
  const Log& log = TheLog();
  const std::vector<Entry>& timed = log.*kind;
  crypto::SystemRandom random;
  const crypto::SigningKey key = crypto::SigningKey::Random(random);
  const crypto::Bytes message(300, 7);
  const crypto::Signature signature = key.Sign("quorate/bench/v1", message);
  std::vector<double> ratios;
  for (auto _ : state) {
    Ledger ledger = log.start;
    double own = 0;
    auto next = timed.begin();
    for (const Entry& entry : log.all) {
      const bool counts = next != timed.end() && next->index == entry.index;
      if (counts) ++next;
      const double seconds = bench::ProcessorSecondsOf([&] {
        if (!ledger.Apply(entry).admitted()) std::abort();
      });
      if (counts) own += seconds;
    }
    const double verifications = bench::ProcessorSecondsOf([&] {
      for (size_t i = 0; i < timed.size(); ++i) {
        if (!crypto::VerifySignature(key.public_key(), "quorate/bench/v1", message, signature)) {
          std::abort();
        }
      }
    });
    state.SetIterationTime(own);
    ratios.push_back(own / verifications);
  }
  state.counters["ratio"] = bench::Median(std::move(ratios));
  state.SetItemsProcessed(state.iterations() * static_cast<int64_t>(timed.size()));
}

void Configure(benchmark::internal::Benchmark* benchmark) {
  benchmark->UseManualTime()->Unit(benchmark::kMicrosecond);
}

BENCHMARK_CAPTURE(Replay, everything, &Log::all)->Apply(Configure);
BENCHMARK_CAPTURE(Replay, deposits, &Log::deposits)->Apply(Configure);
BENCHMARK_CAPTURE(Replay, requests_and_closings, &Log::requests)->Apply(Configure);
BENCHMARK_CAPTURE(Replay, approvals, &Log::approvals)->Apply(Configure);
BENCHMARK_CAPTURE(Replay, decryption_shares, &Log::shares)->Apply(Configure);

}  // namespace
}  // namespace quorate::ledger::testing

int main(int argc, char** argv) {
  if (!quorate::crypto::InitCrypto().ok()) return 1;
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}
