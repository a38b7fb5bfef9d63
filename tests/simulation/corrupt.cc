#include "tests/simulation/corrupt.h"

#include <algorithm>

namespace quorate::simulation {

Manners Manners::Random(Dice& dice, bool blocks) {
  Manners manners;
  manners.dealing = static_cast<DealingManner>(dice.Below(6));
  const auto maybe = [&] { return dice.Chance(400); };
  manners.withholds_key = blocks && dice.Chance(100);
  manners.withholds_acknowledgement = blocks && dice.Chance(200);
  manners.copies_key = maybe();
  manners.repeats_acknowledgement = maybe();
  manners.complains = maybe();
  manners.meddles = maybe();
  manners.cheats_with_shares = maybe();
  manners.cheats_with_words = maybe();
  manners.cheats_with_items = maybe();
  manners.floods = maybe();
  return manners;
}

Corrupt::Corrupt(World& world, Host& host, const Manners& manners)
    : world_(world), host_(host), dice_(world.dice().Next()), manners_(manners) {
  world.invariants().Distrust(host.number());
  host.tamper = [this](Host&, std::vector<node::Action>& actions) { Tamper(actions); };
}

void Corrupt::Tamper(std::vector<node::Action>& actions) {
  std::erase_if(actions, [this](node::Action& action) {
    auto* submit = std::get_if<node::Submit>(&action);
    return submit != nullptr && TamperWith(*submit);
  });
}

// Whether it goes no further.
bool Corrupt::TamperWith(node::Submit& submit) {
  const ledger::Entry entry = world_.invariants().Decode(submit.statement);
  if (!entry.statement.has_value()) return false;
  const ledger::Statement& statement = *entry.statement;
  if (std::holds_alternative<ledger::ReceivingKey>(statement)) return manners_.withholds_key;
  if (const auto* deal = std::get_if<ledger::Deal>(&statement)) {
    return ReplaceDealing(*deal, submit);
  }
  if (const auto* acknowledge = std::get_if<ledger::Acknowledge>(&statement)) {
    acknowledgements_.push_back(*acknowledge);
    return manners_.withholds_acknowledgement;
  }
  return false;
}

void Corrupt::Say(const ledger::Statement& statement, std::optional<Fate> fate,
                  const std::vector<crypto::Bytes>& blobs) {
  const wire::SignedStatement forged = host_.Forge(statement, blobs);
  world_.Trace("cheat of " + std::to_string(host_.number()) + ": " +
               std::string(ledger::StatementName(statement)));
  if (fate.has_value()) world_.invariants().Expect(host_.number(), forged.id, *fate);
  world_.Submit(host_, node::Submit{forged, blobs});
}

void Corrupt::Act(const Host& host) {
  if (&host != &host_ || host_.node().replica().size() == 0 || !dice_.Chance(250)) return;
  switch (dice_.Below(4)) {
    case 0:
      return CheatInSharing();
    case 1:
      if (manners_.cheats_with_shares) CheatWithShares();
      return;
    case 2:
      if (manners_.cheats_with_words) CheatWithWords();
      return;
    default:
      if (manners_.cheats_with_items) CheatWithItems();
      if (manners_.floods) Flood();
  }
}

}  // namespace quorate::simulation
