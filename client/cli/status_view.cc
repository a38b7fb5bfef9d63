#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "client/cli/duration.h"
#include "client/cli/table.h"
#include "client/cli/views.h"

namespace quorate::cli {
namespace {

// A section shows so many lines, and fewer where the whole would not fit one screen.
constexpr int kMostLines = 3;
constexpr size_t kScreenRows = 24;
constexpr size_t kScreenColumns = 80;
// Three rows, with the deadline.
constexpr size_t kTextBytes = 160;
constexpr size_t kIdDigits = 12;

size_t RowsOnScreen(const std::string& text) {
  size_t rows = 0;
  for (const std::string& line : std::vector<std::string>(absl::StrSplit(text, '\n'))) {
    rows += std::max<size_t>(1, (DisplayWidth(line) + kScreenColumns - 1) / kScreenColumns);
  }
  return rows;
}

template <typename Lines>
std::string Section(const Output& out, const std::string& title, const Lines& lines, int most) {
  if (lines.empty()) return "";
  std::string text = out.Bold(title) + "\n";
  for (int i = 0; i < std::min(lines.size(), most); ++i) {
    const v1::StatusLine& line = lines[i];
    absl::StrAppend(&text, "  ", Shown(line.text(), kTextBytes));
    if (line.deadline_ms() > 0)
      absl::StrAppend(&text, " (until ", out.Time(line.deadline_ms()), ")");
    text += "\n";
    if (!line.command().empty()) absl::StrAppend(&text, "    ", Shown(line.command(), 200), "\n");
  }
  if (lines.size() > most) absl::StrAppend(&text, "  … and ", lines.size() - most, " more\n");
  return text;
}

std::string KitText(const Output& out, const v1::NodeStatus& status) {
  if (status.restored_from_kit())
    return "restored from a paper kit: can read, deny, withdraw and raise alarms";
  if (!status.kit_verified()) return "paper kit not verified";
  return absl::StrCat("paper kit verified ", out.Time(status.kit_verified_ms()));
}

std::string You(const Output& out, const v1::NodeStatus& status) {
  std::string text = absl::StrCat(out.Bold("You"), "         ", Shown(status.person()), ", ",
                                  status.unlocked() ? "unlocked (quorate lock shuts it)" : "locked",
                                  ", ", KitText(out, status), "; node ", status.process_id(), "\n");
  const std::string organisation = status.organisation_name().empty()
                                       ? std::string("none yet")
                                       : Shown(status.organisation_name());
  absl::StrAppend(&text, out.Bold("For"), "         ", organisation, " (",
                  Shown(status.phase(), 40), ")\n");
  return text;
}

std::string Log(const Output& out, const v1::NodeStatus& status) {
  std::string heard = "never heard";
  if (status.last_heard_ms() > 0) {
    heard =
        "heard " + RoughDuration(out.now() - absl::FromUnixMillis(status.last_heard_ms())) + " ago";
  }
  std::string text =
      absl::StrCat(out.Bold("Log"), "         ", status.log_size(), " entries, root ",
                   Shown(status.log_root().substr(0, kIdDigits)), "; ", Shown(status.server(), 100),
                   " ", status.connected() ? "connected" : "NOT CONNECTED", ", ", heard, "\n");
  if (status.unsent() > 0) {
    absl::StrAppend(&text, "            ", status.unsent(), " statements wait for the server\n");
  }
  if (status.clock_skew_ms() != 0) {
    const absl::Duration skew = absl::Milliseconds(status.clock_skew_ms());
    absl::StrAppend(
        &text, "            the server's time is ", RoughDuration(absl::AbsDuration(skew)),
        skew > absl::ZeroDuration() ? " ahead of" : " behind", " this clock: check both\n");
  }
  return text;
}

std::string Describe(const Output& out, const v1::NodeStatus& status, int most) {
  std::string text;
  if (!status.halted_because().empty()) {
    absl::StrAppend(&text, out.Bold("HALTED"), "      ", Shown(status.halted_because(), 400), "\n");
  }
  text += You(out, status);
  text += Section(out, "Needs you", status.needs_you(), most);
  text += Section(out, "Waiting on", status.waiting_on(), most);
  text += Log(out, status);
  text += Section(out, "Risk", status.risks(), most);
  if (!status.next_command().empty()) {
    absl::StrAppend(&text, out.Bold("Next"), "        ", Shown(status.next_command(), 200), "\n");
  }
  return text;
}

}  // namespace

std::string DescribeStatus(const Output& out, const v1::NodeStatus& status) {
  int most = kMostLines;
  std::string text = Describe(out, status, most);
  // The prompt needs a row too.
  while (most > 1 && RowsOnScreen(text) > kScreenRows) text = Describe(out, status, --most);
  return text;
}

}  // namespace quorate::cli
