#ifndef QUORATE_CLIENT_CLI_CHARTER_FILE_H_
#define QUORATE_CLIENT_CLI_CHARTER_FILE_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace quorate::cli {

inline constexpr size_t kMaxCharterFileBytes = size_t{256} << 10;
inline constexpr uint64_t kMinRequestLifetimeSeconds = 60;
inline constexpr uint64_t kMaxRequestLifetimeSeconds = uint64_t{30} * 86400;
inline constexpr uint64_t kDefaultRequestLifetimeSeconds = 86400;

// What a charter.toml says, before anybody has keys.
struct CharterVault {
  std::string name;
  uint32_t threshold = 0;
  std::vector<std::string> holders;
  uint64_t cooling_off_seconds = 0;
  uint64_t request_lifetime_seconds = kDefaultRequestLifetimeSeconds;
  uint32_t denials_to_block = 0;
  bool operator==(const CharterVault&) const = default;
};
struct CharterSpec {
  std::string organisation;
  uint32_t governance_threshold = 0;
  std::vector<std::string> organisers;  // In order; everybody.
  std::vector<CharterVault> vaults;
  std::vector<std::string> witnesses;  // Empty: all holders.
  bool operator==(const CharterSpec&) const = default;
};

// min(k, n-k+1): what `denials_to_block` is where a charter does not say. `threshold` must be in
// [1, holders].
[[nodiscard]] uint32_t DefaultDenials(uint32_t threshold, size_t holders);

// Reads the TOML text of a charter; `source` names it in errors, with the line where that is known.
// Fills in what was left out: organisers (the holders in order of appearance), cooling-off (none),
// lifetime (a day), denials (DefaultDenials). InvalidArgument with reason BAD_CHARTER for whatever
// is malformed, unknown, repeated or out of bounds; the text says which and what to write instead.
[[nodiscard]] absl::StatusOr<CharterSpec> ParseCharter(std::string_view toml,
                                                       const std::string& source);

// The rules that a complete spec keeps, also one that did not come from a file: see CheckCharter's
// tests for each. InvalidArgument with reason BAD_CHARTER.
[[nodiscard]] absl::Status CheckCharter(const CharterSpec& spec);

// Names of people, vaults and accounts: [a-z0-9][a-z0-9._@+-]{0,63}.
[[nodiscard]] absl::Status CheckName(std::string_view what, std::string_view name);

}  // namespace quorate::cli

#endif  // QUORATE_CLIENT_CLI_CHARTER_FILE_H_
