#include "custody/node/outbox.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <set>
#include <string>
#include <vector>

#include "custody/base/error_info.h"
#include "custody/ledger/queries.h"
#include "tests/node/group.h"
#include "tests/simulation/must.h"

// What leaves a node was durable before, and leaves as the same bytes however often its machine
// dies; an old copy of its disk is of no use to it.
namespace quorate::node {
namespace {

using base::MemoryNodeStore;
using simulation::Must;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using Fault = MemoryNodeStore::CommitFault;

constexpr absl::Duration kCoolingOff = absl::Seconds(11);

crypto::Bytes BytesOf(const Submit& submit) {
  const crypto::Secret encoded = crypto::Secret::Copy(wire::EncodeSigned(submit.statement));
  return crypto::Bytes(encoded.Reveal().begin(), encoded.Reveal().end());
}

class OutboxTest : public ::testing::Test {
 protected:
  // A tick long enough after the last one that everything unanswered is sent again.
  std::vector<Submit> TickAndTake(uint32_t number) {
    group_.Pass(absl::Seconds(6));
    Must(group_.node(number).Step(Tick{}));
    return group_.Take(number);
  }
  // After a restart: the server is there again.
  std::vector<Submit> ReadAndTake(uint32_t number) {
    Must(group_.Read(number));
    Must(group_.node(number).Step(Tick{}));
    return group_.Take(number);
  }
  ledger::StatementId Deny(uint32_t number, const ledger::LeafHash& request) {
    return Must(group_.node(number).Deny(request, "no"));
  }
  ledger::StatementId Approve(uint32_t number, const ledger::LeafHash& request) {
    return Must(group_.node(number).Approve(request, Group::PersonOf(number)));
  }

