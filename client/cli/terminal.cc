#include "client/cli/terminal.h"

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "client/cli/exit_codes.h"
#include "custody/base/status_macros.h"
#include "custody/keystore/secret_file.h"

namespace quorate::cli {
namespace {

constexpr int kTries = 3;

}  // namespace

absl::StatusOr<bool> AskYesNo(Terminal& terminal, const std::string& question, bool otherwise) {
  while (true) {
    QUORATE_ASSIGN_OR_RETURN(std::string answer, terminal.AskLine(absl::StrCat(
                                                     question, otherwise ? " [Y/n] " : " [y/N] ")));
    absl::AsciiStrToLower(&answer);
    if (answer.empty()) return otherwise;
    if (answer == "y" || answer == "yes") return true;
    if (answer == "n" || answer == "no") return false;
  }
}

absl::StatusOr<crypto::Secret> GetPassphrase(Terminal& terminal, const std::string& file,
                                             const std::string& prompt) {
  if (!file.empty()) {
    absl::StatusOr<crypto::Secret> read = keystore::ReadPassphraseFile(file);
    if (!read.ok()) return AsLocalError("--passphrase-file", read.status());
    return read;
  }
  if (!terminal.interactive()) {
    return UsageError("this needs the passphrase, and nobody is here to type it",
                      "give --passphrase-file FILE, or run it in a terminal");
  }
  QUORATE_ASSIGN_OR_RETURN(crypto::Secret passphrase,
                           terminal.AskSecret(prompt, keystore::kMaxPassphraseBytes));
  if (passphrase.empty()) return UsageError("no passphrase was typed", "try again");
  return passphrase;
}

absl::StatusOr<crypto::Secret> AskNewSecret(Terminal& terminal, const std::string& what,
                                            size_t max_size) {
  for (int attempt = 0; attempt < kTries; ++attempt) {
    const std::string again = attempt == 0 ? "" : "These were not the same. ";
    QUORATE_ASSIGN_OR_RETURN(crypto::Secret first,
                             terminal.AskSecret(absl::StrCat(again, "New ", what, ": "), max_size));
    if (first.empty()) return UsageError(absl::StrCat("no ", what, " was typed"), "try again");
    QUORATE_ASSIGN_OR_RETURN(
        crypto::Secret second,
        terminal.AskSecret(absl::StrCat("The same ", what, " again: "), max_size));
    if (crypto::SecretsEqual(first, second)) return first;
  }
  return UsageError(absl::StrCat("the two were different ", kTries, " times; nothing was done"),
                    "try again");
}

}  // namespace quorate::cli
