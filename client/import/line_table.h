#ifndef QUORATE_CLIENT_IMPORT_LINE_TABLE_H_
#define QUORATE_CLIENT_IMPORT_LINE_TABLE_H_

#include <cstddef>
#include <cstdint>
#include <vector>

#include "crypto/bytes.h"

namespace quorate::client {

// Where the lines of a text start; made before a parser rewrites the text in place.
class LineTable {
 public:
  // `text` is at most 4 GiB.
  explicit LineTable(crypto::ByteSpan text);

  // The line, from 1, on which the byte at `offset` stood.
  [[nodiscard]] size_t LineAt(size_t offset) const;

 private:
  std::vector<uint32_t> breaks_;
};

}  // namespace quorate::client

#endif  // QUORATE_CLIENT_IMPORT_LINE_TABLE_H_
