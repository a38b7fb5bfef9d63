#include "client/import/item.h"

#include <algorithm>

namespace quorate::client {

std::string_view ItemKindName(ItemKind kind) {
  switch (kind) {
    case ItemKind::kPassword:
      return "password";
    case ItemKind::kTotp:
      return "totp";
    case ItemKind::kRecoveryCodes:
      return "recovery-codes";
    case ItemKind::kToken:
      return "token";
    case ItemKind::kNote:
      return "note";
  }
  return "unknown";
}

bool ImportResult::HasRefusals() const {
  return std::ranges::any_of(
      problems, [](const ImportProblem& p) { return p.severity == ProblemSeverity::kRefused; });
}

}  // namespace quorate::client
