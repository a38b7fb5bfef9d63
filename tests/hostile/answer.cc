#include "tests/hostile/answer.h"

#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include <cstdio>
#include <utility>

#include "custody/base/error_info.h"

namespace quorate::hostile {
namespace {

rapidjson::Value TextValue(const std::string& text, rapidjson::Document& document) {
  return {text.data(), static_cast<rapidjson::SizeType>(text.size()), document.GetAllocator()};
}

}  // namespace

absl::StatusOr<Line> Line::Parse(const std::string& text) {
  Line line;
  line.document_.Parse(text.data(), text.size());
  if (line.document_.HasParseError() || !line.document_.IsObject()) {
    return absl::InvalidArgumentError("not a JSON object");
  }
  return line;
}

std::string Line::Text(const char* key) const {
  const auto member = document_.FindMember(key);
  if (member == document_.MemberEnd() || !member->value.IsString()) return "";
  return {member->value.GetString(), member->value.GetStringLength()};
}

uint32_t Line::Number(const char* key, uint32_t otherwise) const {
  const auto member = document_.FindMember(key);
  if (member == document_.MemberEnd() || !member->value.IsUint()) return otherwise;
  return member->value.GetUint();
}

std::vector<uint32_t> Line::Numbers(const char* key) const {
  std::vector<uint32_t> out;
  const auto member = document_.FindMember(key);
  if (member == document_.MemberEnd() || !member->value.IsArray()) return out;
  for (const auto& value : member->value.GetArray()) {
    if (value.IsUint()) out.push_back(value.GetUint());
  }
  return out;
}

std::vector<std::string> Line::Texts(const char* key) const {
  std::vector<std::string> out;
  const auto member = document_.FindMember(key);
  if (member == document_.MemberEnd() || !member->value.IsArray()) return out;
  for (const auto& value : member->value.GetArray()) {
    if (value.IsString()) out.emplace_back(value.GetString(), value.GetStringLength());
  }
  return out;
}

std::optional<crypto::Digest> Line::Hash(const char* key) const {
  const std::optional<crypto::Bytes> bytes = crypto::FromHex(Text(key));
  return bytes.has_value() ? crypto::Digest::FromBytes(*bytes) : std::nullopt;
}

Answer& Answer::Add(const char* key, const std::string& value) {
  document_.AddMember(rapidjson::StringRef(key), TextValue(value, document_),
                      document_.GetAllocator());
  return *this;
}

Answer& Answer::Add(const char* key, uint64_t value) {
  document_.AddMember(rapidjson::StringRef(key), rapidjson::Value(value), document_.GetAllocator());
  return *this;
}

void Answer::Print() const {
  rapidjson::StringBuffer buffer;
  rapidjson::Writer<rapidjson::StringBuffer> writer(buffer);
  document_.Accept(writer);
  std::printf("%s\n", buffer.GetString());
  std::fflush(stdout);
}

Answer ErrorAnswer(const absl::Status& status) {
  Answer answer;
  return std::move(
      answer.Add("error", std::string(status.message())).Add("reason", base::GetReason(status)));
}

}  // namespace quorate::hostile
