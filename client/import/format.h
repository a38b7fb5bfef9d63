#ifndef QUORATE_CLIENT_IMPORT_FORMAT_H_
#define QUORATE_CLIENT_IMPORT_FORMAT_H_

#include <cstdint>
#include <span>
#include <string_view>

#include "absl/status/status.h"
#include "client/import/builder.h"
#include "crypto/bytes.h"

namespace quorate::client {

// One kind of export. A new one is a file that defines such a constant, a line below, and a line in
// the table of import.cc.
struct ImportFormat {
  std::string_view id;    // what a person types, [a-z0-9-]+
  std::string_view name;  // what a person reads
  // Whether `text` looks like this format. Cheap; reads only; copies nothing.
  bool (*detect)(crypto::ByteSpan text);
  // Parses in place and hands every entry to the builder. `text` holds no NUL and is bounded by
  // kMaxImportBytes and kMaxImportLines. An error means that the file as a whole is of no use and
  // says what to do; a fault of one entry goes to the builder instead.
  absl::Status (*parse)(std::span<uint8_t> text, ImportBuilder& builder);
};

extern const ImportFormat kKeePassXcCsv;
extern const ImportFormat kKeePassXcXml;
extern const ImportFormat kBitwardenJson;
extern const ImportFormat kBitwardenCsv;
extern const ImportFormat kOnePasswordCsv;
extern const ImportFormat kAppleCsv;
extern const ImportFormat kLastPassCsv;
extern const ImportFormat kProtonCsv;
extern const ImportFormat kFirefoxCsv;
extern const ImportFormat kChromeCsv;
extern const ImportFormat kOtpauthList;

}  // namespace quorate::client

#endif  // QUORATE_CLIENT_IMPORT_FORMAT_H_
