#include <algorithm>
#include <iterator>

#include "crypto/complaint.h"
#include "crypto/dealing.h"
#include "crypto/transcript.h"
#include "custody/node/armed_record.h"
#include "tests/ledger/bad_dealing.h"
#include "tests/simulation/corrupt.h"
#include "tests/simulation/must.h"

namespace quorate::simulation {
namespace {

using ledger::OrganiserNumber;
using ledger::SharingStage;

crypto::ShareIndex IndexOf(uint32_t number) { return *crypto::ShareIndex::From(number); }

std::optional<size_t> PositionOf(const crypto::SharingContext& context, uint32_t number) {
  for (size_t i = 0; i < context.receivers.size(); ++i) {
    if (context.receivers[i].index.value() == number) return i;
  }
  return std::nullopt;
}

}  // namespace

// Whether the node's own dealing goes no further.
bool Corrupt::ReplaceDealing(const ledger::Deal& deal, node::Submit& submit) {
  const bool bad = manners_.dealing == DealingManner::kBadForSome ||
                   manners_.dealing == DealingManner::kBadForAll;
  if (!bad) {
    return manners_.dealing == DealingManner::kWithheld ||
           manners_.dealing == DealingManner::kCopied;
  }
  const std::optional<ledger::Sharing>& sharing =
      host_.node().state().vaults.at(deal.sharing.vault).sharing;
  if (!sharing.has_value() || !sharing->context.has_value() || sharing->ref != deal.sharing) {
    return true;
  }
  if (!dealt_.insert(deal.sharing).second) return true;
  std::set<uint32_t> victims;
  for (const crypto::Receiver& receiver : sharing->context->receivers) {
    const uint32_t number = receiver.index.value();
    const bool chosen = manners_.dealing == DealingManner::kBadForAll || dice_.Chance(400);
    if (number != host_.number() && chosen) victims.insert(number);
  }
  const crypto::Dealing dealing = ledger::testing::BadDealing(
      *sharing->context, IndexOf(host_.number()), victims, host_.random());
  world_.invariants().OnBadDealing(host_.number(), deal.sharing, std::move(victims));
  submit = {host_.Forge(DealOf(deal.sharing, dealing), dealing.ciphertexts), dealing.ciphertexts};
  return false;
}

void Corrupt::CheatInSharing() {
  for (const auto& [number, vault] : host_.node().state().vaults) {
    if (!vault.sharing.has_value()) continue;
    const ledger::Sharing& sharing = *vault.sharing;
    if (manners_.copies_key && sharing.stage == SharingStage::kReceivingKeys) CopyKey(sharing);
    if (sharing.stage == SharingStage::kDealing) {
      if (manners_.dealing == DealingManner::kCopied) CopyDealing(sharing);
      if (manners_.dealing == DealingManner::kTwice) DealAgain(sharing);
    }
    if (manners_.repeats_acknowledgement) AcknowledgeAgain(sharing);
    if (manners_.complains && sharing.qualified.has_value()) ComplainFalsely(sharing);
    if (manners_.meddles) Meddle(vault);
  }
}

void Corrupt::CopyKey(const ledger::Sharing& sharing) {
  for (const auto& [holder, key] : sharing.receiving_keys) {
    if (holder == host_.node().me()) continue;
    // A proof of one's own does not help: nobody else knows this key's secret.
    const crypto::SecretScalar secret = crypto::SecretScalar::Random(host_.random());
    const crypto::SchnorrProof proof = crypto::ProveKnowledge(
        "quorate/receiving-key/v1", crypto::Digest{}, secret, key.key, host_.random());
    return Say(ledger::ReceivingKey{sharing.ref, key.key, proof}, Fate::kRefused);
  }
}

void Corrupt::CopyDealing(const ledger::Sharing& sharing) {
  for (const auto& [dealer, logged] : sharing.dealings) {
    if (dealer == host_.node().me()) continue;
    std::vector<crypto::Bytes> blobs;
    for (const crypto::Digest& digest : logged.ciphertext_digests) {
      const crypto::Bytes* blob = world_.server().FindBlob(digest);
      if (blob == nullptr) return;
      blobs.push_back(*blob);
    }
    ledger::Deal copied = DealOf(sharing.ref, logged.dealing);
    if (dice_.Chance(500)) {
      // Only E is another's; the rest is noise in the hope of complaints, which would open E.
      const crypto::Dealing own = ledger::testing::BadDealing(
          *sharing.context, IndexOf(host_.number()), {}, host_.random());
      copied = DealOf(sharing.ref, own);
      copied.ephemeral = logged.dealing.ephemeral;
      for (crypto::Bytes& blob : blobs) host_.random().Fill(blob);
    }
    return Say(copied, Fate::kRefused, blobs);
  }
}

void Corrupt::DealAgain(const ledger::Sharing& sharing) {
  if (!sharing.dealings.contains(host_.node().me())) return;
  absl::StatusOr<crypto::Dealing> second =
      crypto::Deal(*sharing.context, IndexOf(host_.number()), nullptr, host_.random());
  if (second.ok()) {
    Say(DealOf(sharing.ref, *second), Fate::kRefused, second->ciphertexts);
  }
}

void Corrupt::AcknowledgeAgain(const ledger::Sharing& sharing) {
  if (acknowledgements_.empty() || !sharing.acknowledged.contains(host_.node().me())) return;
  Say(acknowledgements_[dice_.Below(acknowledgements_.size())], Fate::kRefused);
}

// Of a dealing that is good: with a true proof of a true shared point, with one that does not hold,
// or of other bytes.
void Corrupt::ComplainFalsely(const ledger::Sharing& sharing) {
  const std::optional<size_t> position = PositionOf(*sharing.context, host_.number());
  if (!position.has_value() || sharing.dealings.empty()) return;
  const auto& [dealer, logged] = *std::next(
      sharing.dealings.begin(), static_cast<int64_t>(dice_.Below(sharing.dealings.size())));
  if (!world_.invariants().IsHonest(dealer.value)) return;
  const crypto::Bytes* sealed = world_.server().FindBlob(logged.ciphertext_digests[*position]);
  if (sealed == nullptr) return;
  ledger::Complain complain{sharing.ref, dealer, *sealed, crypto::Point::Base(), {}};
  if (dice_.Chance(300)) {
    host_.random().Fill(complain.sub_share_ciphertext);
    return Say(complain, Fate::kRefused);
  }
  const std::optional<crypto::SecretScalar> secret = host_.StealReceivingKey(sharing.ref);
  if (secret.has_value() && dice_.Chance(500)) {
    crypto::Transcript transcript("quorate/complaint/v1");
    transcript.AppendDigest(
        crypto::DealingHash(*sharing.context, logged.dealing, logged.ciphertext_digests));
    transcript.AppendU64(host_.number());
    crypto::Bytes context = crypto::ToBytes("quorate/complaint/v1-");
    const crypto::Digest hash = transcript.Hash();
    context.insert(context.end(), hash.value.begin(), hash.value.end());
    complain.shared_point = logged.dealing.ephemeral.MulToPublic(*secret);
    const std::array<crypto::Point, 1> c = {logged.dealing.ephemeral};
    const std::array<crypto::Point, 1> d = {complain.shared_point};
    complain.proof = Must(
        crypto::ProveDleq({context, crypto::Point::Base(), crypto::Point::MulBase(*secret), c, d},
                          *secret, host_.random()));
  }
  Say(complain, Fate::kNamed);
}

void Corrupt::Meddle(const ledger::Vault& vault) {
  const ledger::Sharing& sharing = *vault.sharing;
  std::vector<OrganiserNumber> some;
  for (const auto& [holder, key] : sharing.receiving_keys) some.push_back(holder);
  if (some.size() > 1) some.pop_back();
  some.push_back(OrganiserNumber{World::kHosts + 1});
  switch (dice_.Below(4)) {
    case 0:
      return Say(ledger::Start{sharing.ref, some}, Fate::kRefused);
    case 1:
      // Right or wrong as it happens: it must do no harm.
      return Say(ledger::Close{sharing.ref}, std::nullopt);
    case 2:
      return Say(ledger::Activate{sharing.ref, crypto::Sha256(crypto::AsBytes("another set")), {}},
                 Fate::kRefused);
    default:
      return Say(
          ledger::Acknowledge{sharing.ref, crypto::Sha256(crypto::AsBytes("another set")), {}},
          Fate::kRefused);
  }
}

}  // namespace quorate::simulation
