#include "client/cli/charter_file.h"

#include <algorithm>
#include <initializer_list>
#include <limits>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "client/cli/duration.h"
#include "client/cli/exit_codes.h"
#include "client/import/name.h"
#include "custody/base/error_info.h"
#include "custody/base/status_macros.h"

#define TOML_EXCEPTIONS 0
#define TOML_HEADER_ONLY 1
#include "toml++/toml.h"

namespace quorate::cli {
namespace {

constexpr size_t kMaxListLength = 1000;
constexpr size_t kShownBytes = 80;

// One table of the file, with what to call it in errors.
class Reader {
 public:
  Reader(const toml::table& table, std::string source, std::string where)
      : table_(table), source_(std::move(source)), where_(std::move(where)) {}

  absl::Status OnlyKeys(std::initializer_list<std::string_view> known) const {
    for (const auto& [key, value] : table_) {
      if (std::ranges::find(known, key.str()) != known.end()) continue;
      std::string next = "correct it, or remove it; known here:";
      for (std::string_view name : known) next += absl::StrCat(" ", std::string(name));
      return Bad(value,
                 absl::StrCat("unknown key \"", client::SafeText(key.str(), kShownBytes), "\""),
                 next);
    }
    return absl::OkStatus();
  }

  absl::StatusOr<std::string> Text(const std::string& key) const {
    const toml::node* node = table_.get(key);
    if (node == nullptr) return Missing(key);
    const auto* text = node->as_string();
    if (text == nullptr) return Bad(*node, key + " is not text", "put it in quotes");
    return text->get();
  }

  absl::StatusOr<std::optional<uint32_t>> Count(const std::string& key) const {
    const toml::node* node = table_.get(key);
    if (node == nullptr) return std::nullopt;
    const auto* number = node->as_integer();
    if (number == nullptr || number->get() < 0 ||
        number->get() > std::numeric_limits<int32_t>::max()) {
      return Bad(*node, key + " is not a whole number from 0 on", "write it as digits alone");
    }
    return static_cast<uint32_t>(number->get());
  }

  absl::StatusOr<uint32_t> RequiredCount(const std::string& key) const {
    QUORATE_ASSIGN_OR_RETURN(std::optional<uint32_t> count, Count(key));
    if (!count.has_value()) return Missing(key);
    return *count;
  }

  absl::StatusOr<uint64_t> Seconds(const std::string& key, uint64_t absent) const {
    const toml::node* node = table_.get(key);
    if (node == nullptr) return absent;
    if (const auto* number = node->as_integer(); number != nullptr && number->get() >= 0) {
      return static_cast<uint64_t>(number->get());
    }
    if (const auto* text = node->as_string(); text != nullptr) {
      absl::StatusOr<uint64_t> seconds = ParseDuration(text->get());
      if (seconds.ok()) return *seconds;
    }
    return Bad(*node, key + " is not a duration",
               "write seconds as a number, or text like \"90s\", \"30m\", \"24h\", \"2d\"");
  }

  absl::StatusOr<std::optional<std::vector<std::string>>> Names(const std::string& key) const {
    const toml::node* node = table_.get(key);
    if (node == nullptr) return std::nullopt;
    const toml::array* array = node->as_array();
    if (array == nullptr || array->size() > kMaxListLength) {
      return Bad(*node, key + " is not a list of names", "write it as [\"ana\", \"ben\"]");
    }
    std::vector<std::string> names;
    for (const toml::node& element : *array) {
      const auto* text = element.as_string();
      if (text == nullptr) {
        return Bad(element, key + " holds something that is not a name", "put names in quotes");
      }
      names.push_back(text->get());
    }
    return names;
  }

  absl::Status Missing(const std::string& key) const {
    return Bad(table_, absl::StrCat("`", key, "` is missing"), absl::StrCat("add `", key, " = …`"));
  }

  absl::Status Bad(const toml::node& node, const std::string& message,
                   const std::string& next) const {
    const auto line = node.source().begin.line;
    const std::string at = line > 0 ? absl::StrCat(source_, ":", line) : source_;
    return base::MakeError(absl::StatusCode::kInvalidArgument, "BAD_CHARTER",
                           absl::StrCat(at, ": ", where_, message), next);
  }

