#include "client/import/builder.h"

#include <algorithm>
#include <initializer_list>
#include <string_view>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "client/import/name.h"
#include "client/import/totp.h"

namespace quorate::client {
namespace {

using crypto::ByteSpan;

char Lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool Contains(std::string_view text, std::string_view lower_word) {
  return std::search(text.begin(), text.end(), lower_word.begin(), lower_word.end(),
                     [](char a, char b) { return Lower(a) == b; }) != text.end();
}

bool ContainsAny(std::string_view text, std::initializer_list<std::string_view> lower_words) {
  return std::ranges::any_of(lower_words, [text](std::string_view w) { return Contains(text, w); });
}

struct UrlParts {
  std::string_view scheme;  // with "://"
  std::string_view user;    // with "@"
  std::string_view rest;    // from the host on
};

UrlParts SplitUrl(std::string_view url) {
  const size_t mark = url.find("://");
  if (mark == std::string_view::npos) return {{}, {}, url};
  const std::string_view scheme = url.substr(0, mark + 3);
  const std::string_view after = url.substr(scheme.size());
  const std::string_view authority = after.substr(0, after.find_first_of("/?#\\"));
  const size_t at = authority.rfind('@');
  if (at == std::string_view::npos) return {scheme, {}, after};
  return {scheme, after.substr(0, at + 1), after.substr(at + 1)};
}

std::string_view HostOf(std::string_view url) {
  const std::string_view rest = SplitUrl(url).rest;
  return rest.substr(0, rest.find_first_of(":/?#\\"));
}

std::string FirstNonEmpty(std::initializer_list<std::string> texts) {
  for (const std::string& text : texts) {
    if (!text.empty()) return text;
  }
  return {};
}

}  // namespace

void RawEntry::AddField(ByteSpan name, ByteSpan value) {
  if (value.empty()) return;
  const std::string_view text = crypto::AsText(name);
  ByteSpan* slot = nullptr;
  if (ContainsAny(text, {"recovery", "backup"})) {
    slot = &recovery_codes;
  } else if (ContainsAny(text, {"token", "api key", "apikey", "app password"})) {
    slot = &token;
  }
  if (slot == nullptr) {
    has_unknown_field = true;
  } else if (!slot->empty()) {
    has_repeated_field = true;
  } else {
    *slot = value;
  }
}

absl::Status ImportBuilder::CountEntry() {
  if (++entries_ <= kMaxImportEntries) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat("the file has more than ", kMaxImportEntries,
                   " entries; export only the folder or group whose accounts are shared"));
}

void ImportBuilder::Refuse(size_t line, std::string reason, std::string next) {
  problems_.push_back({line, std::move(reason), std::move(next), ProblemSeverity::kRefused});
}

void ImportBuilder::Notice(size_t line, std::string reason, std::string next) {
  problems_.push_back({line, std::move(reason), std::move(next), ProblemSeverity::kNotice});
}

void ImportBuilder::TakeItem(const RawEntry& entry, ItemKind kind, ByteSpan value,
                             std::vector<ImportedItem>& items) {
  if (value.empty()) return;
  const std::string name(ItemKindName(kind));
  if (value.size() > kMaxItemBytes) {
    Refuse(entry.line, absl::StrCat("the ", name, " is larger than ", kMaxItemBytes, " bytes"),
           "shorten it in the password manager and export again");
  } else if (std::ranges::find(value, uint8_t{0}) != value.end()) {
    Refuse(entry.line, absl::StrCat("the ", name, " holds a NUL character"),
           "correct it in the password manager and export again");
  } else {
    if (kind == ItemKind::kTotp) {
      if (const auto totp = ParseTotp(value); !totp.ok()) {
        Refuse(entry.line, std::string(totp.status().message()),
               "set the one-time code up anew on the platform, or deposit it by hand");
        return;
      }
    }
    items.push_back({kind, value});
  }
}

