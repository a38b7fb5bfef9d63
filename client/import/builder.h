#ifndef QUORATE_CLIENT_IMPORT_BUILDER_H_
#define QUORATE_CLIENT_IMPORT_BUILDER_H_

#include <cstddef>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "absl/status/status.h"
#include "client/import/item.h"
#include "crypto/bytes.h"
#include "crypto/secret.h"

namespace quorate::client {

// One entry as a format's parser found it. What is secret points into the file's buffer; the rest
// need only outlive the call.
struct RawEntry {
  size_t line = 0;
  bool needs_password = true;  // false for what is a note by itself
  crypto::ByteSpan title, username, url;
  crypto::ByteSpan password, totp, recovery_codes, token, note;
  bool has_unknown_field = false;
  bool has_repeated_field = false;

  // Sorts a field that a person added to the entry by its name: "recovery" or "backup" makes it
  // recovery codes; "token", "api key" or "app password" makes it a token; otherwise only a flag is
  // kept. An empty value changes nothing.
  void AddField(crypto::ByteSpan name, crypto::ByteSpan value);
};

// Collects what a parser finds, applying the rules that are the same for every format: clean and
// unique names, bounds, nothing dropped without a problem that names the line.
// Not thread-safe.
class ImportBuilder {
 public:
  ImportBuilder() = default;
  ImportBuilder(const ImportBuilder&) = delete;
  ImportBuilder& operator=(const ImportBuilder&) = delete;

  // Called once a record, before anything is said about it. InvalidArgument past kMaxImportEntries.
  [[nodiscard]] absl::Status CountEntry();

  // Takes what is importable of `entry` and reports the rest.
  void Add(const RawEntry& entry);

  void Refuse(size_t line, std::string reason, std::string next);
  void Notice(size_t line, std::string reason, std::string next);

  // Everything so far; `buffer` is the memory that the spans point into.
  [[nodiscard]] ImportResult Finish(crypto::Secret buffer) &&;

 private:
  std::vector<ImportedItem> TakeItems(const RawEntry& entry);
  void TakeItem(const RawEntry& entry, ItemKind kind, crypto::ByteSpan value,
                std::vector<ImportedItem>& items);
  void ReportFields(const RawEntry& entry);
  void ReportEmpty(const RawEntry& entry);
  std::string UniqueName(const std::string& title, size_t line);
  using Clean = std::string (*)(std::string_view, size_t);
  std::string Cleaned(Clean clean, crypto::ByteSpan text, size_t max, size_t line,
                      const char* what);

  size_t entries_ = 0;
  std::vector<ImportedAccount> accounts_;
  std::vector<ImportProblem> problems_;
  std::unordered_set<std::string> names_;
  std::unordered_map<std::string, size_t> next_suffix_;
};

}  // namespace quorate::client

#endif  // QUORATE_CLIENT_IMPORT_BUILDER_H_
