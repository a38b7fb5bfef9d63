#include "client/import/otpauth_migration.h"

#include <sodium.h>

#include <algorithm>
#include <optional>
#include <string_view>
#include <vector>

#include "client/import/item.h"
#include "client/import/totp.h"

namespace quorate::client {
namespace {

using crypto::ByteSpan;

// Field numbers and values of MigrationPayload and its OtpParameters.
constexpr uint64_t kParametersField = 1;
constexpr uint64_t kCountingType = 1;
constexpr uint64_t kSha256 = 2;
constexpr uint64_t kSha512 = 3;
constexpr uint64_t kEightDigits = 2;

struct Parameters {
  ByteSpan secret, name, issuer;
  uint64_t algorithm = 0;
  uint64_t digits = 0;
  uint64_t type = 0;
};

// Protobuf's wire format, as much as there is of it here.
class Fields {
 public:
  explicit Fields(ByteSpan bytes) : rest_(bytes) {}

  // The next field; `bytes` or `value` according to its type. False at the end or where broken.
  bool Next(uint64_t& field, uint64_t& value, ByteSpan& bytes) {
    bytes = {};
    value = 0;
    uint64_t tag = 0;
    if (rest_.empty() || !Varint(tag)) return false;
    field = tag >> 3;
    switch (tag & 7) {
      case 0:
        return Varint(value);
      case 2: {
        uint64_t size = 0;
        if (!Varint(size) || size > rest_.size()) return Broken();
        bytes = rest_.first(size);
        rest_ = rest_.subspan(size);
        return true;
      }
      default:
        return Broken();
    }
  }
  bool broken() const { return broken_; }

 private:
  bool Broken() {
    broken_ = true;
    return false;
  }
  bool Varint(uint64_t& value) {
    value = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
      if (rest_.empty()) return Broken();
      const uint8_t byte = rest_.front();
      rest_ = rest_.subspan(1);
      value |= uint64_t{byte & 0x7fu} << shift;
      if (byte < 0x80) return true;
    }
    return Broken();
  }

  ByteSpan rest_;
  bool broken_ = false;
};

std::optional<Parameters> ReadParameters(ByteSpan bytes) {
  Parameters out;
  Fields fields(bytes);
  uint64_t field = 0, value = 0;
  ByteSpan content;
  while (fields.Next(field, value, content)) {
    if (field == 1) out.secret = content;
    if (field == 2) out.name = content;
    if (field == 3) out.issuer = content;
    if (field == 4) out.algorithm = value;
    if (field == 5) out.digits = value;
    if (field == 6) out.type = value;
  }
  if (fields.broken() || out.secret.empty()) return std::nullopt;
  return out;
}

// Empty where anything is broken. The spans point into `payload`.
std::vector<Parameters> ReadPayload(ByteSpan payload) {
  std::vector<Parameters> all;
  Fields fields(payload);
  uint64_t field = 0, value = 0;
  ByteSpan content;
  while (fields.Next(field, value, content)) {
    if (field != kParametersField) continue;
    std::optional<Parameters> one = ReadParameters(content);
    if (!one.has_value() || all.size() == kMaxImportEntries) return {};
    all.push_back(*one);
  }
  return fields.broken() ? std::vector<Parameters>() : all;
}

int HexDigit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// The base64 of `line`'s data, decoded; empty where there is none.
crypto::Secret DecodeData(std::string_view line) {
  constexpr std::string_view kData = "data=";
  const size_t at = line.find(kData);
  if (at == std::string_view::npos) return {};
  line.remove_prefix(at + kData.size());
  line = line.substr(0, line.find('&'));
  crypto::Secret text = crypto::Secret::Zero(std::max<size_t>(1, line.size()));
  size_t size = 0;
  for (size_t i = 0; i < line.size(); ++i) {
    char c = line[i];
    if (c == '%' && i + 2 < line.size() && HexDigit(line[i + 1]) >= 0 &&
        HexDigit(line[i + 2]) >= 0) {
      c = static_cast<char>(HexDigit(line[i + 1]) * 16 + HexDigit(line[i + 2]));
      i += 2;
    }
    if (c != '=') text.RevealMutable()[size++] = static_cast<uint8_t>(c);
  }
  crypto::Secret decoded = crypto::Secret::Zero(text.size());
  size_t length = 0;
  const int failed = sodium_base642bin(decoded.RevealMutable().data(), decoded.size(),
                                       crypto::AsText(text.Reveal()).data(), size, nullptr, &length,
                                       nullptr, sodium_base64_VARIANT_ORIGINAL_NO_PADDING);
  if (failed != 0 || length == 0) return {};
  return decoded.Slice(0, length);
}

// Writes into `out`, and where that is empty only counts.
class Sink {
 public:
  explicit Sink(std::span<uint8_t> out) : out_(out) {}
  void Put(char c) {
    if (size_ < out_.size()) out_[size_] = static_cast<uint8_t>(c);
    ++size_;
  }
  void Put(std::string_view text) {
    for (const char c : text) Put(c);
  }
  void Percent(ByteSpan text) {
    constexpr char kHex[] = "0123456789ABCDEF";
    for (const uint8_t byte : text) {
      const char c = static_cast<char>(byte);
      const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                         (c >= '0' && c <= '9') ||
                         std::string_view("-._~").find(c) != std::string_view::npos;
      if (plain) {
        Put(c);
      } else {
        Put('%');
        Put(kHex[byte >> 4]);
        Put(kHex[byte & 15]);
      }
    }
  }
  void Base32(ByteSpan bytes) {
    constexpr char kDigits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    uint32_t held = 0;
    unsigned bits = 0;
    for (const uint8_t byte : bytes) {
      held = (held << 8 | byte) & 0xffff;
      for (bits += 8; bits >= 5; bits -= 5) Put(kDigits[held >> (bits - 5) & 31]);
    }
    if (bits > 0) Put(kDigits[held << (5 - bits) & 31]);
  }
  size_t size() const { return size_; }

