// How verdicts and rows read, for people and for scripts.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidjson/document.h>

#include <sstream>

#include "client/audit/filter.h"
#include "client/audit/render.h"
#include "client/import/utf8.h"
#include "custody/wire/statement.h"
#include "tests/client/audit_testing.h"
#include "tests/ledger/harness.h"

namespace quorate::audit {
namespace {

using testing::AuditOf;
using testing::FakeServer;
using testing::FoundedLog;
using ::testing::HasSubstr;
using testing::HeadAt;
using ::testing::Not;
using testing::OptionsFor;
using ::testing::StartsWith;
using testing::TestLog;

std::vector<std::string> Lines(const std::string& text) {
  std::vector<std::string> out;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) out.push_back(line);
  return out;
}

rapidjson::Document Parsed(const std::string& json) {
  rapidjson::Document document;
  document.Parse(json.c_str());
  EXPECT_FALSE(document.HasParseError()) << json;
  return document;
}

std::vector<size_t> All(const Timeline& timeline) { return Select(timeline.rows(), {}); }

class AuditViews : public ::testing::Test {
 protected:
  AuditViews() : log_(FoundedLog(11)), server_(log_), options_(OptionsFor(log_)) {
    options_.seen = {HeadAt(log_, 5)};
  }
  Report Run() { return AuditOf(server_, options_); }
  void ChangeTimeOf(uint64_t index) {
    ledger::Leaf leaf = replica::testing::Must(wire::DecodeLeaf(server_.entries[index].leaf));
    leaf.log_time_ms += 1;
    server_.entries[index].leaf = wire::EncodeLeaf(leaf);
  }

