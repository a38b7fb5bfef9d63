#ifndef QUORATE_CLIENT_IMPORT_ITEM_H_
#define QUORATE_CLIENT_IMPORT_ITEM_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "crypto/bytes.h"
#include "crypto/secret.h"

namespace quorate::client {

// Largest export that is read.
inline constexpr size_t kMaxImportBytes = size_t{16} << 20;
// Most lines in an export, and most entries taken from one.
inline constexpr size_t kMaxImportLines = 1'000'000;
inline constexpr size_t kMaxImportEntries = 10'000;
// Largest single secret.
inline constexpr size_t kMaxItemBytes = size_t{32} << 10;
// Bytes of UTF-8 kept of what is not secret.
inline constexpr size_t kMaxTitleBytes = 200;
inline constexpr size_t kMaxUsernameBytes = 200;
inline constexpr size_t kMaxUrlBytes = 1000;

// What a secret is for. The numbers are those of the ledger's item kinds: do not change them.
enum class ItemKind : uint8_t {
  kPassword = 1,
  kTotp = 2,
  kRecoveryCodes = 3,
  kToken = 4,
  kNote = 5,
};

// "password", "totp", "recovery-codes", "token" or "note".
[[nodiscard]] std::string_view ItemKindName(ItemKind kind);

// One secret. `value` points into `ImportResult::buffer` and lives as long as that does. It is
// never empty, holds no NUL, and is at most kMaxItemBytes long.
struct ImportedItem {
  ItemKind kind = ItemKind::kPassword;
  crypto::ByteSpan value;
};

// One entry of an export. Nothing here but `items[].value` is treated as secret.
struct ImportedAccount {
  std::string account;   // [a-z0-9][a-z0-9._@+-]{0,63}, unique within one result
  std::string title;     // clean UTF-8, at most kMaxTitleBytes
  std::string username;  // clean UTF-8, at most kMaxUsernameBytes
  std::string url;       // clean UTF-8, at most kMaxUrlBytes; carries no user:password@ part
  std::vector<ImportedItem> items;  // at least one, at most one of each kind
  size_t line = 0;                  // where the entry starts in the file, from 1
};

enum class ProblemSeverity : uint8_t {
  kNotice,   // nothing is lost: something was renamed, cleaned, or had nothing in it
  kRefused,  // something that stands in the file is not in the result
};

// What a person should know about one line. Neither text holds bytes of the file.
struct ImportProblem {
  size_t line = 0;  // from 1
  std::string reason;
  std::string next;  // what to do about it
  ProblemSeverity severity = ProblemSeverity::kRefused;
};

// `buffer` is the file, rewritten in place by the parser; moving it keeps the spans valid.
// Whoever deposits should do nothing while HasRefusals() unless told to keep going.
struct ImportResult {
  crypto::Secret buffer;
  std::vector<ImportedAccount> accounts;
  std::vector<ImportProblem> problems;

  [[nodiscard]] bool HasRefusals() const;
};

}  // namespace quorate::client

#endif  // QUORATE_CLIENT_IMPORT_ITEM_H_