 private:
  std::span<uint8_t> out_;
  size_t size_ = 0;
};

void WriteAddress(const Parameters& parameters, Sink& out) {
  out.Put(parameters.type == kCountingType ? "otpauth://hotp/" : "otpauth://totp/");
  const bool named = crypto::AsText(parameters.name).find(':') != std::string_view::npos;
  if (!parameters.issuer.empty() && !named) {
    out.Percent(parameters.issuer);
    out.Put(':');
  }
  out.Percent(parameters.name);
  out.Put("?secret=");
  out.Base32(parameters.secret);
  if (!parameters.issuer.empty()) {
    out.Put("&issuer=");
    out.Percent(parameters.issuer);
  }
  if (parameters.algorithm == kSha256) out.Put("&algorithm=SHA256");
  if (parameters.algorithm == kSha512) out.Put("&algorithm=SHA512");
  if (parameters.algorithm > kSha512) out.Put("&algorithm=unknown");
  if (parameters.digits == kEightDigits) out.Put("&digits=8");
}

// One line, without its end. Counts the addresses in `total`.
void WriteLine(std::string_view line, size_t& total, Sink& out) {
  const size_t first = std::min(line.find_first_not_of(" \t\r\xEF\xBB\xBF"), line.size());
  if (!IsOtpauthMigration(crypto::AsBytes(line.substr(first)))) return out.Put(line);
  while (!line.empty() && (line.back() == '\r' || line.back() == ' ' || line.back() == '\t')) {
    line.remove_suffix(1);
  }
  const crypto::Secret payload = DecodeData(line);
  const std::vector<Parameters> all = ReadPayload(payload.Reveal());
  if (all.empty() || total + all.size() > kMaxImportEntries) return out.Put(line);
  total += all.size();
  for (size_t i = 0; i < all.size(); ++i) {
    if (i > 0) out.Put(kAddressSeparator);
    WriteAddress(all[i], out);
  }
}

void WriteAll(std::string_view text, Sink& out) {
  size_t total = 0;
  while (!text.empty()) {
    const size_t end = text.find('\n');
    WriteLine(text.substr(0, end), total, out);
    if (end == std::string_view::npos) return;
    out.Put('\n');
    text.remove_prefix(end + 1);
  }
}

}  // namespace

bool HasOtpauthMigration(ByteSpan bytes) {
  constexpr std::string_view kScheme = "otpauth-migration://";
  const std::string_view text = crypto::AsText(bytes);
  const auto same = [](char a, char b) { return (a >= 'A' && a <= 'Z' ? a + 32 : a) == b; };
  return std::search(text.begin(), text.end(), kScheme.begin(), kScheme.end(), same) != text.end();
}

crypto::Secret ExpandOtpauthMigrations(ByteSpan text) {
  Sink counted({});
  WriteAll(crypto::AsText(text), counted);
  crypto::Secret out = crypto::Secret::Zero(std::max<size_t>(1, counted.size()));
  Sink written(out.RevealMutable());
  WriteAll(crypto::AsText(text), written);
  return out;
}

}  // namespace quorate::client
