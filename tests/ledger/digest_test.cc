#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <string>

#include "custody/ledger/decide.h"
#include "tests/ledger/harness.h"

namespace quorate::ledger::testing {
namespace {

using C = RefusalCode;
using I = ItemKind;

// A state in which nothing is empty.
State FullState() {
  World world = WorldWithAccount();
  world.Admit(world.ConfirmDraft(2, "page", {{I::kPassword, 1}}));
  LeafHash id = world.Admit(world.RequestDraft(1, 1, "page", {{I::kPassword, 1}}, {1, 2}));
  world.Admit(world.AcceptDraft(2, id));
  for (uint32_t holder : {3u, 4u, 5u}) world.Admit(world.ApproveDraft(holder, id));
  world.Admit(world.SharesDraft(3, id));
  world.Admit(world.FalseComplainDraft(1, 2, 1));
  EXPECT_EQ(world.Append(world.Make(5, Confirm{"page", {}})), C::kMalformedBody);
  Draft kit = world.Make(3, Withdraw{});
  kit.with_device = false;
  EXPECT_EQ(world.Append(kit), C::kUnknownRequest);
  LeafHash alarm = world.Admit(world.Make(6, Alarm{{1}, "page", "not us"}));
  world.Admit(world.Make(2, Lift{{1}, "page", {alarm}, "it was"}));
  return world.state();
}

TEST(DigestTest, IsTheSameForReadersOfOneLog) {
  World first;
  World second;
  EXPECT_EQ(first.ledger().StateDigest(), second.ledger().StateDigest());
  first.FoundOrganisation();
  EXPECT_NE(first.ledger().StateDigest(), second.ledger().StateDigest());
  second.FoundOrganisation();
  EXPECT_EQ(first.ledger().StateDigest(), second.ledger().StateDigest());
  EXPECT_EQ(DigestOf(FullState()), DigestOf(FullState()));
}

TEST(DigestTest, ChangesWithEveryEntryEvenARefusedOne) {
  World world = SharedWorld();
  Digest before = world.ledger().StateDigest();
  EXPECT_EQ(world.Append(world.Make(1, Confirm{"none", {}})), RefusalCode::kUnknownAccount);
  EXPECT_NE(world.ledger().StateDigest(), before);
}

RequestRecord& RequestIn(State& state) { return state.requests.begin()->second; }
Account& AccountIn(State& state) { return state.accounts.begin()->second; }
VersionRecord& VersionIn(State& state) {
  return AccountIn(state).items.at(I::kPassword).versions[0];
}
Vault& VaultIn(State& state) { return state.vaults.at({1}); }
Sharing& SharingIn(State& state) { return *VaultIn(state).sharing; }

using Bend = std::function<void(State&)>;

std::map<std::string, Bend> StateBends() {
  crypto::Point point = crypto::Point::Base();
  return {
      {"organisation", [](State& s) { s.organisation.value[0] ^= 1; }},
      {"size", [](State& s) { ++s.size; }},
      {"last log time", [](State& s) { ++s.last_log_time_ms; }},
      {"rules", [](State& s) { ++s.rules_version; }},
      {"charter version", [](State& s) { ++s.charter_version; }},
      {"no charter", [](State& s) { s.charter.reset(); }},
      {"charter salt", [](State& s) { s.charter->salt.value[0] ^= 1; }},
      {"charter rules", [](State& s) { ++s.charter->rules_version; }},
      {"charter governors", [](State& s) { ++s.charter->governance_threshold; }},
      {"charter name", [](State& s) { s.charter->organisation_name_sealed.push_back(0); }},
      {"charter organiser name", [](State& s) { s.charter->organisers[0].name_sealed.clear(); }},
      {"charter keys",
       [](State& s) {
         std::swap(s.charter->organisers[0].tls_key, s.charter->organisers[0].signing_key);
       }},
      {"charter device key", [](State& s) { s.charter->organisers[0].device_key.value[0] ^= 1; }},
      {"charter witness key", [](State& s) { s.charter->organisers[0].witness_key.value[0] ^= 1; }},
      {"charter wrap key", [=](State& s) { s.charter->organisers[0].wrap_key = point; }},
      {"charter vault", [](State& s) { s.charter->vaults.pop_back(); }},
      {"charter witnesses", [](State& s) { s.charter->witnesses.pop_back(); }},
      {"charter faults", [](State& s) { ++s.charter->witness_faults; }},
      {"charter quorum", [](State& s) { ++s.charter->witness_quorum; }},
      {"charter log key", [](State& s) { s.charter->log_key.value[0] ^= 1; }},
      {"charter server", [](State& s) { s.charter->server_certificate_digest.value[0] ^= 1; }},
      {"charter key commitment",
       [](State& s) { s.charter->organisation_key_commitment.value[0] ^= 1; }},
      {"wraps", [](State& s) { s.wraps[0][0] ^= 1; }},
      {"statement ids", [](State& s) { s.statement_ids.erase(s.statement_ids.begin()); }},
      {"points seen", [](State& s) { s.points_seen.erase(s.points_seen.begin()); }},
      {"usage day", [](State& s) { ++s.usage.begin()->second.day; }},
      {"usage statements", [](State& s) { ++s.usage.begin()->second.with_device.statements; }},
      {"usage bytes", [](State& s) { ++s.usage.begin()->second.with_device.bytes; }},
      {"usage of kits", [](State& s) { ++s.usage.begin()->second.without_device.statements; }},
      {"usage of kits in bytes", [](State& s) { ++s.usage.begin()->second.without_device.bytes; }},
      {"usage anomalies", [](State& s) { ++s.usage.begin()->second.anomalies; }},
      {"no anomaly", [](State& s) { s.anomalies.clear(); }},
      {"anomaly index", [](State& s) { ++s.anomalies[0].index; }},
      {"anomaly author", [](State& s) { ++s.anomalies[0].author.value; }},
      {"anomaly kind", [](State& s) { s.anomalies[0].kind = AnomalyKind::kBadDealing; }},
      {"anomaly refusal", [](State& s) { s.anomalies[0].refusal = C::kBadProof; }},
  };
}

std::map<std::string, Bend> VaultBends() {
  return {
      {"number", [](State& s) { ++VaultIn(s).number.value; }},
      {"name", [](State& s) { VaultIn(s).policy.name_sealed.clear(); }},
      {"threshold", [](State& s) { ++VaultIn(s).policy.threshold; }},
      {"holders", [](State& s) { VaultIn(s).policy.holders.pop_back(); }},
      {"cooling-off", [](State& s) { ++VaultIn(s).policy.cooling_off_seconds; }},
      {"lifetime", [](State& s) { ++VaultIn(s).policy.request_lifetime_seconds; }},
      {"denials", [](State& s) { ++VaultIn(s).policy.denials_to_block; }},
      {"next attempt", [](State& s) { ++VaultIn(s).next_attempt; }},
      {"no epoch", [](State& s) { VaultIn(s).active.reset(); }},
      {"epoch", [](State& s) { ++VaultIn(s).active->epoch.value; }},
      {"epoch threshold", [](State& s) { ++VaultIn(s).active->threshold; }},
      {"epoch commitments", [](State& s) { VaultIn(s).active->commitments.pop_back(); }},
      {"epoch shares", [](State& s) { VaultIn(s).active->public_shares.erase({1}); }},
      {"epoch acknowledged", [](State& s) { VaultIn(s).active->acknowledged.erase({1}); }},
      {"epoch set", [](State& s) { VaultIn(s).active->qualified_digest.value[0] ^= 1; }},
      {"epoch attempt", [](State& s) { ++VaultIn(s).active->attempt; }},
      {"no sharing", [](State& s) { VaultIn(s).sharing.reset(); }},
      {"sharing vault", [](State& s) { ++SharingIn(s).ref.vault.value; }},
      {"sharing epoch", [](State& s) { ++SharingIn(s).ref.epoch.value; }},
      {"sharing attempt", [](State& s) { ++SharingIn(s).ref.attempt; }},
      {"stage", [](State& s) { SharingIn(s).stage = SharingStage::kDealing; }},
      {"stage since", [](State& s) { ++SharingIn(s).stage_since_ms; }},
      {"receiving key", [](State& s) { SharingIn(s).receiving_keys.at({1}).key = {}; }},
      {"receiving key time", [](State& s) { ++SharingIn(s).receiving_keys.at({1}).log_time_ms; }},
      {"no context", [](State& s) { SharingIn(s).context.reset(); }},
      {"context session", [](State& s) { SharingIn(s).context->session.value[0] ^= 1; }},
      {"context receivers", [](State& s) { SharingIn(s).context->receivers.pop_back(); }},
      {"dealing index", [](State& s) { ++SharingIn(s).dealings.at({1}).index; }},
      {"dealing leaf", [](State& s) { SharingIn(s).dealings.at({1}).leaf_hash.value[0] ^= 1; }},
      {"dealing ciphertexts",
       [](State& s) { SharingIn(s).dealings.at({1}).ciphertext_digests.pop_back(); }},
      {"dealing expelled", [](State& s) { SharingIn(s).dealings.at({1}).expelled = true; }},
      {"close", [](State& s) { ++SharingIn(s).close_index; }},
      {"no set", [](State& s) { SharingIn(s).qualified.reset(); }},
      {"acknowledged", [](State& s) { SharingIn(s).acknowledged.erase({1}); }},
      {"complaints", [](State& s) { SharingIn(s).complaints.clear(); }},
  };
}

std::map<std::string, Bend> AccountBends() {
  return {
      {"vault", [](State& s) { ++AccountIn(s).vault.value; }},
      {"name", [](State& s) { AccountIn(s).name += "x"; }},
      {"item kind", [](State& s) { AccountIn(s).items.begin()->second.kind = I::kNote; }},
      {"version", [](State& s) { ++VersionIn(s).version; }},
      {"depositor", [](State& s) { ++VersionIn(s).depositor.value; }},
      {"statement", [](State& s) { VersionIn(s).statement_id.value[0] ^= 1; }},
      {"deposit", [](State& s) { VersionIn(s).deposit.value[0] ^= 1; }},
      {"time", [](State& s) { ++VersionIn(s).log_time_ms; }},
      {"part", [](State& s) { ++VersionIn(s).item.part; }},
      {"payload", [](State& s) { VersionIn(s).payload.digest.value[0] ^= 1; }},
      {"payload length", [](State& s) { ++VersionIn(s).payload.length; }},
      {"confirmed", [](State& s) { VersionIn(s).confirmed_by.reset(); }},
      {"exposed", [](State& s) { VersionIn(s).exposed_to.erase({1}); }},
      {"a kit's alarm", [](State& s) { AccountIn(s).kit_alarms[{6}] = {}; }},
      {"no alarm", [](State& s) { AccountIn(s).alarms.clear(); }},
      {"alarm leaf", [](State& s) { AccountIn(s).alarms.at({6}).leaf_hash.value[0] ^= 1; }},
      {"alarm index", [](State& s) { ++AccountIn(s).alarms.at({6}).index; }},
      {"alarm time", [](State& s) { ++AccountIn(s).alarms.at({6}).log_time_ms; }},
      {"no lift", [](State& s) { AccountIn(s).lifts.clear(); }},
      {"lift leaf", [](State& s) { AccountIn(s).lifts.at({2}).leaf_hash.value[0] ^= 1; }},
      {"alarm day", [](State& s) { ++AccountIn(s).alarm_counts.at({6}).day; }},
      {"alarms", [](State& s) { ++AccountIn(s).alarm_counts.at({6}).with_device; }},
      {"alarms of kits", [](State& s) { ++AccountIn(s).alarm_counts.at({6}).without_device; }},
  };
}

std::map<std::string, Bend> RequestBends() {
  return {
      {"id", [](State& s) { RequestIn(s).id.value[0] ^= 1; }},
      {"index", [](State& s) { ++RequestIn(s).index; }},
      {"requester", [](State& s) { ++RequestIn(s).requester.value; }},
      {"statement", [](State& s) { RequestIn(s).statement_id.value[0] ^= 1; }},
      {"time", [](State& s) { ++RequestIn(s).log_time_ms; }},
      {"expiry", [](State& s) { ++RequestIn(s).expires_ms; }},
      {"cooling-off", [](State& s) { ++RequestIn(s).cooling_off_seconds; }},
      {"threshold", [](State& s) { ++RequestIn(s).threshold; }},
      {"denials", [](State& s) { ++RequestIn(s).denials_to_block; }},
      {"epoch", [](State& s) { ++RequestIn(s).epoch.value; }},
      {"items", [](State& s) { ++RequestIn(s).request.items[0].version; }},
      {"unusual", [](State& s) { RequestIn(s).request.unusual_version = true; }},
      {"recipients", [](State& s) { RequestIn(s).request.recipients.pop_back(); }},
      {"state", [](State& s) { RequestIn(s).state = RequestState::kDenied; }},
      {"keys", [](State& s) { RequestIn(s).one_time_keys.erase({2}); }},
      {"accepts", [](State& s) { RequestIn(s).accepts.clear(); }},
      {"cleared", [](State& s) { RequestIn(s).cleared.insert({9}); }},
      {"approved", [](State& s) { RequestIn(s).approved_once = false; }},
      {"word", [](State& s) { RequestIn(s).words.at({3}).word = Word::kDenial; }},
      {"word leaf", [](State& s) { RequestIn(s).words.at({3}).leaf_hash.value[0] ^= 1; }},
      {"word index", [](State& s) { ++RequestIn(s).words.at({3}).index; }},
      {"word time", [](State& s) { ++RequestIn(s).words.at({3}).log_time_ms; }},
      {"quorum", [](State& s) { RequestIn(s).cleared.erase({3}); }},
      {"share holder", [](State& s) { ++RequestIn(s).shares.at({3}).holder.value; }},
      {"share epoch", [](State& s) { ++RequestIn(s).shares.at({3}).epoch.value; }},
      {"share leaf", [](State& s) { RequestIn(s).shares.at({3}).leaf_hash.value[0] ^= 1; }},
      {"share time", [](State& s) { ++RequestIn(s).shares.at({3}).log_time_ms; }},
      {"share regularity",
       [](State& s) { RequestIn(s).shares.at({3}).regularity = ShareRegularity::kLate; }},
      {"opened", [](State& s) { RequestIn(s).opened_by.insert({1}); }},
  };
}

TEST(DigestTest, TakesInEveryField) {
  State full = FullState();
  std::map<Digest, std::string> seen = {{DigestOf(full), "nothing"}};
  for (const auto& [part, bends] :
       std::map<std::string, std::map<std::string, Bend>>{{"state", StateBends()},
                                                          {"vault", VaultBends()},
                                                          {"account", AccountBends()},
                                                          {"request", RequestBends()}}) {
    for (const auto& [name, bend] : bends) {
      State bent = full;
      bend(bent);
      auto [place, is_new] = seen.emplace(DigestOf(bent), part + " " + name);
      EXPECT_TRUE(is_new) << part << " " << name << " is the same as " << place->second;
    }
  }
}

// A newcomer to a log with erased bodies takes what follows from them in advance, and must come to
// the digest of those who read them.
TEST(DigestTest, LeavesOutWhatOnlyAnErasableBodyHolds) {
  const State full = FullState();
  const std::map<std::string, Bend> bends = {
      {"title", [](State& s) { VersionIn(s).title += "x"; }},
      {"username", [](State& s) { VersionIn(s).username += "x"; }},
      {"url", [](State& s) { VersionIn(s).url += "x"; }},
      {"ciphertext", [](State& s) { VersionIn(s).item.r_hat = {}; }},
      {"reason", [](State& s) { RequestIn(s).request.reason += "x"; }},
      {"proof of a key", [](State& s) { RequestIn(s).request.one_time_key->proof = {}; }},
      {"reason of an alarm", [](State& s) { AccountIn(s).alarms.at({6}).reason += "x"; }},
      {"reason of a lift", [](State& s) { AccountIn(s).lifts.at({2}).reason += "x"; }},
      {"reason of a word", [](State& s) { RequestIn(s).words.at({3}).reason += "x"; }},
      {"shares", [](State& s) { RequestIn(s).shares.at({3}).shares.clear(); }},
      {"dealing", [](State& s) { SharingIn(s).dealings.at({1}).dealing.commitments.clear(); }},
  };
  for (const auto& [name, bend] : bends) {
    State bent = full;
    bend(bent);
    EXPECT_EQ(DigestOf(bent), DigestOf(full)) << name;
  }
}

// Two releases of the software must agree: this never changes under rules 1.
TEST(DigestTest, OfAWholeRunIsTheSameForEver) {
  EXPECT_EQ(crypto::Hex(DigestOf(FullState()).span()),
            "623adddf7bc2fcfac0745739981e2a87e75f25bd513968a39a39a36897cc815f");
}

}  // namespace
}  // namespace quorate::ledger::testing
