#ifndef QUORATE_CUSTODY_NET_INVITE_H_
#define QUORATE_CUSTODY_NET_INVITE_H_

#include <cstddef>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "crypto/bytes.h"
#include "crypto/secret.h"
#include "custody/net/endpoint.h"

// What people hand to each other to reach a server:
//
//   invite      := "quorate://" endpoint "#" fingerprint
//   draft link  := "quorate://" endpoint "/draft/" draft-id "#" fingerprint "." secret
//   fingerprint := base64url(SHA-256 of the server's certificate, DER)
//   draft-id, secret := base64url(32 bytes)
//
// base64url without padding, 43 characters each. One text for each value; readers refuse all else
// with InvalidArgument, reason BAD_INVITE or BAD_DRAFT_LINK, and never repeat the text.
namespace quorate::net {

inline constexpr size_t kMaxInviteBytes = 512;
inline constexpr size_t kDraftSecretSize = 32;

struct Invite {
  Endpoint endpoint;
  crypto::Digest server_certificate_digest;
  bool operator==(const Invite&) const = default;
};

using DraftId = crypto::Bytes32<struct DraftIdTag>;

// Move-only, for the secret's sake.
struct DraftLink {
  Invite invite;
  DraftId draft_id;
  crypto::Secret secret;
};

[[nodiscard]] absl::StatusOr<Invite> ParseInvite(std::string_view text);
// The invite of a server, or the one inside a draft's link; BAD_INVITE for all else.
[[nodiscard]] absl::StatusOr<Invite> ParseInviteOrLink(std::string_view text);
[[nodiscard]] std::string FormatInvite(const Invite& invite);

// Decodes the secret straight into guarded memory; the text itself is the caller's to wipe.
[[nodiscard]] absl::StatusOr<DraftLink> ParseDraftLink(std::string_view text);
// InvalidArgument unless the secret is kDraftSecretSize bytes. The result opens the draft: it goes
// to people, never to a log or an error.
[[nodiscard]] absl::StatusOr<std::string> FormatDraftLink(const DraftLink& link);

}  // namespace quorate::net

#endif  // QUORATE_CUSTODY_NET_INVITE_H_
