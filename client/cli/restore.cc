#include "client/cli/restore.h"

#include <optional>
#include <utility>

#include "crypto/wrap.h"
#include "custody/base/error_info.h"
#include "custody/base/status_macros.h"
#include "custody/ledger/ledger.h"
#include "custody/log/tree.h"
#include "custody/wire/read_entry.h"
#include "custody/wire/sealed_name.h"

namespace quorate::cli {
namespace {

absl::Status WrongOrganisation() {
  return base::MakeError(absl::StatusCode::kDataLoss, "WRONG_ORGANISATION",
                         "what the server sent is not the founding of this organisation",
                         "compare the organisation's id with the kit, and tell the other "
                         "organisers if it is the same");
}

// As every reader will judge it.
absl::StatusOr<ledger::Entry> JudgeFounding(const replica::RawEntry& first,
                                            const crypto::Digest& organisation) {
  const ledger::Entry entry = wire::ReadEntry(0, first.leaf, first.body, wire::KeyRing(),
                                              [](uint64_t size, const crypto::Digest& root) {
                                                return size == 0 && root == log::EmptyRoot();
                                              });
  ledger::Ledger reader(ledger::OrganisationId{organisation.value});
  if (!reader.Apply(entry).admitted() || !entry.statement.has_value() ||
      !std::holds_alternative<ledger::Found>(*entry.statement)) {
    return WrongOrganisation();
  }
  return entry;
}

// The place of the one organiser with these keys.
std::optional<size_t> PlaceOf(const ledger::Charter& charter, const crypto::IdentityKeys& keys) {
  std::optional<size_t> place;
  for (size_t i = 0; i < charter.organisers.size(); ++i) {
    const ledger::Organiser& organiser = charter.organisers[i];
    if (organiser.signing_key != keys.signing.public_key() ||
        organiser.tls_key != keys.tls.public_key() || organiser.wrap_key != keys.wrap.public_key) {
      continue;
    }
    if (place.has_value()) return std::nullopt;
    place = i;
  }
  return place;
}

}  // namespace

absl::StatusOr<Membership> FindMembership(const replica::RawEntry& first,
                                          const crypto::Digest& organisation,
                                          const crypto::IdentityKeys& keys,
                                          const net::Invite& server) {
  QUORATE_ASSIGN_OR_RETURN(const ledger::Entry entry, JudgeFounding(first, organisation));
  const ledger::Found& found = std::get<ledger::Found>(*entry.statement);
  const ledger::Charter& charter = found.charter;
  const std::optional<size_t> place = PlaceOf(charter, keys);
  if (!place.has_value() || *place >= found.wraps.size()) {
    return base::MakeError(absl::StatusCode::kPermissionDenied, "KEYS_OF_NOBODY",
                           "no organiser of this organisation has the keys of this kit",
                           "compare the words and the organisation's id with the paper");
  }
  if (charter.server_certificate_digest != server.server_certificate_digest) {
    return base::MakeError(absl::StatusCode::kUnauthenticated, "WRONG_SERVER_CERTIFICATE",
                           "the charter names another server certificate than the invite",
                           "use the server line of the kit");
  }
  Membership membership;
  keystore::OrganisationRecord& record = membership.record;
  record.organisation = organisation;
  record.me = static_cast<uint32_t>(*place) + 1;
  record.log_key = charter.log_key;
  record.server_certificate_digest = charter.server_certificate_digest;
  record.server = net::FormatEndpoint(server.endpoint);
  QUORATE_ASSIGN_OR_RETURN(
      record.organisation_key,
      crypto::UnwrapOrganisationKey(found.wraps[*place], 1, organisation, record.me, keys.wrap,
                                    charter.organisation_key_commitment));
  QUORATE_ASSIGN_OR_RETURN(membership.name,
                           wire::OpenName(record.organisation_key, wire::kOrganiserRole, record.me,
                                          charter.organisers[*place].name_sealed));
  return membership;
}

}  // namespace quorate::cli
