#include "custody/base/error_info.h"

#include <cstddef>
#include <string_view>

#include "absl/strings/cord.h"
#include "absl/strings/string_view.h"

namespace quorate::base {
namespace {

constexpr char kReasonUrl[] = "type.quorate/reason";
constexpr char kCulpritUrl[] = "type.quorate/culprit";
constexpr char kNextUrl[] = "type.quorate/next";

absl::string_view ToAbsl(std::string_view text) { return {text.data(), text.size()}; }

void Attach(absl::Status& status, const char* url, std::string_view text) {
  if (!text.empty()) status.SetPayload(url, absl::Cord(ToAbsl(text)));
}

std::string Get(const absl::Status& status, const char* url) {
  const auto payload = status.GetPayload(url);
  return payload.has_value() ? std::string(*payload) : std::string();
}

// Length of the well-formed UTF-8 sequence at `at`, 0 where there is none (Unicode table 3-7).
size_t Utf8Length(std::string_view text, size_t at) {
  auto byte = [&](size_t i) -> unsigned {
    return at + i < text.size() ? static_cast<unsigned char>(text[at + i]) : 0u;
  };
  auto tail = [&](size_t i) { return (byte(i) & 0xC0u) == 0x80u; };
  const unsigned lead = byte(0);
  if (lead < 0x80) return 1;
  if (lead >= 0xC2 && lead <= 0xDF) return tail(1) ? 2 : 0;
  if (lead >= 0xE0 && lead <= 0xEF) {
    if (lead == 0xE0 && byte(1) < 0xA0) return 0;
    if (lead == 0xED && byte(1) > 0x9F) return 0;
    return tail(1) && tail(2) ? 3 : 0;
  }
  if (lead >= 0xF0 && lead <= 0xF4) {
    if (lead == 0xF0 && byte(1) < 0x90) return 0;
    if (lead == 0xF4 && byte(1) > 0x8F) return 0;
    return tail(1) && tail(2) && tail(3) ? 4 : 0;
  }
  return 0;
}

void AppendQuoted(std::string& out, std::string_view text) {
  constexpr char kDigits[] = "0123456789abcdef";
  out += '"';
  for (size_t i = 0; i < text.size();) {
    const auto c = static_cast<unsigned char>(text[i]);
    const size_t length = Utf8Length(text, i);
    if (c == '"' || c == '\\') {
      out += '\\';
      out += text[i++];
    } else if (c < 0x20 || c == 0x7F) {
      out += "\\u00";
      out += kDigits[c >> 4];
      out += kDigits[c & 0xF];
      ++i;
    } else if (length == 0) {
      out += "\\ufffd";
      ++i;
    } else {
      out += text.substr(i, length);
      i += length;
    }
  }
  out += '"';
}

void AppendMember(std::string& out, std::string_view name, std::string_view value) {
  if (value.empty()) return;
  if (out.size() > 1) out += ',';
  AppendQuoted(out, name);
  out += ':';
  AppendQuoted(out, value);
}

}  // namespace

absl::Status MakeError(absl::StatusCode code, std::string_view reason, std::string_view message,
                       std::string_view next) {
  absl::Status status(code, ToAbsl(message));
  Attach(status, kReasonUrl, reason);
  Attach(status, kNextUrl, next);
  return status;
}

absl::Status WithCulprit(absl::Status status, std::string_view culprit) {
  Attach(status, kCulpritUrl, culprit);
  return status;
}

absl::Status WithNext(absl::Status status, std::string_view next) {
  Attach(status, kNextUrl, next);
  return status;
}

std::string GetReason(const absl::Status& status) { return Get(status, kReasonUrl); }
std::string GetCulprit(const absl::Status& status) { return Get(status, kCulpritUrl); }
std::string GetNext(const absl::Status& status) { return Get(status, kNextUrl); }

std::string ErrorJson(const absl::Status& status) {
  const std::string message(status.message());
  std::string out = "{";
  AppendMember(out, "code", absl::StatusCodeToString(status.code()));
  AppendMember(out, "reason", GetReason(status));
  AppendMember(out, "culprit", GetCulprit(status));
  AppendMember(out, "message", message);
  AppendMember(out, "next", GetNext(status));
  out += '}';
  return out;
}

}  // namespace quorate::base
