#include <utility>

#include "absl/strings/str_cat.h"
#include "client/cli/charter_file.h"
#include "client/cli/commands.h"
#include "client/cli/exit_codes.h"
#include "client/cli/identity_setup.h"
#include "client/cli/restore.h"
#include "custody/base/files.h"
#include "custody/keystore/paper_kit.h"
#include "custody/keystore/secret_file.h"

namespace quorate::cli {
namespace {

using crypto::Secret;

constexpr size_t kMaxTypedBytes = 1024;

constexpr char kWhatAKitDoes[] =
    "With it you read the log, deny requests, raise alarms, and withdraw what you asked or "
    "approved.\n"
    "Your shares and device key were on the old machine alone: you approve, deposit, confirm and\n"
    "open nothing. If the old machine may be in other hands, tell the other organisers now.\n";

absl::StatusOr<keystore::KitWords> AskWords(Context& context) {
  context.out.Remark(absl::StrCat("Type the ", keystore::kKitWords,
                                  " words of your paper kit, one or several a line. They do not "
                                  "show.\n"));
  keystore::KitWords words;
  while (!words.complete()) {
    QUORATE_ASSIGN_OR_RETURN(
        const Secret line,
        context.terminal.AskSecret(absl::StrCat("Word ", words.count() + 1, ": "), kMaxTypedBytes));
    if (absl::Status added = words.Add(line); !added.ok()) {
      context.out.Remark(absl::StrCat(MessageOf(added), ". Again from word ", words.count() + 1,
                                      ": ", base::GetNext(added), ".\n"));
    }
  }
  return words;
}

absl::StatusOr<std::string> AskFor(Context& context, const char* option, const char* prompt) {
  if (!context.terminal.interactive()) {
    return UsageError(absl::StrCat("this needs ", option, ", and nobody is here to type it"),
                      "quorate restore --help");
  }
  return context.terminal.AskLine(prompt);
}

absl::StatusOr<keystore::Kit> GetKit(Context& context, const RestoreOptions& options) {
  if (!options.kit_file.empty()) return ReadKitFile(options.kit_file);
  if (!context.terminal.interactive()) {
    return UsageError("this needs the words of the kit, and nobody is here to type them",
                      "give --kit-file FILE, or run it in a terminal");
  }
  keystore::Kit kit;
  QUORATE_ASSIGN_OR_RETURN(kit.words, AskWords(context));
  return kit;
}

absl::StatusOr<net::Invite> GetServer(Context& context, const std::string& given,
                                      const keystore::KitFacts& facts) {
  std::string text = given.empty() ? facts.server : given;
  if (text.empty()) {
    QUORATE_ASSIGN_OR_RETURN(text, AskFor(context, "--server", "Server (quorate://...): "));
  }
  absl::StatusOr<net::Invite> invite = net::ParseInviteOrLink(text);
  if (invite.ok()) return invite;
  return UsageError("that is no server's invite", "give the kit's server line, in single quotes");
}

absl::StatusOr<crypto::Digest> GetOrganisation(Context& context, const std::string& given,
                                               const keystore::KitFacts& facts) {
  if (given.empty() && facts.organisation.has_value()) return *facts.organisation;
  std::string text = given;
  if (text.empty()) {
    QUORATE_ASSIGN_OR_RETURN(text, AskFor(context, "--organisation",
                                          "Organisation (64 digits; any other organiser finds it "
                                          "with `quorate organisation show`): "));
  }
  const std::optional<crypto::Bytes> bytes = crypto::FromHex(text);
  const std::optional<crypto::Digest> id =
      bytes.has_value() ? crypto::Digest::FromBytes(*bytes) : std::nullopt;
  if (id.has_value()) return *id;
  return UsageError("an organisation's id has 64 digits, 0 to 9 and a to f",
                    "any other organiser finds it with: quorate organisation show");
}

absl::Status CheckEmpty(const keystore::Home& home) {
  QUORATE_RETURN_IF_ERROR(CheckNoIdentity(home));
  QUORATE_ASSIGN_OR_RETURN(const bool store, base::FileExists(home.database()));
  if (!store) return absl::OkStatus();
  return base::MakeError(absl::StatusCode::kAlreadyExists, "HOME_NOT_EMPTY",
                         "there is what a node left in " + home.folder,
                         "choose another folder with --home");
}

void PrintRestored(Context& context, const Membership& membership) {
  if (!context.out.json()) {
    context.out.Print(absl::StrCat("You are ", Shown(membership.name), " again, in ",
                                   Shown(context.home.folder, 1000), "\n", kWhatAKitDoes,
                                   "Next: quorate node start\n"));
    return;
  }
  JsonOut json;
  json.BeginObject();
  json.Member("name", membership.name);
  json.Member("home", context.home.folder);
  json.Member("organisation", crypto::Hex(membership.record.organisation.span()));
  json.Member("can", std::vector<std::string>{"read", "deny", "withdraw", "alarm"});
  json.EndObject();
  context.out.PrintJson(json);
}

}  // namespace

// Everything is checked before anything is written.
absl::Status Restore(Context& context, const RestoreOptions& options) {
  QUORATE_RETURN_IF_ERROR(CheckArgon2id(context, options.argon2id));
  QUORATE_RETURN_IF_ERROR(CheckEmpty(context.home));
  QUORATE_ASSIGN_OR_RETURN(const keystore::Kit kit, GetKit(context, options));
  QUORATE_ASSIGN_OR_RETURN(const Secret seed, kit.words.Seed());
  QUORATE_ASSIGN_OR_RETURN(const crypto::IdentityKeys keys, crypto::IdentityKeys::FromSeed(seed));
  QUORATE_ASSIGN_OR_RETURN(const net::Invite server, GetServer(context, options.server, kit.facts));
  QUORATE_ASSIGN_OR_RETURN(const crypto::Digest organisation,
                           GetOrganisation(context, options.organisation, kit.facts));
  QUORATE_ASSIGN_OR_RETURN(const replica::RawEntry first,
                           FetchFounding(server, organisation, keys.tls));
  QUORATE_ASSIGN_OR_RETURN(const Membership membership,
                           FindMembership(first, organisation, keys, server));
  QUORATE_ASSIGN_OR_RETURN(const Secret passphrase,
                           GetNewPassphrase(context, options.passphrase_file));
  const keystore::NewIdentity identity{membership.name, net::FormatInvite(server),
                                       options.argon2id};
  QUORATE_ASSIGN_OR_RETURN(
      const keystore::Keystore keystore,
      keystore::Keystore::Restore(context.home, identity, seed, passphrase, context.random));
  QUORATE_RETURN_IF_ERROR(keystore::WriteOrganisation(keystore, membership.record, context.random));
  PrintRestored(context, membership);
  return absl::OkStatus();
}

}  // namespace quorate::cli
