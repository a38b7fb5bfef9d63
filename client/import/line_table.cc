#include "client/import/line_table.h"

#include <algorithm>

namespace quorate::client {

LineTable::LineTable(crypto::ByteSpan text) {
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\n') breaks_.push_back(static_cast<uint32_t>(i));
  }
}

size_t LineTable::LineAt(size_t offset) const {
  const auto first_not_before = std::ranges::lower_bound(breaks_, offset);
  return static_cast<size_t>(first_not_before - breaks_.begin()) + 1;
}

}  // namespace quorate::client
