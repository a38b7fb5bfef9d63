#include "custody/net/invite.h"

#include <sodium.h>

#include <optional>
#include <utility>

#include "custody/base/error_info.h"

namespace quorate::net {
namespace {

constexpr std::string_view kScheme = "quorate://";
constexpr std::string_view kDraftPath = "/draft/";
constexpr size_t kEncodedSize = 43;

absl::Status BadInvite() {
  return base::MakeError(absl::StatusCode::kInvalidArgument, "BAD_INVITE",
                         "this is not a server's invite",
                         "copy the whole line that begins with quorate://, # and what follows it "
                         "included");
}

absl::Status BadDraftLink() {
  return base::MakeError(absl::StatusCode::kInvalidArgument, "BAD_DRAFT_LINK",
                         "this is not the link of a draft",
                         "copy the whole line that begins with quorate://, # and what follows it "
                         "included; a server's invite is not a draft's link");
}

template <typename T>
std::optional<T> Decode32(std::string_view text) {
  if (text.size() != kEncodedSize) return std::nullopt;
  std::optional<crypto::Bytes> bytes = crypto::FromBase64Url(text);
  if (!bytes.has_value()) return std::nullopt;
  return T::FromBytes(*bytes);
}

std::optional<crypto::Secret> DecodeSecret(std::string_view text) {
  if (text.size() != kEncodedSize) return std::nullopt;
  // libsodium 1.0.18 takes some bytes above 0x7f for characters of the alphabet.
  uint8_t all = 0;
  for (char c : text) all = static_cast<uint8_t>(all | static_cast<uint8_t>(c));
  if (all > 0x7f) return std::nullopt;
  crypto::Secret secret = crypto::Secret::Zero(kDraftSecretSize);
  size_t size = 0;
  const char* end = nullptr;
  if (sodium_base642bin(secret.RevealMutable().data(), secret.size(), text.data(), text.size(),
                        nullptr, &size, &end, sodium_base64_VARIANT_URLSAFE_NO_PADDING) != 0 ||
      size != secret.size() || end != text.data() + text.size()) {
    return std::nullopt;
  }
  return secret;
}

// What stands before and after "#", without the scheme.
struct Parts {
  std::string_view address;
  std::string_view fragment;
};

std::optional<Parts> Split(std::string_view text) {
  if (text.size() > kMaxInviteBytes || !text.starts_with(kScheme)) return std::nullopt;
  text.remove_prefix(kScheme.size());
  size_t hash = text.find('#');
  if (hash == std::string_view::npos) return std::nullopt;
  return Parts{text.substr(0, hash), text.substr(hash + 1)};
}

std::optional<Invite> MakeInvite(std::string_view endpoint, std::string_view fingerprint) {
  absl::StatusOr<Endpoint> parsed = ParseEndpoint(endpoint);
  std::optional<crypto::Digest> digest = Decode32<crypto::Digest>(fingerprint);
  if (!parsed.ok() || !digest.has_value()) return std::nullopt;
  return Invite{*std::move(parsed), *digest};
}

}  // namespace

absl::StatusOr<Invite> ParseInvite(std::string_view text) {
  std::optional<Parts> parts = Split(text);
  if (!parts.has_value()) return BadInvite();
  std::optional<Invite> invite = MakeInvite(parts->address, parts->fragment);
  if (!invite.has_value()) return BadInvite();
  return *std::move(invite);
}

std::string FormatInvite(const Invite& invite) {
  return std::string(kScheme) + FormatEndpoint(invite.endpoint) + "#" +
         crypto::Base64Url(invite.server_certificate_digest.span());
}

absl::StatusOr<DraftLink> ParseDraftLink(std::string_view text) {
  std::optional<Parts> parts = Split(text);
  if (!parts.has_value()) return BadDraftLink();
  size_t path = parts->address.find(kDraftPath);
  if (path == std::string_view::npos || parts->fragment.size() != 2 * kEncodedSize + 1 ||
      parts->fragment[kEncodedSize] != '.') {
    return BadDraftLink();
  }
  std::optional<DraftId> id = Decode32<DraftId>(parts->address.substr(path + kDraftPath.size()));
  std::optional<Invite> invite =
      MakeInvite(parts->address.substr(0, path), parts->fragment.substr(0, kEncodedSize));
  std::optional<crypto::Secret> secret = DecodeSecret(parts->fragment.substr(kEncodedSize + 1));
  if (!id.has_value() || !invite.has_value() || !secret.has_value()) return BadDraftLink();
  return DraftLink{*std::move(invite), *id, *std::move(secret)};
}

absl::StatusOr<Invite> ParseInviteOrLink(std::string_view text) {
  absl::StatusOr<DraftLink> link = ParseDraftLink(text);
  return link.ok() ? link->invite : ParseInvite(text);
}

absl::StatusOr<std::string> FormatDraftLink(const DraftLink& link) {
  if (link.secret.size() != kDraftSecretSize) return BadDraftLink();
  char secret[kEncodedSize + 1];
  sodium_bin2base64(secret, sizeof secret, link.secret.Reveal().data(), link.secret.size(),
                    sodium_base64_VARIANT_URLSAFE_NO_PADDING);
  std::string text = std::string(kScheme) + FormatEndpoint(link.invite.endpoint) +
                     std::string(kDraftPath) + crypto::Base64Url(link.draft_id.span()) + "#" +
                     crypto::Base64Url(link.invite.server_certificate_digest.span()) + "." + secret;
  sodium_memzero(secret, sizeof secret);
  return text;
}

}  // namespace quorate::net
