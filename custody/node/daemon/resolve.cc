#include "custody/node/daemon/resolve.h"

#include <algorithm>
#include <optional>

#include "custody/base/error_info.h"

namespace quorate::node {
namespace {

constexpr size_t kShortestPrefix = 6;

std::string Lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  return text;
}

}  // namespace

absl::StatusOr<const ledger::Account*> ResolveAccount(const Node& node, const std::string& text) {
  const std::string wanted = Lower(text);
  if (const ledger::Account* account = ledger::FindAccount(node.state(), wanted)) return account;
  const ledger::Account* by_title = nullptr;
  for (const auto& [name, account] : node.state().accounts) {
    const ledger::VersionRecord* version = ledger::DescribingVersion(account);
    if (version == nullptr || Lower(version->title) != wanted) continue;
    if (by_title != nullptr) {
      return base::MakeError(absl::StatusCode::kInvalidArgument, "AMBIGUOUS_ACCOUNT",
                             "several accounts have that title", "run: quorate accounts");
    }
    by_title = &account;
  }
  if (by_title != nullptr) return by_title;
  return base::MakeError(absl::StatusCode::kNotFound, "UNKNOWN_ACCOUNT", "there is no such account",
                         "run: quorate accounts");
}

absl::StatusOr<const ledger::RequestRecord*> ResolveRequest(const Node& node,
                                                            const std::string& given) {
  const std::string prefix = Lower(given);
  if (prefix.size() < kShortestPrefix || !std::all_of(prefix.begin(), prefix.end(), [](char c) {
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
      })) {
    return base::MakeError(absl::StatusCode::kInvalidArgument, "BAD_REQUEST_ID",
                           "a request is named by at least six of its hexadecimal digits",
                           "run: quorate requests");
  }
  const ledger::RequestRecord* found = nullptr;
  for (const auto& [id, request] : node.state().requests) {
    if (!crypto::Hex(id.span()).starts_with(prefix)) continue;
    if (found != nullptr) {
      return base::MakeError(absl::StatusCode::kInvalidArgument, "AMBIGUOUS_REQUEST",
                             "several requests begin with these digits",
                             "give more of them: quorate requests");
    }
    found = &request;
  }
  if (found != nullptr) return found;
  return base::MakeError(absl::StatusCode::kNotFound, "UNKNOWN_REQUEST", "there is no such request",
                         "run: quorate requests");
}

absl::StatusOr<const ledger::Vault*> ResolveVault(const Node& node, const std::string& name) {
  std::optional<ledger::VaultNumber> number = node.FindVaultByName(Lower(name));
  const ledger::Vault* vault =
      number.has_value() ? ledger::FindVault(node.state(), *number) : nullptr;
  if (vault != nullptr) return vault;
  return base::MakeError(absl::StatusCode::kNotFound, "UNKNOWN_VAULT", "there is no such vault",
                         "run: quorate vaults");
}

}  // namespace quorate::node