std::vector<ImportedItem> ImportBuilder::TakeItems(const RawEntry& entry) {
  std::vector<ImportedItem> items;
  TakeItem(entry, ItemKind::kPassword, entry.password, items);
  if (entry.needs_password && items.empty()) return items;
  TakeItem(entry, ItemKind::kTotp, entry.totp, items);
  TakeItem(entry, ItemKind::kRecoveryCodes, entry.recovery_codes, items);
  TakeItem(entry, ItemKind::kToken, entry.token, items);
  TakeItem(entry, ItemKind::kNote, entry.note, items);
  return items;
}

void ImportBuilder::ReportFields(const RawEntry& entry) {
  if (entry.has_unknown_field) {
    Refuse(entry.line, "a field that a person added to the entry is of no known kind",
           "deposit it by hand as a token or a note");
  }
  if (entry.has_repeated_field) {
    Refuse(entry.line, "several fields hold recovery codes, or several hold tokens",
           "put them into one field, one a line, and export again; only the first was taken");
  }
}

void ImportBuilder::ReportEmpty(const RawEntry& entry) {
  // What is there but was not taken has its own problem already.
  if (!entry.password.empty()) return;
  const bool has_more = !entry.totp.empty() || !entry.recovery_codes.empty() ||
                        !entry.token.empty() || !entry.note.empty() || entry.has_unknown_field;
  if (!has_more) {
    Notice(entry.line, "the entry has no secret in it and was skipped",
           "nothing to do, unless a password is missing");
  } else if (entry.needs_password) {
    Refuse(entry.line, "the entry has no password, so the rest of it was left out too",
           "deposit what it holds by hand");
  } else {
    ReportFields(entry);
  }
}

std::string ImportBuilder::Cleaned(Clean clean, ByteSpan text, size_t max, size_t line,
                                   const char* what) {
  std::string out = clean(crypto::AsText(text), max);
  if (out != crypto::AsText(text)) {
    Notice(line, absl::StrCat("the ", what, " was shortened or rid of unprintable characters"),
           "check it after the import");
  }
  return out;
}

std::string ImportBuilder::UniqueName(const std::string& title, size_t line) {
  const std::string base = AccountSlug(title);
  if (names_.insert(base).second) return base;
  size_t& number = next_suffix_.try_emplace(base, 2).first->second;
  std::string name = WithSuffix(base, number++);
  while (!names_.insert(name).second) name = WithSuffix(base, number++);
  Notice(line, absl::StrCat("another entry is already named ", base, "; this one becomes ", name),
         "rename one of them in the password manager if that is confusing");
  return name;
}

void ImportBuilder::Add(const RawEntry& entry) {
  ImportedAccount account;
  account.line = entry.line;
  account.items = TakeItems(entry);
  if (account.items.empty()) {
    ReportEmpty(entry);
    return;
  }
  const UrlParts url = SplitUrl(crypto::AsText(entry.url));
  const std::string address = std::string(url.scheme).append(url.rest);
  if (!url.user.empty()) {
    Notice(entry.line, "the address held a user name or password, which was taken out",
           "nothing to do: addresses are not kept secret");
  }
  account.title = Cleaned(CleanText, entry.title, kMaxTitleBytes, entry.line, "title");
  account.username = Cleaned(CleanText, entry.username, kMaxUsernameBytes, entry.line, "user name");
  account.url =
      Cleaned(CleanAddress, crypto::AsBytes(address), kMaxUrlBytes, entry.line, "address");
  if (account.title.empty()) {
    account.title = FirstNonEmpty({CleanText(HostOf(address), kMaxTitleBytes), account.username});
  }
  account.account = UniqueName(account.title, entry.line);
  ReportFields(entry);
  accounts_.push_back(std::move(account));
}

ImportResult ImportBuilder::Finish(crypto::Secret buffer) && {
  return {std::move(buffer), std::move(accounts_), std::move(problems_)};
}

}  // namespace quorate::client
