#ifndef QUORATE_CLIENT_CLI_VIEWS_H_
#define QUORATE_CLIENT_CLI_VIEWS_H_

#include <string>
#include <vector>

#include "client/cli/node_api.h"
#include "client/cli/output.h"

// What the node says, as text for people: lines that end in "\n", everything that others wrote made
// fit to show, times in the person's zone.
namespace quorate::cli {

[[nodiscard]] std::string DescribeStatus(const Output& out, const v1::NodeStatus& status);
[[nodiscard]] std::string DescribeRequest(const Output& out, const v1::Request& request);
[[nodiscard]] std::string DescribeAccount(const Output& out, const v1::Account& account);
[[nodiscard]] std::string DescribeVault(const v1::Vault& vault);
[[nodiscard]] std::string DescribeDraft(const v1::Draft& draft);
[[nodiscard]] std::string DescribeOrganisation(const v1::Organisation& organisation);
[[nodiscard]] std::string DescribeEvent(const Output& out, const v1::NodeEvent& event);

[[nodiscard]] std::string VaultTable(const Output& out, const std::vector<v1::Vault>& vaults);
[[nodiscard]] std::string AccountTable(const Output& out, const std::vector<v1::Account>& accounts);
[[nodiscard]] std::string RequestTable(const Output& out, const std::vector<v1::Request>& requests);

// "1 anchor  2 barrel …", four a line.
[[nodiscard]] std::string NumberedWords(const std::vector<std::string>& words);

}  // namespace quorate::cli

#endif  // QUORATE_CLIENT_CLI_VIEWS_H_
