// What an audit says of entries that are not what the log's key and their authors signed.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "client/audit/replay.h"
#include "custody/base/memory_node_store.h"
#include "custody/wire/statement.h"
#include "tests/client/audit_testing.h"

namespace quorate::audit {
namespace {

using testing::AuditOf;
using testing::FakeServer;
using testing::FoundedLog;
using ::testing::HasSubstr;
using testing::OptionsFor;
using testing::TestLog;

constexpr uint64_t kEntries = 12;
constexpr uint64_t kBad = 7;

class AuditEntries : public ::testing::Test {
 protected:
  AuditEntries() : log_(FoundedLog(kEntries - 1)), server_(log_) {}

  Report Run() { return AuditOf(server_, OptionsFor(log_)); }

  void ExpectFirstBad(const Report& report, std::string_view reason, uint64_t index) {
    ASSERT_TRUE(report.fault.has_value());
    EXPECT_EQ(report.verdict(), Verdict::kTampered);
    ASSERT_EQ(testing::ReasonOf(report), reason);
    EXPECT_FALSE(report.fault->until.has_value());
    ASSERT_TRUE(report.bad_entry.has_value());
    EXPECT_EQ(report.bad_entry->index, index);
    EXPECT_EQ(report.entries, index);
    EXPECT_EQ(report.timeline.rows().size(), index);
  }

  // Decodes the entry's leaf, lets `change` at it, and puts it back.
  template <typename Change>
  void ChangeLeaf(uint64_t index, Change change) {
    ledger::Leaf leaf = replica::testing::Must(wire::DecodeLeaf(server_.entries[index].leaf));
    change(leaf);
    server_.entries[index].leaf = wire::EncodeLeaf(leaf);
  }

