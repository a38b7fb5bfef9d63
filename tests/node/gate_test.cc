#include "custody/node/gate.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <set>
#include <string>
#include <vector>

#include "custody/ledger/queries.h"
#include "custody/node/armed_record.h"
#include "tests/node/group.h"
#include "tests/simulation/must.h"

// The gate as a table: one state in which all seven checks hold, made by a real organisation, and
// every way in which one of them alone stops holding.
namespace quorate::node {
namespace {

using ledger::OrganiserNumber;
using ledger::Word;

constexpr uint64_t kCoolingOffSeconds = 10;

// What the gate is asked with, to be changed at will.
struct Facts {
  ledger::State state;
  ledger::LeafHash id;
  Armed armed;
  OrganiserNumber me;
  absl::Time now;
  absl::Time first_seen;
  absl::Time last_heard;
  uint64_t checkpoint_size = 0;
  std::optional<ledger::LeafHash> own_approval;

  ledger::RequestRecord& request() { return state.requests.at(id); }
  ledger::Account& account() { return state.accounts.at("page"); }
  ledger::ItemRecord& item() { return account().items.at(ledger::ItemKind::kPassword); }
  ledger::ActiveEpoch& epoch() { return *state.vaults.at(ledger::VaultNumber{1}).active; }
  absl::Time expiry() { return absl::FromUnixMillis(static_cast<int64_t>(request().expires_ms)); }
  void Say(uint32_t holder, Word word) {
    request().words[OrganiserNumber{holder}] = {word, {}, 0, request().log_time_ms, ""};
  }
  // Another recipient who has accepted, as everybody knows.
  void AddRecipient(uint32_t number) {
    request().request.recipients.push_back(OrganiserNumber{number});
    request().one_time_keys[OrganiserNumber{number}] = request().one_time_keys.begin()->second;
    ledger::LeafHash accept;
    accept.value.fill(9);
    request().accepts[OrganiserNumber{number}] = accept;
    armed.accepts.push_back(accept);
  }
  void AddVersion() {
    item().versions.push_back(item().versions.back());
    item().versions.back().version = static_cast<uint32_t>(item().versions.size());
    item().versions.back().confirmed_by.reset();
  }
  GateInput Input() {
    return {state,      request(),  armed,           me,          now,
            first_seen, last_heard, checkpoint_size, own_approval};
  }
};

// ana asks; ben, cem and dia approve; eva has said nothing. As ben's node sees it once the
// cooling-off is over.
Facts MakeBaseline() {
  Group group({.cooling_off_seconds = kCoolingOffSeconds});
  Facts facts;
  facts.id = group.Ask(kAna);
  for (uint32_t number : {kBen, kCem, kDia}) group.Approve(number, facts.id);
  facts.state = group.world().truth();
  const auto stored = group.store(kBen).Get("armed", facts.id.bytes());
  if (!stored.ok() || !stored->has_value()) simulation::Die("nothing is armed");
  facts.armed = *DecodeArmed(**stored);
  facts.me = OrganiserNumber{kBen};
  facts.first_seen = group.node(kBen).FirstSeen(facts.id);
  facts.now = facts.first_seen + absl::Minutes(1);
  facts.last_heard = facts.now;
  facts.checkpoint_size = facts.state.size;
  facts.own_approval = facts.request().words.at(facts.me).leaf_hash;
  return facts;
}

const Facts& Baseline() {
  static const Facts facts = MakeBaseline();
  return facts;
}

struct Row {
  const char* name;
  // The checks that must fail; none: the gate stays open. All others must hold.
  std::set<std::string> closes;
  // What the first of them says.
  const char* sentence;
  std::function<void(Facts&)> change;
};

class GateTable : public ::testing::TestWithParam<Row> {};

TEST_P(GateTable, ClosesForThisAloneAndSaysWhy) {
  const Row& row = GetParam();
  Facts facts = Baseline();
  ASSERT_EQ(WhyClosed(facts.Input()), std::nullopt);
  row.change(facts);
  std::set<std::string> closed;
  for (const GateCheck& gate : kGate) {
    if (gate.check(facts.Input()).has_value()) closed.insert(std::string(gate.name));
  }
  EXPECT_EQ(closed, row.closes);
  EXPECT_EQ(WhyClosed(facts.Input()).value_or(""), row.sentence);
}

const char kRequestClosed[] = "the request is closed";
const char kNoRequester[] = "the requester is no active organiser";
const char kNoItem[] = "an item that it asks for does not exist";
const char kOtherItem[] = "an item is not the one that was approved here";

const Row kRequestRows[] = {
    {"opened",
     {"request"},
     kRequestClosed,
     [](Facts& f) { f.request().state = ledger::RequestState::kOpened; }},
    {"withdrawn",
     {"request"},
     kRequestClosed,
     [](Facts& f) { f.request().state = ledger::RequestState::kWithdrawn; }},
    {"denied",
     {"request"},
     kRequestClosed,
     [](Facts& f) { f.request().state = ledger::RequestState::kDenied; }},
    {"requester_zero",
     {"request"},
     kNoRequester,
     [](Facts& f) { f.request().requester = OrganiserNumber{0}; }},
    {"requester_not_in_the_charter",
     {"request"},
     kNoRequester,
     [](Facts& f) { f.request().requester = OrganiserNumber{7}; }},
    {"no_charter", {"request"}, kNoRequester, [](Facts& f) { f.state.charter.reset(); }},
    {"account_in_another_vault",
     {"request", "ciphertexts"},
     "the account is not in this vault",
     [](Facts& f) { f.account().vault = ledger::VaultNumber{2}; }},
    {"account_gone",
     {"request", "ciphertexts"},
     "the account is not in this vault",
     [](Facts& f) { f.state.accounts.clear(); }},
    {"item_gone", {"request", "ciphertexts"}, kNoItem, [](Facts& f) { f.account().items.clear(); }},
    {"version_not_there",
     {"request", "ciphertexts"},
     kNoItem,
     [](Facts& f) { f.request().request.items[0].version = 2; }},
    {"newer_candidate_where_none_is_confirmed",
     {"request"},
     "a newer version has been confirmed since it was made",
     [](Facts& f) { f.AddVersion(); }},
    {"newer_version_confirmed",
     {"request"},
     "a newer version has been confirmed since it was made",
     [](Facts& f) {
       f.item().versions.back().confirmed_by = OrganiserNumber{kEva};
       f.AddVersion();
       f.item().versions.back().confirmed_by = OrganiserNumber{kEva};
     }},
    {"newer_candidate_beside_a_confirmed_one",
     {},
     "",
     [](Facts& f) {
       f.item().versions.back().confirmed_by = OrganiserNumber{kEva};
       f.AddVersion();
     }},
    {"old_version_asked_for_as_such",
     {},
     "",
     [](Facts& f) {
       f.AddVersion();
       f.request().request.unusual_version = true;
     }},
    {"recipient_without_a_key",
     {"request"},
     "a recipient has not accepted yet",
     [](Facts& f) { f.request().request.recipients.push_back(OrganiserNumber{kFay}); }},
    {"recipient_with_a_key", {}, "", [](Facts& f) { f.AddRecipient(kFay); }},
    {"too_few_holders_outside",
     {"request", "quorum"},
     "too few holders stand outside the request",
     [](Facts& f) {
       f.epoch().acknowledged = {OrganiserNumber{kAna}, OrganiserNumber{kBen},
                                 OrganiserNumber{kCem}};
     }},
};

const Row kOwnApprovalRows[] = {
    {"another_leaf_approved",
     {"own approval"},
     "another request was approved here",
     [](Facts& f) { f.armed.request.value[31] ^= 1; }},
    {"an_accept_more",
     {"own approval"},
     "the recipients changed after the approval",
     [](Facts& f) {
       f.AddRecipient(kFay);
       f.armed.accepts.clear();
     }},
    {"an_accept_less",
     {"own approval"},
     "the recipients changed after the approval",
     [](Facts& f) { f.armed.accepts.push_back(f.id); }},
    {"another_accept",
     {"own approval"},
     "the recipients changed after the approval",
     [](Facts& f) {
       f.AddRecipient(kFay);
       f.armed.accepts[0].value[0] ^= 1;
     }},
    {"not_on_the_log",
     {"own approval"},
     "our approval is not on the log yet",
     [](Facts& f) { f.me = OrganiserNumber{kEva}; }},
    {"given_on_another_device",
     {"own approval"},
     "the approval on the log was not given on this node",
     [](Facts& f) { f.own_approval->value[0] ^= 1; }},
    {"unknown_to_this_node",
     {"own approval"},
     "the approval on the log was not given on this node",
     [](Facts& f) { f.own_approval.reset(); }},
    {"retracted",
     {"own approval"},
     "our approval has been taken back",
     [](Facts& f) {
       f.me = OrganiserNumber{kEva};
       f.Say(kEva, Word::kRetraction);
     }},
    {"denied_after",
     {"own approval"},
     "our approval has been taken back",
     [](Facts& f) {
       f.me = OrganiserNumber{kEva};
       f.Say(kEva, Word::kDenial);
     }},
};

const Row kQuorumRows[] = {
    {"one_approval_short",
     {"quorum"},
     "2 of 3 approvals",
     [](Facts& f) { f.request().words.erase(OrganiserNumber{kDia}); }},
    {"an_approval_retracted",
     {"quorum"},
     "2 of 3 approvals",
     [](Facts& f) { f.Say(kDia, Word::kRetraction); }},
    {"an_approver_who_denied_later",
     {"quorum"},
     "2 of 3 approvals",
     [](Facts& f) { f.Say(kDia, Word::kDenial); }},
    {"the_requester_does_not_count",
     {"quorum"},
     "2 of 3 approvals",
     [](Facts& f) {
       f.Say(kAna, Word::kApproval);
       f.request().words.erase(OrganiserNumber{kDia});
     }},
    {"a_recipient_does_not_count",
     {"quorum"},
     "2 of 3 approvals",
     [](Facts& f) {
       f.Say(kEva, Word::kApproval);
       f.AddRecipient(kDia);
       f.request().words.erase(OrganiserNumber{kEva});
     }},
    {"a_holder_without_a_share_does_not_count",
     {"quorum"},
     "2 of 3 approvals",
     [](Facts& f) { f.epoch().acknowledged.erase(OrganiserNumber{kDia}); }},
    {"an_organiser_who_holds_nothing_does_not_count",
     {"quorum"},
     "2 of 3 approvals",
     [](Facts& f) {
       f.request().words.erase(OrganiserNumber{kDia});
       f.Say(kFay, Word::kApproval);
     }},
    {"a_fourth_approval", {}, "", [](Facts& f) { f.Say(kEva, Word::kApproval); }},
    {"denials_one_below_the_limit",
     {},
     "",
     [](Facts& f) {
       f.request().denials_to_block = 2;
       f.Say(kEva, Word::kDenial);
     }},
    {"denials_at_the_limit",
     {"quorum"},
     "too many holders deny it",
     [](Facts& f) {
       f.request().denials_to_block = 1;
       f.Say(kEva, Word::kDenial);
     }},
    {"a_retracted_denial",
     {},
     "",
     [](Facts& f) {
       f.request().denials_to_block = 1;
       f.Say(kEva, Word::kRetraction);
     }},
};

const Row kTimeRows[] = {
    {"at_the_end_of_cooling_off",
     {},
     "",
     [](Facts& f) { f.now = f.last_heard = f.first_seen + absl::Seconds(kCoolingOffSeconds); }},
    {"a_moment_before_the_end_of_cooling_off",
     {"time"},
     "the cooling-off is not over",
     [](Facts& f) {
       f.now = f.first_seen + absl::Seconds(kCoolingOffSeconds) - absl::Nanoseconds(1);
     }},
    {"logged_after_it_was_seen",
     {"time"},
     "the cooling-off is not over",
     [](Facts& f) {
       f.request().log_time_ms =
           static_cast<uint64_t>(absl::ToUnixMillis(f.now)) - kCoolingOffSeconds * 1000 + 1;
     }},
    {"dated_back_by_the_server",
     {"time"},
     "the cooling-off is not over",
     [](Facts& f) {
       f.request().log_time_ms = 0;
       f.first_seen = f.now - absl::Seconds(kCoolingOffSeconds) + absl::Milliseconds(1);
     }},
    {"never_seen",
     {"time"},
     "the cooling-off is not over",
     [](Facts& f) { f.first_seen = absl::InfiniteFuture(); }},
    {"clock_set_back_before_it_was_seen",
     {"time"},
     "the cooling-off is not over",
     [](Facts& f) { f.now = f.first_seen - absl::Seconds(1); }},
    {"a_moment_before_expiry",
     {},
     "",
     [](Facts& f) { f.now = f.last_heard = f.expiry() - absl::Nanoseconds(1); }},
    {"at_expiry",
     {"time"},
     "the request has expired",
     [](Facts& f) { f.now = f.last_heard = f.expiry(); }},
    {"log_time_a_moment_before_expiry",
     {},
     "",
     [](Facts& f) { f.state.last_log_time_ms = f.request().expires_ms - 1; }},
    {"log_time_at_expiry",
     {"time"},
     "the request has expired",
     [](Facts& f) { f.state.last_log_time_ms = f.request().expires_ms; }},
};

const Row kFreshnessRows[] = {
    {"checkpoint_smaller_than_the_state",
     {"freshness"},
     "this node has not read all that the log has signed",
     [](Facts& f) { --f.checkpoint_size; }},
    {"checkpoint_larger_than_the_state",
     {"freshness"},
     "this node has not read all that the log has signed",
     [](Facts& f) { ++f.checkpoint_size; }},
    {"no_checkpoint",
     {"freshness"},
     "this node has not read all that the log has signed",
     [](Facts& f) { f.checkpoint_size = 0; }},
    {"request_not_covered",
     {"freshness"},
     "this node has not read all that the log has signed",
     [](Facts& f) { f.request().index = f.state.size; }},
    {"heard_five_minutes_ago", {}, "", [](Facts& f) { f.last_heard = f.now - absl::Minutes(5); }},
    {"heard_longer_ago",
     {"freshness"},
     "the newest checkpoint is more than five minutes old",
     [](Facts& f) { f.last_heard = f.now - absl::Minutes(5) - absl::Nanoseconds(1); }},
    {"never_heard",
     {"freshness"},
     "the newest checkpoint is more than five minutes old",
     [](Facts& f) { f.last_heard = absl::InfinitePast(); }},
    {"clock_set_back_by_five_minutes",
     {},
     "",
     [](Facts& f) { f.last_heard = f.now + absl::Minutes(5); }},
    {"clock_set_back_further",
     {"freshness"},
     "the newest checkpoint is more than five minutes old",
     [](Facts& f) { f.last_heard = f.now + absl::Minutes(5) + absl::Nanoseconds(1); }},
};

const Row kCiphertextRows[] = {
    {"another_ciphertext_prepared",
     {"ciphertexts"},
     kOtherItem,
     [](Facts& f) { f.armed.ciphertexts[0].value[0] ^= 1; }},
    {"none_prepared",
     {"ciphertexts"},
     "other items were approved here",
     [](Facts& f) { f.armed.ciphertexts.clear(); }},
    {"one_more_prepared",
     {"ciphertexts"},
     "other items were approved here",
     [](Facts& f) { f.armed.ciphertexts.push_back(f.armed.ciphertexts[0]); }},
    {"payload_changed",
     {"ciphertexts"},
     kOtherItem,
     [](Facts& f) { f.item().versions[0].payload.digest.value[0] ^= 1; }},
    {"point_changed",
     {"ciphertexts"},
     kOtherItem,
     [](Facts& f) { f.item().versions[0].item.r = f.item().versions[0].item.r_hat; }},
    {"proof_changed",
     {"ciphertexts"},
     kOtherItem,
     [](Facts& f) { f.item().versions[0].item.challenge = f.item().versions[0].item.response; }},
    {"depositor_changed",
     {"ciphertexts"},
     kOtherItem,
     [](Facts& f) { f.item().versions[0].depositor = OrganiserNumber{kEva}; }},
    {"deposit_changed",
     {"ciphertexts"},
     kOtherItem,
     [](Facts& f) { f.item().versions[0].statement_id.value[0] ^= 1; }},
    {"organisation_changed",
     {"ciphertexts"},
     kOtherItem,
     [](Facts& f) { f.state.organisation.value[0] ^= 1; }},
};

const Row kVersionRows[] = {
    {"key_shared_anew",
     {"versions"},
     "the vault's key has been shared anew: approve again",
     [](Facts& f) { f.epoch().epoch = ledger::Epoch{2}; }},
    {"approved_under_another_epoch",
     {"versions"},
     "the vault's key has been shared anew: approve again",
     [](Facts& f) { f.armed.epoch = ledger::Epoch{0}; }},
    {"charter_changed",
     {"versions"},
     "the charter has changed: approve again",
     [](Facts& f) { ++f.state.charter_version; }},
    {"rules_changed",
     {"versions"},
     "the rules have changed: approve again",
     [](Facts& f) { ++f.state.rules_version; }},
    {"account_frozen",
     {"versions"},
     "an alarm freezes the account",
     [](Facts& f) { f.account().alarms[OrganiserNumber{kFay}] = {}; }},
    {"account_frozen_and_not_all_have_lifted",
     {"versions"},
     "an alarm freezes the account",
     [](Facts& f) {
       f.account().alarms[OrganiserNumber{kFay}] = {};
       for (uint32_t holder : {kBen, kCem}) f.account().lifts[OrganiserNumber{holder}] = {};
     }},
    {"another_account_frozen",
     {},
     "",
     [](Facts& f) {
       f.state.accounts["blog"] = f.account();
       f.state.accounts["blog"].alarms[OrganiserNumber{kFay}] = {};
     }},
};

std::string RowName(const ::testing::TestParamInfo<Row>& info) { return info.param.name; }

INSTANTIATE_TEST_SUITE_P(Request, GateTable, ::testing::ValuesIn(kRequestRows), RowName);
INSTANTIATE_TEST_SUITE_P(OwnApproval, GateTable, ::testing::ValuesIn(kOwnApprovalRows), RowName);
INSTANTIATE_TEST_SUITE_P(Quorum, GateTable, ::testing::ValuesIn(kQuorumRows), RowName);
INSTANTIATE_TEST_SUITE_P(Time, GateTable, ::testing::ValuesIn(kTimeRows), RowName);
INSTANTIATE_TEST_SUITE_P(Freshness, GateTable, ::testing::ValuesIn(kFreshnessRows), RowName);
INSTANTIATE_TEST_SUITE_P(Ciphertexts, GateTable, ::testing::ValuesIn(kCiphertextRows), RowName);
INSTANTIATE_TEST_SUITE_P(Versions, GateTable, ::testing::ValuesIn(kVersionRows), RowName);

TEST(Gate, HasSevenChecksInTheOrderOfTheDesign) {
  std::vector<std::string> names;
  for (const GateCheck& gate : kGate) names.push_back(std::string(gate.name));
  EXPECT_THAT(names, ::testing::ElementsAre("request", "own approval", "quorum", "time",
                                            "freshness", "ciphertexts", "versions"));
}

TEST(Gate, AnAlarmLeavesRecoveryCodesOpenAndVoidsNothing) {
  Facts facts = Baseline();
  facts.account().alarms[OrganiserNumber{kFay}] = {};
  EXPECT_TRUE(CheckVersions(facts.Input()).has_value());
  EXPECT_FALSE(WhyVoid(facts.Input()).has_value());
  facts.request().request.items = {{ledger::ItemKind::kRecoveryCodes, 1}};
  EXPECT_FALSE(CheckVersions(facts.Input()).has_value());
  facts.request().request.items.insert(facts.request().request.items.begin(),
                                       {ledger::ItemKind::kPassword, 1});
  EXPECT_TRUE(CheckVersions(facts.Input()).has_value());
}

TEST(Gate, StaysShutWithoutAnActiveKey) {
  Facts facts = Baseline();
  facts.state.vaults.at(ledger::VaultNumber{1}).active.reset();
  EXPECT_TRUE(CheckVersions(facts.Input()).has_value());
  EXPECT_TRUE(WhyClosed(facts.Input()).has_value());
}

}  // namespace
}  // namespace quorate::node
