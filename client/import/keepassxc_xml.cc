// The XML export of KeePassXC (KeePass 2's format, unencrypted). pugixml parses in place: the texts
// stay in the guarded buffer and the tree holds only pointers to them. An entry's history is not
// taken, and nothing is taken out of the recycle bin.
#include <algorithm>
#include <charconv>
#include <cstddef>
#include <optional>
#include <pugixml.hpp>
#include <string_view>

#include "absl/strings/str_cat.h"
#include "client/import/format.h"
#include "client/import/line_table.h"

namespace quorate::client {
namespace {

using crypto::ByteSpan;

constexpr size_t kMaxGroupDepth = 64;
constexpr std::string_view kNoGroup = "AAAAAAAAAAAAAAAAAAAAAA==";

// pugixml ends a text at a character reference to NUL, and lets a number overflow to it: a password
// would silently lose its end. XML allows neither.
bool HasBadReference(std::string_view text) {
  for (size_t at = text.find("&#"); at != std::string_view::npos; at = text.find("&#", at + 2)) {
    std::string_view digits = text.substr(at + 2, 9);
    digits = digits.substr(0, digits.find(';'));
    const bool hexadecimal = digits.starts_with('x');
    if (hexadecimal) digits.remove_prefix(1);
    uint32_t value = 0;
    const char* end = digits.data() + digits.size();
    const auto [stop, error] = std::from_chars(digits.data(), end, value, hexadecimal ? 16 : 10);
    if (error != std::errc() || stop != end || value == 0 || value > 0x10FFFF) return true;
  }
  return false;
}

// The text of an element; absent where it has other elements in it or is in several pieces.
std::optional<ByteSpan> TextOf(const pugi::xml_node& element) {
  const pugi::xml_node child = element.first_child();
  if (!child) return ByteSpan();
  const bool is_text = child.type() == pugi::node_pcdata || child.type() == pugi::node_cdata;
  if (!is_text || child.next_sibling()) return std::nullopt;
  return crypto::AsBytes(child.value());
}

class Reader {
 public:
  Reader(const LineTable& lines, ImportBuilder& builder) : lines_(lines), builder_(builder) {}

  void SkipGroup(std::string_view uuid) {
    if (!uuid.empty() && uuid != kNoGroup) skipped_uuid_ = uuid;
  }

  absl::Status ReadGroup(const pugi::xml_node& group, size_t depth) {
    const std::string_view uuid = group.child_value("UUID");
    if (!skipped_uuid_.empty() && uuid == skipped_uuid_) {
      if (group.child("Entry") || group.child("Group")) {
        builder_.Notice(LineOf(group), "what is in the recycle bin was skipped",
                        "restore an entry in KeePassXC if it is still in use");
      }
      return absl::OkStatus();
    }
    for (const pugi::xml_node& entry : group.children("Entry")) {
      if (absl::Status status = builder_.CountEntry(); !status.ok()) return status;
      ReadEntry(entry);
    }
    for (const pugi::xml_node& inner : group.children("Group")) {
      if (depth == kMaxGroupDepth) {
        return absl::InvalidArgumentError(
            absl::StrCat("line ", LineOf(inner), ": groups lie more than ", kMaxGroupDepth,
                         " deep; move their entries up and export again"));
      }
      if (absl::Status status = ReadGroup(inner, depth + 1); !status.ok()) return status;
    }
    return absl::OkStatus();
  }

 private:
  size_t LineOf(const pugi::xml_node& element) const {
    return lines_.LineAt(static_cast<size_t>(element.offset_debug()));
  }

  void ReadEntry(const pugi::xml_node& element) {
    RawEntry entry;
    entry.line = LineOf(element);
    bool has_passkey = false;
    for (const pugi::xml_node& field : element.children("String")) {
      const pugi::xml_node value = field.child("Value");
      const std::optional<ByteSpan> text = TextOf(value);
      const std::optional<ByteSpan> key = TextOf(field.child("Key"));
      if (!text.has_value() || !key.has_value() || value.attribute("Protected").as_bool()) {
        builder_.Refuse(entry.line, "a field of the entry is encrypted or not plain text",
                        "export again from KeePassXC as XML and do not edit the file");
        return;
      }
      has_passkey |= crypto::AsText(*key).starts_with("KPEX_PASSKEY_");
      TakeField(*key, *text, entry);
    }
    if (has_passkey) {
      builder_.Refuse(entry.line, "the entry holds a passkey, which cannot be shared",
                      "make sure that the account can be opened without it");
    }
    if (element.child("Binary")) {
      builder_.Refuse(entry.line, "the entry's attachments were left out",
                      "deposit what matters of them by hand as a note");
    }
    builder_.Add(entry);
  }

  static void TakeField(ByteSpan key, ByteSpan text, RawEntry& entry) {
    const std::string_view name = crypto::AsText(key);
    if (name == "Title") {
      entry.title = text;
    } else if (name == "UserName") {
      entry.username = text;
    } else if (name == "Password") {
      entry.password = text;
    } else if (name == "URL") {
      entry.url = text;
    } else if (name == "Notes") {
      entry.note = text;
    } else if (name == "otp") {
      entry.totp = text;
    } else if (!name.starts_with("KPEX_PASSKEY_") && name != "_LAST_MODIFIED") {
      entry.AddField(key, text);
    }
  }

  const LineTable& lines_;
  ImportBuilder& builder_;
  std::string_view skipped_uuid_;
};

bool Detect(ByteSpan bytes) {
  const std::string_view text = crypto::AsText(bytes.first(std::min<size_t>(bytes.size(), 4096)));
  return text.find("<KeePassFile") != std::string_view::npos;
}

absl::Status Parse(std::span<uint8_t> text, ImportBuilder& builder) {
  if (HasBadReference(crypto::AsText(text))) {
    return absl::InvalidArgumentError(
        "the file refers to a character that XML does not allow; correct the entry that has "
        "control characters in it and export again");
  }
  const LineTable lines(text);
  // The encoding is fixed: to convert from another one pugixml would copy the text to the heap. A
  // text of spaces alone is kept: it may be a password.
  constexpr unsigned kFlags =
      pugi::parse_escapes | pugi::parse_eol | pugi::parse_cdata | pugi::parse_ws_pcdata_single;
  pugi::xml_document document;
  const pugi::xml_parse_result parsed =
      document.load_buffer_inplace(text.data(), text.size(), kFlags, pugi::encoding_utf8);
  if (!parsed) {
    return absl::InvalidArgumentError(
        absl::StrCat("line ", lines.LineAt(static_cast<size_t>(parsed.offset)),
                     ": this is not valid XML; export the file again and do not edit it"));
  }
  const pugi::xml_node file = document.child("KeePassFile");
  const pugi::xml_node root = file.child("Root");
  if (!root) {
    return absl::InvalidArgumentError(
        "this XML has no KeePass entries; export again from KeePassXC as XML");
  }
  Reader reader(lines, builder);
  reader.SkipGroup(file.child("Meta").child_value("RecycleBinUUID"));
  for (const pugi::xml_node& group : root.children("Group")) {
    if (absl::Status status = reader.ReadGroup(group, 1); !status.ok()) return status;
  }
  return absl::OkStatus();
}

}  // namespace

constinit const ImportFormat kKeePassXcXml = {"keepassxc-xml", "KeePassXC XML", Detect, Parse};

}  // namespace quorate::client
