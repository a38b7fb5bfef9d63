// Bitwarden's unencrypted JSON export, personal or of an organisation. RapidJSON parses in situ:
// the strings stay in the guarded buffer and the tree holds only pointers to them. Password history
// is not taken: old passwords open nothing.
#include <rapidjson/document.h>

#include <cstddef>
#include <string_view>

#include "absl/strings/str_cat.h"
#include "client/import/format.h"
#include "client/import/line_table.h"

namespace quorate::client {
namespace {

using crypto::ByteSpan;
using Json = rapidjson::Value;

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

// Bitwarden's numbers for item and field types.
constexpr int kLoginType = 1;
constexpr int kSecureNoteType = 2;
constexpr int kLinkedField = 3;

// RapidJSON's in-situ stream relies on a NUL after the text; this one knows where the text ends, so
// that the buffer needs no copy with room for one.
class BoundedInsituStream {
 public:
  using Ch = char;

  explicit BoundedInsituStream(std::span<uint8_t> text)
      : begin_(reinterpret_cast<char*>(text.data())), read_(begin_), end_(begin_ + text.size()) {}

  Ch Peek() const { return read_ == end_ ? '\0' : *read_; }
  Ch Take() { return read_ == end_ ? '\0' : *read_++; }
  size_t Tell() const { return static_cast<size_t>(read_ - begin_); }

  Ch* PutBegin() { return write_ = read_; }
  void Put(Ch c) { *write_++ = c; }
  size_t PutEnd(const Ch* begin) { return static_cast<size_t>(write_ - begin); }
  Ch* Push(size_t count) {
    Ch* start = write_;
    write_ += count;
    return start;
  }
  void Pop(size_t count) { write_ -= count; }
  void Flush() {}

 private:
  Ch* begin_;
  Ch* read_;
  Ch* end_;
  Ch* write_ = nullptr;
};

const Json* Member(const Json& object, const char* name) {
  if (!object.IsObject()) return nullptr;
  const auto found = object.FindMember(name);
  return found == object.MemberEnd() ? nullptr : &found->value;
}

ByteSpan Text(const Json& object, const char* name) {
  const Json* value = Member(object, name);
  if (value == nullptr || !value->IsString()) return {};
  return crypto::AsBytes(std::string_view(value->GetString(), value->GetStringLength()));
}

int Number(const Json& object, const char* name) {
  const Json* value = Member(object, name);
  return value != nullptr && value->IsInt() ? value->GetInt() : 0;
}

bool IsTrue(const Json& object, const char* name) {
  const Json* value = Member(object, name);
  return value != nullptr && value->IsTrue();
}

bool HasElements(const Json& object, const char* name) {
  const Json* value = Member(object, name);
  return value != nullptr && value->IsArray() && !value->Empty();
}

// Present, not null, and not text.
bool IsMistyped(const Json& object, const char* name) {
  const Json* value = Member(object, name);
  return value != nullptr && !value->IsNull() && !value->IsString();
}

void ReadFields(const Json& item, RawEntry& entry) {
  const Json* fields = Member(item, "fields");
  if (fields == nullptr || !fields->IsArray()) return;
  for (const Json& field : fields->GetArray()) {
    if (Number(field, "type") == kLinkedField) continue;
    if (IsMistyped(field, "value")) entry.has_unknown_field = true;
    entry.AddField(Text(field, "name"), Text(field, "value"));
  }
}

bool ReadLogin(const Json& item, RawEntry& entry) {
  const Json* login = Member(item, "login");
  if (login == nullptr || !login->IsObject()) return false;
  for (const char* name : {"username", "password", "totp"}) {
    if (IsMistyped(*login, name)) return false;
  }
  entry.username = Text(*login, "username");
  entry.password = Text(*login, "password");
  entry.totp = Text(*login, "totp");
  const Json* uris = Member(*login, "uris");
  if (uris != nullptr && uris->IsArray() && !uris->Empty()) entry.url = Text((*uris)[0], "uri");
  return true;
}

class Reader {
 public:
  Reader(const uint8_t* begin, const LineTable& lines, ImportBuilder& builder)
      : begin_(begin), lines_(lines), builder_(builder) {}