  Group group_;
};

TEST_F(OutboxTest, WhatIsUnansweredIsSentAgainAsTheSameBytesWithItsBlobs) {
  const auto id = Must(simulation::Deposit(group_.world().host(kBen), "blog"));
  const std::vector<Submit> first = TickAndTake(kBen);
  ASSERT_EQ(first.size(), 1u);
  EXPECT_EQ(first[0].statement.id, id);
  ASSERT_EQ(first[0].blobs.size(), 1u);
  const std::vector<Submit> second = TickAndTake(kBen);
  ASSERT_EQ(second.size(), 1u);
  EXPECT_EQ(BytesOf(second[0]), BytesOf(first[0]));
  group_.Restart(kBen);
  // Nothing leaves before the log has been read: this could be an old copy.
  EXPECT_THAT(TickAndTake(kBen), IsEmpty());
  const std::vector<Submit> third = ReadAndTake(kBen);
  ASSERT_EQ(third.size(), 1u);
  EXPECT_EQ(BytesOf(third[0]), BytesOf(first[0]));
  EXPECT_EQ(third[0].blobs, first[0].blobs);
}

TEST_F(OutboxTest, WhatWasSentALittleWhileAgoIsNotSentAgain) {
  const ledger::LeafHash request = group_.Ask(kAna);
  Deny(kBen, request);
  ASSERT_EQ(group_.Take(kBen).size(), 1u);
  group_.Pass(absl::Seconds(4));
  Must(group_.node(kBen).Step(Tick{}));
  EXPECT_THAT(group_.Take(kBen), IsEmpty());
}

TEST_F(OutboxTest, WhatALostConnectionMayHaveTakenIsSentAgainAtOnce) {
  const ledger::LeafHash request = group_.Ask(kAna);
  Deny(kBen, request);
  ASSERT_EQ(group_.Take(kBen).size(), 1u);
  Must(group_.node(kBen).Step(Tick{.reconnected = true}));
  EXPECT_THAT(group_.KindsOf(group_.Take(kBen)), ElementsAre("deny"));
}

TEST_F(OutboxTest, WhatIsLoggedIsDoneAndStaysDoneAfterARestart) {
  const ledger::LeafHash request = group_.Ask(kAna);
  Deny(kBen, request);
  group_.Settle();
  EXPECT_EQ(group_.node(kBen).unsent(), 0u);
  for (const char* space : {"outbox", "outbox-blob", "outbox-duty", "outbox-order"}) {
    EXPECT_THAT(*group_.store(kBen).List(space), IsEmpty()) << space;
  }
  group_.Restart(kBen);
  EXPECT_THAT(ReadAndTake(kBen), IsEmpty());
}

TEST_F(OutboxTest, ADeathBetweenLoggedAndDoneSendsItOnceMoreAtMost) {
  const ledger::LeafHash request = group_.Ask(kAna);
  const ledger::StatementId id = Deny(kBen, request);
  group_.Carry(kBen);
  // The entries are durable, what they settle is not.
  const uint64_t before = group_.store(kBen).commits();
  group_.store(kBen).FailNextCommit(Fault::kKeepBatch);
  EXPECT_FALSE(group_.Read(kBen).ok());
  ASSERT_EQ(group_.store(kBen).commits(), before + 1);
  group_.Restart(kBen);
  EXPECT_EQ(group_.node(kBen).unsent(), 0u);
  ASSERT_TRUE(group_.node(kBen).ResultOf(id).has_value());
  EXPECT_THAT(ReadAndTake(kBen), IsEmpty());
}

TEST_F(OutboxTest, WhatTheServerRefusesForGoodIsNotSentAgainAndItsPersonIsTold) {
  const ledger::StatementId id = Must(group_.node(kBen).Confirm("page"));
  group_.Take(kBen);
  Must(group_.node(kBen).Step(SubmissionRefused{id, absl::InvalidArgumentError("too big")}));
  const auto result = group_.node(kBen).ResultOf(id);
  ASSERT_TRUE(result.has_value());
  EXPECT_EQ(result->status().code(), absl::StatusCode::kInvalidArgument);
  bool told = false;
  for (const Action& action : group_.node(kBen).TakeActions()) {
    const auto* notice = std::get_if<Notice>(&action);
    told = told || (notice != nullptr && notice->kind == "refused");
  }
  EXPECT_TRUE(told);
  EXPECT_THAT(TickAndTake(kBen), IsEmpty());
  group_.Restart(kBen);
  EXPECT_THAT(ReadAndTake(kBen), IsEmpty());
}

TEST_F(OutboxTest, ARefusalOfWhatWasNeverSentChangesNothing) {
  const ledger::LeafHash request = group_.Ask(kAna);
  Deny(kBen, request);
  ledger::StatementId other;
  other.value.fill(7);
  Must(group_.node(kBen).Step(SubmissionRefused{other, absl::InvalidArgumentError("")}));
  EXPECT_EQ(group_.node(kBen).unsent(), 1u);
  EXPECT_FALSE(group_.node(kBen).ResultOf(other).has_value());
}

// Runs an approval up to the release with the machine dying at its n-th commit, one way or the
// other, and shows that it ends where it would have ended anyhow.
struct Death {
  Fault fault;
  int at;
};

class DeathAtEveryCommit : public ::testing::TestWithParam<Death> {};

TEST_P(DeathAtEveryCommit, ReleasesOnceAndAsTheSameBytes) {
  Group group;
  const ledger::LeafHash request = group.Ask(kAna);
  for (uint32_t number : {kCem, kDia}) group.Approve(number, request);
  int until = GetParam().at;
  bool died = false;
  std::map<ledger::StatementId, std::set<crypto::Bytes>> sent;
  std::map<std::string, std::set<ledger::StatementId>> said;
  auto carry = [&] {
    for (const Submit& submit : group.Carry(kBen)) {
      sent[submit.statement.id].insert(BytesOf(submit));
      said[group.KindOf(submit)].insert(submit.statement.id);
    }
  };
  // Every call of the node gets a disk that fails at the wanted commit of all.
  auto run = [&](const std::function<absl::Status()>& call) {
    const uint64_t before = group.store(kBen).commits();
    if (until == 0 && !died) group.store(kBen).FailNextCommit(GetParam().fault);
    const absl::Status status = call();
    if (group.store(kBen).crashed()) {
      died = true;
      group.Restart(kBen);
      Must(group.Read(kBen));
      carry();
      return false;
    }
    group.store(kBen).FailNextCommit(Fault::kNone);
    until -= static_cast<int>(group.store(kBen).commits() - before);
    if (until < 0) until = 0;
    carry();
    return status.ok();
  };
  for (int i = 0; i < 3 && !group.Truth(request).words.contains(ledger::OrganiserNumber{kBen});
       ++i) {
    run([&] { return group.node(kBen).Approve(request, Group::PersonOf(kBen)).status(); });
    run([&] { return group.Read(kBen); });
  }
  group.Pass(kCoolingOff);
  for (int i = 0; i < 4; ++i) {
    run([&] { return group.Read(kBen); });
    run([&] { return group.node(kBen).Step(Tick{}); });
  }
  group.Settle();
  EXPECT_TRUE(group.Truth(request).shares.contains(ledger::OrganiserNumber{kBen}));
  for (const auto& [id, bytes] : sent) EXPECT_EQ(bytes.size(), 1u);
  EXPECT_EQ(said["decryption-shares"].size(), 1u);
  EXPECT_LE(said["approve"].size(), 1u);
  EXPECT_FALSE(group.node(kBen).restored_copy());
  EXPECT_EQ(group.node(kBen).unsent(), 0u);
  EXPECT_FALSE(group.node(kBen).IsArmed(request));
}

std::vector<Death> Deaths() {
  std::vector<Death> deaths;
  for (int at = 0; at < 6; ++at) {
    deaths.push_back({Fault::kLoseBatch, at});
    deaths.push_back({Fault::kKeepBatch, at});
  }
  return deaths;
}

std::string DeathName(const ::testing::TestParamInfo<Death>& info) {
  return std::string(info.param.fault == Fault::kLoseBatch ? "before" : "after") + "_commit_" +
         std::to_string(info.param.at);
}

INSTANTIATE_TEST_SUITE_P(Commits, DeathAtEveryCommit, ::testing::ValuesIn(Deaths()), DeathName);

// Restored copies.

TEST_F(OutboxTest, AnOldCopyKnowsThatItIsOneAndReleasesNothing) {
  const ledger::LeafHash request = group_.Ask(kAna);
  for (uint32_t number : {kBen, kCem, kDia}) group_.Approve(number, request);
  const MemoryNodeStore::Image backup = group_.store(kBen).Snapshot();
  Deny(kBen, request);  // The backup is still armed; its person has thought better of it.
  group_.Settle();
  group_.Pass(kCoolingOff);
  group_.Restore(kBen, backup);
  ASSERT_TRUE(group_.node(kBen).IsArmed(request));
  EXPECT_THAT(TickAndTake(kBen), IsEmpty());
  Must(group_.Read(kBen));
  EXPECT_TRUE(group_.node(kBen).restored_copy());
  EXPECT_THAT(group_.Take(kBen), IsEmpty());
  EXPECT_THAT(TickAndTake(kBen), IsEmpty());
  const ledger::LeafHash next = group_.Ask(kAna);
  EXPECT_EQ(base::GetReason(group_.node(kBen).Approve(next, Group::PersonOf(kBen)).status()),
            "HALTED");
  // It stays so: what was read is in its store now.
  group_.Restart(kBen);
  EXPECT_TRUE(group_.node(kBen).restored_copy());
}

TEST_F(OutboxTest, AnOldCopySendsNothingOfWhatWaitedInIt) {
  const ledger::LeafHash request = group_.Ask(kAna);
  for (uint32_t number : {kBen, kCem, kDia}) group_.Approve(number, request);
  group_.Pass(kCoolingOff);
  Must(group_.Read(kBen));
  // The shares are handed out and lost; the backup is of this moment.
  ASSERT_THAT(group_.KindsOf(group_.Take(kBen)), ElementsAre("decryption-shares"));
  const MemoryNodeStore::Image backup = group_.store(kBen).Snapshot();
  Deny(kBen, request);
  group_.Settle();
  group_.Restore(kBen, backup);
  EXPECT_THAT(TickAndTake(kBen), IsEmpty());
  Must(group_.Read(kBen));
  EXPECT_THAT(TickAndTake(kBen), IsEmpty());
}

TEST_F(OutboxTest, AnOldCopyDoesNotUseOneTimeKeys) {
  const ledger::LeafHash request = group_.Ask(kAna);
  for (uint32_t number : {kBen, kCem, kDia}) group_.Approve(number, request);
  group_.Pass(kCoolingOff);
  group_.Settle();
  const crypto::WrapKey caller = crypto::WrapKey::Random(group_.world().host(kAna).random());
  ASSERT_TRUE(group_.node(kAna).OpenRequest(request, caller.public_key).ok());
  const MemoryNodeStore::Image backup = group_.store(kAna).Snapshot();
  Must(group_.node(kAna).CloseRequest(request).status());
  group_.Settle();
  // The key was destroyed; the copy still has it, and shares to use it on.
  group_.Restore(kAna, backup);
  EXPECT_EQ(base::GetReason(group_.node(kAna).OpenRequest(request, caller.public_key).status()),
            "LOG_NOT_READ");
  Must(group_.Read(kAna));
  EXPECT_EQ(base::GetReason(group_.node(kAna).OpenRequest(request, caller.public_key).status()),
            "HALTED");
}

TEST(RestoredCopy, DoesNotDealAgain) {
  simulation::World world(11, simulation::OrganisationSpec{}, simulation::Faults::None());
  const ledger::VaultNumber vault{1};
  auto sharing = [&]() -> const ledger::Sharing* {
    const auto& current = world.truth().vaults.at(vault).sharing;
    return current.has_value() ? &*current : nullptr;
  };
  auto dealt = [&] {
    return sharing() != nullptr && sharing()->dealings.contains(ledger::OrganiserNumber{kBen});
  };
  // A backup of the last moment before ben's node dealt.
  MemoryNodeStore::Image backup;
  ASSERT_TRUE(world.RunUntil(
      [&] {
        if (dealt()) return true;
        // Its own statements so far: the receiving key.
        if (world.host(kBen).store().List("own")->size() <= 1) {
          backup = world.host(kBen).store().Snapshot();
        }
        return false;
      },
      absl::Minutes(5)));
  ASSERT_FALSE(backup.entries.empty());
  world.invariants().ExpectRegress(kBen);
  world.host(kBen).Crash();
  world.host(kBen).store().Restore(backup);
  world.host(kBen).Start();
  ASSERT_TRUE(world.host(kBen).up());
  world.host(kBen).Unlock();
  Node& ben = world.host(kBen).node();
  auto says_nothing = [&] {
    std::vector<Action> actions = ben.TakeActions();
    return std::none_of(actions.begin(), actions.end(), [](const Action& action) {
      return std::holds_alternative<Submit>(action);
    });
  };
  Must(ben.Step(Tick{}));
  EXPECT_TRUE(says_nothing());
  const simulation::LogServer::Page page = world.server().Read(ben.replica().next_index(), 1000);
  Must(ben.Step(LogAdvanced{page.note, page.entries}));
  EXPECT_TRUE(ben.restored_copy());
  EXPECT_TRUE(says_nothing());
}

}  // namespace
}  // namespace quorate::node
