// vectors check FILE...      checks vector files; `-` is the standard input
// vectors emit [--seed HEX]  writes fresh vectors; one seed (32 bytes) always gives the same

#include <fstream>
#include <iostream>
#include <iterator>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "crypto/init.h"
#include "crypto/random.h"
#include "tests/vectors/json.h"
#include "tests/vectors/sections.h"

namespace quorate::vectors {
namespace {

constexpr char kFormat[] = "quorate-vectors/v1";

std::vector<Section> AllSections() {
  std::vector<Section> sections;
  sections.insert(sections.end(), kBasicSections.begin(), kBasicSections.end());
  sections.insert(sections.end(), kEpochSections.begin(), kEpochSections.end());
  sections.insert(sections.end(), kItemSections.begin(), kItemSections.end());
  sections.insert(sections.end(), kKeySections.begin(), kKeySections.end());
  return sections;
}

int Usage() {
  std::cerr << "usage: vectors check FILE...\n       vectors emit [--seed HEX]\n";
  return 2;
}

int Emit(const std::vector<std::string>& arguments) {
  std::array<uint8_t, 32> seed{};
  if (arguments.empty()) {
    crypto::SystemRandom().Fill(seed);
  } else {
    if (arguments.size() != 2 || arguments[0] != "--seed") return Usage();
    std::optional<crypto::Bytes> bytes = crypto::FromHex(arguments[1]);
    if (!bytes.has_value() || bytes->size() != seed.size()) {
      std::cerr << "vectors: a seed is 32 bytes in lower-case hexadecimal\n";
      return 2;
    }
    std::copy(bytes->begin(), bytes->end(), seed.begin());
  }
  crypto::SeededRandom random(seed);
  Out out;
  out.Object(nullptr, [&] {
    out.Text("format", kFormat);
    out.Hex("seed", seed);
    for (const Section& section : AllSections()) {
      out.Array(section.key, [&] { section.emit(out, random); });
    }
  });
  std::cout << out.Finish() << "\n";
  return 0;
}

std::optional<std::string> ReadAll(const std::string& file) {
  if (file == "-") return std::string(std::istreambuf_iterator<char>(std::cin), {});
  std::ifstream in(file, std::ios::binary);
  if (!in) return std::nullopt;
  return std::string(std::istreambuf_iterator<char>(in), {});
}

bool CheckFile(const std::string& file) {
  std::optional<std::string> text = ReadAll(file);
  if (!text.has_value()) {
    std::cerr << file << ": cannot be read\n";
    return false;
  }
  rapidjson::Document document;
  document.Parse(text->data(), text->size());
  if (document.HasParseError()) {
    std::cerr << file << ": not JSON at byte " << document.GetErrorOffset() << "\n";
    return false;
  }
  Report report;
  In in(&document, file, &report);
  in["format"].Expect(in["format"].Text() == kFormat, "is not one that is known here");
  size_t elements = 0;
  for (const Section& section : AllSections()) {
    if (!in.Has(section.key)) continue;
    for (const In& element : in[section.key].Items()) {
      section.check(element);
      ++elements;
    }
  }
  in.Expect(elements > 0, "holds no vectors");
  for (const std::string& failure : report.failures) std::cerr << failure << "\n";
  if (report.failures.empty()) {
    std::cout << file << ": " << elements << " vectors, " << report.checks << " checks hold\n";
  }
  return report.failures.empty();
}

int Main(const std::vector<std::string>& arguments) {
  if (!crypto::InitCrypto().ok() || arguments.empty()) return Usage();
  std::vector<std::string> rest(arguments.begin() + 1, arguments.end());
  if (arguments[0] == "emit") return Emit(rest);
  if (arguments[0] != "check" || rest.empty()) return Usage();
  bool all = true;
  for (const std::string& file : rest) all = CheckFile(file) && all;
  return all ? 0 : 1;
}

}  // namespace
}  // namespace quorate::vectors

int main(int argc, char** argv) {
  return quorate::vectors::Main(std::vector<std::string>(argv + 1, argv + argc));
}
