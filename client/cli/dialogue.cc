#include "client/cli/dialogue.h"

#include <algorithm>
#include <charconv>
#include <functional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "client/cli/duration.h"
#include "client/cli/exit_codes.h"
#include "client/cli/output.h"
#include "custody/base/error_info.h"
#include "custody/base/status_macros.h"

namespace quorate::cli {
namespace {

constexpr char kDefaultCoolingOff[] = "1h";
constexpr char kDefaultLifetime[] = "24h";
constexpr size_t kFewestHolders = 3;

std::string Trouble(const absl::Status& status) {
  std::string text = MessageOf(status);
  if (const std::string next = base::GetNext(status); !next.empty()) text += "; " + next;
  return Shown(text, 1000);
}

// Asks until `take` accepts the answer (an empty one stands for `otherwise`); what it refuses with
// stands in front of the next question.
absl::Status Ask(Terminal& terminal, const std::string& question, const std::string& otherwise,
                 const std::function<absl::Status(const std::string&)>& take) {
  const std::string prompt =
      otherwise.empty() ? question + ": " : absl::StrCat(question, " [", otherwise, "]: ");
  std::string trouble;
  while (true) {
    QUORATE_ASSIGN_OR_RETURN(std::string answer, terminal.AskLine(trouble + prompt));
    if (answer.empty()) answer = otherwise;
    absl::Status taken = take(answer);
    if (taken.ok()) return taken;
    trouble = "  " + Trouble(taken) + "\n";
  }
}

absl::StatusOr<uint32_t> ParseCount(const std::string& text, size_t least, size_t most) {
  uint32_t count = 0;
  const char* end = text.data() + text.size();
  const auto [stopped, error] = std::from_chars(text.data(), end, count);
  if (error != std::errc() || stopped != end || count < least || count > most) {
    return absl::InvalidArgumentError(absl::StrCat("give a number from ", least, " to ", most));
  }
  return count;
}

absl::Status TakeNames(const std::string& what, const std::string& answer,
                       const std::vector<std::string>* among, std::vector<std::string>& names) {
  std::vector<std::string> given = SplitNames(answer);
  for (size_t i = 0; i < given.size(); ++i) {
    QUORATE_RETURN_IF_ERROR(CheckName(what, given[i]));
    if (std::find(given.begin(), given.begin() + static_cast<ptrdiff_t>(i), given[i]) !=
        given.begin() + static_cast<ptrdiff_t>(i)) {
      return absl::InvalidArgumentError(given[i] + " is there twice");
    }
    if (among != nullptr && std::ranges::find(*among, given[i]) == among->end()) {
      return absl::InvalidArgumentError(given[i] + " is not among the organisers");
    }
  }
  if (given.size() < kFewestHolders) {
    return absl::InvalidArgumentError(
        "name at least three: with two holders nobody could ask for anything, since nobody "
        "approves their own request");
  }
  names = std::move(given);
  return absl::OkStatus();
}

absl::Status AskTimes(Terminal& terminal, CharterVault& vault) {
  QUORATE_RETURN_IF_ERROR(
      Ask(terminal, "Time in which anybody can still deny after a request (cooling-off)",
          kDefaultCoolingOff, [&vault](const std::string& answer) -> absl::Status {
            QUORATE_ASSIGN_OR_RETURN(vault.cooling_off_seconds, ParseDuration(answer));
            if (vault.cooling_off_seconds < kMaxRequestLifetimeSeconds) return absl::OkStatus();
            return absl::InvalidArgumentError("at most 30 days");
          }));
  return Ask(terminal, "Time after which a request ends by itself", kDefaultLifetime,
             [&vault](const std::string& answer) -> absl::Status {
               QUORATE_ASSIGN_OR_RETURN(vault.request_lifetime_seconds, ParseDuration(answer));
               if (vault.request_lifetime_seconds < kMinRequestLifetimeSeconds ||
                   vault.request_lifetime_seconds > kMaxRequestLifetimeSeconds) {
                 return absl::InvalidArgumentError("between 60 s and 30 days");
               }
               if (vault.request_lifetime_seconds > vault.cooling_off_seconds) {
                 return absl::OkStatus();
               }
               return absl::InvalidArgumentError("longer than the cooling-off");
             });
}

absl::StatusOr<CharterVault> AskVault(Terminal& terminal, const CharterSpec& spec) {
  CharterVault vault;
  QUORATE_RETURN_IF_ERROR(Ask(terminal, "\nName of a vault, for accounts that the same people hold",
                              spec.vaults.empty() ? "pages" : "",
                              [&](const std::string& answer) -> absl::Status {
                                QUORATE_RETURN_IF_ERROR(CheckName("vault", answer));
                                for (const CharterVault& other : spec.vaults) {
                                  if (other.name == answer)
                                    return absl::InvalidArgumentError("there is one already");
                                }
                                vault.name = answer;
                                return absl::OkStatus();
                              }));
  QUORATE_RETURN_IF_ERROR(Ask(terminal, "Its holders", absl::StrJoin(spec.organisers, " "),
                              [&](const std::string& answer) {
                                return TakeNames("holder", answer, &spec.organisers, vault.holders);
                              }));
  const size_t n = vault.holders.size();
  QUORATE_RETURN_IF_ERROR(
      Ask(terminal, absl::StrCat("How many of the ", n, " must approve before anything opens"),
          absl::StrCat(SuggestedThreshold(n)), [&](const std::string& answer) -> absl::Status {
            QUORATE_ASSIGN_OR_RETURN(vault.threshold, ParseCount(answer, 2, n - 1));
            return absl::OkStatus();
          }));
  QUORATE_RETURN_IF_ERROR(AskTimes(terminal, vault));
  vault.denials_to_block = DefaultDenials(vault.threshold, n);
  return vault;
}

}  // namespace

uint32_t SuggestedThreshold(size_t holders) {
  return static_cast<uint32_t>(std::clamp<size_t>(holders / 2 + 1, 2, holders - 1));
}

std::vector<std::string> SplitNames(std::string_view text) {
  std::vector<std::string> names;
  std::string name;
  for (const char c : text) {
    if (c != ' ' && c != ',' && c != '\t') {
      name.push_back(c);
    } else if (!name.empty()) {
      names.push_back(std::exchange(name, {}));
    }
  }
  if (!name.empty()) names.push_back(std::move(name));
  return names;
}

std::string DescribeCharter(const CharterSpec& spec) {
  std::string out = absl::StrCat(spec.organisation, ": ", absl::StrJoin(spec.organisers, ", "),
                                 "; ", spec.governance_threshold, " of ", spec.organisers.size(),
                                 " change the charter\n");
  for (const CharterVault& vault : spec.vaults) {
    absl::StrAppend(&out, "  vault ", vault.name, ": ", vault.threshold, " of ",
                    vault.holders.size(), " (", absl::StrJoin(vault.holders, ", "),
                    "); cooling-off ", FormatDuration(vault.cooling_off_seconds),
                    ", requests end after ", FormatDuration(vault.request_lifetime_seconds), ", ",
                    vault.denials_to_block, " denials block\n");
  }
  absl::StrAppend(
      &out, "  witnesses: ",
      spec.witnesses.empty() ? std::string("all holders") : absl::StrJoin(spec.witnesses, ", "),
      "\n");
  return out;
}

absl::StatusOr<CharterSpec> AskCharter(Terminal& terminal, const std::string& me) {
  CharterSpec spec;
  QUORATE_RETURN_IF_ERROR(Ask(terminal, "Name of the organisation", "",
                              [&spec](const std::string& answer) -> absl::Status {
                                if (answer.empty() || answer.size() > 64) {
                                  return absl::InvalidArgumentError("give 1 to 64 bytes");
                                }
                                spec.organisation = answer;
                                return absl::OkStatus();
                              }));
  QUORATE_RETURN_IF_ERROR(
      Ask(terminal,
          absl::StrCat("Names of all organisers, as each typed at `quorate init` (you are ",
                       me.empty() ? "one of them" : me, ")"),
          "", [&spec](const std::string& answer) {
            return TakeNames("organiser", answer, nullptr, spec.organisers);
          }));
  bool another = true;
  while (another) {
    QUORATE_ASSIGN_OR_RETURN(CharterVault vault, AskVault(terminal, spec));
    spec.vaults.push_back(std::move(vault));
    QUORATE_ASSIGN_OR_RETURN(another, AskYesNo(terminal, "Another vault?", false));
  }
  const size_t n = spec.organisers.size();
  QUORATE_RETURN_IF_ERROR(
      Ask(terminal, absl::StrCat("\nHow many of the ", n, " organisers may change the charter"),
          absl::StrCat(SuggestedThreshold(n)), [&](const std::string& answer) -> absl::Status {
            QUORATE_ASSIGN_OR_RETURN(spec.governance_threshold, ParseCount(answer, 2, n));
            return absl::OkStatus();
          }));
  QUORATE_RETURN_IF_ERROR(CheckCharter(spec));
  return spec;
}

}  // namespace quorate::cli
