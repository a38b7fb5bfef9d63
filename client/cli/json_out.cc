#include "client/cli/json_out.h"

#include "client/cli/exit_codes.h"
#include "client/import/utf8.h"
#include "custody/base/error_info.h"
#include "rapidjson/encodings.h"
#include "rapidjson/stringbuffer.h"
#include "rapidjson/writer.h"

namespace quorate::cli {

struct JsonOut::State {
  rapidjson::StringBuffer buffer;
  rapidjson::Writer<rapidjson::StringBuffer, rapidjson::UTF8<>, rapidjson::ASCII<>> writer{buffer};
};

namespace {

// The writer refuses text that is not UTF-8, so it is mended first.
std::string Mended(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (size_t at = 0; at < text.size();) {
    const client::Utf8Step step = client::DecodeUtf8(text, at);
    client::AppendUtf8(step.valid ? step.point : U'\uFFFD', out);
    at += step.length;
  }
  return out;
}

rapidjson::SizeType Size(std::string_view text) {
  return static_cast<rapidjson::SizeType>(text.size());
}

}  // namespace

JsonOut::JsonOut() : state_(std::make_unique<State>()) {}
JsonOut::~JsonOut() = default;

void JsonOut::BeginObject() { state_->writer.StartObject(); }
void JsonOut::EndObject() { state_->writer.EndObject(); }
void JsonOut::BeginArray() { state_->writer.StartArray(); }
void JsonOut::EndArray() { state_->writer.EndArray(); }
void JsonOut::Key(std::string_view key) { state_->writer.Key(key.data(), Size(key)); }
void JsonOut::Number(int64_t number) { state_->writer.Int64(number); }
void JsonOut::UnsignedNumber(uint64_t number) { state_->writer.Uint64(number); }
void JsonOut::Bool(bool value) { state_->writer.Bool(value); }
void JsonOut::Null() { state_->writer.Null(); }

void JsonOut::Text(std::string_view text) {
  const std::string valid = Mended(text);
  state_->writer.String(valid.data(), Size(valid));
}

void JsonOut::Member(std::string_view key, std::string_view text) {
  Key(key);
  Text(text);
}
void JsonOut::Member(std::string_view key, bool value) {
  Key(key);
  Bool(value);
}
void JsonOut::Member(std::string_view key, uint64_t number) {
  Key(key);
  UnsignedNumber(number);
}
void JsonOut::Member(std::string_view key, const std::vector<std::string>& texts) {
  Key(key);
  BeginArray();
  for (const std::string& text : texts) Text(text);
  EndArray();
}

std::string JsonOut::Take() const {
  return std::string(state_->buffer.GetString(), state_->buffer.GetSize());
}

std::string ErrorAsJson(const absl::Status& status) {
  const std::string code = absl::StatusCodeToString(status.code());
  const std::string reason = base::GetReason(status);
  const std::string culprit = base::GetCulprit(status);
  JsonOut out;
  out.BeginObject();
  out.Member("code", code);
  out.Member("reason", reason.empty() ? code : reason);
  out.Member("message", MessageOf(status));
  out.Member("next", base::GetNext(status));
  if (!culprit.empty()) out.Member("culprit", culprit);
  out.EndObject();
  return out.Take();
}

}  // namespace quorate::cli
