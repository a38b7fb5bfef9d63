#include "client/audit/filter.h"

#include <algorithm>
#include <cstddef>
#include <string_view>
#include <utility>
#include <variant>

#include "absl/strings/ascii.h"
#include "crypto/bytes.h"
#include "custody/base/error_info.h"
#include "custody/ledger/queries.h"
#include "custody/ledger/types.h"

namespace quorate::audit {
namespace {

constexpr size_t kMinDigits = 6;
constexpr size_t kMaxDigits = 64;
constexpr std::string_view kUnreadable = "unreadable";

absl::Status Usage(std::string_view what, std::string_view next) {
  return base::MakeError(absl::StatusCode::kInvalidArgument, "USAGE", what, next);
}

template <size_t... I>
std::vector<std::string> KindsOf(std::index_sequence<I...>) {
  return {std::string(ledger::StatementName(ledger::Statement(std::in_place_index<I>)))...,
          std::string(kUnreadable)};
}

std::vector<std::string> AllKinds() {
  return KindsOf(std::make_index_sequence<std::variant_size_v<ledger::Statement>>());
}

bool Passes(const Row& row, const Filter& filter) {
  if (!filter.account.empty() && row.account != filter.account) return false;
  if (!filter.by.empty() && row.who != filter.by) return false;
  if (!filter.kind.empty() && row.kind != filter.kind) return false;
  if (!filter.request.empty() &&
      (!row.request.has_value() || !crypto::Hex(row.request->span()).starts_with(filter.request))) {
    return false;
  }
  if (filter.since_ms.has_value() && row.time_ms < *filter.since_ms) return false;
  if (filter.until_ms.has_value() && row.time_ms >= *filter.until_ms) return false;
  return !filter.refused || !row.admitted();
}

}  // namespace

std::vector<size_t> Select(const std::vector<Row>& rows, const Filter& filter) {
  std::vector<size_t> out;
  for (size_t i = 0; i < rows.size(); ++i) {
    if (Passes(rows[i], filter)) out.push_back(i);
  }
  if (filter.last.has_value() && out.size() > *filter.last) {
    out.erase(out.begin(), out.end() - static_cast<std::ptrdiff_t>(*filter.last));
  }
  return out;
}

absl::Status Normalise(Filter& filter) {
  for (std::string* text : {&filter.account, &filter.by, &filter.kind, &filter.request}) {
    absl::AsciiStrToLower(text);
  }
  const std::vector<std::string> kinds = AllKinds();
  if (!filter.kind.empty() && std::find(kinds.begin(), kinds.end(), filter.kind) == kinds.end()) {
    std::string list;
    for (const std::string& kind : kinds) list += (list.empty() ? "" : ", ") + kind;
    return Usage("there is no statement of this kind", "--kind is one of " + list);
  }
  const bool is_hex = std::all_of(filter.request.begin(), filter.request.end(), [](char c) {
    return absl::ascii_isxdigit(static_cast<unsigned char>(c));
  });
  if (!filter.request.empty() &&
      (!is_hex || filter.request.size() < kMinDigits || filter.request.size() > kMaxDigits)) {
    return Usage("this is no request's identifier",
                 "--request takes the first 6 or more of its hexadecimal digits");
  }
  return absl::OkStatus();
}

}  // namespace quorate::audit
