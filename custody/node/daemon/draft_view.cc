#include <string>
#include <utility>

#include "custody/node/daemon/views.h"

namespace quorate::node {

pb::Draft DraftMessage(const DraftView& view) {
  pb::Draft out;
  const wire::Draft& draft = view.draft.draft;
  out.set_link(view.link);
  out.set_author(draft.author);
  pb::DraftSpec& spec = *out.mutable_spec();
  spec.set_organisation(draft.organisation);
  spec.set_governance_threshold(draft.governance_threshold);
  uint32_t number = 0;
  for (const std::string& name : draft.organisers) {
    ++number;
    spec.add_organisers(name);
    (view.draft.cards.contains(name) ? out.add_joined() : out.add_missing())->assign(name);
    for (const ledger::Endorsement& signature : view.signatures) {
      if (signature.organiser.value == number) out.add_signed_by(name);
    }
  }
  for (const wire::DraftVault& vault : draft.vaults) {
    pb::DraftVault& message = *spec.add_vaults();
    message.set_name(vault.name);
    message.set_threshold(vault.threshold);
    for (const std::string& holder : vault.holders) message.add_holders(holder);
    message.set_cooling_off_seconds(vault.cooling_off_seconds);
    message.set_request_lifetime_seconds(vault.request_lifetime_seconds);
    message.set_denials_to_block(vault.denials_to_block);
  }
  for (const std::string& name : draft.witnesses) spec.add_witnesses(name);
  out.set_state(view.draft.organisation.has_value() ? "founded"
                : view.digest.has_value()           ? "frozen"
                                                    : "joining");
  if (view.digest.has_value()) out.set_founding_digest(crypto::AsString(view.digest->span()));
  for (const std::string& word : view.words) out.add_words(word);
  for (uint32_t position : view.ask_positions) out.add_ask_positions(position);
  for (std::string& warning : DraftWarnings(draft)) out.add_warnings(std::move(warning));
  if (!view.problem.empty()) out.add_warnings("DO NOT SIGN: " + view.problem);
  return out;
}

}  // namespace quorate::node
