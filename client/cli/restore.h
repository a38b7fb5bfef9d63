#ifndef QUORATE_CLIENT_CLI_RESTORE_H_
#define QUORATE_CLIENT_CLI_RESTORE_H_

#include <string>

#include "absl/status/statusor.h"
#include "crypto/bytes.h"
#include "crypto/identity.h"
#include "custody/keystore/organisation_record.h"
#include "custody/net/invite.h"
#include "custody/replica/replica.h"

// From a paper kit's keys back into their organisation.
namespace quorate::cli {

struct Membership {
  std::string name;  // As the charter has it.
  keystore::OrganisationRecord record;
};

// Finds `keys` in the first entry of the organisation's log, which anybody may have sent: the entry
// must be the founding that `organisation` hashes, signed by all its founders. The organisation's
// key is opened from its wrap, the server's certificate must be the charter's.
// DataLoss WRONG_ORGANISATION, PermissionDenied KEYS_OF_NOBODY (no one organiser has these signing,
// TLS and wrap keys), Unauthenticated WRONG_SERVER_CERTIFICATE; nothing is believed then.
[[nodiscard]] absl::StatusOr<Membership> FindMembership(const replica::RawEntry& first,
                                                        const crypto::Digest& organisation,
                                                        const crypto::IdentityKeys& keys,
                                                        const net::Invite& server);

// The first entry, from the server with the invite's certificate, as the member with this key.
// PermissionDenied NOT_A_MEMBER where the server knows no such member or no such organisation; else
// as net::ServerChannel. Needs net::PrepareTransport.
[[nodiscard]] absl::StatusOr<replica::RawEntry> FetchFounding(const net::Invite& server,
                                                              const crypto::Digest& organisation,
                                                              const crypto::SigningKey& tls);

}  // namespace quorate::cli

#endif  // QUORATE_CLIENT_CLI_RESTORE_H_
