#include "client/cli/kit_page.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "client/cli/qr_svg.h"
#include "client/cli/secret_text.h"
#include "custody/base/status_macros.h"

namespace quorate::cli {
namespace {

constexpr size_t kWordsInARow = 4;
constexpr size_t kColumnBytes = 12;

constexpr char kHead[] = R"(<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>Quorate paper kit</title>
<style>
@page { size: A4; margin: 16mm }
body { font: 10.5pt/1.35 sans-serif; color: #000; background: #fff; max-width: 178mm; margin: auto }
h1 { font-size: 17pt; margin: 0 0 2mm } h2 { font-size: 11.5pt; margin: 4mm 0 1mm }
p, ul { margin: 1mm 0 } ul { padding-left: 5mm }
pre { font: 10.5pt/1.5 monospace; border: 0.4mm solid #000; padding: 3mm; white-space: pre-wrap;
  overflow-wrap: anywhere; margin: 3mm 0; clear: both }
svg { width: 34mm; height: 34mm; float: right; margin: 0 0 2mm 5mm }
</style>
</head>
<body>
)";

constexpr char kText[] = R"(<h2>What it can do, and what it cannot</h2>
<ul>
<li>It brings your identity back where your machine is lost or your passphrase forgotten: you read the
log again, deny requests, raise alarms, and withdraw your own requests and approvals.</li>
<li>It does not bring back your key shares or your device key: you approve nothing, open nothing and
deposit nothing with it. The other holders go on without your share.</li>
<li>It does not open any login, alone or together with other kits.</li>
</ul>
<h2>Who finds it</h2>
<p>Whoever has this sheet can read your organisation's log (names, accounts, reasons) and deny,
withdraw and raise alarms in your name. No passphrase guards it.</p>
<h2>Where to keep it</h2>
<p>Where you keep your passport, away from the machine, seen by nobody else. Not in a photograph, not
in a cloud folder, not in a mailbox. Delete the file that it was printed from. The QR code holds the
first four lines and none of the words.</p>
<h2>How to use it</h2>
<p>On a new machine: <b>quorate restore</b> asks for the words, the server and the organisation. To
see whether you can still read it: <b>quorate backup verify</b>.</p>
</body>
</html>
)";

std::string Escaped(const std::string& text) {
  return absl::StrReplaceAll(text, {{"&", "&amp;"}, {"<", "&lt;"}, {">", "&gt;"}});
}

void AppendWords(const keystore::KitWords& words, SecretText& page) {
  for (size_t place = 1; place <= words.count(); ++place) {
    const crypto::Secret word = words.Word(place);
    page.Append(absl::StrCat(place < 10 ? " " : "", place, " "));
    page.Append(word);
    const bool last = place % kWordsInARow == 0 || place == words.count();
    page.Append(last ? "\n" : std::string(kColumnBytes - word.size(), ' '));
  }
}

}  // namespace

absl::StatusOr<crypto::Secret> KitPage(const keystore::KitFacts& facts,
                                       const keystore::KitWords& words) {
  const std::string text = FormatKitFacts(facts);
  QUORATE_ASSIGN_OR_RETURN(const std::string code, QrSvg(text));
  SecretText page;
  page.Append(std::string_view(kHead));
  page.Append(code);
  page.Append(absl::StrCat("\n<h1>Quorate paper kit of ", Escaped(facts.name), "</h1>\n",
                           "<p>The keys of one organiser as 28 words, and where they belong. The "
                           "last words check the others.</p>\n"));
  if (!facts.organisation.has_value()) {
    page.Append(
        "<p><b>This kit was made before your organisation was founded.</b> To restore from it, you "
        "need the organisation's id, which any other organiser finds with <b>quorate organisation "
        "show</b>. After the founding, make a new one with <b>quorate backup paper</b>: the words "
        "stay the same.</p>\n");
  }
  page.Append(absl::StrCat("<pre>\n", Escaped(text)));
  AppendWords(words, page);
  page.Append("</pre>\n");
  page.Append(std::string_view(kText));
  return page.Take();
}

}  // namespace quorate::cli