 private:
  const toml::table& table_;
  const std::string source_;
  const std::string where_;
};

absl::StatusOr<CharterVault> ReadVault(const toml::table& table, const std::string& source,
                                       size_t number) {
  const Reader in(table, source, absl::StrCat("vault ", number, ": "));
  QUORATE_RETURN_IF_ERROR(in.OnlyKeys(
      {"name", "threshold", "holders", "cooling_off", "request_lifetime", "denials_to_block"}));
  CharterVault vault;
  QUORATE_ASSIGN_OR_RETURN(vault.name, in.Text("name"));
  QUORATE_ASSIGN_OR_RETURN(vault.threshold, in.RequiredCount("threshold"));
  QUORATE_ASSIGN_OR_RETURN(auto holders, in.Names("holders"));
  if (!holders.has_value()) return in.Missing("holders");
  vault.holders = *std::move(holders);
  QUORATE_ASSIGN_OR_RETURN(vault.cooling_off_seconds, in.Seconds("cooling_off", 0));
  QUORATE_ASSIGN_OR_RETURN(vault.request_lifetime_seconds,
                           in.Seconds("request_lifetime", kDefaultRequestLifetimeSeconds));
  QUORATE_ASSIGN_OR_RETURN(std::optional<uint32_t> denials, in.Count("denials_to_block"));
  const bool has_default = vault.threshold >= 1 && vault.threshold <= vault.holders.size();
  if (denials.has_value()) {
    vault.denials_to_block = *denials;
  } else if (has_default) {
    vault.denials_to_block = DefaultDenials(vault.threshold, vault.holders.size());
  } else {
    vault.denials_to_block = 1;
  }
  return vault;
}

absl::StatusOr<std::vector<CharterVault>> ReadVaults(const toml::table& table, const Reader& in,
                                                     const std::string& source) {
  std::vector<CharterVault> vaults;
  const toml::node* node = table.get("vault");
  if (node == nullptr) return vaults;
  const toml::array* array = node->as_array();
  if (array == nullptr || array->size() > kMaxListLength) {
    return in.Bad(*node, "`vault` is not a list of tables", "write [[vault]], in double brackets");
  }
  for (const toml::node& element : *array) {
    const toml::table* vault = element.as_table();
    if (vault == nullptr) {
      return in.Bad(element, "`vault` is not a list of tables",
                    "write [[vault]], in double brackets");
    }
    QUORATE_ASSIGN_OR_RETURN(CharterVault read, ReadVault(*vault, source, vaults.size() + 1));
    vaults.push_back(std::move(read));
  }
  return vaults;
}

std::vector<std::string> AllHolders(const std::vector<CharterVault>& vaults) {
  std::vector<std::string> all;
  for (const CharterVault& vault : vaults) {
    for (const std::string& name : vault.holders) {
      if (std::ranges::find(all, name) == all.end()) all.push_back(name);
    }
  }
  return all;
}

absl::StatusOr<CharterSpec> ReadCharter(const toml::table& table, const std::string& source) {
  const Reader in(table, source, "");
  QUORATE_RETURN_IF_ERROR(
      in.OnlyKeys({"organisation", "governance_threshold", "organisers", "witnesses", "vault"}));
  CharterSpec spec;
  QUORATE_ASSIGN_OR_RETURN(spec.organisation, in.Text("organisation"));
  QUORATE_ASSIGN_OR_RETURN(spec.governance_threshold, in.RequiredCount("governance_threshold"));
  QUORATE_ASSIGN_OR_RETURN(spec.vaults, ReadVaults(table, in, source));
  QUORATE_ASSIGN_OR_RETURN(auto organisers, in.Names("organisers"));
  spec.organisers = organisers.has_value() ? *std::move(organisers) : AllHolders(spec.vaults);
  QUORATE_ASSIGN_OR_RETURN(auto witnesses, in.Names("witnesses"));
  if (witnesses.has_value() && witnesses->empty()) {
    return in.Bad(*table.get("witnesses"), "`witnesses` is empty",
                  "leave it out for all holders, or name some");
  }
  if (witnesses.has_value()) spec.witnesses = *std::move(witnesses);
  return spec;
}

}  // namespace

absl::StatusOr<CharterSpec> ParseCharter(std::string_view toml, const std::string& source) {
  if (toml.size() > kMaxCharterFileBytes) {
    return base::MakeError(absl::StatusCode::kInvalidArgument, "BAD_CHARTER",
                           source + " is larger than a charter can be", "check the file's name");
  }
  const toml::parse_result parsed = toml::parse(toml, source);
  if (!parsed) {
    const auto line = parsed.error().source().begin.line;
    return base::MakeError(absl::StatusCode::kInvalidArgument, "BAD_CHARTER",
                           absl::StrCat(source, ":", line, ": this is not TOML: ",
                                        client::SafeText(parsed.error().description(), 200)),
                           "correct the line; text stands in quotes, tables as [[vault]]");
  }
  QUORATE_ASSIGN_OR_RETURN(CharterSpec spec, ReadCharter(parsed.table(), source));
  absl::Status checked = CheckCharter(spec);
  if (checked.ok()) return spec;
  return base::MakeError(checked.code(), base::GetReason(checked),
                         absl::StrCat(source, ": ", MessageOf(checked)), base::GetNext(checked));
}

}  // namespace quorate::cli
