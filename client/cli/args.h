#ifndef QUORATE_CLIENT_CLI_ARGS_H_
#define QUORATE_CLIENT_CLI_ARGS_H_

#include <functional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "client/cli/context.h"

namespace quorate::cli {

struct ParsedArgs {
  std::string home;  // Empty: the usual place.
  bool json = false;
  // What to print instead of running anything: help or the version.
  std::string answer;
  std::function<absl::Status(Context&)> run;
};

// The command line without the program's name. What stands after the first "--" is the command of
// `open --exec` and is not looked at. InvalidArgument with reason USAGE.
[[nodiscard]] absl::StatusOr<ParsedArgs> ParseArgs(const std::vector<std::string>& args);

// Answers a shell that completes a line: for arguments with which IsCompletion holds.
int AnswerShell(const std::vector<std::string>& args);

// Whether errors in parsing `args` are to be JSON too.
[[nodiscard]] bool WantsJson(const std::vector<std::string>& args);

}  // namespace quorate::cli

#endif  // QUORATE_CLIENT_CLI_ARGS_H_
