#include "tests/simulation/invariants.h"

#include <algorithm>

#include "custody/wire/read_entry.h"
#include "custody/wire/statement.h"

namespace quorate::simulation {

using ledger::OrganiserNumber;

Invariants::Invariants(const ledger::OrganisationId& organisation,
                       const crypto::Secret& organisation_key)
    : organisation_(organisation) {
  keys_.Add(1, organisation_key.Clone());
}

void Invariants::Violate(const std::string& what) {
  if (!violation_.has_value()) violation_ = what;
}

ledger::Entry Invariants::Decode(const wire::SignedStatement& statement) const {
  const crypto::Bytes leaf = wire::EncodeLeaf(
      {0, statement.header, statement.signature, statement.device_signature});
  return wire::ReadEntry(0, leaf, statement.body, keys_,
                         [](uint64_t, const crypto::Digest&) { return true; });
}

void Invariants::OnLogged(const replica::AppliedEntry& entry, const replica::Replica& truth) {
  states_[truth.size()] = {truth.root(), truth.StateDigest()};
  if (!entry.outcome.admitted()) return;
  if (const auto* approve = std::get_if<ledger::Approve>(&*entry.entry.statement)) {
    approved_[approve->request].insert(entry.entry.header->author);
  }
}

void Invariants::OnStep(const node::Node& node) {
  const uint32_t host = node.me().value;
  const uint64_t size = node.replica().size();
  auto [known, is_new] = sizes_.try_emplace(host, 0);
  if (size < known->second) {
    Violate("I3/I4: the ledger of node " + std::to_string(host) + " went from " +
            std::to_string(known->second) + " entries to " + std::to_string(size));
  }
  if (size == known->second) return;
  known->second = size;
  auto state = states_.find(size);
  if (state == states_.end() || state->second.first != node.replica().root()) {
    Violate("I2: node " + std::to_string(host) + " has another log at size " +
            std::to_string(size));
  } else if (state->second.second != node.replica().StateDigest()) {
    Violate("I2: node " + std::to_string(host) + " has another state at size " +
            std::to_string(size));
  }
}

size_t Invariants::ApprovedOutside(const ledger::RequestRecord& request) const {
  auto approved = approved_.find(request.id);
  if (approved == approved_.end()) return 0;
  const std::vector<OrganiserNumber>& recipients = request.request.recipients;
  return static_cast<size_t>(std::count_if(
      approved->second.begin(), approved->second.end(), [&](OrganiserNumber holder) {
        return holder != request.requester &&
               std::find(recipients.begin(), recipients.end(), holder) == recipients.end();
      }));
}

void Invariants::JudgeShares(uint32_t host, const ledger::DecryptionShares& shares,
                             const replica::Replica& truth) {
  const std::string who = "I1: node " + std::to_string(host) + " sends shares ";
  const ledger::RequestRecord* request = ledger::FindRequest(truth.state(), shares.request);
  if (request == nullptr) return Violate(who + "for no request");
  if (ApprovedOutside(*request) < request->threshold) {
    Violate(who + "that only " + std::to_string(ApprovedOutside(*request)) + " approved");
  }
  auto word = last_word_.find({host, shares.request});
  if (word == last_word_.end()) return Violate(who + "that its person never approved");
  if (word->second != ledger::Word::kApproval) {
    Violate(who + "after its person took the approval back");
  }
}

void Invariants::OnSubmit(uint32_t host, const node::Submit& submit,
                          const replica::Replica& truth) {
  if (!IsHonest(host)) return;
  const ledger::Entry entry = Decode(submit.statement);
  if (!entry.statement.has_value() || entry.header->author.value != host) {
    return Violate("node " + std::to_string(host) + " sends what is no statement of its own");
  }
  crypto::Bytes all = wire::EncodeSigned(submit.statement);
  for (const crypto::Bytes& blob : submit.blobs) all.insert(all.end(), blob.begin(), blob.end());
  const crypto::Digest digest = crypto::Sha256(all);
  auto [sent, is_new] = sent_.try_emplace({host, submit.statement.id}, digest);
  if (!is_new && sent->second != digest) {
    Violate("I5: node " + std::to_string(host) + " sends other bytes under a used identifier");
  }
  if (const auto* deal = std::get_if<ledger::Deal>(&*entry.statement)) {
    auto [dealt, first] = dealt_.try_emplace({host, deal->sharing}, submit.statement.id);
    if (!first && dealt->second != submit.statement.id) {
      Violate("I6: node " + std::to_string(host) + " deals twice");
    }
  } else if (const auto* shares = std::get_if<ledger::DecryptionShares>(&*entry.statement)) {
    JudgeShares(host, *shares, truth);
  }
}

void Invariants::OnPersonsWord(uint32_t host, const ledger::LeafHash& request,
                               ledger::Word word) {
  last_word_[{host, request}] = word;
}

void Invariants::OnOpened(const ledger::LeafHash& id, const replica::Replica& truth) {
  const ledger::RequestRecord* request = ledger::FindRequest(truth.state(), id);
  if (request == nullptr || ApprovedOutside(*request) < request->threshold) {
    Violate("I1: a request opened without a quorum");
  }
}

}  // namespace quorate::simulation
