#ifndef QUORATE_CLIENT_IMPORT_NAME_H_
#define QUORATE_CLIENT_IMPORT_NAME_H_

#include <cstddef>
#include <string>
#include <string_view>

namespace quorate::client {

// Longest account name, in bytes (ASCII).
inline constexpr size_t kMaxAccountName = 64;

// An account name, [a-z0-9][a-z0-9._@+-]{0,63}, made of a title in UTF-8. Latin letters lose case
// and diacritics (é becomes e, ß becomes ss), anything else becomes one dash. Different titles may
// give the same name. A title without a usable character gives "account".
[[nodiscard]] std::string AccountSlug(std::string_view title);

// Whether `name` has the shape above.
[[nodiscard]] bool IsAccountName(std::string_view name);

// `name` with "-<number>" after it, shortened in front of the suffix where needed. `name` must have
// the shape above.
[[nodiscard]] std::string WithSuffix(std::string_view name, size_t number);

// Text of unknown origin made fit for a terminal: each invalid byte, control character (C0, C1,
// DEL; so no terminal escape survives), line or paragraph separator, bidirectional control and
// invisible format character becomes U+FFFD. The result is valid UTF-8 of at most `max` bytes;
// where it was cut it ends in "…" (if `max` has room for it). Zero-width joiners stay: scripts and
// emoji need them. It does not detect look-alike letters.
[[nodiscard]] std::string SafeText(std::string_view utf8, size_t max);

// The same, for text that is kept: what SafeText replaces or the ledger refuses (zero-width joiners
// and the like) is dropped, tabs and line breaks become a space, and spaces at both ends go.
[[nodiscard]] std::string CleanText(std::string_view utf8, size_t max);

// The same for an address: what is not printable ASCII without spaces is percent-encoded.
[[nodiscard]] std::string CleanAddress(std::string_view utf8, size_t max);

}  // namespace quorate::client

#endif  // QUORATE_CLIENT_IMPORT_NAME_H_
