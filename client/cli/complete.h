#ifndef QUORATE_CLIENT_CLI_COMPLETE_H_
#define QUORATE_CLIENT_CLI_COMPLETE_H_

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "CLI/CLI.hpp"
#include "absl/status/statusor.h"

// What a shell offers when Tab is pressed. The shells' own parts are a few lines that call the
// program with kCompleteCommand and print what it answers, so that there is one description of
// commands and options: the parser's.
namespace quorate::cli {

// The first argument of a call by a shell; the shell's name, and the words of the line up to the
// cursor without the program's name, follow. Not for people.
inline constexpr char kCompleteCommand[] = "__complete";

// What an option or argument takes, by the name that it has in --help.
inline constexpr char kFileValue[] = "FILE";
inline constexpr char kFolderValue[] = "DIR";
inline constexpr char kVaultValue[] = "VAULT";
inline constexpr char kAccountValue[] = "ACCOUNT";
inline constexpr char kRequestValue[] = "ID";
inline constexpr char kOrganiserValue[] = "ORGANISER";
// An account, vault or request.
inline constexpr char kAnyValue[] = "ANY";

struct Candidate {
  std::string word;
  std::string description;  // One line; may be empty.
};

// The values of a kind that are known on this machine; `home` is what the line gives with --home.
using Values =
    std::function<std::vector<Candidate>(const std::string& kind, const std::string& home)>;

// What to print for `words`, the last of which is being typed and may be empty: a candidate and its
// description with a tab between, a line each; or ":files" or ":folders" where the shell knows
// better. Nothing where nothing fits. `shell` as in CompletionScript: bash takes "=", "@" and ":"
// for the ends of words, which is undone here.
[[nodiscard]] std::string Complete(const CLI::App& app, std::string_view shell,
                                   std::vector<std::string> words, const Values& values);

// What makes `shell` ("bash", "zsh", "fish") call `program`. InvalidArgument with reason USAGE for
// any other shell.
[[nodiscard]] absl::StatusOr<std::string> CompletionScript(std::string_view shell,
                                                           std::string_view program);

}  // namespace quorate::cli

#endif  // QUORATE_CLIENT_CLI_COMPLETE_H_
