// What the rows of a log say, over a whole organisation in memory.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "client/audit/timeline.h"
#include "tests/ledger/harness.h"

namespace quorate::audit {
namespace {

using ledger::ItemKind;
using ledger::LeafHash;
using ledger::RefusalCode;
using ledger::testing::Draft;
using ledger::testing::World;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

std::vector<std::string> Who(const std::vector<Said>& said) {
  std::vector<std::string> out;
  for (const Said& one : said) out.push_back(one.who);
  return out;
}

class AuditTimeline : public ::testing::Test {
 protected:
  AuditTimeline() : world_(ledger::testing::WorldWithAccount()) {}

  // Onto the log and into the timeline.
  const Row& Log(const Draft& draft) {
    const ledger::Entry entry = world_.Place(draft);
    ledger::Outcome outcome;
    outcome.refusal = world_.Apply(entry);
    outcome.signed_by_author = true;
    timeline_.Add(entry, outcome, world_.state(), names_);
    return timeline_.rows().back();
  }
  const Row& Log(uint32_t author, ledger::Statement statement) {
    return Log(world_.Make(author, std::move(statement)));
  }
  LeafHash Ask(uint32_t author, const std::vector<uint32_t>& recipients) {
    return Log(world_.RequestDraft(author, 1, "page", {{ItemKind::kPassword, 1}}, recipients))
        .leaf_hash;
  }
  Story Finished(const LeafHash& request, uint64_t later_ms = 0) {
    timeline_.Finish(world_.state(), names_, world_.now_ms + later_ms);
    return timeline_.stories().at(request);
  }

