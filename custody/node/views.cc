#include <algorithm>

#include "custody/node/armed_record.h"
#include "custody/node/node.h"
#include "custody/wire/sealed_name.h"

// What a node says of itself and of its organisation.
namespace quorate::node {

void Node::ReadCharter() {
  const std::optional<ledger::Charter>& charter = state().charter;
  if (!charter.has_value() || !organiser_names_.empty()) return;
  const ledger::Organiser* mine = ledger::FindOrganiser(*charter, options_.me);
  kit_only_ = mine == nullptr || mine->device_key != options_.device_key;
  const crypto::Secret& key = options_.organisation_key;
  // Every founder checked the names before signing; what does not open is shown by number.
  auto open = [&](std::string_view role, uint32_t index, const crypto::Bytes& sealed) {
    absl::StatusOr<std::string> name = wire::OpenName(key, role, index, sealed);
    return name.ok() ? *name : std::string(role) + " " + std::to_string(index);
  };
  for (uint32_t i = 0; i < charter->organisers.size(); ++i) {
    organiser_names_.push_back(
        open(wire::kOrganiserRole, i + 1, charter->organisers[i].name_sealed));
  }
  for (uint32_t i = 0; i < charter->vaults.size(); ++i) {
    vault_names_.push_back(open(wire::kVaultRole, i + 1, charter->vaults[i].name_sealed));
  }
  organisation_name_ = open(wire::kOrganisationRole, 0, charter->organisation_name_sealed);
}

std::string Node::OrganiserName(ledger::OrganiserNumber number) const {
  if (number.value == 0 || number.value > organiser_names_.size()) {
    return "organiser " + std::to_string(number.value);
  }
  return organiser_names_[number.value - 1];
}

std::string Node::VaultName(ledger::VaultNumber number) const {
  if (number.value == 0 || number.value > vault_names_.size()) {
    return "vault " + std::to_string(number.value);
  }
  return vault_names_[number.value - 1];
}

std::optional<ledger::OrganiserNumber> Node::FindOrganiser(const std::string& name) const {
  auto found = std::find(organiser_names_.begin(), organiser_names_.end(), name);
  if (found == organiser_names_.end()) return std::nullopt;
  return ledger::OrganiserNumber{static_cast<uint32_t>(found - organiser_names_.begin()) + 1};
}

std::optional<ledger::VaultNumber> Node::FindVaultByName(const std::string& name) const {
  auto found = std::find(vault_names_.begin(), vault_names_.end(), name);
  if (found == vault_names_.end()) return std::nullopt;
  return ledger::VaultNumber{static_cast<uint32_t>(found - vault_names_.begin()) + 1};
}

std::optional<absl::StatusOr<StatementResult>> Node::ResultOf(const ledger::StatementId& id) const {
  if (const replica::EntryRecord* record = replica_->FindStatement(options_.me, id)) {
    return StatementResult{record->outcome, record->leaf_hash};
  }
  auto refused = refused_by_server_.find(id);
  if (refused != refused_by_server_.end()) return refused->second;
  return std::nullopt;
}

bool Node::HoldsShare(ledger::VaultNumber number) const {
  const ledger::Vault* vault = ledger::FindVault(state(), number);
  return vault != nullptr && vault->active.has_value() &&
         shares_.Has(ShareName(number, vault->active->epoch, vault->active->attempt));
}

}  // namespace quorate::node
