#include <gtest/gtest.h>

#include "crypto/init.h"
#include "custody/ledger/queries.h"
#include "tests/simulation/must.h"
#include "tests/simulation/people.h"
#include "tests/simulation/world.h"

// What seeds of the simulation have found, each as the shortest story that shows it.
namespace quorate::simulation {
namespace {

class NodeFaultsTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() { ASSERT_TRUE(crypto::InitCrypto().ok()); }

  NodeFaultsTest() : world_(3, OrganisationSpec{}, Faults::None()) {}

  bool Await(const std::function<bool()>& done) {
    return world_.RunUntil(done, absl::Minutes(3)) && !world_.failed();
  }
  void MakeKey() {
    ASSERT_TRUE(Await([&] { return world_.IsKeyActive() && world_.IsQuiet(); }))
        << world_.Failure();
  }
  ledger::LeafHash AskForPage() {
    EXPECT_TRUE(Deposit(world_.host(6), "page").ok());
    EXPECT_TRUE(Await([&] { return !world_.truth().accounts.empty() && world_.IsQuiet(); }));
    EXPECT_TRUE(Ask(world_.host(1), "page").ok());
    EXPECT_TRUE(Await([&] { return !world_.truth().requests.empty() && world_.IsQuiet(); }));
    const ledger::LeafHash id = world_.truth().requests.begin()->first;
    EXPECT_TRUE(Await([&] { return world_.host(2).node().ReadyToApprove(id).ok(); }));
    return id;
  }
  std::optional<ledger::Word> WordOf(uint32_t holder, const ledger::LeafHash& id) {
    const auto& words = world_.truth().requests.at(id).words;
    auto word = words.find(ledger::OrganiserNumber{holder});
    if (word == words.end()) return std::nullopt;
    return word->second.word;
  }

