// Runs a fuzz target without a fuzzer: every seed as it is, then seeded random changes of them.
//   TARGET FOLDER [CHANGES]
// What libFuzzer finds is kept as one more seed, so that this repeats it for ever.
#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <vector>

#include "tests/fuzz/fuzz.h"

namespace quorate::fuzz {
namespace {

using Sample = std::vector<uint8_t>;

// What runs now, printed where it ends the process.
const Sample* running = nullptr;

void PrintRunning(int) {
  std::fprintf(stderr, "input: %s\n", running == nullptr ? "" : crypto::Hex(*running).c_str());
  std::signal(SIGABRT, SIG_DFL);
}

void Try(const Sample& sample) {
  running = &sample;
  LLVMFuzzerTestOneInput(sample.data(), sample.size());
}

std::vector<Sample> ReadSeeds(const std::filesystem::path& folder) {
  std::vector<std::filesystem::path> paths;
  for (const auto& file : std::filesystem::directory_iterator(folder)) paths.push_back(file.path());
  std::sort(paths.begin(), paths.end());
  std::vector<Sample> seeds;
  for (const std::filesystem::path& path : paths) {
    std::ifstream file(path, std::ios::binary);
    seeds.emplace_back(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
  }
  return seeds;
}

Sample Change(const std::vector<Sample>& seeds, std::mt19937& dice) {
  const auto below = [&](size_t limit) { return limit == 0 ? 0 : dice() % limit; };
  Sample sample = seeds[below(seeds.size())];
  for (size_t changes = 1 + below(4); changes > 0; --changes) {
    const size_t at = below(sample.size() + 1);
    const size_t length = std::min(sample.size() - at, below(16));
    const auto from = sample.begin() + static_cast<long>(at);
    switch (below(5)) {
      case 0:
        if (at < sample.size()) sample[at] ^= static_cast<uint8_t>(1u << below(8));
        break;
      case 1:
        sample.insert(from, static_cast<uint8_t>(dice()));
        break;
      case 2:
        sample.erase(from, from + static_cast<long>(length));
        break;
      case 3: {
        const Sample piece(from, from + static_cast<long>(length));
        sample.insert(from, piece.begin(), piece.end());
        break;
      }
      default: {
        const Sample& other = seeds[below(seeds.size())];
        sample.resize(at);
        const size_t tail = below(other.size() + 1);
        sample.insert(sample.end(), other.begin() + static_cast<long>(tail), other.end());
      }
    }
  }
  return sample;
}

int Main(int argc, char** argv) {
  if (argc < 2) return 2;
  std::signal(SIGABRT, &PrintRunning);
  const std::vector<Sample> seeds = ReadSeeds(argv[1]);
  if (seeds.empty()) {
    std::fprintf(stderr, "no seeds in %s\n", argv[1]);
    return 2;
  }
  for (const Sample& seed : seeds) Try(seed);
  std::mt19937 dice(1);
  const long changes = argc > 2 ? std::atol(argv[2]) : 1000;
  for (long i = 0; i < changes; ++i) {
    const Sample sample = Change(seeds, dice);
    Try(sample);
  }
  std::printf("%zu seeds, %ld changes\n", seeds.size(), changes);
  return 0;
}

}  // namespace
}  // namespace quorate::fuzz

int main(int argc, char** argv) { return quorate::fuzz::Main(argc, argv); }
