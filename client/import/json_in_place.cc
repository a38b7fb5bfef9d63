#include "client/import/json_in_place.h"

#include <cstddef>

#include "absl/strings/str_cat.h"

namespace quorate::client {
namespace {

using crypto::ByteSpan;
using Json = rapidjson::Value;

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

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

}  // namespace

std::string_view JsonBody(ByteSpan bytes) {
  std::string_view text = crypto::AsText(bytes);
  if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
  const size_t start = text.find_first_not_of(" \t\r\n");
  return start == std::string_view::npos ? std::string_view() : text.substr(start);
}

absl::Status ParseJsonInPlace(std::span<uint8_t> text, const LineTable& lines,
                              rapidjson::Document& root) {
  const size_t skip = crypto::AsText(text).starts_with(kByteOrderMark) ? kByteOrderMark.size() : 0;
  BoundedInsituStream stream(text.subspan(skip));
  // Iterative: a file of a million brackets must not exhaust the stack.
  constexpr unsigned kFlags = rapidjson::kParseInsituFlag | rapidjson::kParseIterativeFlag;
  root.ParseStream<kFlags, rapidjson::UTF8<>>(stream);
  if (!root.HasParseError()) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat("line ", lines.LineAt(root.GetErrorOffset() + skip),
                   ": this is not valid JSON; export the file again and do not edit it"));
}

const Json* JsonMember(const Json& object, const char* name) {
  if (!object.IsObject()) return nullptr;
  const auto found = object.FindMember(name);
  return found == object.MemberEnd() ? nullptr : &found->value;
}

ByteSpan JsonText(const Json& object, const char* name) {
  const Json* value = JsonMember(object, name);
  if (value == nullptr || !value->IsString()) return {};
  return crypto::AsBytes(std::string_view(value->GetString(), value->GetStringLength()));
}

int JsonNumber(const Json& object, const char* name) {
  const Json* value = JsonMember(object, name);
  return value != nullptr && value->IsInt() ? value->GetInt() : 0;
}

bool JsonIsTrue(const Json& object, const char* name) {
  const Json* value = JsonMember(object, name);
  return value != nullptr && value->IsTrue();
}

}  // namespace quorate::client
