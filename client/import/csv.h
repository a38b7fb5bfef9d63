#ifndef QUORATE_CLIENT_IMPORT_CSV_H_
#define QUORATE_CLIENT_IMPORT_CSV_H_

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "crypto/bytes.h"

namespace quorate::client {

inline constexpr size_t kMaxCsvColumns = 64;

// One record. The fields point into the reader's buffer and stay valid as long as that does.
struct CsvRow {
  size_t line = 0;  // the line on which the record starts, from 1
  std::vector<crypto::ByteSpan> fields;
};

// Reads RFC 4180 in place: a quoted field is unquoted by moving its bytes to the front of where
// they stand, so that nothing is copied out of the buffer and no more than the field pointers is
// allocated. Records end in CRLF or LF, the last may end without; a UTF-8 byte order mark and empty
// lines are skipped; a quoted field may span lines. Bytes are not otherwise interpreted.
//
// Stricter than many: a quote inside an unquoted field, anything but a comma or line end after a
// closing quote, a CR without LF outside quotes, and a quote that never closes are errors, because
// where the next record starts is then a guess.
class CsvReader {
 public:
  // `buffer` must outlive the reader and every row, and nobody else may write to it meanwhile.
  explicit CsvReader(std::span<uint8_t> buffer);

  // Fills `row`; false at the end. After InvalidArgument (`row.line` names the line on which the
  // broken record starts) the reader stays at its end.
  [[nodiscard]] absl::StatusOr<bool> Next(CsvRow& row);

 private:
  [[nodiscard]] absl::Status ReadField(CsvRow& row);
  [[nodiscard]] absl::Status ReadQuoted(CsvRow& row);
  [[nodiscard]] absl::Status ReadPlain(CsvRow& row);
  [[nodiscard]] bool AtLineEnd() const;
  void SkipLineEnd();

  std::span<uint8_t> buffer_;
  size_t at_ = 0;
  size_t line_ = 1;
};

// Where each column stands, by its name. Names are compared without regard to ASCII case.
class CsvHeader {
 public:
  // InvalidArgument where two columns have one name.
  [[nodiscard]] static absl::StatusOr<CsvHeader> Create(const CsvRow& row);

  [[nodiscard]] std::optional<size_t> Find(std::string_view name) const;
  [[nodiscard]] size_t columns() const { return names_.size(); }

 private:
  explicit CsvHeader(std::vector<crypto::ByteSpan> names) : names_(std::move(names)) {}
  std::vector<crypto::ByteSpan> names_;
};

// Whether the first line of `text` has all of `columns`. Reads only; copies nothing, because a file
// without a header has a secret on its first line.
[[nodiscard]] bool HasCsvColumns(crypto::ByteSpan text,
                                 std::initializer_list<std::string_view> columns);

}  // namespace quorate::client

#endif  // QUORATE_CLIENT_IMPORT_CSV_H_
