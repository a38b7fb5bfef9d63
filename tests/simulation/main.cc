#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

#include "crypto/init.h"
#include "tests/simulation/scenario.h"

// simulation --seeds A..B [--verbose]
namespace {

int Usage() {
  std::fprintf(stderr, "usage: simulation --seeds A..B [--verbose]\n");
  return 2;
}

}  // namespace

int main(int argc, char** argv) {
  if (!quorate::crypto::InitCrypto().ok()) return 1;
  uint64_t from = 0;
  uint64_t to = 0;
  bool verbose = false;
  bool have_seeds = false;
  for (int i = 1; i < argc; ++i) {
    const std::string_view flag = argv[i];
    if (flag == "--verbose") {
      verbose = true;
    } else if (flag == "--seeds" && i + 1 < argc) {
      const std::string range = argv[++i];
      const size_t dots = range.find("..");
      from = std::strtoull(range.c_str(), nullptr, 10);
      to = dots == std::string::npos ? from : std::strtoull(range.c_str() + dots + 2, nullptr, 10);
      have_seeds = true;
    } else {
      return Usage();
    }
  }
  if (!have_seeds) return Usage();
  int failures = 0;
  for (uint64_t seed = from; seed <= to; ++seed) {
    quorate::simulation::Verdict verdict =
        seed == 0 ? quorate::simulation::RunHappyPath(verbose)
                  : quorate::simulation::RunSeed(seed, verbose);
    if (!verdict.has_value()) continue;
    ++failures;
    std::printf("seed %llu FAILED: %s\n", static_cast<unsigned long long>(seed), verdict->c_str());
  }
  std::printf("%llu seeds, %d failed\n", static_cast<unsigned long long>(to - from + 1), failures);
  return failures == 0 ? 0 : 1;
}
