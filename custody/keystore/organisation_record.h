#ifndef QUORATE_CUSTODY_KEYSTORE_ORGANISATION_RECORD_H_
#define QUORATE_CUSTODY_KEYSTORE_ORGANISATION_RECORD_H_

#include <cstdint>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "crypto/random.h"
#include "custody/keystore/keystore.h"

namespace quorate::keystore {

// Which organisation this person's node belongs to: what a program needs to fetch and read its log
// without the person. One file in the home, sealed under the unattended key; written once.
struct OrganisationRecord {
  crypto::Digest organisation;  // Its identifier.
  uint32_t me = 0;              // This organiser's number.
  crypto::PublicSigningKey log_key;
  crypto::Digest server_certificate_digest;
  std::string server;  // "host:port"
  crypto::Secret organisation_key;
};

// A draft that this person joined or made and that is not founded yet. The link opens the draft.
[[nodiscard]] absl::Status WriteDraftLink(const Keystore& keystore, const std::string& link,
                                          crypto::RandomSource& random);
// Absent where there is none; DataLoss where it does not open.
[[nodiscard]] absl::StatusOr<std::optional<std::string>> ReadDraftLink(const Keystore& keystore);

[[nodiscard]] absl::Status WriteOrganisation(const Keystore& keystore,
                                             const OrganisationRecord& record,
                                             crypto::RandomSource& random);
[[nodiscard]] absl::StatusOr<std::optional<OrganisationRecord>> ReadOrganisation(
    const Keystore& keystore);

}  // namespace quorate::keystore

#endif  // QUORATE_CUSTODY_KEYSTORE_ORGANISATION_RECORD_H_
