#include "client/import/bitwarden_envelope.h"

#include <rapidjson/document.h>
#include <sodium.h>

#include <algorithm>
#include <cstddef>
#include <optional>
#include <string_view>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "client/import/json_in_place.h"
#include "client/import/line_table.h"

namespace quorate::client {
namespace {

using crypto::Bytes;
using crypto::ByteSpan;
using Json = rapidjson::Value;

constexpr size_t kAesBlock = 16;

absl::Status Damaged(std::string_view what) {
  return absl::InvalidArgumentError(
      absl::StrCat("this password-protected export is damaged: ", std::string(what),
                   "; export again from Bitwarden and do not edit the file"));
}

absl::Status OutOfBounds(std::string_view what, int low, int high) {
  return absl::InvalidArgumentError(absl::StrCat(
      "this password-protected export asks for ", std::string(what), " outside ", low, " to ", high,
      ", which Bitwarden does not write; export again from Bitwarden and do not edit the file"));
}

// Whether `text` has this name with a colon after it. Inside a JSON string the quotes would have
// backslashes, so this finds members alone.
bool HasMember(std::string_view text, std::string_view quoted_name) {
  for (size_t at = text.find(quoted_name); at != std::string_view::npos;
       at = text.find(quoted_name, at + 1)) {
    const size_t next = text.find_first_not_of(" \t\r\n", at + quoted_name.size());
    if (next != std::string_view::npos && text[next] == ':') return true;
  }
  return false;
}

// RFC 4648 §4 with padding, strictly.
std::optional<Bytes> FromBase64(std::string_view text) {
  Bytes out(text.size() / 4 * 3 + 3);
  size_t size = 0;
  const char* end = nullptr;
  if (sodium_base642bin(out.data(), out.size(), text.data(), text.size(), nullptr, &size, &end,
                        sodium_base64_VARIANT_ORIGINAL) != 0 ||
      end != text.data() + text.size()) {
    return std::nullopt;
  }
  out.resize(size);
  return out;
}

template <size_t kSize>
bool ReadFixed(std::string_view text, std::array<uint8_t, kSize>& out) {
  const std::optional<Bytes> bytes = FromBase64(text);
  if (!bytes.has_value() || bytes->size() != kSize) return false;
  std::ranges::copy(*bytes, out.begin());
  return true;
}

std::optional<BitwardenSealed> ReadSealed(std::string_view text) {
  constexpr std::string_view kType = "2.";
  if (!text.starts_with(kType)) return std::nullopt;
  text.remove_prefix(kType.size());
  const size_t first = text.find('|');
  const size_t last = text.rfind('|');
  if (first == last) return std::nullopt;
  BitwardenSealed out;
  if (!ReadFixed(text.substr(0, first), out.iv)) return std::nullopt;
  if (!ReadFixed(text.substr(last + 1), out.mac)) return std::nullopt;
  std::optional<Bytes> ciphertext = FromBase64(text.substr(first + 1, last - first - 1));
  if (!ciphertext.has_value() || ciphertext->empty() || ciphertext->size() % kAesBlock != 0) {
    return std::nullopt;
  }
  out.ciphertext = *std::move(ciphertext);
  return out;
}

absl::StatusOr<BitwardenKdf> ReadKdf(const Json& root) {
  const Json* type = JsonMember(root, "kdfType");
  if (type == nullptr || !type->IsInt()) return Damaged("it does not say how its key is made");
  BitwardenKdf kdf;
  kdf.iterations = JsonNumber(root, "kdfIterations");
  if (type->GetInt() == static_cast<int>(BitwardenKdf::Type::kPbkdf2Sha256)) {
    if (kdf.iterations < kMinPbkdf2Iterations || kdf.iterations > kMaxPbkdf2Iterations) {
      return OutOfBounds("PBKDF2 iterations", kMinPbkdf2Iterations, kMaxPbkdf2Iterations);
    }
    return kdf;
  }
  if (type->GetInt() != static_cast<int>(BitwardenKdf::Type::kArgon2id)) {
    return absl::InvalidArgumentError(
        "the key of this password-protected export is made in a way that is not known here; export "
        "again from Bitwarden with the file format '.json'");
  }
  kdf.type = BitwardenKdf::Type::kArgon2id;
  kdf.memory_mib = JsonNumber(root, "kdfMemory");
  kdf.parallelism = JsonNumber(root, "kdfParallelism");
  if (kdf.iterations < kMinArgon2idIterations || kdf.iterations > kMaxArgon2idIterations) {
    return OutOfBounds("Argon2id iterations", kMinArgon2idIterations, kMaxArgon2idIterations);
  }
  if (kdf.memory_mib < kMinArgon2idMemoryMib || kdf.memory_mib > kMaxArgon2idMemoryMib) {
    return OutOfBounds("MiB of Argon2id memory", kMinArgon2idMemoryMib, kMaxArgon2idMemoryMib);
  }
  if (kdf.parallelism < 1 || kdf.parallelism > kMaxArgon2idParallelism) {
    return OutOfBounds("Argon2id lanes", 1, kMaxArgon2idParallelism);
  }
  return kdf;
}

}  // namespace

bool IsBitwardenEnvelope(ByteSpan bytes) {
  const std::string_view text = JsonBody(bytes);
  return text.starts_with('{') && HasMember(text, "\"passwordProtected\"") &&
         !HasMember(text, "\"items\"");
}

absl::StatusOr<BitwardenEnvelope> ParseBitwardenEnvelope(std::span<uint8_t> text) {
  const LineTable lines(text);
  rapidjson::Document root;
  if (absl::Status status = ParseJsonInPlace(text, lines, root); !status.ok()) return status;
  if (!JsonIsTrue(root, "encrypted") || !JsonIsTrue(root, "passwordProtected")) {
    return Damaged("it does not say that it is encrypted with a password");
  }
  BitwardenEnvelope out;
  const ByteSpan salt = JsonText(root, "salt");
  if (salt.empty() || salt.size() > kMaxBitwardenSalt) return Damaged("it has no usable salt");
  out.salt.assign(salt.begin(), salt.end());
  absl::StatusOr<BitwardenKdf> kdf = ReadKdf(root);
  if (!kdf.ok()) return kdf.status();
  out.kdf = *kdf;
  std::optional<BitwardenSealed> check =
      ReadSealed(crypto::AsText(JsonText(root, "encKeyValidation_DO_NOT_EDIT")));
  if (!check.has_value()) return Damaged("what tells a wrong password is missing or malformed");
  out.check = *std::move(check);
  std::optional<BitwardenSealed> data = ReadSealed(crypto::AsText(JsonText(root, "data")));
  if (!data.has_value()) return Damaged("its data are missing or malformed");
  out.data = *std::move(data);
  return out;
}

}  // namespace quorate::client