  TestLog log_;
  FakeServer server_;
};

TEST_F(AuditEntries, VerifiesAnHonestLogAndReadsEveryEntry) {
  const Report report = Run();
  EXPECT_EQ(report.verdict(), Verdict::kVerified);
  EXPECT_EQ(report.entries, kEntries);
  EXPECT_EQ(report.head.size, kEntries);
  EXPECT_EQ(report.head.root, log_.tree().Root());
  EXPECT_EQ(report.words.size(), 12u);
}

TEST_F(AuditEntries, ReadsTheSameStateAsAReplica) {
  base::MemoryNodeStore store;
  auto replica = replica::testing::Must(replica::Replica::Open(&store, log_.Options()));
  ASSERT_TRUE(replica.Extend(log_.Note(), log_.entries()).ok());
  Replay replay(log_.organisation(), log_.organisation_key());
  for (const replica::RawEntry& entry : log_.entries()) (void)replay.Append(entry);
  EXPECT_EQ(replay.StateDigest(), replica.StateDigest());
}

TEST_F(AuditEntries, NamesTheEntryWhoseTimeWasChanged) {
  ChangeLeaf(kBad, [](ledger::Leaf& leaf) { leaf.log_time_ms += 1; });
  const Report report = Run();
  ExpectFirstBad(report, "ENTRY_CHANGED", kBad);
  EXPECT_THAT(report.fault->what, HasSubstr("its author signed this statement"));
  EXPECT_EQ(report.bad_entry->who, "person1");
  EXPECT_EQ(report.bad_entry->time_ms, 1'700'000'000'000u + kBad + 1);
}

TEST_F(AuditEntries, NamesTheEntryWhoseStatementWasChanged) {
  ChangeLeaf(kBad, [](ledger::Leaf& leaf) { leaf.header[leaf.header.size() - 1] ^= 1; });
  const Report report = Run();
  ExpectFirstBad(report, "ENTRY_CHANGED", kBad);
  EXPECT_THAT(report.fault->what, HasSubstr("changed after its author signed it"));
}

TEST_F(AuditEntries, NamesTheEntryThatIsNoEntryAtAll) {
  server_.entries[kBad].leaf = {1, 2, 3};
  const Report report = Run();
  ExpectFirstBad(report, "ENTRY_CHANGED", kBad);
  EXPECT_THAT(report.fault->what, HasSubstr("no entry that the log ever took"));
  EXPECT_EQ(report.bad_entry->who, "");
  EXPECT_FALSE(report.bad_entry->time_ms.has_value());
}

TEST_F(AuditEntries, FindsOneChangedEntryWhereverItIs) {
  for (uint64_t index = 1; index < kEntries; ++index) {
    server_.entries = log_.entries();
    ChangeLeaf(index, [](ledger::Leaf& leaf) { leaf.log_time_ms += 1; });
    ExpectFirstBad(Run(), "ENTRY_CHANGED", index);
  }
}

TEST_F(AuditEntries, NamesTheEntryWhoseBodyWasChanged) {
  server_.entries[kBad].body.back() ^= 1;
  ExpectFirstBad(Run(), "BODY_CHANGED", kBad);
}

TEST_F(AuditEntries, TakesATruncatedBodyForAChangedOne) {
  server_.entries[kBad].body.pop_back();
  ExpectFirstBad(Run(), "BODY_CHANGED", kBad);
}

TEST_F(AuditEntries, CallsAMissingBodyIncompleteAndReadsWhatIsBeforeIt) {
  server_.entries[kBad].body.clear();
  const Report report = Run();
  EXPECT_EQ(report.verdict(), Verdict::kIncomplete);
  ASSERT_EQ(testing::ReasonOf(report), "BODY_MISSING");
  EXPECT_EQ(report.bad_entry->index, kBad);
  EXPECT_EQ(report.bad_entry->who, "person1");
  EXPECT_EQ(report.entries, kBad);
}

TEST_F(AuditEntries, CallsTamperedWhatIsBothIncompleteAndTampered) {
  server_.entries[kBad - 2].body.clear();
  ChangeLeaf(kBad, [](ledger::Leaf& leaf) { leaf.log_time_ms += 1; });
  const Report report = Run();
  EXPECT_EQ(report.verdict(), Verdict::kTampered);
  EXPECT_EQ(report.bad_entry->index, kBad);
  EXPECT_EQ(report.entries, kBad - 2);
}

TEST_F(AuditEntries, ReadsNothingBeyondTheFirstBadEntry) {
  ChangeLeaf(kBad, [](ledger::Leaf& leaf) { leaf.log_time_ms += 1; });
  server_.entries[kBad + 2].body.back() ^= 1;
  ExpectFirstBad(Run(), "ENTRY_CHANGED", kBad);
}

TEST_F(AuditEntries, NamesThePlaceOfADroppedEntry) {
  server_.entries.erase(server_.entries.begin() + kBad);
  const Report report = Run();
  ExpectFirstBad(report, "ENTRY_DROPPED", kBad);
}

TEST_F(AuditEntries, NamesThePlaceOfADroppedEntryUnderAFullCount) {
  server_.entries.erase(server_.entries.begin() + kBad);
  server_.entries.push_back(server_.entries.front());
  ExpectFirstBad(Run(), "ENTRY_DROPPED", kBad);
}

TEST_F(AuditEntries, NamesEntriesThatChangedPlaces) {
  std::swap(server_.entries[kBad], server_.entries[kBad + 1]);
  ExpectFirstBad(Run(), "ENTRIES_SWAPPED", kBad);
}

TEST_F(AuditEntries, NamesAnEntryThatIsShownTwice) {
  server_.entries[kBad] = server_.entries[3];
  ExpectFirstBad(Run(), "ENTRY_REPEATED", kBad);
}

TEST_F(AuditEntries, NamesAStatementThatWasPutIn) {
  TestLog other = FoundedLog(kBad - 1);
  other.Say(1, ledger::Deny{{}, "put in"});
  server_.entries[kBad] = other.entries()[kBad];
  ExpectFirstBad(Run(), "ENTRY_CHANGED", kBad);
}

TEST_F(AuditEntries, SaysTamperedAndNoPlaceWhereTheServerProvesNothing) {
  ChangeLeaf(kBad, [](ledger::Leaf& leaf) { leaf.log_time_ms += 1; });
  server_.proof_error = absl::InternalError("no");
  const Report report = Run();
  EXPECT_EQ(report.verdict(), Verdict::kTampered);
  ASSERT_EQ(testing::ReasonOf(report), "ROOT_MISMATCH");
  EXPECT_EQ(report.fault->index, 0u);
  EXPECT_EQ(report.fault->until, kEntries);
  EXPECT_EQ(report.entries, 0u);
}

TEST_F(AuditEntries, NeverCallsABadEntryGoodWhateverProofsTheServerMakes) {
  ChangeLeaf(kBad, [](ledger::Leaf& leaf) { leaf.log_time_ms += 1; });
  const TestLog other = FoundedLog(kEntries - 1, /*seed=*/2);
  server_.proofs = &other;
  const Report report = Run();
  EXPECT_EQ(report.verdict(), Verdict::kTampered);
  EXPECT_LE(report.entries, kBad);
}

TEST_F(AuditEntries, RefusesAnotherOrganisationsFounding) {
  const TestLog other = FoundedLog(kEntries - 1, /*seed=*/2);
  TestLog forged = FoundedLog(0);
  server_.entries = other.entries();
  log::Tree tree;
  for (const replica::RawEntry& entry : other.entries()) tree.Append(entry.leaf);
  server_.note = log_.NoteOf(kEntries, tree.Root());
  const Report report = Run();
  EXPECT_EQ(report.verdict(), Verdict::kTampered);
  ASSERT_EQ(testing::ReasonOf(report), "WRONG_FOUNDING");
  EXPECT_EQ(report.entries, 0u);
}

TEST_F(AuditEntries, CountsRefusedStatementsByAuthorAndReason) {
  const Report report = Run();
  uint64_t refused = 0;
  for (const Row& row : report.timeline.rows()) refused += row.admitted() ? 0 : 1;
  EXPECT_EQ(report.refused, refused);
  ASSERT_EQ(report.refused_groups.size(), 3u);
  uint64_t grouped = 0;
  for (const RefusedGroup& group : report.refused_groups) {
    grouped += group.count;
    EXPECT_EQ(group.refusal, ledger::RefusalCode::kUnknownRequest);
  }
  EXPECT_EQ(grouped, refused);
  EXPECT_GT(refused, 0u);
}

TEST_F(AuditEntries, BlamesNobodyForAStatementThatTheyDidNotSign) {
  replica::RawEntry forged = log_.EntryOf(log_.Sign(2, ledger::Deny{{}, "not hers"}));
  ledger::Leaf leaf = replica::testing::Must(wire::DecodeLeaf(forged.leaf));
  leaf.signature.value[0] ^= 1;
  forged.leaf = wire::EncodeLeaf(leaf);
  log_.Append(forged);
  server_.entries = log_.entries();
  server_.note = log_.Note();
  const Report report = Run();
  EXPECT_EQ(report.verdict(), Verdict::kVerified);
  EXPECT_FALSE(report.timeline.rows().back().is_theirs);
  EXPECT_EQ(report.refused_groups.back().who, "somebody as person2");
}

TEST_F(AuditEntries, TakesTheFoundingsWordsHoweverTheyAreTyped) {
  const Report plain = Run();
  std::string typed = "  ";
  for (size_t i = 0; i < plain.words.size(); ++i) {
    std::string word = plain.words[i];
    word[0] = static_cast<char>(word[0] - 'a' + 'A');
    typed += std::to_string(i + 1) + ". " + word + (i % 2 == 0 ? ",\t " : " \n");
  }
  AuditOptions options = OptionsFor(log_);
  options.charter_words = typed;
  EXPECT_EQ(AuditOf(server_, options).verdict(), Verdict::kVerified);
}

TEST_F(AuditEntries, CallsOtherWordsTampered) {
  AuditOptions options = OptionsFor(log_);
  options.charter_words = "not these";
  const Report report = AuditOf(server_, options);
  EXPECT_EQ(report.verdict(), Verdict::kTampered);
  ASSERT_EQ(testing::ReasonOf(report), "WRONG_CHARTER");
  options.charter_words = " . 1";
  EXPECT_EQ(testing::ReasonOf(AuditOf(server_, options)), "WRONG_CHARTER");
}

}  // namespace
}  // namespace quorate::audit
