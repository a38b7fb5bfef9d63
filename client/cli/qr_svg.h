#ifndef QUORATE_CLIENT_CLI_QR_SVG_H_
#define QUORATE_CLIENT_CLI_QR_SVG_H_

#include <string>

#include "absl/status/statusor.h"

namespace quorate::cli {

// `text` as a QR code (ISO/IEC 18004, error correction M), an <svg> element for a page: one dark
// path of horizontal runs on white, a unit a module, with the quiet zone of four. Nothing secret:
// the library works in ordinary memory. InvalidArgument where the text does not fit one code.
[[nodiscard]] absl::StatusOr<std::string> QrSvg(const std::string& text);

}  // namespace quorate::cli

#endif  // QUORATE_CLIENT_CLI_QR_SVG_H_
