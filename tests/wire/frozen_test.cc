// Bytes that were signed once must decode for ever: frozen.json is added to, never changed.
#include <gtest/gtest.h>
#include <rapidjson/document.h>

#include <fstream>
#include <map>
#include <sstream>

#include "tests/wire/samples.h"

namespace quorate::wire::testing {
namespace {

std::map<std::string, crypto::Bytes> Frozen() {
  std::map<std::string, crypto::Bytes> out;
  std::ifstream file("tests/wire/frozen.json");
  std::stringstream text;
  text << file.rdbuf();
  rapidjson::Document document;
  document.Parse(text.str().c_str());
  EXPECT_TRUE(document.IsArray());
  if (!document.IsArray()) return out;
  for (const auto& one : document.GetArray()) {
    const auto bytes = crypto::FromHex(one["hex"].GetString());
    EXPECT_TRUE(bytes.has_value());
    out.emplace(one["name"].GetString(), bytes.value_or(crypto::Bytes()));
  }
  return out;
}

TEST(Frozen, EveryMessageIsThere) {
  const auto frozen = Frozen();
  for (const Sample& sample : AllSamples())
    EXPECT_TRUE(frozen.contains(sample.name)) << sample.name;
}

TEST(Frozen, WhatWasSignedOnceDecodesForEver) {
  const auto frozen = Frozen();
  for (const Sample& sample : AllSamples()) {
    const auto found = frozen.find(sample.name);
    ASSERT_NE(found, frozen.end());
    const auto again = sample.recode(found->second);
    ASSERT_TRUE(again.ok()) << sample.name << ": " << again.status();
    EXPECT_EQ(*again, found->second) << sample.name;
  }
}

TEST(Frozen, TheSameValuesEncodeToTheSameBytesAsEver) {
  const auto frozen = Frozen();
  for (const Sample& sample : AllSamples()) {
    const auto found = frozen.find(sample.name);
    ASSERT_NE(found, frozen.end());
    EXPECT_EQ(sample.bytes, found->second) << sample.name;
  }
}

}  // namespace
}  // namespace quorate::wire::testing
