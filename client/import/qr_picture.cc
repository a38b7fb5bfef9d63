#define ZX_USE_UTF8 1  // The library's future interface.

#include "client/import/qr_picture.h"

#include <ZXing/ReadBarcode.h>
#include <malloc.h>
#include <png.h>

#include <algorithm>
#include <array>
#include <exception>

namespace quorate::client {
namespace {

using crypto::ByteSpan;

constexpr std::array<uint8_t, 8> kPngSignature = {0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'};
constexpr int kOverwriteWith = 0x5a;

struct Picture {
  int width = 0;
  int height = 0;
  crypto::Secret grey;  // A byte a pixel.
};

absl::StatusOr<Picture> Decode(ByteSpan png) {
  png_image image{};
  image.version = PNG_IMAGE_VERSION;
  if (png_image_begin_read_from_memory(&image, png.data(), png.size()) == 0) {
    return absl::InvalidArgumentError("the picture is damaged; save it again as PNG");
  }
  if (image.width == 0 || image.height == 0 || image.height > kMaxPicturePixels / image.width) {
    png_image_free(&image);
    return absl::InvalidArgumentError("the picture is too large; cut out the code alone");
  }
  image.format = PNG_FORMAT_GRAY;
  Picture picture{static_cast<int>(image.width), static_cast<int>(image.height),
                  crypto::Secret::Zero(PNG_IMAGE_SIZE(image))};
  // What is transparent counts as paper.
  const png_color white{255, 255, 255};
  const int read =
      png_image_finish_read(&image, &white, picture.grey.RevealMutable().data(), 0, nullptr);
  png_image_free(&image);
  if (read == 0) return absl::InvalidArgumentError("the picture is damaged; save it again as PNG");
  return picture;
}

ZXing::Results FindCodes(const Picture& picture) {
  ZXing::DecodeHints hints;
  hints.setFormats(ZXing::BarcodeFormat::QRCode);
  hints.setTryHarder(true);
  const ZXing::ImageView view(picture.grey.Reveal().data(), picture.width, picture.height,
                              ZXing::ImageFormat::Lum);
  try {
    return ZXing::ReadBarcodes(view, hints);
  } catch (const std::exception&) {  // The library's; a picture that it cannot take has no code.
    return {};
  }
}

}  // namespace

bool IsPng(ByteSpan file) {
  return file.size() >= kPngSignature.size() &&
         std::ranges::equal(file.first(kPngSignature.size()), kPngSignature);
}

absl::StatusOr<crypto::Secret> ReadQrPicture(ByteSpan png) {
  // From here on the allocator overwrites what is freed, for the rest of the process.
  (void)mallopt(M_PERTURB, kOverwriteWith);
  absl::StatusOr<Picture> picture = Decode(png);
  if (!picture.ok()) return picture.status();
  const ZXing::Results codes = FindCodes(*picture);
  size_t size = 0;
  for (const ZXing::Result& code : codes) size += code.bytes().size() + 1;
  if (size == 0) {
    return absl::InvalidArgumentError(
        "no QR code is found in the picture; cut it out with some white around it, or type the "
        "setup key as a seed: quorate deposit ACCOUNT --item totp");
  }
  crypto::Secret text = crypto::Secret::Zero(size);
  auto to = text.RevealMutable().begin();
  for (const ZXing::Result& code : codes) {
    to = std::ranges::copy(code.bytes(), to).out;
    *to++ = '\n';
  }
  return text;
}

}  // namespace quorate::client