  TestLog log_;
  FakeServer server_;
  AuditOptions options_;
};

TEST_F(AuditViews, BeginsWithTheVerdictAloneOnItsLine) {
  EXPECT_THAT(VerdictText(Run(), options_.now), StartsWith("VERIFIED\n"));
  server_.entries[3].body.clear();
  EXPECT_THAT(VerdictText(Run(), options_.now), StartsWith("INCOMPLETE\n"));
  ChangeTimeOf(7);
  EXPECT_THAT(VerdictText(Run(), options_.now), StartsWith("TAMPERED\n"));
  server_.on_read = [](uint64_t) { return absl::UnavailableError("gone"); };
  EXPECT_THAT(VerdictText(Run(), options_.now), StartsWith("UNREACHABLE\n"));
}

TEST_F(AuditViews, SaysNothingOfALogThatItDidNotGet) {
  server_.on_read = [](uint64_t) { return absl::UnavailableError("gone"); };
  options_.seen.clear();
  const Report report = Run();
  EXPECT_EQ(Lines(VerdictText(report, options_.now)).size(), 2u);
  EXPECT_THAT(VerdictJson(report, options_.now), Not(HasSubstr("root")));
}

TEST_F(AuditViews, NamesOneVerdictAndNoOther) {
  ChangeTimeOf(7);
  server_.entries[3].body.clear();
  const Report report = Run();
  for (const std::string& text :
       {VerdictText(report, options_.now), VerdictJson(report, options_.now)}) {
    EXPECT_THAT(text, HasSubstr("TAMPERED"));
    EXPECT_THAT(text, Not(HasSubstr("VERIFIED")));
    EXPECT_THAT(text, Not(HasSubstr("INCOMPLETE")));
  }
}

TEST_F(AuditViews, SaysWhatIsWrongWithTheFirstBadEntryAndWhoseItIs) {
  ChangeTimeOf(7);
  const std::string text = VerdictText(Run(), options_.now);
  EXPECT_THAT(text, HasSubstr("its author signed this statement, but the log has another entry"));
  EXPECT_THAT(text, HasSubstr("7, which says it is by person1, of 2023-11-14 22:13:20 UTC"));
  EXPECT_THAT(text, HasSubstr("7 of 12 could be verified and read"));
}

TEST_F(AuditViews, SaysBetweenWhichEntriesWhereItCannotTellBetter) {
  ChangeTimeOf(7);
  server_.proof_error = absl::InternalError("no");
  EXPECT_THAT(VerdictText(Run(), options_.now), HasSubstr("between 0 and 11"));
}

TEST_F(AuditViews, CountsRefusedStatementsAndSaysWhy) {
  const std::string text = VerdictText(Run(), options_.now);
  EXPECT_THAT(text, HasSubstr("12, 8 of them refused"));
  EXPECT_THAT(text, HasSubstr("by person1 (first at 4): The log has no such request."));
}

TEST_F(AuditViews, ShowsTheComparisonTheWordsAndTheAge) {
  const Report report = Run();
  const std::string text = VerdictText(report, options_.now);
  EXPECT_THAT(text, HasSubstr("the same as your node, which saw 5 entries"));
  EXPECT_THAT(text, HasSubstr(report.words[0] + " " + report.words[1]));
  EXPECT_THAT(text, HasSubstr("UTC, 2 minutes ago"));
}

TEST_F(AuditViews, WritesTheVerdictAsOneObjectOnOneLine) {
  ChangeTimeOf(7);
  const std::string json = VerdictJson(Run(), options_.now);
  EXPECT_EQ(Lines(json).size(), 1u);
  const rapidjson::Document document = Parsed(json);
  EXPECT_STREQ(document["verdict"].GetString(), "TAMPERED");
  EXPECT_EQ(document["entries"].GetUint64(), 7u);
  EXPECT_EQ(document["size"].GetUint64(), 12u);
  EXPECT_STREQ(document["fault"]["reason"].GetString(), "ENTRY_CHANGED");
  EXPECT_EQ(document["fault"]["index"].GetUint64(), 7u);
  EXPECT_STREQ(document["fault"]["author"].GetString(), "person1");
  EXPECT_EQ(document["refused"].GetUint64(), 3u);
  EXPECT_EQ(document["state_digest"].GetString(), crypto::Hex(Run().state_digest.span()));
  EXPECT_EQ(document["named"].Size(), Run().named.size());
  EXPECT_STREQ(document["refused_for"][0]["reason"].GetString(), "UNKNOWN_REQUEST");
  EXPECT_EQ(document["compared"][0]["size"].GetUint64(), 5u);
}

TEST_F(AuditViews, WritesOneLineForEachStatement) {
  const Report report = Run();
  const std::vector<std::string> text = Lines(RowsText(report.timeline, All(report.timeline)));
  ASSERT_EQ(text.size(), 1 + 12u);
  EXPECT_THAT(text[0], StartsWith("ENTRY"));
  EXPECT_THAT(text[1], HasSubstr("founds the organisation with 3 organisers and 1 vault"));
  const std::vector<std::string> json = Lines(RowsJson(report.timeline, All(report.timeline)));
  ASSERT_EQ(json.size(), 12u);
  const rapidjson::Document last = Parsed(json.back());
  EXPECT_EQ(last["index"].GetUint64(), 11u);
  EXPECT_STREQ(last["author"].GetString(), "person2");
  EXPECT_STREQ(last["outcome"].GetString(), "UNKNOWN_REQUEST");
  EXPECT_STREQ(last["reason"].GetString(), "no such request");
  EXPECT_TRUE(last["signed"].GetBool());
}

TEST_F(AuditViews, WritesNothingWhereNothingIsSelected) {
  const Report report = Run();
  EXPECT_EQ(RowsText(report.timeline, {}), "");
  EXPECT_EQ(RowsJson(report.timeline, {}), "");
}

// A request by somebody who would like to own the reader's terminal.
TEST(AuditViewsOfRequests, ShowsWhatBecameOfARequestAndNoBytesOfItsAuthors) {
  ledger::testing::World world = ledger::testing::WorldWithAccount();
  Timeline timeline;
  const Names names;
  const auto log = [&](const ledger::testing::Draft& draft) {
    const ledger::Entry entry = world.Place(draft);
    timeline.Add(entry, {world.Apply(entry), true}, world.state(), names);
    return entry.leaf_hash;
  };
  const ledger::LeafHash id =
      log(world.RequestDraft(1, 1, "page", {{ledger::ItemKind::kPassword, 1}}, {1}));
  log(world.ApproveDraft(2, id));
  log(world.Make(3, ledger::Deny{id, "\"quoted\" \\ no"}));
  log(world.Make(4, ledger::Deny{id, "\x1b[2J\u202E\n{\"index\":1}"}));
  timeline.Finish(world.state(), names, world.now_ms);
  const std::string text = RowsText(timeline, All(timeline));
  const std::vector<std::string> lines = Lines(text);
  ASSERT_EQ(lines.size(), 6u) << text;
  EXPECT_THAT(lines[2], HasSubstr("-> open; approved by organiser 2; denied by organiser 3"));
  EXPECT_THAT(lines[5], HasSubstr("refused"));
  const std::string json = RowsJson(timeline, All(timeline));
  ASSERT_EQ(Lines(json).size(), 4u);
  const rapidjson::Document first = Parsed(Lines(json)[0]);
  EXPECT_STREQ(first["became"]["state"].GetString(), "open");
  EXPECT_STREQ(first["became"]["denied"][0]["reason"].GetString(), "\"quoted\" \\ no");
  for (const std::string& shown : {text, json}) {
    for (size_t at = 0; at < shown.size();) {
      const client::Utf8Step step = client::DecodeUtf8(shown, at);
      EXPECT_TRUE(step.valid);
      EXPECT_TRUE(step.point == '\n' || (step.point >= 0x20 && step.point != 0x7F));
      EXPECT_NE(step.point, char32_t{0x202E});
      at += step.length;
    }
  }
}

}  // namespace
}  // namespace quorate::audit
