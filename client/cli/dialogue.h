#ifndef QUORATE_CLIENT_CLI_DIALOGUE_H_
#define QUORATE_CLIENT_CLI_DIALOGUE_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "client/cli/charter_file.h"
#include "client/cli/terminal.h"

namespace quorate::cli {

// Asks a person for a charter, question by question, with a default in brackets where a sensible
// one exists; a bad answer is explained and asked again. `me` is offered as the first organiser.
// What it returns passes CheckCharter. Cancelled where the person ends the input.
[[nodiscard]] absl::StatusOr<CharterSpec> AskCharter(Terminal& terminal, const std::string& me);

// What the dialogue offers: more than half, at least 2, at most n-1 (n >= 3).
[[nodiscard]] uint32_t SuggestedThreshold(size_t holders);

// Names between spaces or commas.
[[nodiscard]] std::vector<std::string> SplitNames(std::string_view text);

// The charter in a few lines for people, ending in "\n".
[[nodiscard]] std::string DescribeCharter(const CharterSpec& spec);

}  // namespace quorate::cli

#endif  // QUORATE_CLIENT_CLI_DIALOGUE_H_
