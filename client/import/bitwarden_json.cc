// Bitwarden's unencrypted JSON export, personal or of an organisation. RapidJSON parses in situ:
// the strings stay in the guarded buffer and the tree holds only pointers to them. Password history
// is not taken: old passwords open nothing.
#include <rapidjson/document.h>

#include <cstddef>
#include <string_view>

#include "client/import/format.h"
#include "client/import/json_in_place.h"
#include "client/import/line_table.h"

namespace quorate::client {
namespace {

using crypto::ByteSpan;
using Json = rapidjson::Value;

// Bitwarden's numbers for item and field types.
constexpr int kLoginType = 1;
constexpr int kSecureNoteType = 2;
constexpr int kLinkedField = 3;

bool HasElements(const Json& object, const char* name) {
  const Json* value = JsonMember(object, name);
  return value != nullptr && value->IsArray() && !value->Empty();
}

// Present, not null, and not text.
bool IsMistyped(const Json& object, const char* name) {
  const Json* value = JsonMember(object, name);
  return value != nullptr && !value->IsNull() && !value->IsString();
}

void ReadFields(const Json& item, RawEntry& entry) {
  const Json* fields = JsonMember(item, "fields");
  if (fields == nullptr || !fields->IsArray()) return;
  for (const Json& field : fields->GetArray()) {
    if (JsonNumber(field, "type") == kLinkedField) continue;
    if (IsMistyped(field, "value")) entry.has_unknown_field = true;
    entry.AddField(JsonText(field, "name"), JsonText(field, "value"));
  }
}

bool ReadLogin(const Json& item, RawEntry& entry) {
  const Json* login = JsonMember(item, "login");
  if (login == nullptr || !login->IsObject()) return false;
  for (const char* name : {"username", "password", "totp"}) {
    if (IsMistyped(*login, name)) return false;
  }
  entry.username = JsonText(*login, "username");
  entry.password = JsonText(*login, "password");
  entry.totp = JsonText(*login, "totp");
  const Json* uris = JsonMember(*login, "uris");
  if (uris != nullptr && uris->IsArray() && !uris->Empty()) entry.url = JsonText((*uris)[0], "uri");
  return true;
}

class Reader {
 public:
  Reader(const uint8_t* begin, const LineTable& lines, ImportBuilder& builder)
      : begin_(begin), lines_(lines), builder_(builder) {}

  void Add(const Json& item) {
    RawEntry entry;
    entry.line = line_ = LineOf(item);
    const int type = JsonNumber(item, "type");
    if (type != kLoginType && type != kSecureNoteType) {
      builder_.Refuse(entry.line, "the entry is neither a login nor a note",
                      "deposit what it holds by hand");
      return;
    }
    entry.needs_password = type == kLoginType;
    entry.title = JsonText(item, "name");
    entry.note = JsonText(item, "notes");
    const bool well_formed = !IsMistyped(item, "name") && !IsMistyped(item, "notes") &&
                             (type == kSecureNoteType || ReadLogin(item, entry));
    if (!well_formed) {
      builder_.Refuse(entry.line, "the entry does not have the shape of a Bitwarden login or note",
                      "export the file again and do not edit it");
      return;
    }
    ReadFields(item, entry);
    const Json* login = JsonMember(item, "login");
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
  if (JsonIsTrue(root, "encrypted")) {
    return absl::InvalidArgumentError(
        "this export is encrypted for one Bitwarden account, and only that account can open it; "
        "export again, choosing 'password protected', or with the file format '.json'");
  }
  const Json* items = JsonMember(root, "items");
  if (items == nullptr || !items->IsArray()) {
    return absl::InvalidArgumentError(
        "this JSON has no list of items; export again from Bitwarden with the file format '.json'");
  }
  return absl::OkStatus();
}

bool Detect(ByteSpan bytes) {
  const std::string_view text = JsonBody(bytes);
  return text.starts_with('{') && text.find("\"encrypted\"") != std::string_view::npos;
}

absl::Status Parse(std::span<uint8_t> text, ImportBuilder& builder) {
  const LineTable lines(text);
  rapidjson::Document root;
  if (absl::Status status = ParseJsonInPlace(text, lines, root); !status.ok()) return status;
  if (absl::Status status = CheckReadable(root); !status.ok()) return status;
  Reader reader(text.data(), lines, builder);
  for (const Json& item : JsonMember(root, "items")->GetArray()) {
    if (absl::Status status = builder.CountEntry(); !status.ok()) return status;
    reader.Add(item);
  }
  return absl::OkStatus();
}

}  // namespace

constinit const ImportFormat kBitwardenJson = {"bitwarden-json", "Bitwarden JSON", Detect, Parse};

}  // namespace quorate::client