  World world_;
};

// I6 is what would break.
TEST_F(NodeFaultsTest, MakesOneKeyAndOneDealingForAServerThatSaysNoAndLogsThem) {
  world_.on_submit = [this](Host& host, const node::Submit& submit) -> std::optional<absl::Status> {
    EXPECT_TRUE(world_.Inject(host, submit.statement, submit.blobs).ok());
    return absl::InvalidArgumentError("no");
  };
  MakeKey();
  EXPECT_EQ(world_.truth().vaults.begin()->second.active->attempt, 1u);
  EXPECT_TRUE(world_.truth().anomalies.empty());
}

TEST_F(NodeFaultsTest, AnApprovalThatTheServerLogsBehindTheDenialCountsForNothing) {
  MakeKey();
  const ledger::LeafHash id = AskForPage();
  std::optional<node::Submit> held;
  world_.on_submit = [&](Host& host, const node::Submit& submit) -> std::optional<absl::Status> {
    const ledger::Entry entry = world_.invariants().Decode(submit.statement);
    if (host.number() != 2 || !std::holds_alternative<ledger::Approve>(*entry.statement)) {
      return std::nullopt;
    }
    held = submit;
    return absl::OkStatus();
  };
  ASSERT_TRUE(Approve(world_, world_.host(2), id).ok());
  ASSERT_TRUE(Await([&] { return held.has_value(); }));
  ASSERT_TRUE(Deny(world_, world_.host(2), id).ok());
  ASSERT_TRUE(Await([&] { return WordOf(2, id) == ledger::Word::kDenial; }));
  world_.on_submit = {};
  ASSERT_TRUE(world_.Inject(held->statement).ok());
  EXPECT_EQ(WordOf(2, id), ledger::Word::kDenial);
  EXPECT_EQ(world_.truth().requests.at(id).shares.size(), 0u);
}

TEST_F(NodeFaultsTest, AnApprovalGivenAgainAfterAWithdrawalIsReleased) {
  MakeKey();
  const ledger::LeafHash id = AskForPage();
  ASSERT_TRUE(Approve(world_, world_.host(2), id).ok());
  ASSERT_TRUE(Await([&] { return WordOf(2, id) == ledger::Word::kApproval && world_.IsQuiet(); }));
  ASSERT_TRUE(Withdraw(world_, world_.host(2), id).ok());
  ASSERT_TRUE(
      Await([&] { return WordOf(2, id) == ledger::Word::kRetraction && world_.IsQuiet(); }));
  for (uint32_t holder : {2, 3, 4}) {
    ASSERT_TRUE(Await([&] { return Approve(world_, world_.host(holder), id).ok(); }));
    // A tick before the log has it: the older word is still there.
    world_.host(holder).Deliver(node::Tick{}, world_.host(holder).boots());
    ASSERT_TRUE(Await([&] { return WordOf(holder, id) == ledger::Word::kApproval; }));
  }
  EXPECT_TRUE(Await([&] { return world_.truth().requests.at(id).shares.size() == 3; }))
      << world_.Failure();
}

TEST_F(NodeFaultsTest, SharesThatTheServerLogsBehindARetractionOpenAllTheSame) {
  MakeKey();
  const ledger::LeafHash id = AskForPage();
  std::optional<node::Submit> held;
  world_.on_submit = [&](Host& host, const node::Submit& submit) -> std::optional<absl::Status> {
    const ledger::Entry entry = world_.invariants().Decode(submit.statement);
    if (host.number() != 2 || !std::holds_alternative<ledger::DecryptionShares>(*entry.statement)) {
      return std::nullopt;
    }
    held = submit;
    return absl::OkStatus();
  };
  for (uint32_t holder : {2, 3, 4}) {
    ASSERT_TRUE(Await([&] { return Approve(world_, world_.host(holder), id).ok(); }));
  }
  ASSERT_TRUE(
      Await([&] { return held.has_value() && world_.truth().requests.at(id).shares.size() == 2; }));
  ASSERT_TRUE(Withdraw(world_, world_.host(4), id).ok());
  ASSERT_TRUE(Await([&] { return WordOf(4, id) == ledger::Word::kRetraction; }));
  EXPECT_FALSE(OpenAndCompare(world_, world_.host(1), id).ok());
  ASSERT_TRUE(world_.Inject(held->statement).ok());
  world_.on_submit = {};
  const auto& shares = world_.truth().requests.at(id).shares;
  ASSERT_EQ(shares.size(), 3u);
  EXPECT_EQ(shares.at(ledger::OrganiserNumber{2}).regularity, ledger::ShareRegularity::kLate);
  EXPECT_TRUE(world_.truth().anomalies.empty());
  EXPECT_TRUE(Await([&] { return OpenAndCompare(world_, world_.host(1), id).ok(); }))
      << world_.Failure();
}

TEST_F(NodeFaultsTest, AnAcceptGivenTwiceIsOneAcceptAndItsKeyOpens) {
  MakeKey();
  ASSERT_TRUE(Deposit(world_.host(6), "page").ok());
  ASSERT_TRUE(Await([&] { return !world_.truth().accounts.empty() && world_.IsQuiet(); }));
  ASSERT_TRUE(Ask(world_.host(1), "page", {6}).ok());
  ASSERT_TRUE(Await([&] { return !world_.truth().requests.empty() && world_.IsQuiet(); }));
  const ledger::LeafHash id = world_.truth().requests.begin()->first;
  const auto accept = [&](node::Node& node) { return node.Accept(id); };
  absl::StatusOr<ledger::StatementId> first = world_.host(6).Command(accept);
  absl::StatusOr<ledger::StatementId> second = world_.host(6).Command(accept);
  ASSERT_TRUE(first.ok() && second.ok());
  EXPECT_EQ(*first, *second);
  ASSERT_TRUE(Await(
      [&] { return world_.IsQuiet() && world_.truth().requests.at(id).accepts.size() == 1; }));
  for (uint32_t holder : {2, 3, 4}) {
    ASSERT_TRUE(Await([&] { return Approve(world_, world_.host(holder), id).ok(); }));
  }
  EXPECT_TRUE(Await([&] { return OpenAndCompare(world_, world_.host(6), id).ok(); }))
      << world_.Failure();
}

TEST_F(NodeFaultsTest, ANodeThatSawTwoHistoriesStaysStoppedAfterARestart) {
  MakeKey();
  world_.Fork();
  ASSERT_TRUE(Deposit(world_.host(1), "page").ok());
  ASSERT_TRUE(Deposit(world_.host(6), "blog").ok());
  world_.Run(absl::Seconds(20));
  world_.Heal();
  Host& host = world_.host(6);
  world_.ShowHistory(host);
  ASSERT_TRUE(host.node().evidence().has_value());
  host.Crash();
  ASSERT_TRUE(Await([&] { return host.up(); })) << world_.Failure();
  EXPECT_TRUE(host.node().evidence().has_value());
  EXPECT_FALSE(host.node().halted_because().empty());
  EXPECT_TRUE(world_.host(1).node().halted_because().empty());
}

TEST_F(NodeFaultsTest, ARestoredCopyDoesNothingBeforeItHasReadTheLog) {
  const base::MemoryNodeStore::Image image = world_.host(2).Image();
  MakeKey();
  Host& host = world_.host(2);
  host.PutBack(image);
  host.Unlock();
  // I6 would see a second receiving key.
  host.Deliver(node::Tick{}, host.boots());
  EXPECT_FALSE(world_.failed()) << world_.Failure();
  ASSERT_TRUE(Await([&] { return host.node().restored_copy(); }));
}

TEST_F(NodeFaultsTest, ASharingThatTooFewAcknowledgeBeginsAnew) {
  for (uint32_t number : {4, 5}) {
    world_.invariants().Distrust(number);
    world_.host(number).tamper = [&](Host&, std::vector<node::Action>& actions) {
      std::erase_if(actions, [&](const node::Action& action) {
        const auto* submit = std::get_if<node::Submit>(&action);
        return submit != nullptr && std::holds_alternative<ledger::Acknowledge>(
                                        *world_.invariants().Decode(submit->statement).statement);
      });
    };
  }
  world_.Run(absl::Minutes(1));
  EXPECT_FALSE(world_.IsKeyActive());
  for (uint32_t number : {4, 5}) world_.host(number).tamper = {};
  // Their receiving keys are gone: only another attempt helps.
  for (uint32_t number : {4, 5}) {
    base::MemoryNodeStore& store = world_.host(number).store();
    base::WriteBatch batch;
    for (const char* space : {"receiving-key", "outbox"}) {
      const std::vector<base::NodeKeyValue> values = Must(store.List(space));
      for (const base::NodeKeyValue& value : values) batch.Delete(space, value.key);
    }
    ASSERT_TRUE(store.Commit(batch).ok());
    world_.host(number).Crash();
  }
  world_.Run(absl::Minutes(1));
  EXPECT_FALSE(world_.IsKeyActive());
  world_.Sleep(absl::Hours(25));
  EXPECT_TRUE(Await([&] { return world_.IsKeyActive(); })) << world_.Failure();
  EXPECT_EQ(world_.truth().vaults.begin()->second.active->attempt, 2u);
}

}  // namespace
}  // namespace quorate::simulation
