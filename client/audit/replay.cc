#include "client/audit/replay.h"

#include <optional>
#include <string_view>
#include <variant>

#include "client/import/name.h"
#include "crypto/words.h"
#include "custody/ledger/queries.h"
#include "custody/replica/entry_check.h"
#include "custody/wire/read_entry.h"
#include "custody/wire/sealed_name.h"

namespace quorate::audit {
namespace {

constexpr size_t kWords = 12;
constexpr uint32_t kFirstKey = 1;

std::string NameIn(const std::vector<std::string>& names, uint32_t number, std::string_view what) {
  if (number > 0 && number <= names.size() && !names[number - 1].empty()) return names[number - 1];
  return std::string(what) + " " + std::to_string(number);
}

// Empty where it does not open.
std::string Open(const crypto::Secret& key, std::string_view role, size_t index,
                 const crypto::Bytes& sealed) {
  const absl::StatusOr<std::string> name =
      wire::OpenName(key, role, static_cast<uint32_t>(index), sealed);
  return name.ok() ? client::SafeText(*name, ledger::kMaxNameBytes) : std::string();
}

}  // namespace

Names::Names(const ledger::Charter& charter, const crypto::Secret& key) {
  for (const ledger::Organiser& organiser : charter.organisers) {
    organisers_.push_back(
        Open(key, wire::kOrganiserRole, organisers_.size() + 1, organiser.name_sealed));
  }
  for (const ledger::VaultPolicy& vault : charter.vaults) {
    vaults_.push_back(Open(key, wire::kVaultRole, vaults_.size() + 1, vault.name_sealed));
  }
}

std::string Names::Organiser(ledger::OrganiserNumber number) const {
  return NameIn(organisers_, number.value, "organiser");
}

std::string Names::Vault(ledger::VaultNumber number) const {
  return NameIn(vaults_, number.value, "vault");
}

Replay::Replay(const ledger::OrganisationId& organisation, const crypto::Secret& key)
    : ledger_(organisation) {
  keys_.Add(kFirstKey, key.Clone());
}

replica::AppliedEntry Replay::Append(const replica::RawEntry& raw) {
  crypto::Bytes body = raw.body;
  (void)replica::SettleBody(raw.leaf, body);  // Drops the body of a leaf that has no header.
  replica::AppliedEntry out;
  out.entry = wire::ReadEntry(state().size, raw.leaf, body, keys_,
                              [this](uint64_t claimed_size, const crypto::Digest& claimed) {
                                const absl::StatusOr<crypto::Digest> root =
                                    tree_.RootAt(claimed_size);
                                return root.ok() && *root == claimed;
                              });
  out.outcome = ledger_.Apply(out.entry);
  tree_.Append(raw.leaf);
  if (out.entry.statement.has_value() && out.outcome.admitted()) {
    if (const auto* found = std::get_if<ledger::Found>(&*out.entry.statement)) {
      names_ = Names(found->charter, *keys_.Find(kFirstKey));
      words_ = crypto::FingerprintWords(ledger::FoundingDigest(found->charter_bytes, found->wraps),
                                        kWords);
    }
  }
  return out;
}

}  // namespace quorate::audit
