#include "client/cli/table.h"

#include <algorithm>
#include <array>
#include <utility>

#include "client/import/utf8.h"

namespace quorate::cli {
namespace {

constexpr size_t kGap = 2;

struct Range {
  char32_t first;
  char32_t last;
};
constexpr std::array<Range, 6> kNoWidth = {{{0x0300, 0x036F},
                                            {0x1AB0, 0x1AFF},
                                            {0x200B, 0x200F},
                                            {0x20D0, 0x20FF},
                                            {0xFE00, 0xFE0F},
                                            {0xFE20, 0xFE2F}}};
constexpr std::array<Range, 8> kDoubleWidth = {{{0x1100, 0x115F},
                                                {0x2E80, 0xA4CF},
                                                {0xAC00, 0xD7A3},
                                                {0xF900, 0xFAFF},
                                                {0xFE30, 0xFE6F},
                                                {0xFF00, 0xFF60},
                                                {0x1F300, 0x1FAFF},
                                                {0x20000, 0x3FFFD}}};

template <size_t N>
bool Contains(const std::array<Range, N>& ranges, char32_t point) {
  return std::ranges::any_of(
      ranges, [point](const Range& r) { return point >= r.first && point <= r.last; });
}

std::string Line(const std::vector<std::string>& cells, const std::vector<size_t>& widths) {
  std::string line;
  size_t owed = 0;
  for (size_t i = 0; i < cells.size() && i < widths.size(); ++i) {
    if (!cells[i].empty()) {
      line.append(owed, ' ');
      line += cells[i];
      owed = 0;
    }
    owed += widths[i] - DisplayWidth(cells[i]) + kGap;
  }
  return line;
}

}  // namespace

size_t DisplayWidth(std::string_view utf8) {
  size_t width = 0;
  for (size_t at = 0; at < utf8.size();) {
    const client::Utf8Step step = client::DecodeUtf8(utf8, at);
    at += step.length;
    if (step.valid && Contains(kNoWidth, step.point)) continue;
    width += step.valid && Contains(kDoubleWidth, step.point) ? 2 : 1;
  }
  return width;
}

std::string Table::Render(bool bold) const {
  std::vector<size_t> widths;
  for (const std::string& cell : header_) widths.push_back(DisplayWidth(cell));
  for (const auto& row : rows_) {
    for (size_t i = 0; i < row.size() && i < widths.size(); ++i) {
      widths[i] = std::max(widths[i], DisplayWidth(row[i]));
    }
  }
  std::string out = bold ? "\x1b[1m" + Line(header_, widths) + "\x1b[0m" : Line(header_, widths);
  out += '\n';
  for (const auto& row : rows_) out += Line(row, widths) + '\n';
  return out;
}

}  // namespace quorate::cli
