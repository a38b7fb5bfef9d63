#include "client/cli/qr_svg.h"

#include <qrencode.h>

#include <memory>

#include "absl/strings/str_cat.h"
#include "client/cli/exit_codes.h"
#include "crypto/bytes.h"

namespace quorate::cli {
namespace {

constexpr int kQuietZone = 4;

}  // namespace

absl::StatusOr<std::string> QrSvg(const std::string& text) {
  const crypto::ByteSpan bytes = crypto::AsBytes(text);
  const std::unique_ptr<QRcode, void (*)(QRcode*)> code(
      QRcode_encodeData(static_cast<int>(bytes.size()), bytes.data(), 0, QR_ECLEVEL_M),
      &QRcode_free);
  if (code == nullptr) return LocalError("the text does not fit a QR code", "type it instead");
  const int width = code->width;
  auto dark = [&code, width](int x, int y) {
    return x < width && (code->data[y * width + x] & 1) != 0;
  };
  const int all = width + 2 * kQuietZone;
  std::string svg =
      absl::StrCat("<svg viewBox=\"0 0 ", all, " ", all, "\" shape-rendering=\"crispEdges\">",
                   "<rect width=\"", all, "\" height=\"", all, "\" fill=\"#fff\"/><path d=\"");
  for (int y = 0; y < width; ++y) {
    for (int x = 0; x < width; ++x) {
      if (!dark(x, y)) continue;
      const int from = x;
      while (dark(x, y)) ++x;
      absl::StrAppend(&svg, "M", from + kQuietZone, " ", y + kQuietZone, "h", x - from, "v1H",
                      from + kQuietZone, "z");
    }
  }
  return svg + "\" fill=\"#000\"/></svg>";
}

}  // namespace quorate::cli
