// Prints the samples in the form of frozen.json.
#include <cstdio>

#include "tests/wire/samples.h"

int main() {
  std::printf("[\n");
  const char* separator = "";
  for (const auto& sample : quorate::wire::testing::AllSamples()) {
    std::printf("%s  {\"name\": \"%s\", \"hex\": \"%s\"}", separator, sample.name.c_str(),
                quorate::crypto::Hex(sample.bytes).c_str());
    separator = ",\n";
  }
  std::printf("\n]\n");
  return 0;
}
