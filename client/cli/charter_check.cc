#include <algorithm>
#include <set>

#include "absl/strings/str_cat.h"
#include "client/cli/charter_file.h"
#include "client/cli/duration.h"
#include "client/import/name.h"
#include "custody/base/error_info.h"
#include "custody/base/status_macros.h"

namespace quorate::cli {
namespace {

constexpr size_t kMaxOrganisers = 200;
constexpr size_t kMaxVaults = 64;
constexpr size_t kMaxOrganisationNameBytes = 64;
constexpr size_t kShownBytes = 80;

absl::Status Bad(const std::string& message, const std::string& next) {
  return base::MakeError(absl::StatusCode::kInvalidArgument, "BAD_CHARTER", message, next);
}

std::string Quoted(std::string_view name) {
  return absl::StrCat("\"", client::SafeText(name, kShownBytes), "\"");
}

absl::Status CheckNames(const std::string& what, const std::vector<std::string>& names) {
  std::set<std::string> seen;
  for (const std::string& name : names) {
    QUORATE_RETURN_IF_ERROR(CheckName(what, name));
    if (!seen.insert(name).second) {
      return Bad(absl::StrCat(what, " ", Quoted(name), " is named twice"), "name each once");
    }
  }
  return absl::OkStatus();
}

absl::Status CheckMembers(const std::string& what, const std::vector<std::string>& names,
                          const std::vector<std::string>& organisers) {
  for (const std::string& name : names) {
    if (std::ranges::find(organisers, name) == organisers.end()) {
      return Bad(absl::StrCat(what, " ", Quoted(name), " is not among the organisers"),
                 "add the name to `organisers`, or correct it");
    }
  }
  return absl::OkStatus();
}

absl::Status CheckThreshold(const std::string& where, uint32_t k, size_t n) {
  if (k < 2) {
    return Bad(absl::StrCat(where, "threshold ", k, " would let one person open everything"),
               "set `threshold` to 2 or more");
  }
  if (k > n) {
    return Bad(absl::StrCat(where, "threshold ", k, " is more than the ", n, " holders"),
               "lower `threshold` or add holders");
  }
  if (k == n) {
    return Bad(absl::StrCat(where, "threshold ", k, " of ", n,
                            " holders never opens when a holder asks, for nobody approves their "
                            "own request"),
               absl::StrCat("set `threshold` to ", n - 1, " or less, or add a holder"));
  }
  return absl::OkStatus();
}

absl::Status CheckTimes(const std::string& where, const CharterVault& vault) {
  const uint64_t lifetime = vault.request_lifetime_seconds;
  if (lifetime < kMinRequestLifetimeSeconds || lifetime > kMaxRequestLifetimeSeconds) {
    return Bad(where + "request_lifetime is outside 60 s to 30 days",
               "set `request_lifetime` to something like \"24h\"");
  }
  if (vault.cooling_off_seconds >= lifetime) {
    return Bad(absl::StrCat(where, "requests would end after ", FormatDuration(lifetime),
                            ", before the cooling-off of ",
                            FormatDuration(vault.cooling_off_seconds), " is over"),
               "make `request_lifetime` longer or `cooling_off` shorter");
  }
  return absl::OkStatus();
}

absl::Status CheckVault(const CharterSpec& spec, const CharterVault& vault) {
  QUORATE_RETURN_IF_ERROR(CheckName("vault", vault.name));
  const std::string where = absl::StrCat("vault ", Quoted(vault.name), ": ");
  QUORATE_RETURN_IF_ERROR(CheckNames(where + "holder", vault.holders));
  QUORATE_RETURN_IF_ERROR(CheckMembers(where + "holder", vault.holders, spec.organisers));
  const size_t n = vault.holders.size();
  QUORATE_RETURN_IF_ERROR(CheckThreshold(where, vault.threshold, n));
  QUORATE_RETURN_IF_ERROR(CheckTimes(where, vault));
  const size_t most_denials = n - vault.threshold + 1;
  if (vault.denials_to_block < 1 || vault.denials_to_block > most_denials) {
    return Bad(absl::StrCat(where, "denials_to_block ", vault.denials_to_block, " is outside 1 to ",
                            most_denials, ": so many denials leave too few to approve anyhow"),
               "leave `denials_to_block` out for the default, or set it within the bounds");
  }
  return absl::OkStatus();
}

absl::Status CheckOrganisation(const CharterSpec& spec) {
  if (spec.organisation.empty()) {
    return Bad("the organisation has no name", "add `organisation = \"…\"`");
  }
  if (spec.organisation.size() > kMaxOrganisationNameBytes ||
      client::CleanText(spec.organisation, kMaxOrganisationNameBytes) != spec.organisation) {
    return Bad(
        "the organisation's name is longer than 64 bytes, or holds control characters or "
        "spaces at its ends",
        "choose a plain name");
  }
  if (spec.organisers.size() > kMaxOrganisers) {
    return Bad(absl::StrCat("there are more than ", kMaxOrganisers, " organisers"), "name fewer");
  }
  QUORATE_RETURN_IF_ERROR(CheckNames("organiser", spec.organisers));
  if (spec.governance_threshold < 2 || spec.governance_threshold > spec.organisers.size()) {
    return Bad(absl::StrCat("governance_threshold ", spec.governance_threshold,
                            " is outside 2 to the number of organisers, ", spec.organisers.size()),
               "set how many organisers together may change the charter");
  }
  return absl::OkStatus();
}

}  // namespace

uint32_t DefaultDenials(uint32_t threshold, size_t holders) {
  return static_cast<uint32_t>(std::min<size_t>(threshold, holders - threshold + 1));
}

absl::Status CheckName(std::string_view what, std::string_view name) {
  if (client::IsAccountName(name)) return absl::OkStatus();
  return Bad(absl::StrCat(std::string(what), " ", Quoted(name),
                          " is not a name: 1 to 64 of a-z 0-9 . _ @ + -, the first a letter or "
                          "digit"),
             absl::StrCat("write it as \"", client::AccountSlug(name), "\", say"));
}

absl::Status CheckCharter(const CharterSpec& spec) {
  if (spec.vaults.empty()) {
    return Bad("there is no vault", "add a [[vault]] table with name, threshold and holders");
  }
  if (spec.vaults.size() > kMaxVaults) {
    return Bad(absl::StrCat("there are more than ", kMaxVaults, " vaults"), "name fewer");
  }
  QUORATE_RETURN_IF_ERROR(CheckOrganisation(spec));
  std::set<std::string> seen;
  for (const CharterVault& vault : spec.vaults) {
    QUORATE_RETURN_IF_ERROR(CheckVault(spec, vault));
    if (!seen.insert(vault.name).second) {
      return Bad(absl::StrCat("vault ", Quoted(vault.name), " is there twice"),
                 "give each vault its own name");
    }
  }
  QUORATE_RETURN_IF_ERROR(CheckNames("witness", spec.witnesses));
  return CheckMembers("witness", spec.witnesses, spec.organisers);
}

}  // namespace quorate::cli
