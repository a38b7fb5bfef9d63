#include "client/cli/complete.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "client/cli/exit_codes.h"
#include "client/cli/output.h"

namespace quorate::cli {
namespace {

constexpr size_t kDescriptionBytes = 80;
constexpr std::string_view kBashBreaks = "=@:";

constexpr char kBash[] = R"(# bash completion for PROGRAM; made by: PROGRAM completion bash
_FUNCTION() {
  local line cur=${COMP_WORDS[COMP_CWORD]}
  COMPREPLY=()
  while IFS= read -r line; do
    case $line in
      :files) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$cur") ;;
      :folders) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -d -- "$cur") ;;
      *) COMPREPLY+=("${line%%$'\t'*}") ;;
    esac
  done < <(PROGRAM __complete bash "${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
}
complete -F _FUNCTION PROGRAM
)";

constexpr char kZsh[] = R"(#compdef PROGRAM
# zsh completion for PROGRAM; made by: PROGRAM completion zsh
_FUNCTION() {
  local line word
  local -a found
  for line in "${(@f)$(PROGRAM __complete zsh "${(@)words[2,CURRENT]}" 2>/dev/null)}"; do
    case $line in
      '') ;;
      :files) _files; return ;;
      :folders) _files -/; return ;;
      *)
        word=${line%%$'\t'*}
        found+=("${word//:/\\:}:${${line#$word}#$'\t'}") ;;
    esac
  done
  (( $#found )) && _describe -V PROGRAM found
}
if [[ $zsh_eval_context[-1] == loadautofunc ]]; then
  _FUNCTION "$@"
else
  compdef _FUNCTION PROGRAM
fi
)";

constexpr char kFish[] = R"(# fish completion for PROGRAM; made by: PROGRAM completion fish
function _FUNCTION
  set -l words (commandline -opc) (commandline -ct)
  for line in (PROGRAM __complete fish $words[2..-1] 2>/dev/null)
    switch $line
      case ':files'
        __fish_complete_path (commandline -ct)
      case ':folders'
        __fish_complete_directories (commandline -ct)
      case '*'
        echo $line
    end
  end
end
complete -c PROGRAM -f -k -a '(_FUNCTION)'
)";

bool TakesValue(const CLI::Option& option) { return option.get_items_expected_max() > 0; }

// The names of an option as they are typed.
std::vector<std::string> NamesOf(const CLI::Option& option) {
  std::vector<std::string> names;
  for (const std::string& name : option.get_lnames()) names.push_back("--" + name);
  for (const std::string& name : option.get_snames()) names.push_back("-" + name);
  return names;
}

// The options that can be given at `app`: its own, and those of the commands above it.
std::vector<const CLI::Option*> OptionsAt(const CLI::App* app) {
  std::vector<const CLI::Option*> found;
  for (const CLI::App* at = app; at != nullptr; at = at->get_parent()) {
    for (const CLI::Option* option : at->get_options()) {
      // Every command has a --help of its own, and nobody wants a version there.
      const bool of_another =
          at != app && (option == at->get_help_ptr() || option == at->get_version_ptr());
      if (!option->get_positional() && !of_another) found.push_back(option);
    }
  }
  return found;
}

const CLI::Option* FindOption(const CLI::App* app, const std::string& name) {
  for (const CLI::Option* option : OptionsAt(app)) {
    if (std::ranges::count(NamesOf(*option), name) > 0) return option;
  }
  return nullptr;
}

const CLI::App* FindCommand(const CLI::App* app, const std::string& name) {
  for (const CLI::App* command : app->get_subcommands([](const CLI::App*) { return true; })) {
    if (command->get_name() == name) return command;
  }
  return nullptr;
}

// Where the line stands before the word that is typed.
struct Place {
  const CLI::App* app = nullptr;
  const CLI::Option* wants = nullptr;  // The option whose value is next.
  size_t arguments = 0;                // That were given already.
  std::string home;
  bool foreign = false;  // Behind "--": the words of another program.
};

Place Follow(const CLI::App& app, const std::vector<std::string>& words) {
  Place place;
  place.app = &app;
  for (size_t i = 0; i + 1 < words.size(); ++i) {
    const std::string& word = words[i];
    if (place.foreign || word == "--") {
      place.foreign = true;
    } else if (place.wants != nullptr) {
      if (place.wants->check_lname("home")) place.home = word;
      place.wants = nullptr;
    } else if (word.starts_with("-")) {
      const size_t equals = word.find('=');
      const CLI::Option* option = FindOption(place.app, word.substr(0, equals));
      if (option == nullptr || !TakesValue(*option)) continue;
      if (equals == std::string::npos) {
        place.wants = option;
      } else if (option->check_lname("home")) {
        place.home = word.substr(equals + 1);
      }
    } else if (const CLI::App* command = FindCommand(place.app, word); command != nullptr) {
      place.app = command;
      place.arguments = 0;
    } else {
      ++place.arguments;
    }
  }
  return place;
}