  void Add(const Json& item) {
    RawEntry entry;
    entry.line = line_ = LineOf(item);
    const int type = Number(item, "type");
    if (type != kLoginType && type != kSecureNoteType) {
      builder_.Refuse(entry.line, "the entry is neither a login nor a note",
                      "deposit what it holds by hand");
      return;
    }
    entry.needs_password = type == kLoginType;
    entry.title = Text(item, "name");
    entry.note = Text(item, "notes");
    const bool well_formed = !IsMistyped(item, "name") && !IsMistyped(item, "notes") &&
                             (type == kSecureNoteType || ReadLogin(item, entry));
    if (!well_formed) {
      builder_.Refuse(entry.line, "the entry does not have the shape of a Bitwarden login or note",
                      "export the file again and do not edit it");
      return;
    }
    ReadFields(item, entry);
    const Json* login = Member(item, "login");
    if (login != nullptr && HasElements(*login, "fido2Credentials")) {
      builder_.Refuse(entry.line, "the entry holds a passkey, which cannot be shared",
                      "make sure that the account can be opened without it");
    }
    builder_.Add(entry);
  }

 private:
  // An in-situ string lies where it stood in the file, so the entry's first name tells its line. An
  // entry without any is reported on the line of the one before.
  size_t LineOf(const Json& item) const {
    if (!item.IsObject() || item.ObjectEmpty()) return line_;
    const char* name = item.MemberBegin()->name.GetString();
    return lines_.LineAt(static_cast<size_t>(reinterpret_cast<const uint8_t*>(name) - begin_));
  }

  const uint8_t* begin_;
  const LineTable& lines_;
  ImportBuilder& builder_;
  size_t line_ = 1;
};

absl::Status CheckReadable(const Json& root) {
  if (IsTrue(root, "passwordProtected")) {
    return absl::InvalidArgumentError(
        "this export is encrypted with a password; export again from Bitwarden with the file "
        "format '.json', without encryption");
  }
  if (IsTrue(root, "encrypted")) {
    return absl::InvalidArgumentError(
        "this export is encrypted for one Bitwarden account, and only that account can open it; "
        "export again with the file format '.json', without encryption");
  }
  const Json* items = Member(root, "items");
  if (items == nullptr || !items->IsArray()) {
    return absl::InvalidArgumentError(
        "this JSON has no list of items; export again from Bitwarden with the file format '.json'");
  }
  return absl::OkStatus();
}

bool Detect(ByteSpan bytes) {
  std::string_view text = crypto::AsText(bytes);
  if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
  const size_t start = text.find_first_not_of(" \t\r\n");
  return start != std::string_view::npos && text[start] == '{' &&
         text.find("\"encrypted\"") != std::string_view::npos;
}

absl::Status Parse(std::span<uint8_t> text, ImportBuilder& builder) {
  const LineTable lines(text);
  const size_t skip = crypto::AsText(text).starts_with(kByteOrderMark) ? kByteOrderMark.size() : 0;
  BoundedInsituStream stream(text.subspan(skip));
  // Iterative: a file of a million brackets must not exhaust the stack.
  constexpr unsigned kFlags = rapidjson::kParseInsituFlag | rapidjson::kParseIterativeFlag;
  rapidjson::Document root;
  root.ParseStream<kFlags, rapidjson::UTF8<>>(stream);
  if (root.HasParseError()) {
    return absl::InvalidArgumentError(
        absl::StrCat("line ", lines.LineAt(root.GetErrorOffset() + skip),
                     ": this is not valid JSON; export the file again and do not edit it"));
  }
  if (absl::Status status = CheckReadable(root); !status.ok()) return status;
  Reader reader(text.data(), lines, builder);
  for (const Json& item : Member(root, "items")->GetArray()) {
    if (absl::Status status = builder.CountEntry(); !status.ok()) return status;
    reader.Add(item);
  }
  return absl::OkStatus();
}

}  // namespace

constinit const ImportFormat kBitwardenJson = {"bitwarden-json", "Bitwarden JSON", Detect, Parse};

}  // namespace quorate::client
