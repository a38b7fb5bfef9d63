#include "client/cli/lookup.h"

#include <algorithm>
#include <functional>
#include <utility>

#include "absl/strings/ascii.h"
#include "client/cli/exit_codes.h"
#include "client/import/name.h"
#include "custody/base/error_info.h"
#include "custody/base/status_macros.h"

namespace quorate::cli {
namespace {

constexpr int kPageSize = 200;
constexpr size_t kMaxPages = 1000;
constexpr size_t kMinIdDigits = 6;
constexpr size_t kMaxIdDigits = 64;

// Follows page tokens: `fetch` takes one and hands back the next.
absl::Status ForEachPage(
    const std::function<absl::StatusOr<std::string>(const std::string& token)>& fetch) {
  std::string token;
  for (size_t page = 0; page < kMaxPages; ++page) {
    QUORATE_ASSIGN_OR_RETURN(token, fetch(token));
    if (token.empty()) return absl::OkStatus();
  }
  return absl::ResourceExhaustedError("the node's list does not end");
}

absl::StatusOr<v1::Account> FindByTitle(NodeApi& node, const std::string& name) {
  QUORATE_ASSIGN_OR_RETURN(std::vector<v1::Account> accounts, AllAccounts(node, ""));
  const std::string wanted = absl::AsciiStrToLower(name);
  std::vector<v1::Account> found;
  for (v1::Account& account : accounts) {
    if (absl::AsciiStrToLower(account.title()) == wanted) found.push_back(std::move(account));
  }
  if (found.size() == 1) return std::move(found.front());
  if (found.empty()) {
    return base::MakeError(absl::StatusCode::kNotFound, "NO_SUCH_ACCOUNT",
                           "there is no account of this name or title",
                           "quorate accounts lists them");
  }
  return base::MakeError(absl::StatusCode::kInvalidArgument, "AMBIGUOUS",
                         "several accounts have this title",
                         "give the account's name: quorate accounts lists them");
}

}  // namespace

absl::StatusOr<std::vector<v1::Vault>> AllVaults(NodeApi& node) {
  std::vector<v1::Vault> all;
  QUORATE_RETURN_IF_ERROR(ForEachPage([&](const std::string& token) -> absl::StatusOr<std::string> {
    v1::ListVaultsRequest request;
    request.set_page_size(kPageSize);
    request.set_page_token(token);
    QUORATE_ASSIGN_OR_RETURN(v1::ListVaultsResponse page, node.ListVaults(request));
    for (v1::Vault& vault : *page.mutable_vaults()) all.push_back(std::move(vault));
    return page.next_page_token();
  }));
  return all;
}

absl::StatusOr<std::vector<v1::Account>> AllAccounts(NodeApi& node, const std::string& vault) {
  std::vector<v1::Account> all;
  QUORATE_RETURN_IF_ERROR(ForEachPage([&](const std::string& token) -> absl::StatusOr<std::string> {
    v1::ListAccountsRequest request;
    request.set_page_size(kPageSize);
    request.set_page_token(token);
    request.set_vault(vault);
    QUORATE_ASSIGN_OR_RETURN(v1::ListAccountsResponse page, node.ListAccounts(request));
    for (v1::Account& account : *page.mutable_accounts()) all.push_back(std::move(account));
    return page.next_page_token();
  }));
  return all;
}

absl::StatusOr<std::vector<v1::Request>> AllRequests(NodeApi& node, bool closed_too) {
  std::vector<v1::Request> all;
  QUORATE_RETURN_IF_ERROR(ForEachPage([&](const std::string& token) -> absl::StatusOr<std::string> {
    v1::ListRequestsRequest request;
    request.set_page_size(kPageSize);
    request.set_page_token(token);
    request.set_all(closed_too);
    QUORATE_ASSIGN_OR_RETURN(v1::ListRequestsResponse page, node.ListRequests(request));
    for (v1::Request& entry : *page.mutable_requests()) all.push_back(std::move(entry));
    return page.next_page_token();
  }));
  return all;
}

absl::StatusOr<v1::Account> FindAccount(NodeApi& node, const std::string& name) {
  const std::string lower = absl::AsciiStrToLower(name);
  if (!client::IsAccountName(lower)) return FindByTitle(node, name);
  v1::GetAccountRequest request;
  request.set_name(lower);
  absl::StatusOr<v1::Account> account = node.GetAccount(request);
  if (!absl::IsNotFound(account.status())) return account;
  return FindByTitle(node, name);
}

bool IsRequestId(const std::string& text) {
  return text.size() >= kMinIdDigits && text.size() <= kMaxIdDigits &&
         std::ranges::all_of(
             text, [](char c) { return absl::ascii_isxdigit(static_cast<unsigned char>(c)); });
}

absl::StatusOr<v1::Request> FindRequest(NodeApi& node, const std::string& id) {
  if (!IsRequestId(id)) {
    return UsageError("this is not a request's identifier, which is 6 or more hexadecimal digits",
                      "quorate requests lists them");
  }
  v1::GetRequestRequest request;
  request.set_id(absl::AsciiStrToLower(id));
  return node.GetRequest(request);
}

}  // namespace quorate::cli
