#include <gtest/gtest.h>
#include <sodium.h>

#include <functional>
#include <utility>
#include <vector>

#include "tests/ledger/harness.h"

namespace quorate::ledger::testing {
namespace {

using C = RefusalCode;

TEST(FoundingTest, AdmitsACharterThatAllFoundersEndorse) {
  World world;
  EXPECT_EQ(world.Append(world.FoundDraft()), C::kNone);
  EXPECT_EQ(world.state().charter_version, 1u);
  EXPECT_EQ(world.state().rules_version, kRulesVersion);
  EXPECT_EQ(world.state().vaults.size(), 2u);
  EXPECT_EQ(world.state().wraps.size(), 6u);
  EXPECT_FALSE(world.vault(1).active.has_value());
  EXPECT_EQ(CurrentSharing(world.vault(2)), (SharingRef{{2}, {1}, 1}));
}

TEST(FoundingTest, RefusesASecondFounding) {
  World world;
  world.FoundOrganisation();
  EXPECT_EQ(world.Append(world.FoundDraft()), C::kAlreadyFounded);
}

TEST(FoundingTest, RefusesFoundingBehindTheFirstEntry) {
  World world;
  EXPECT_EQ(world.Append(world.Make(1, Close{})), C::kNotFounded);
  Draft late = world.FoundDraft();
  late.header.verified_size = 0;
  EXPECT_EQ(world.Append(late), C::kNotFounded);
}

// A good key plus the point of order 2.
PublicKey WithSmallPart() {
  crypto::SeededRandom random(uint64_t{5});
  const PublicKey good = crypto::SigningKey::Random(random).public_key();
  std::array<uint8_t, 32> two;
  two.fill(0xff);
  two[0] = 0xec;
  two[31] = 0x7f;
  PublicKey mixed;
  EXPECT_EQ(crypto_core_ed25519_add(mixed.value.data(), good.value.data(), two.data()), 0);
  return mixed;
}

using Bend = std::function<void(World&, Draft&, Found&)>;

struct FoundingFault {
  const char* name;
  C refusal;
  Bend bend;
};

std::vector<FoundingFault> FoundingFaults() {
  return {
      {"other charter bytes", C::kWrongOrganisation,
       [](World& world, Draft&, Found& found) {
         found.charter_bytes.push_back(0);
         world.Endorse(found);
       }},
      {"a tree before the first entry", C::kForeignRoot,
       [](World&, Draft& draft, Found&) { draft.root_is_this_trees = false; }},
      {"a founder missing", C::kNotEnoughEndorsements,
       [](World&, Draft&, Found& found) { found.founders.pop_back(); }},
      {"founders out of order", C::kBadEndorsement,
       [](World&, Draft&, Found& found) { std::swap(found.founders[0], found.founders[1]); }},
      {"a founder twice", C::kBadEndorsement,
       [](World&, Draft&, Found& found) { found.founders[1] = found.founders[0]; }},
      {"a founder who is nobody", C::kBadEndorsement,
       [](World&, Draft&, Found& found) { found.founders[5].organiser.value = 7; }},
      {"a signature by another", C::kBadEndorsement,
       [](World&, Draft&, Found& found) {
         found.founders[2].signature = found.founders[3].signature;
       }},
      {"a device signature by another", C::kBadEndorsement,
       [](World&, Draft&, Found& found) {
         found.founders[2].device_signature = found.founders[3].device_signature;
       }},
      {"a wrap changed after signing", C::kBadEndorsement,
       [](World&, Draft&, Found& found) { found.wraps[0][0] ^= 1; }},
      {"a wrap missing", C::kBadCharter,
       [](World& world, Draft&, Found& found) {
         found.wraps.pop_back();
         world.Endorse(found);
       }},
      {"a wrap of another length", C::kBadCharter,
       [](World& world, Draft&, Found& found) {
         found.wraps[3].pop_back();
         world.Endorse(found);
       }},
      {"an endless organisation name", C::kBadCharter,
       [](World&, Draft&, Found& found) { found.charter.organisation_name_sealed.resize(4096); }},
      {"an endless organiser name", C::kBadCharter,
       [](World&, Draft&, Found& found) { found.charter.organisers[0].name_sealed.resize(4096); }},
      {"an endless vault name", C::kBadCharter,
       [](World&, Draft&, Found& found) { found.charter.vaults[0].name_sealed.resize(4096); }},
      {"a charter that breaks a rule", C::kBadCharter,
       [](World&, Draft&, Found& found) { found.charter.governance_threshold = 1; }},
      {"an author who is nobody", C::kUnknownAuthor,
       [](World&, Draft& draft, Found&) { draft.header.author.value = 7; }},
      {"another charter version", C::kStaleCharter,
       [](World&, Draft& draft, Found&) { draft.header.charter_version = 2; }},
      {"other rules", C::kUnknownRules,
       [](World&, Draft& draft, Found&) { draft.header.rules_version = 2; }},
  };
}

TEST(FoundingTest, RefusesEachFault) {
  for (const FoundingFault& fault : FoundingFaults()) {
    SCOPED_TRACE(fault.name);
    World world;
    Draft draft = world.FoundDraft();
    Found found = std::get<Found>(draft.statement);
    fault.bend(world, draft, found);
    draft.statement = found;
    EXPECT_EQ(RefusalName(world.Append(draft)), RefusalName(fault.refusal));
    EXPECT_FALSE(world.state().charter.has_value());
  }
}

struct CharterFault {
  const char* name;
  std::function<void(Charter&)> bend;
};

std::vector<CharterFault> CharterFaults() {
  auto holders = [](std::vector<uint32_t> numbers) {
    return [numbers](Charter& charter) {
      charter.vaults[0].holders.clear();
      for (uint32_t number : numbers) charter.vaults[0].holders.push_back({number});
    };
  };
  auto witnesses = [](std::vector<uint32_t> numbers) {
    return [numbers](Charter& charter) {
      charter.witnesses.clear();
      for (uint32_t number : numbers) charter.witnesses.push_back({number});
      WitnessPolicy policy = DefaultWitnessPolicy(static_cast<uint32_t>(numbers.size()), 3);
      charter.witness_faults = policy.faults;
      charter.witness_quorum = policy.quorum;
    };
  };
  return {
      {"other rules", [](Charter& c) { c.rules_version = 2; }},
      {"one organiser", [](Charter& c) { c.organisers.resize(1); }},
      {"too many organisers", [](Charter& c) { c.organisers.resize(kMaxOrganisers + 1); }},
      {"no vault", [](Charter& c) { c.vaults.clear(); }},
      {"too many vaults", [](Charter& c) { c.vaults.resize(kMaxVaults + 1, c.vaults[0]); }},
      {"one governor", [](Charter& c) { c.governance_threshold = 1; }},
      {"more governors than organisers", [](Charter& c) { c.governance_threshold = 7; }},
      {"one key of two organisers",
       [](Charter& c) { c.organisers[1].signing_key = c.organisers[0].signing_key; }},
      {"one key in two roles",
       [](Charter& c) { c.organisers[1].device_key = c.organisers[1].witness_key; }},
      {"one TLS key twice", [](Charter& c) { c.organisers[1].tls_key = c.organisers[0].tls_key; }},
      {"one wrap key twice",
       [](Charter& c) { c.organisers[1].wrap_key = c.organisers[0].wrap_key; }},
      {"the log's key is an organiser's",
       [](Charter& c) { c.log_key = c.organisers[2].witness_key; }},
      {"a signing key of small order",
       [](Charter& c) {
         c.organisers[1].signing_key = {};
         c.organisers[1].signing_key.value[0] = 1;
       }},
      {"a TLS key off the curve", [](Charter& c) { c.organisers[1].tls_key = {{2}}; }},
      {"a device key that is not canonical",
       [](Charter& c) { c.organisers[1].device_key.value.fill(0xff); }},
      {"a witness key with a small part",
       [](Charter& c) { c.organisers[1].witness_key = WithSmallPart(); }},
      {"a log key with a small part", [](Charter& c) { c.log_key = WithSmallPart(); }},
      {"an identity for a wrap key", [](Charter& c) { c.organisers[1].wrap_key = {}; }},
      {"no witness", witnesses({})},
      {"witnesses out of order", witnesses({2, 1, 3})},
      {"a witness twice", witnesses({1, 1, 2})},
      {"a witness who is nobody", witnesses({1, 2, 7})},
      {"witness zero", witnesses({0, 1, 2})},
      {"a quorum too small", [](Charter& c) { c.witness_quorum -= 1; }},
      {"a quorum too large", [](Charter& c) { c.witness_quorum += 1; }},
      {"a quorum above the witnesses",
       [](Charter& c) {
         c.witness_faults = 5;
         c.witness_quorum = 6;
         c.witnesses.resize(5);
       }},
      {"absurd faults",
       [](Charter& c) {
         c.witness_faults = 0xffffffff;
         c.witness_quorum = 3;
       }},
      {"holders out of order", holders({2, 1, 3, 4, 5})},
      {"a holder twice", holders({1, 1, 2, 3, 4})},
      {"a holder who is nobody", holders({1, 2, 3, 4, 7})},
      {"holder zero", holders({0, 1, 2, 3, 4})},
      {"a threshold of one", [](Charter& c) { c.vaults[0].threshold = 1; }},
      {"a threshold of all", [](Charter& c) { c.vaults[0].threshold = 5; }},
      {"no holders", holders({})},
      {"denials that block nothing", [](Charter& c) { c.vaults[0].denials_to_block = 0; }},
      {"more denials than can be", [](Charter& c) { c.vaults[0].denials_to_block = 4; }},
      {"too short a life",
       [](Charter& c) {
         c.vaults[0].request_lifetime_seconds = 59;
         c.vaults[0].cooling_off_seconds = 1;
       }},
      {"too long a life",
       [](Charter& c) { c.vaults[0].request_lifetime_seconds = 30 * 24 * 3600 + 1; }},
      {"cooling-off as long as life",
       [](Charter& c) { c.vaults[0].cooling_off_seconds = c.vaults[0].request_lifetime_seconds; }},
  };
}

TEST(CharterTest, FindsEachProblem) {
  World world;
  ASSERT_FALSE(CharterProblem(world.charter()).has_value());
  for (const CharterFault& fault : CharterFaults()) {
    SCOPED_TRACE(fault.name);
    Charter charter = world.charter();
    fault.bend(charter);
    EXPECT_TRUE(CharterProblem(charter).has_value());
  }
}

TEST(CharterTest, TakesTheEdgesOfItsBounds) {
  World world;
  Charter charter = world.charter();
  charter.governance_threshold = 6;
  charter.vaults[0].threshold = 4;
  charter.vaults[0].denials_to_block = 2;
  charter.vaults[0].request_lifetime_seconds = 60;
  charter.vaults[0].cooling_off_seconds = 59;
  charter.vaults[1].request_lifetime_seconds = 30 * 24 * 3600;
  charter.vaults[1].cooling_off_seconds = 0;
  EXPECT_EQ(CharterProblem(charter), std::nullopt);
}

TEST(CharterTest, ProposesWitnessesThatShareAnHonestOne) {
  auto policy = [](uint32_t witnesses, uint32_t threshold) {
    WitnessPolicy proposed = DefaultWitnessPolicy(witnesses, threshold);
    return std::pair(proposed.faults, proposed.quorum);
  };
  EXPECT_EQ(policy(5, 3), std::pair(2u, 4u));
  EXPECT_EQ(policy(7, 3), std::pair(2u, 5u));
  EXPECT_EQ(policy(3, 2), std::pair(1u, 3u));
  EXPECT_EQ(policy(4, 4), std::pair(1u, 3u));
  EXPECT_EQ(policy(1, 2), std::pair(0u, 1u));
  EXPECT_EQ(policy(0, 2), std::pair(0u, 0u));
  EXPECT_EQ(policy(5, 0xffffffff), std::pair(2u, 4u));
  for (uint32_t witnesses = 1; witnesses <= 40; ++witnesses) {
    for (uint32_t threshold = 2; threshold <= 20; ++threshold) {
      auto [faults, quorum] = policy(witnesses, threshold);
      EXPECT_LE(quorum, witnesses);
      EXPECT_GT(2 * quorum, witnesses + faults) << "two quorums share no honest witness";
    }
  }
}

TEST(CharterTest, ProposesDenialsThatLeaveAVetoAndNoMore) {
  EXPECT_EQ(DefaultDenialsToBlock(3, 5), 3u);
  EXPECT_EQ(DefaultDenialsToBlock(4, 5), 2u);
  EXPECT_EQ(DefaultDenialsToBlock(2, 5), 2u);
}

TEST(RulesTest, StopsAtNewerRulesThatEnoughEndorse) {
  World world;
  world.FoundOrganisation();
  EXPECT_FALSE(NeedsUpgrade(world.state()));
  world.Admit(world.RulesDraft(2, {1, 3, 6}));
  EXPECT_TRUE(NeedsUpgrade(world.state()));
  Draft draft = world.ReceivingKeyDraft(1, 1);
  EXPECT_EQ(draft.header.rules_version, 2u);
  EXPECT_EQ(world.Append(draft), C::kUnknownRules);
  draft.header.rules_version = 1;
  EXPECT_EQ(world.Append(draft), C::kUnknownRules);
}

TEST(RulesTest, RefusesTooFewOrFalseEndorsements) {
  World world;
  world.FoundOrganisation();
  EXPECT_EQ(world.Append(world.RulesDraft(2, {1, 3})), C::kNotEnoughEndorsements);
  EXPECT_EQ(world.Append(world.RulesDraft(2, {1, 3, 3})), C::kBadEndorsement);
  EXPECT_EQ(world.Append(world.RulesDraft(2, {3, 1, 2})), C::kBadEndorsement);
  EXPECT_EQ(world.Append(world.RulesDraft(1, {1, 2, 3})), C::kUnknownRules);
  // Out of reach, they would stop the organisation for ever.
  for (uint32_t version : {3u, 0xffffffffu}) {
    EXPECT_EQ(world.Append(world.RulesDraft(version, {1, 2, 3})), C::kUnknownRules);
  }
  Draft draft = world.RulesDraft(2, {1, 2, 3});
  Rules rules = std::get<Rules>(draft.statement);
  rules.endorsements[0].signature = rules.endorsements[1].signature;
  draft.statement = rules;
  EXPECT_EQ(world.Append(draft), C::kBadEndorsement);
}

}  // namespace
}  // namespace quorate::ledger::testing