  World world_;
  Names names_;
  Timeline timeline_;
};

TEST_F(AuditTimeline, TellsARequestFromItsReasonToItsOpening) {
  const LeafHash id = Ask(1, {1});
  EXPECT_EQ(timeline_.rows().back().kind, "request");
  EXPECT_EQ(timeline_.rows().back().who, "organiser 1");
  EXPECT_EQ(timeline_.rows().back().account, "page");
  EXPECT_EQ(timeline_.rows().back().vault, "vault 1");
  EXPECT_EQ(timeline_.rows().back().what, "asks for password 1");
  EXPECT_NE(timeline_.rows().back().reason, "");
  EXPECT_EQ(timeline_.rows().back().request, id);
  for (const uint32_t holder : {2u, 3u, 4u}) {
    const Row& row = Log(world_.ApproveDraft(holder, id));
    EXPECT_TRUE(row.admitted());
    EXPECT_EQ(row.what, "approves");
    EXPECT_EQ(row.account, "page") << "of the request that it answers";
    EXPECT_EQ(row.request, id);
  }
  for (const uint32_t holder : {2u, 3u, 4u}) {
    EXPECT_EQ(Log(world_.SharesDraft(holder, id)).what,
              "releases a share to organiser 1 (by their node)");
  }
  EXPECT_EQ(Log(1, ledger::Opened{id}).what, "opens it");
  const Story story = Finished(id);
  EXPECT_EQ(story.state, "opened");
  EXPECT_THAT(Who(story.approved), ElementsAre("organiser 2", "organiser 3", "organiser 4"));
  EXPECT_THAT(Who(story.released), ElementsAre("organiser 2", "organiser 3", "organiser 4"));
  EXPECT_THAT(Who(story.opened), ElementsAre("organiser 1"));
  EXPECT_THAT(story.recipients, ElementsAre("organiser 1"));
  EXPECT_THAT(story.denied, IsEmpty());
  EXPECT_EQ(story.released[0].reason, "") << "nothing was out of order";
}

TEST_F(AuditTimeline, ShowsWhoRaisedAnAlarmWhyAndWhoLiftedIt) {
  const Row alarm = Log(6, ledger::Alarm{{1}, "page", "not us"});
  EXPECT_EQ(alarm.what, "raises an alarm: the account is frozen");
  EXPECT_EQ(alarm.reason, "not us");
  EXPECT_EQ(alarm.account, "page");
  EXPECT_EQ(alarm.vault, "vault 1");
  const ledger::Lift lift{{1}, "page", {alarm.leaf_hash}, "it was us"};
  EXPECT_EQ(Log(1, lift).what, "lifts 1 alarm, with 1 holder so far");
  EXPECT_EQ(Log(1, lift).what, "lifts 1 alarm") << "refused: said before";
  EXPECT_EQ(Log(2, lift).what, "lifts 1 alarm, with 2 holders so far");
  EXPECT_EQ(Log(3, lift).what, "lifts 1 alarm: enough have, the account is free");
  EXPECT_EQ(timeline_.rows().back().reason, "it was us");
}

TEST_F(AuditTimeline, ShowsWhoDeniedWhyAndWhoTookItBack) {
  const LeafHash id = Ask(1, {1});
  EXPECT_EQ(Log(2, ledger::Deny{id, "not tonight"}).reason, "not tonight");
  Log(3, ledger::Deny{id, "why?"});
  EXPECT_EQ(Log(3, ledger::Withdraw{id}).what, "takes back what they said");
  Log(world_.ApproveDraft(4, id));
  const Story story = Finished(id);
  EXPECT_EQ(story.state, "open");
  ASSERT_THAT(Who(story.denied), ElementsAre("organiser 2"));
  EXPECT_EQ(story.denied[0].reason, "not tonight");
  EXPECT_THAT(Who(story.retracted), ElementsAre("organiser 3"));
  EXPECT_THAT(Who(story.approved), ElementsAre("organiser 4"));
}

TEST_F(AuditTimeline, TellsWithdrawnDeniedAndExpiredRequestsApart) {
  const LeafHash withdrawn = Ask(1, {1});
  EXPECT_EQ(Log(1, ledger::Withdraw{withdrawn}).what, "withdraws the request");
  const LeafHash denied = Ask(1, {1});
  for (const uint32_t holder : {2u, 3u, 4u}) Log(holder, ledger::Deny{denied, "no"});
  const LeafHash expired = Ask(1, {1});
  const Story last = Finished(expired, 3600 * 1000);
  EXPECT_EQ(last.state, "expired");
  EXPECT_EQ(timeline_.stories().at(withdrawn).state, "withdrawn");
  EXPECT_EQ(timeline_.stories().at(denied).state, "denied");
}

TEST_F(AuditTimeline, NamesOtherRecipientsAndTheirAccepts) {
  const LeafHash id = Ask(1, {1, 6});
  EXPECT_EQ(timeline_.rows().back().what, "asks for password 1, to be opened by organiser 6");
  EXPECT_EQ(Log(world_.AcceptDraft(6, id)).what, "accepts to receive it");
  EXPECT_THAT(Who(Finished(id).accepted), ElementsAre("organiser 6"));
}

TEST_F(AuditTimeline, MarksSharesThatWereSentOutOfOrder) {
  const LeafHash id = Ask(1, {1});
  Log(world_.SharesDraft(2, id));
  const Story story = Finished(id);
  ASSERT_EQ(story.released.size(), 1u);
  EXPECT_EQ(story.released[0].reason, "before a quorum approved");
}

TEST_F(AuditTimeline, ShowsARefusedStatementAndKeepsItOutOfTheStory) {
  const LeafHash id = Ask(1, {1});
  const Row& row = Log(world_.ApproveDraft(1, id));
  EXPECT_EQ(row.refusal, RefusalCode::kOwnRequest);
  EXPECT_EQ(row.request, id);
  EXPECT_EQ(row.account, "page");
  EXPECT_THAT(Finished(id).approved, IsEmpty());
}

TEST_F(AuditTimeline, MakesNoStoryOfARefusedRequestOrOfAnswersToNone) {
  Draft draft = world_.RequestDraft(1, 1, "page", {{ItemKind::kPassword, 1}}, {1});
  std::get<ledger::Request>(draft.statement).account = "no-such";
  EXPECT_FALSE(Log(draft).admitted());
  EXPECT_FALSE(Log(2, ledger::Deny{LeafHash{}, "what?"}).admitted());
  EXPECT_THAT(timeline_.stories(), IsEmpty());
  EXPECT_EQ(timeline_.rows().back().account, "");
}

TEST_F(AuditTimeline, DisarmsWhateverAnAuthorWrote) {
  Draft draft = world_.RequestDraft(1, 1, "page", {{ItemKind::kPassword, 1}}, {1});
  auto& request = std::get<ledger::Request>(draft.statement);
  request.reason = "a\x1b[2J\x07\r\nb\u202Ec\u2066d\u200Be\xff";
  request.account = "x\x1b]0;title\x07";
  const Row& row = Log(draft);
  EXPECT_FALSE(row.admitted());
  const std::string mark = "\uFFFD";
  EXPECT_EQ(row.reason, "a" + mark + "[2J" + mark + mark + mark + "b" + mark + "c" + mark + "d" +
                            mark + "e" + mark);
  EXPECT_EQ(row.account, "x" + mark + "]0;title" + mark);
}

TEST_F(AuditTimeline, DescribesEveryKindOfStatement) {
  const ledger::SharingRef sharing{{1}, {2}, 1};
  const std::vector<std::pair<ledger::Statement, std::string>> cases = {
      {ledger::Rules{2, {}}, "puts rules 2 in force"},
      {ledger::Start{sharing, {{1}, {2}}}, "starts the sharing for 2 holders"},
      {ledger::Close{sharing}, "closes the dealing"},
      {ledger::Activate{sharing, {}, {}}, "puts the vault's key in use"},
      {ledger::Activate{sharing, {}, {{4}}},
       "puts the vault's key in use; without a share: organiser 4"},
      {ledger::Deposit{{1}, "page", "", "", "", {}}, "deposits "},
      {ledger::Confirm{"page", {{ItemKind::kRecoveryCodes, 3}}}, "confirms recovery-codes 3"},
      {ledger::Found{}, "founds the organisation with 0 organisers and 0 vaults"},
  };
  for (const auto& [statement, what] : cases) {
    ledger::Entry entry;
    entry.header.emplace();
    entry.header->author = {1};
    entry.statement = statement;
    timeline_.Add(entry, {RefusalCode::kWrongStage}, world_.state(), names_);
    EXPECT_EQ(timeline_.rows().back().what, what);
    EXPECT_EQ(timeline_.rows().back().kind, ledger::StatementName(statement));
  }
}

TEST_F(AuditTimeline, ShowsAnEntryThatNobodyCanRead) {
  timeline_.Add({}, {RefusalCode::kMalformedHeader}, world_.state(), names_);
  EXPECT_EQ(timeline_.rows().back().kind, "unreadable");
  EXPECT_EQ(timeline_.rows().back().who, "nobody");
  EXPECT_FALSE(timeline_.rows().back().is_theirs);
}

}  // namespace
}  // namespace quorate::audit