// What `option` takes, as candidates; or a single ":files" or ":folders".
std::vector<Candidate> ValuesOf(const CLI::Option& option, const std::string& home,
                                const Values& values) {
  const std::string kind = option.get_type_name();
  if (kind == kFileValue) return {{":files", ""}};
  if (kind == kFolderValue) return {{":folders", ""}};
  return values(kind, home);
}

std::vector<Candidate> OptionCandidates(const CLI::App* app) {
  std::vector<Candidate> found;
  for (const CLI::Option* option : OptionsAt(app)) {
    for (const std::string& name : NamesOf(*option)) {
      if (name.starts_with("--")) found.push_back({name, option->get_description()});
    }
  }
  return found;
}

std::vector<Candidate> CommandCandidates(const CLI::App* app) {
  std::vector<Candidate> found;
  for (const CLI::App* command : app->get_subcommands([](const CLI::App*) { return true; })) {
    found.push_back({command->get_name(), command->get_description()});
  }
  return found;
}

std::vector<Candidate> ArgumentCandidates(const Place& place, const Values& values) {
  size_t index = 0;
  for (const CLI::Option* option : place.app->get_options()) {
    if (!option->get_positional()) continue;
    if (index++ == place.arguments) return ValuesOf(*option, place.home, values);
  }
  return {};
}

std::vector<Candidate> Candidates(const Place& place, const std::string& word,
                                  const Values& values) {
  if (place.foreign) return {{":files", ""}};
  if (place.wants != nullptr) return ValuesOf(*place.wants, place.home, values);
  if (const size_t equals = word.find('='); word.starts_with("--") && equals != word.npos) {
    const CLI::Option* option = FindOption(place.app, word.substr(0, equals));
    if (option == nullptr || !TakesValue(*option)) return {};
    std::vector<Candidate> found = ValuesOf(*option, place.home, values);
    for (Candidate& candidate : found) candidate.word = word.substr(0, equals + 1) + candidate.word;
    return found;
  }
  if (word.starts_with("-")) return OptionCandidates(place.app);
  std::vector<Candidate> found = CommandCandidates(place.app);
  return found.empty() ? ArgumentCandidates(place, values) : found;
}

// Puts together again what bash has taken apart. How many bytes of the last word stand before its
// last fragment: bash replaces that alone.
size_t JoinBashWords(std::vector<std::string>& words) {
  std::vector<std::string> joined;
  size_t before = 0;
  bool open = false;  // The next fragment belongs to the same word.
  for (const std::string& word : words) {
    const bool is_break = !word.empty() && word.find_first_not_of(kBashBreaks) == std::string::npos;
    if (!joined.empty() && (is_break || open)) {
      before = joined.back().size() + (is_break ? word.size() : 0);
      joined.back() += word;
    } else {
      before = 0;
      joined.push_back(word);
    }
    open = is_break;
  }
  words = std::move(joined);
  return before;
}

}  // namespace

std::string Complete(const CLI::App& app, std::string_view shell, std::vector<std::string> words,
                     const Values& values) {
  const size_t before = shell == "bash" ? JoinBashWords(words) : 0;
  if (words.empty()) words.emplace_back();
  const std::string& word = words.back();
  std::string text;
  for (const Candidate& candidate : Candidates(Follow(app, words), word, values)) {
    if (candidate.word.starts_with(":")) return candidate.word + "\n";
    if (!candidate.word.starts_with(word)) continue;
    absl::StrAppend(&text, candidate.word.substr(before));
    const std::string description = Shown(candidate.description, kDescriptionBytes);
    if (!description.empty()) absl::StrAppend(&text, "\t", description);
    text += "\n";
  }
  return text;
}

absl::StatusOr<std::string> CompletionScript(std::string_view shell, std::string_view program) {
  const char* script = shell == "bash"   ? kBash
                       : shell == "zsh"  ? kZsh
                       : shell == "fish" ? kFish
                                         : nullptr;
  if (script == nullptr) return UsageError("there is no such shell", "name bash, zsh or fish");
  const std::string name(program);
  return absl::StrReplaceAll(
      script, {{"PROGRAM", name}, {"FUNCTION", absl::StrReplaceAll(name, {{"-", "_"}})}});
}

}  // namespace quorate::cli
