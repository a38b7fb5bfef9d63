#include "client/import/csv.h"

#include <algorithm>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"

namespace quorate::client {
namespace {

using crypto::ByteSpan;

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

bool StartsWithMark(ByteSpan text) { return crypto::AsText(text).starts_with(kByteOrderMark); }

char Lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool SameName(ByteSpan field, std::string_view name) {
  return std::ranges::equal(crypto::AsText(field), name, {}, Lower, Lower);
}

// The fields of the first line as they stand, without their quotes. Column names hold neither
// quotes nor line breaks, so this is enough to recognise them.
std::vector<ByteSpan> FirstLineFields(ByteSpan text) {
  if (StartsWithMark(text)) text = text.subspan(kByteOrderMark.size());
  std::vector<ByteSpan> fields;
  std::string_view line = crypto::AsText(text);
  line = line.substr(0, line.find_first_of("\r\n"));
  while (fields.size() < kMaxCsvColumns) {
    const size_t comma = line.find(',');
    std::string_view field = line.substr(0, comma);
    if (field.size() >= 2 && field.front() == '"' && field.back() == '"') {
      field = field.substr(1, field.size() - 2);
    }
    fields.push_back(crypto::AsBytes(field));
    if (comma == std::string_view::npos) break;
    line.remove_prefix(comma + 1);
  }
  return fields;
}

}  // namespace

CsvReader::CsvReader(std::span<uint8_t> buffer) : buffer_(buffer) {
  if (StartsWithMark(buffer_)) at_ = kByteOrderMark.size();
}

bool CsvReader::AtLineEnd() const {
  if (at_ >= buffer_.size() || buffer_[at_] == '\n') return true;
  return buffer_[at_] == '\r' && at_ + 1 < buffer_.size() && buffer_[at_ + 1] == '\n';
}

void CsvReader::SkipLineEnd() {
  if (at_ >= buffer_.size()) return;
  at_ += buffer_[at_] == '\r' ? 2 : 1;
  ++line_;
}

absl::StatusOr<bool> CsvReader::Next(CsvRow& row) {
  row.fields.clear();
  while (at_ < buffer_.size() && AtLineEnd()) SkipLineEnd();
  row.line = line_;
  if (at_ >= buffer_.size()) return false;
  while (true) {
    absl::Status status = ReadField(row);
    if (!status.ok()) {
      row.fields.clear();
      at_ = buffer_.size();
      return status;
    }
    if (AtLineEnd()) break;
    ++at_;  // the comma
  }
  SkipLineEnd();
  return true;
}

absl::Status CsvReader::ReadField(CsvRow& row) {
  if (row.fields.size() == kMaxCsvColumns) {
    return absl::InvalidArgumentError(absl::StrCat("more than ", kMaxCsvColumns, " columns"));
  }
  const bool quoted = at_ < buffer_.size() && buffer_[at_] == '"';
  return quoted ? ReadQuoted(row) : ReadPlain(row);
}

absl::Status CsvReader::ReadQuoted(CsvRow& row) {
  const size_t start = ++at_;
  size_t end = start;
  while (at_ < buffer_.size()) {
    const uint8_t byte = buffer_[at_++];
    if (byte == '"') {
      const bool doubled = at_ < buffer_.size() && buffer_[at_] == '"';
      if (!doubled) {
        if (!AtLineEnd() && buffer_[at_] != ',') {
          return absl::InvalidArgumentError("text after a closing quote");
        }
        row.fields.push_back(buffer_.subspan(start, end - start));
        return absl::OkStatus();
      }
      ++at_;
    } else if (byte == '\n') {
      ++line_;
    }
    buffer_[end++] = byte;
  }
  return absl::InvalidArgumentError("a quote that is never closed");
}

absl::Status CsvReader::ReadPlain(CsvRow& row) {
  const size_t start = at_;
  while (!AtLineEnd() && buffer_[at_] != ',') {
    if (buffer_[at_] == '"') return absl::InvalidArgumentError("a quote inside an unquoted field");
    if (buffer_[at_] == '\r')
      return absl::InvalidArgumentError("a line break that is not CRLF or LF");
    ++at_;
  }
  row.fields.push_back(buffer_.subspan(start, at_ - start));
  return absl::OkStatus();
}

absl::StatusOr<CsvHeader> CsvHeader::Create(const CsvRow& row) {
  for (size_t i = 0; i < row.fields.size(); ++i) {
    for (size_t j = 0; j < i; ++j) {
      if (SameName(row.fields[i], crypto::AsText(row.fields[j]))) {
        return absl::InvalidArgumentError(
            "two columns have the same name; export the file again without editing it");
      }
    }
  }
  return CsvHeader(row.fields);
}

std::optional<size_t> CsvHeader::Find(std::string_view name) const {
  for (size_t i = 0; i < names_.size(); ++i) {
    if (SameName(names_[i], name)) return i;
  }
  return std::nullopt;
}

bool HasCsvColumns(ByteSpan text, std::initializer_list<std::string_view> columns) {
  const std::vector<ByteSpan> fields = FirstLineFields(text);
  return std::ranges::all_of(columns, [&fields](std::string_view name) {
    return std::ranges::any_of(fields, [name](ByteSpan f) { return SameName(f, name); });
  });
}

}  // namespace quorate::client
