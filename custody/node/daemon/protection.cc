#include "custody/node/daemon/protection.h"

#include <optional>

#include "custody/ledger/queries.h"

namespace quorate::node {

std::string NotProtected(const ledger::Account& account) {
  const auto found = account.items.find(ledger::ItemKind::kPassword);
  if (found == account.items.end() || found->second.versions.empty()) return "";
  const ledger::ItemRecord& item = found->second;
  const uint32_t usual = ledger::DefaultVersion(item).value_or(0);
  if (usual == 0 || usual > item.versions.size()) return "";
  const ledger::VersionRecord& version = item.versions[usual - 1];
  if (ledger::IsExposed(item)) {
    return "its password was shown to somebody, and nobody else has changed it and confirmed it "
           "since";
  }
  if (usual == 1) {
    return "its password is the first that was deposited: whoever knew it before may know it still";
  }
  if (!version.confirmed_by.has_value()) return "nobody has confirmed its newest password";
  return "";
}

Unprotected FindUnprotected(const ledger::State& state) {
  Unprotected found;
  for (const auto& [name, account] : state.accounts) {
    if (NotProtected(account).empty()) continue;
    if (found.first.empty()) found.first = name;
    found.names += (found.names.empty() ? "" : ", ") + name;
  }
  return found;
}

}  // namespace quorate::node
