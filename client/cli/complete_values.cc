#include "client/cli/complete_values.h"

#include <signal.h>
#include <unistd.h>

#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include "client/cli/lookup.h"
#include "client/cli/migration.h"
#include "client/cli/node_client.h"
#include "client/cli/output.h"
#include "client/import/import.h"
#include "custody/keystore/home.h"

namespace quorate::cli {
namespace {

constexpr unsigned kLongestSeconds = 1;
constexpr size_t kHeadWords = 2;  // kCompleteCommand and the shell.

extern "C" void EndSilently(int) { _exit(0); }

std::vector<Candidate> Words(std::initializer_list<const char*> words) {
  std::vector<Candidate> out;
  for (const char* word : words) out.push_back({word, ""});
  return out;
}

void AddVaults(NodeApi& node, std::vector<Candidate>& out) {
  absl::StatusOr<std::vector<v1::Vault>> vaults = AllVaults(node);
  if (!vaults.ok()) return;
  for (const v1::Vault& vault : *vaults) {
    out.push_back({vault.name(),
                   absl::StrCat("opens with ", vault.threshold(), " of ", vault.holders_size())});
  }
}

void AddAccounts(NodeApi& node, std::vector<Candidate>& out) {
  absl::StatusOr<std::vector<v1::Account>> accounts = AllAccounts(node, "");
  if (!accounts.ok()) return;
  for (const v1::Account& account : *accounts) out.push_back({account.name(), account.title()});
}

void AddRequests(NodeApi& node, std::vector<Candidate>& out) {
  absl::StatusOr<std::vector<v1::Request>> requests = AllRequests(node, false);
  if (!requests.ok()) return;
  for (const v1::Request& request : *requests) {
    out.push_back({request.id(), absl::StrCat(request.requester(), " asks for ", request.account(),
                                              ": ", request.reason())});
  }
}

void AddOrganisers(NodeApi& node, std::vector<Candidate>& out) {
  absl::StatusOr<v1::Organisation> organisation = node.GetOrganisation({});
  if (!organisation.ok()) return;
  for (const v1::OrganiserView& organiser : organisation->organisers()) {
    out.push_back({organiser.name(), ""});
  }
}

// What the node knows. Names hold no character that a shell or a terminal would mind; what is said
// of them is made fit to show by Complete.
std::vector<Candidate> Ask(const std::string& kind, const std::string& home_folder) {
  absl::StatusOr<keystore::Home> home = keystore::FindHome(home_folder);
  if (!home.ok()) return {};
  const std::unique_ptr<NodeApi> node = ConnectToNode(home->socket());
  std::vector<Candidate> out;
  if (kind == kVaultValue || kind == kAnyValue) AddVaults(*node, out);
  if (kind == kAccountValue || kind == kAnyValue) AddAccounts(*node, out);
  if (kind == kRequestValue || kind == kAnyValue) AddRequests(*node, out);
  if (kind == kOrganiserValue) AddOrganisers(*node, out);
  return out;
}

std::vector<Candidate> ValuesOfKind(const std::string& kind, const std::string& home) {
  if (kind == "ITEM" || kind == "ITEM[@VERSION]") {
    return Words({"password", "totp", "recovery-codes", "token", "note"});
  }
  if (kind == "STEP") {
    std::vector<Candidate> out;
    for (const MigrationStep& step : MigrationSteps()) {
      out.push_back({std::string(step.id), std::string(step.title)});
    }
    return out;
  }
  if (kind == "SHELL") return Words({"bash", "zsh", "fish"});
  if (kind == "FORMAT") {
    std::vector<Candidate> out;
    for (const client::ImportFormat* format : client::ImportFormats()) {
      out.push_back({std::string(format->id), std::string(format->name)});
    }
    return out;
  }
  for (const char* asked :
       {kVaultValue, kAccountValue, kRequestValue, kOrganiserValue, kAnyValue}) {
    if (kind == asked) return Ask(kind, home);
  }
  return {};
}

}  // namespace

bool IsCompletion(const std::vector<std::string>& args) {
  return args.size() >= kHeadWords && args[0] == kCompleteCommand;
}

int AnswerCompletion(const CLI::App& app, const std::vector<std::string>& args) {
  // A node that is stuck must not keep the prompt.
  signal(SIGALRM, EndSilently);
  alarm(kLongestSeconds);
  std::vector<std::string> words(args.begin() + kHeadWords, args.end());
  const std::string answer = Complete(app, args[1], std::move(words), ValuesOfKind);
  (void)WriteFd(STDOUT_FILENO, crypto::AsBytes(answer));
  return 0;
}

}  // namespace quorate::cli
