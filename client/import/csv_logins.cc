#include "client/import/csv_logins.h"

#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "client/import/csv.h"

namespace quorate::client {
namespace {

using crypto::ByteSpan;

struct Columns {
  size_t count = 0;
  std::optional<size_t> title, username, password, url;
  std::optional<size_t> note, totp, second_username, custom_fields, type;
};

absl::StatusOr<Columns> FindColumns(const CsvLoginLayout& layout, const CsvRow& row) {
  absl::StatusOr<CsvHeader> header = CsvHeader::Create(row);
  if (!header.ok()) return header.status();
  for (std::string_view name : {layout.title, layout.username, layout.password, layout.url}) {
    if (!name.empty() && !header->Find(name).has_value()) {
      return absl::InvalidArgumentError(
          absl::StrCat("the header line has no column ", std::string(name),
                       "; export the file again and leave its first line as it is"));
    }
  }
  const auto find = [&header](std::string_view name) {
    return name.empty() ? std::nullopt : header->Find(name);
  };
  Columns columns;
  columns.count = header->columns();
  columns.title = find(layout.title);
  columns.username = find(layout.username);
  columns.password = find(layout.password);
  columns.url = find(layout.url);
  columns.note = find(layout.note);
  columns.totp = find(layout.totp);
  columns.second_username = find(layout.second_username);
  columns.custom_fields = find(layout.custom_fields);
  columns.type = find(layout.type);
  return columns;
}

ByteSpan Field(const CsvRow& row, std::optional<size_t> column) {
  return column.has_value() ? row.fields[*column] : ByteSpan();
}

RawEntry EntryOf(const CsvLoginLayout& layout, const Columns& columns, const CsvRow& row) {
  RawEntry entry;
  entry.line = row.line;
  entry.title = Field(row, columns.title);
  entry.username = Field(row, columns.username);
  if (entry.username.empty()) entry.username = Field(row, columns.second_username);
  entry.url = Field(row, columns.url);
  entry.password = Field(row, columns.password);
  entry.totp = Field(row, columns.totp);
  entry.note = Field(row, columns.note);
  entry.has_unknown_field = !Field(row, columns.custom_fields).empty();
  if (layout.is_note_url != nullptr && layout.is_note_url(entry.url)) {
    entry.needs_password = false;
    entry.url = ByteSpan();
  }
  return entry;
}

void ImportRow(const CsvLoginLayout& layout, const Columns& columns, const CsvRow& row,
               ImportBuilder& builder) {
  if (row.fields.size() != columns.count) {
    builder.Refuse(
        row.line,
        absl::StrCat("the entry has ", row.fields.size(), " columns, the header ", columns.count),
        "export the file again and do not edit it");
    return;
  }
  RawEntry entry = EntryOf(layout, columns, row);
  if (columns.type.has_value()) {
    const std::string_view type = crypto::AsText(Field(row, columns.type));
    if (type == layout.note_type) {
      entry.needs_password = false;
    } else if (type != layout.login_type) {
      builder.Refuse(row.line, "the entry is neither a login nor a note",
                     "deposit what it holds by hand");
      return;
    }
  }
  builder.Add(entry);
}

}  // namespace

absl::Status ImportCsvLogins(const CsvLoginLayout& layout, std::span<uint8_t> text,
                             ImportBuilder& builder) {
  CsvReader reader(text);
  CsvRow row;
  absl::StatusOr<bool> more = reader.Next(row);
  if (!more.ok() || !*more) {
    return absl::InvalidArgumentError(
        "the file does not start with a header line; export it again and do not edit it");
  }
  absl::StatusOr<Columns> columns = FindColumns(layout, row);
  if (!columns.ok()) return columns.status();
  while (true) {
    more = reader.Next(row);
    if (more.ok() && !*more) return absl::OkStatus();
    if (absl::Status status = builder.CountEntry(); !status.ok()) return status;
    if (!more.ok()) {
      builder.Refuse(
          row.line, std::string(more.status().message()),
          "nothing from this line on was read: export the file again and do not edit it");
      return absl::OkStatus();
    }
    ImportRow(layout, *columns, row, builder);
  }
}

}  // namespace quorate::client
