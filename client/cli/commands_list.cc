#include "client/cli/commands.h"
#include "client/cli/exit_codes.h"
#include "client/cli/lookup.h"
#include "client/cli/message_json.h"
#include "client/cli/views.h"
#include "client/import/name.h"

namespace quorate::cli {
namespace {

template <typename Messages>
void PrintList(Context& context, const std::string& key, const Messages& messages,
               const std::string& table, const std::string& none) {
  if (!context.out.json()) {
    context.out.Print(messages.empty() ? none : table);
    return;
  }
  JsonOut json;
  json.BeginObject();
  json.Key(key);
  json.BeginArray();
  for (const auto& message : messages) WriteMessage(json, message);
  json.EndArray();
  json.EndObject();
  context.out.PrintJson(json);
}

void PrintOne(Context& context, const std::string& type, const google::protobuf::Message& message,
              const std::string& text) {
  if (!context.out.json()) {
    context.out.Print(text);
    return;
  }
  JsonOut json;
  json.BeginObject();
  json.Member("type", type);
  WriteMembers(json, message);
  json.EndObject();
  context.out.PrintJson(json);
}

absl::Status ShowAccount(Context& context, const std::string& name) {
  QUORATE_ASSIGN_OR_RETURN(v1::Account account, FindAccount(context.node, name));
  PrintOne(context, "account", account, DescribeAccount(context.out, account));
  return absl::OkStatus();
}

absl::Status ShowVault(Context& context, const std::string& name) {
  v1::GetVaultRequest request;
  request.set_name(name);
  QUORATE_ASSIGN_OR_RETURN(v1::Vault vault, context.node.GetVault(request));
  PrintOne(context, "vault", vault, DescribeVault(vault));
  return absl::OkStatus();
}

absl::Status ShowRequest(Context& context, const std::string& id) {
  QUORATE_ASSIGN_OR_RETURN(v1::Request request, FindRequest(context.node, id));
  PrintOne(context, "request", request, DescribeRequest(context.out, request));
  return absl::OkStatus();
}

}  // namespace

absl::Status ListVaults(Context& context) {
  QUORATE_ASSIGN_OR_RETURN(std::vector<v1::Vault> vaults, AllVaults(context.node));
  PrintList(context, "vaults", vaults, VaultTable(context.out, vaults), "There is no vault yet.\n");
  return absl::OkStatus();
}

absl::Status ListAccounts(Context& context, const std::string& vault) {
  QUORATE_ASSIGN_OR_RETURN(std::vector<v1::Account> accounts, AllAccounts(context.node, vault));
  PrintList(context, "accounts", accounts, AccountTable(context.out, accounts),
            "There is no account yet: quorate deposit --help\n");
  return absl::OkStatus();
}

absl::Status ListRequests(Context& context, bool closed_too) {
  QUORATE_ASSIGN_OR_RETURN(std::vector<v1::Request> requests,
                           AllRequests(context.node, closed_too));
  PrintList(context, "requests", requests, RequestTable(context.out, requests),
            closed_too ? "There was no request yet.\n"
                       : "No request is open; --all shows those that are over.\n");
  return absl::OkStatus();
}

absl::Status Show(Context& context, const std::string& name) {
  constexpr std::string_view kAccount = "account/";
  constexpr std::string_view kVault = "vault/";
  constexpr std::string_view kRequest = "request/";
  if (name.starts_with(kAccount)) return ShowAccount(context, name.substr(kAccount.size()));
  if (name.starts_with(kVault)) return ShowVault(context, name.substr(kVault.size()));
  if (name.starts_with(kRequest)) return ShowRequest(context, name.substr(kRequest.size()));
  absl::Status shown = ShowAccount(context, name);
  if (!absl::IsNotFound(shown)) return shown;
  if (client::IsAccountName(name)) {
    shown = ShowVault(context, name);
    if (!absl::IsNotFound(shown)) return shown;
  }
  if (IsRequestId(name)) {
    shown = ShowRequest(context, name);
    if (!absl::IsNotFound(shown)) return shown;
  }
  return base::MakeError(absl::StatusCode::kNotFound, "NOTHING_OF_THIS_NAME",
                         "there is no account, vault or request of this name",
                         "quorate accounts, quorate vaults and quorate requests list them");
}

}  // namespace quorate::cli
