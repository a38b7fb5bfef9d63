#ifndef QUORATE_TESTS_CLIENT_IMPORT_TESTING_H_
#define QUORATE_TESTS_CLIENT_IMPORT_TESTING_H_

#include <optional>
#include <string>
#include <string_view>

#include "client/import/import.h"
#include "client/import/item.h"
#include "client/import/secret_file.h"

namespace quorate::client {

inline crypto::Secret SecretFrom(std::string_view text) {
  return crypto::Secret::Copy(crypto::AsBytes(text));
}

inline std::string TextOf(const crypto::Secret& secret) {
  return crypto::AsString(secret.Reveal());
}

inline absl::StatusOr<ImportResult> ParseText(std::string_view text, std::string_view format = {}) {
  return ParseExport(SecretFrom(text), format);
}

// Tests run in the root of the source tree.
inline absl::StatusOr<ImportResult> ParseSample(const std::string& name) {
  absl::StatusOr<crypto::Secret> file =
      ReadSecretFile("tests/client/samples/" + name, kMaxImportBytes);
  if (!file.ok()) return file.status();
  return ParseExport(*std::move(file));
}

inline const ImportedAccount* FindAccount(const ImportResult& result, std::string_view account) {
  for (const ImportedAccount& candidate : result.accounts) {
    if (candidate.account == account) return &candidate;
  }
  return nullptr;
}

// The value of an account's item; absent where there is no such account or item.
inline std::optional<std::string> ValueOf(const ImportResult& result, std::string_view account,
                                          ItemKind kind) {
  const ImportedAccount* found = FindAccount(result, account);
  if (found == nullptr) return std::nullopt;
  for (const ImportedItem& item : found->items) {
    if (item.kind == kind) return crypto::AsString(item.value);
  }
  return std::nullopt;
}

// The first problem of a line; null where there is none.
inline const ImportProblem* ProblemAt(const ImportResult& result, size_t line) {
  for (const ImportProblem& problem : result.problems) {
    if (problem.line == line) return &problem;
  }
  return nullptr;
}

// Whether every item lies inside the buffer.
inline bool ItemsPointIntoBuffer(const ImportResult& result) {
  const crypto::ByteSpan buffer = result.buffer.Reveal();
  for (const ImportedAccount& account : result.accounts) {
    for (const ImportedItem& item : account.items) {
      if (item.value.data() < buffer.data()) return false;
      if (item.value.data() + item.value.size() > buffer.data() + buffer.size()) return false;
    }
  }
  return true;
}

}  // namespace quorate::client

#endif  // QUORATE_TESTS_CLIENT_IMPORT_TESTING_H_
