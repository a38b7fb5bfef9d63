#ifndef QUORATE_CLIENT_IMPORT_JSON_IN_PLACE_H_
#define QUORATE_CLIENT_IMPORT_JSON_IN_PLACE_H_

#include <rapidjson/document.h>

#include <cstdint>
#include <span>
#include <string_view>

#include "absl/status/status.h"
#include "client/import/line_table.h"
#include "crypto/bytes.h"

namespace quorate::client {

// `text` without the spaces and the UTF-8 byte order mark at its start.
[[nodiscard]] std::string_view JsonBody(crypto::ByteSpan text);

// Parses `text` in situ: every string of the tree lies in `text`, where it stood, and the tree
// holds only pointers. `lines` was made of `text` before; InvalidArgument names the line of a
// fault. Any nesting is read without recursion.
[[nodiscard]] absl::Status ParseJsonInPlace(std::span<uint8_t> text, const LineTable& lines,
                                            rapidjson::Document& root);

// The member of this name; null where `object` is no object or has none.
[[nodiscard]] const rapidjson::Value* JsonMember(const rapidjson::Value& object, const char* name);
// Empty where there is no such text.
[[nodiscard]] crypto::ByteSpan JsonText(const rapidjson::Value& object, const char* name);
// 0 where there is no such integer, or none that fits.
[[nodiscard]] int JsonNumber(const rapidjson::Value& object, const char* name);
[[nodiscard]] bool JsonIsTrue(const rapidjson::Value& object, const char* name);

}  // namespace quorate::client

#endif  // QUORATE_CLIENT_IMPORT_JSON_IN_PLACE_H_
