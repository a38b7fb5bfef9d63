#ifndef QUORATE_CLIENT_CLI_COMPLETE_VALUES_H_
#define QUORATE_CLIENT_CLI_COMPLETE_VALUES_H_

#include <string>
#include <vector>

#include "CLI/CLI.hpp"
#include "client/cli/complete.h"

namespace quorate::cli {

// Whether a shell calls to complete a line. `args` is without the program's name.
[[nodiscard]] bool IsCompletion(const std::vector<std::string>& args);

// Answers it on standard output, with the names and requests that the person's node knows. Ends the
// process by itself after a second at most, and says nothing where no node runs: nobody waits at a
// prompt for an error. The program's exit code, which is always 0.
int AnswerCompletion(const CLI::App& app, const std::vector<std::string>& args);

}  // namespace quorate::cli

#endif  // QUORATE_CLIENT_CLI_COMPLETE_VALUES_H_
