#include "client/cli/terminal.h"

#include <fcntl.h>
#include <unistd.h>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "client/cli/exit_codes.h"
#include "client/import/secret_file.h"
#include "custody/base/status_macros.h"

namespace quorate::cli {
namespace {

constexpr int kTries = 3;

absl::StatusOr<crypto::Secret> ReadPassphraseFile(const std::string& path) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY);
  if (fd < 0) {
    return LocalError("the passphrase file cannot be opened", "check its name and its permissions");
  }
  absl::StatusOr<crypto::Secret> passphrase = client::ReadPassphrase(fd);
  ::close(fd);
  if (!passphrase.ok()) return AsLocalError("the passphrase file", passphrase.status());
  return passphrase;
}

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
  if (!file.empty()) return ReadPassphraseFile(file);
  if (!terminal.interactive()) {
    return UsageError("this needs the passphrase, and nobody is here to type it",
                      "give --passphrase-file FILE, or run it in a terminal");
  }
  QUORATE_ASSIGN_OR_RETURN(crypto::Secret passphrase,
                           terminal.AskSecret(prompt, client::kMaxPassphraseBytes));
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
