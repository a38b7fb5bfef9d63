#ifndef QUORATE_CLIENT_CLI_TABLE_H_
#define QUORATE_CLIENT_CLI_TABLE_H_

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace quorate::cli {

// Columns that a terminal shows `utf8` in: East Asian and emoji characters take two, combining
// marks and joiners none. An estimate: terminals differ.
[[nodiscard]] size_t DisplayWidth(std::string_view utf8);

// Rows under a header, each column as wide as its widest cell and two spaces apart, no spaces at
// line ends. Cells must be fit to show (client::SafeText). A row with fewer cells than the header
// ends early.
class Table {
 public:
  explicit Table(std::vector<std::string> header) : header_(std::move(header)) {}

  void AddRow(std::vector<std::string> cells) { rows_.push_back(std::move(cells)); }
  bool empty() const { return rows_.empty(); }
  // Each line ends in "\n"; `bold` puts the header into bold.
  std::string Render(bool bold) const;

 private:
  std::vector<std::string> header_;
  std::vector<std::vector<std::string>> rows_;
};

}  // namespace quorate::cli

#endif  // QUORATE_CLIENT_CLI_TABLE_H_
