#include <unistd.h>

#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "crypto/init.h"
#include "tests/simulation/memo_sodium.h"
#include "tests/simulation/scenario.h"

namespace {

using quorate::simulation::Run;
using quorate::simulation::RunSeed;

constexpr char kUsage[] =
    "usage: simulation --seeds A..B [--jobs N] [--seconds S] [--twice] [--verbose]\n"
    "       simulation --replay SEED [--verbose]\n"
    "       simulation --self-test [--verbose]\n"
    "  --seconds S  stops after that long, however many seeds are left\n"
    "  --twice      runs each seed twice: both must do the same, step by step\n"
    "  --self-test  breaks each rule once: every one must be noticed\n";

struct Options {
  uint64_t from = 0;
  uint64_t to = 0;
  bool have_seeds = false;
  unsigned jobs = 1;
  unsigned seconds = 0;  // 0: no limit.
  bool twice = false;
  bool verbose = false;
  bool self_test = false;
};

thread_local uint64_t current_seed = 0;

// Says which seed a crash belongs to: only what a signal handler may call.
void OnCrash(int signal) {
  char text[64] = "seed ";
  size_t at = std::strlen(text);
  char digits[24];
  size_t count = 0;
  for (uint64_t rest = current_seed; rest != 0 || count == 0; rest /= 10) {
    digits[count++] = static_cast<char>('0' + rest % 10);
  }
  while (count > 0) text[at++] = digits[--count];
  for (char c : std::string_view(" CRASHED\n")) text[at++] = c;
  if (::write(STDOUT_FILENO, text, at) < 0) std::_Exit(3);
  std::signal(signal, SIG_DFL);
  std::raise(signal);
}

bool ParseNumber(const char* text, uint64_t& value) {
  char* end = nullptr;
  value = std::strtoull(text, &end, 10);
  return end != text && *end == '\0';
}

bool ParseSeeds(const std::string& range, Options& options) {
  const size_t dots = range.find("..");
  options.have_seeds = true;
  if (!ParseNumber(range.substr(0, dots).c_str(), options.from)) return false;
  options.to = options.from;
  return dots == std::string::npos || ParseNumber(range.c_str() + dots + 2, options.to);
}

bool Parse(int argc, char** argv, Options& options) {
  for (int i = 1; i < argc; ++i) {
    const std::string_view flag = argv[i];
    uint64_t number = 0;
    if (flag == "--verbose") {
      options.verbose = true;
    } else if (flag == "--twice") {
      options.twice = true;
    } else if (flag == "--self-test") {
      options.self_test = true;
    } else if (i + 1 == argc) {
      return false;
    } else if (flag == "--seeds" || flag == "--replay") {
      if (!ParseSeeds(argv[++i], options)) return false;
    } else if (!ParseNumber(argv[++i], number)) {
      return false;
    } else if (flag == "--jobs" && number >= 1 && number <= 256) {
      options.jobs = static_cast<unsigned>(number);
    } else if (flag == "--seconds") {
      options.seconds = static_cast<unsigned>(number);
    } else {
      return false;
    }
  }
  return options.have_seeds != options.self_test;
}

// Runs seeds until they, or the time, are used up. Each on a thread of its own, with worlds of its
// own.
class Runner {
 public:
  explicit Runner(const Options& options) : options_(options), next_(options.from) {}

  int RunAll() {
    const auto start = std::chrono::steady_clock::now();
    if (options_.seconds > 0) end_ = start + std::chrono::seconds(options_.seconds);
    std::vector<std::thread> threads;
    for (unsigned job = 1; job < options_.jobs; ++job) threads.emplace_back([this] { Work(); });
    Work();
    for (std::thread& thread : threads) thread.join();
    const double seconds =
        std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    std::printf("%llu seeds in %.1f s, %llu failed\n", static_cast<unsigned long long>(done_),
                seconds, static_cast<unsigned long long>(failed_));
    return failed_ == 0 ? 0 : 1;
  }

 private:
  void Work() {
    while (!end_.has_value() || std::chrono::steady_clock::now() < *end_) {
      const uint64_t seed = next_.fetch_add(1);
      if (seed > options_.to) return;
      current_seed = seed;
      RunOne(seed);
    }
  }

  void RunOne(uint64_t seed) {
    quorate::simulation::ForgetSodium();
    Run run = RunSeed(seed, options_.verbose);
    if (options_.twice && !run.verdict.has_value()) {
      quorate::simulation::ForgetSodium();
      if (RunSeed(seed, false).trace != run.trace) run.verdict = "it runs differently each time";
    }
    std::lock_guard<std::mutex> lock(mutex_);
    ++done_;
    if (!run.verdict.has_value()) return;
    ++failed_;
    std::printf("seed %llu FAILED: %s\n  again: simulation --replay %llu --verbose\n",
                static_cast<unsigned long long>(seed), run.verdict->c_str(),
                static_cast<unsigned long long>(seed));
    std::fflush(stdout);
  }

  const Options options_;
  std::optional<std::chrono::steady_clock::time_point> end_;
  std::atomic<uint64_t> next_;
  std::mutex mutex_;  // Guards what follows, and standard output.
  uint64_t done_ = 0;
  uint64_t failed_ = 0;
};

}  // namespace

int main(int argc, char** argv) {
  Options options;
  if (!Parse(argc, argv, options)) {
    std::fputs(kUsage, stderr);
    return 2;
  }
  if (!quorate::crypto::InitCrypto().ok()) return 1;
  for (int signal : {SIGABRT, SIGSEGV}) std::signal(signal, OnCrash);
  if (options.self_test) return quorate::simulation::RunSelfTest(options.verbose) ? 0 : 1;
  return Runner(options).RunAll();
}
