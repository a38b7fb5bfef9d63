#include "client/import/totp.h"

#include <algorithm>
#include <optional>
#include <span>
#include <string_view>

#include "absl/status/status.h"

namespace quorate::client {
namespace {

using crypto::ByteSpan;
using crypto::Secret;

constexpr size_t kMinSeedBytes = 10;
constexpr size_t kMaxSeedBytes = 128;
// Longest address: a seed of kMaxSeedBytes with room for percent signs, a label and an issuer.
constexpr size_t kMaxTotpText = 4096;
constexpr std::string_view kScheme = "otpauth://";

absl::Status Malformed(const char* what) { return absl::InvalidArgumentError(what); }

char Lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool SameText(std::string_view a, std::string_view b) {
  return std::ranges::equal(a, b, {}, Lower, Lower);
}

bool StartsWith(std::string_view text, std::string_view prefix) {
  return text.size() >= prefix.size() && SameText(text.substr(0, prefix.size()), prefix);
}

int HexDigit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  const char lower = Lower(c);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

// Takes one character off the front, undoing percent-encoding; absent where that is malformed.
std::optional<char> TakeChar(std::string_view& text) {
  const char c = text.front();
  if (c != '%') {
    text.remove_prefix(1);
    return c;
  }
  if (text.size() < 3) return std::nullopt;
  const int high = HexDigit(text[1]);
  const int low = HexDigit(text[2]);
  if (high < 0 || low < 0) return std::nullopt;
  text.remove_prefix(3);
  return static_cast<char>(high * 16 + low);
}

int Base32Value(char c) {
  const char lower = Lower(c);
  if (lower >= 'a' && lower <= 'z') return lower - 'a';
  return c >= '2' && c <= '7' ? c - '2' + 26 : -1;
}

bool IsSeparator(char c) { return c == ' ' || c == '+' || c == '-'; }

// Decodes as far as `out` has room and returns the full length in bytes; absent where malformed.
std::optional<size_t> DecodeBase32(std::string_view text, std::span<uint8_t> out) {
  size_t symbols = 0;
  size_t bytes = 0;
  uint32_t pending = 0;
  bool padded = false;
  while (!text.empty()) {
    const std::optional<char> c = TakeChar(text);
    if (!c.has_value()) return std::nullopt;
    if (IsSeparator(*c)) continue;
    if (*c == '=') {
      padded = true;
      continue;
    }
    const int value = Base32Value(*c);
    if (value < 0 || padded) return std::nullopt;
    pending = (pending << 5 | static_cast<uint32_t>(value)) & 0xFFF;
    if (++symbols * 5 / 8 > bytes) {
      if (bytes < out.size()) out[bytes] = static_cast<uint8_t>(pending >> (symbols * 5 % 8));
      ++bytes;
    }
  }
  const size_t rest = symbols % 8;
  if (rest == 1 || rest == 3 || rest == 6) return std::nullopt;
  return bytes;
}

absl::Status CheckSeed(std::string_view text) {
  const std::optional<size_t> bytes = DecodeBase32(text, {});
  if (!bytes.has_value()) return Malformed("the one-time-code seed is not base32");
  if (*bytes < kMinSeedBytes) return Malformed("the one-time-code seed is too short");
  if (*bytes > kMaxSeedBytes) return Malformed("the one-time-code seed is too long");
  return absl::OkStatus();
}

// A decimal number without sign or leading zero, of at most three digits.
std::optional<int> SmallNumber(std::string_view text) {
  if (text.empty() || text.size() > 3 || text.front() == '0') return std::nullopt;
  int value = 0;
  for (char c : text) {
    if (c < '0' || c > '9') return std::nullopt;
    value = value * 10 + (c - '0');
  }
  return value;
}

bool InRange(std::optional<int> value, int low, int high) {
  return value.has_value() && *value >= low && *value <= high;
}

std::optional<TotpAlgorithm> AlgorithmOf(std::string_view text) {
  if (SameText(text, "SHA1")) return TotpAlgorithm::kSha1;
  if (SameText(text, "SHA256")) return TotpAlgorithm::kSha256;
  if (SameText(text, "SHA512")) return TotpAlgorithm::kSha512;
  return std::nullopt;
}

struct Query {
  std::optional<std::string_view> secret, digits, period, algorithm, encoder;
};

std::optional<std::string_view>* Slot(Query& query, std::string_view name) {
  if (SameText(name, "secret")) return &query.secret;
  if (SameText(name, "digits")) return &query.digits;
  if (SameText(name, "period")) return &query.period;
  if (SameText(name, "algorithm")) return &query.algorithm;
  if (SameText(name, "encoder")) return &query.encoder;
  return nullptr;
}

absl::StatusOr<Query> SplitQuery(std::string_view text) {
  Query query;
  while (!text.empty()) {
    const size_t end = std::min(text.find('&'), text.size());
    const std::string_view pair = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    const size_t equals = std::min(pair.find('='), pair.size());
    std::optional<std::string_view>* slot = Slot(query, pair.substr(0, equals));
    if (slot == nullptr) continue;
    if (slot->has_value()) return Malformed("the one-time-code address names a parameter twice");
    *slot = pair.substr(std::min(equals + 1, pair.size()));
  }
  return query;
}

absl::Status Fill(const Query& query, TotpParameters& out) {
  if (query.digits.has_value()) {
    const std::optional<int> digits = SmallNumber(*query.digits);
    if (!InRange(digits, 6, 8)) return Malformed("one-time codes have 6 to 8 digits");
    out.digits = *digits;
  }
  if (query.period.has_value()) {
    const std::optional<int> period = SmallNumber(*query.period);
    if (!InRange(period, 10, 300)) return Malformed("one-time codes last 10 to 300 seconds");
    out.period_seconds = *period;
  }
  if (query.algorithm.has_value()) {
    const std::optional<TotpAlgorithm> algorithm = AlgorithmOf(*query.algorithm);
    if (!algorithm) return Malformed("the one-time-code algorithm is not SHA1, SHA256 or SHA512");
    out.algorithm = *algorithm;
  }
  return absl::OkStatus();
}

absl::StatusOr<TotpParameters> ParseAddress(std::string_view rest) {
  if (StartsWith(rest, "hotp/")) {
    return absl::UnimplementedError("counter-based one-time codes cannot be shared");
  }
  if (!StartsWith(rest, "totp/")) return Malformed("the one-time-code address is not for totp");
  const size_t mark = rest.find('?');
  if (mark == std::string_view::npos) return Malformed("the one-time-code address has no secret");
  const std::string_view text = rest.substr(mark + 1);
  absl::StatusOr<Query> query = SplitQuery(text.substr(0, text.find('#')));
  if (!query.ok()) return query.status();
  if (query->encoder.has_value()) {
    return absl::UnimplementedError("one-time codes of this encoding (Steam) are not supported");
  }
  if (!query->secret.has_value()) return Malformed("the one-time-code address has no secret");
  TotpParameters out;
  out.secret = crypto::AsBytes(*query->secret);
  if (absl::Status status = CheckSeed(*query->secret); !status.ok()) return status;
  if (absl::Status status = Fill(*query, out); !status.ok()) return status;
  return out;
}

std::string Unescaped(std::string_view text) {
  std::string out;
  for (std::string_view rest = text; !rest.empty();) {
    const std::optional<char> c = TakeChar(rest);
    if (!c.has_value()) return std::string(text);
    out.push_back(*c);
  }
  return out;
}

std::string_view IssuerOf(std::string_view query) {
  constexpr std::string_view kIssuer = "issuer=";
  while (!query.empty()) {
    const size_t end = std::min(query.find('&'), query.size());
    const std::string_view pair = query.substr(0, end);
    if (StartsWith(pair, kIssuer)) return pair.substr(kIssuer.size());
    query.remove_prefix(std::min(end + 1, query.size()));
  }
  return {};
}

}  // namespace

absl::StatusOr<TotpParameters> ParseTotp(ByteSpan bytes) {
  const std::string_view text = crypto::AsText(bytes);
  if (text.size() > kMaxTotpText) return Malformed("the one-time-code address is too long");
  if (StartsWith(text, kScheme)) return ParseAddress(text.substr(kScheme.size()));
  if (StartsWith(text, "steam://")) {
    return absl::UnimplementedError("one-time codes of this encoding (Steam) are not supported");
  }
  if (absl::Status status = CheckSeed(text); !status.ok()) return status;
  TotpParameters out;
  out.secret = bytes;
  return out;
}

absl::StatusOr<Secret> DecodeTotpSecret(const TotpParameters& parameters) {
  const std::string_view text = crypto::AsText(parameters.secret);
  if (absl::Status status = CheckSeed(text); !status.ok()) return status;
  Secret seed = Secret::Zero(DecodeBase32(text, {}).value_or(0));
  if (!DecodeBase32(text, seed.RevealMutable()).has_value()) {
    return Malformed("the one-time-code seed is not base32");
  }
  return seed;
}

bool IsOtpauthAddress(ByteSpan text) { return StartsWith(crypto::AsText(text), kScheme); }

bool IsOtpauthMigration(ByteSpan text) {
  return StartsWith(crypto::AsText(text), "otpauth-migration://");
}

OtpauthLabel ReadOtpauthLabel(ByteSpan address) {
  if (!IsOtpauthAddress(address)) return {};
  std::string_view text = crypto::AsText(address).substr(kScheme.size());
  text = text.substr(0, text.find('#'));
  const size_t slash = text.find('/');
  if (slash == std::string_view::npos) return {};
  const size_t mark = std::min(text.find('?', slash), text.size());
  const std::string label = Unescaped(text.substr(slash + 1, mark - slash - 1));
  const size_t colon = label.find(':');
  OtpauthLabel out;
  if (colon != std::string::npos) out.issuer = label.substr(0, colon);
  out.user = label.substr(colon == std::string::npos ? 0 : colon + 1);
  out.user.erase(0, std::min(out.user.find_first_not_of(' '), out.user.size()));
  if (out.issuer.empty())
    out.issuer = Unescaped(IssuerOf(text.substr(std::min(mark + 1, text.size()))));
  return out;
}

}  // namespace quorate::client
