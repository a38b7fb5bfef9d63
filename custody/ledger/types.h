#ifndef QUORATE_CUSTODY_LEDGER_TYPES_H_
#define QUORATE_CUSTODY_LEDGER_TYPES_H_

#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "crypto/bytes.h"
#include "crypto/decryption_share.h"
#include "crypto/dleq.h"
#include "crypto/identity.h"
#include "crypto/point.h"
#include "crypto/scalar.h"
#include "crypto/schnorr.h"
#include "crypto/threshold_encryption.h"

// The words of the log as types: plain values, public all of them. Their bytes on the wire are
// proto/quorate/ledger/v1/ledger.proto, converted in custody/wire and nowhere else.
namespace quorate::ledger {

using crypto::Bytes;
using crypto::Digest;

// The first and, today, only set of rules. Raised by a `rules` statement.
inline constexpr uint32_t kRulesVersion = 1;

// A number that means one thing: not to be mixed with another.
template <typename Tag>
struct Number {
  uint32_t value = 0;
  auto operator<=>(const Number&) const = default;
};
// An organiser's place in the charter, from 1; also that holder's share index.
using OrganiserNumber = Number<struct OrganiserTag>;
using VaultNumber = Number<struct VaultTag>;
using Epoch = Number<struct EpochTag>;

using OrganisationId = crypto::Bytes32<struct OrganisationIdTag>;
using PublicKey = crypto::PublicSigningKey;
// RFC 6962 leaf hash: the name of a logged statement.
using LeafHash = Digest;

struct StatementId {
  std::array<uint8_t, 16> value{};
  auto operator<=>(const StatementId&) const = default;
};
using crypto::Signature;

// Bounds on what a statement may hold. Readers refuse more; writers refuse to make it.
inline constexpr size_t kMaxOrganisers = 200;
inline constexpr size_t kMaxVaults = 64;
inline constexpr size_t kMaxHeaderBytes = 16 * 1024;
inline constexpr size_t kMaxBodyBytes = 256 * 1024;
// Times lie below this, so that sums of them and of a charter's durations overflow nothing.
inline constexpr uint64_t kMaxLogTimeMs = (uint64_t{1} << 53) - 1;
inline constexpr size_t kMaxBlobsPerStatement = 256;
inline constexpr size_t kMaxBlobBytes = 33 * 1024;
inline constexpr size_t kMaxItemsPerStatement = 16;
inline constexpr size_t kMaxRecipients = 8;
inline constexpr size_t kMaxAccountNameBytes = 64;
inline constexpr size_t kMaxNameBytes = 64;
inline constexpr size_t kMaxTitleBytes = 200;
inline constexpr size_t kMaxUsernameBytes = 320;
inline constexpr size_t kMaxUrlBytes = 2048;
inline constexpr size_t kMaxReasonBytes = 1000;

struct BlobRef {
  Digest digest;
  uint32_t length = 0;
  bool operator==(const BlobRef&) const = default;
};

struct Header {
  OrganisationId organisation;
  uint32_t charter_version = 0;
  uint32_t rules_version = 0;
  OrganiserNumber author;
  StatementId statement_id;
  uint32_t organisation_key_version = 0;  // 0: body in clear, key_commitment and nonce absent.
  std::optional<Digest> key_commitment;
  std::optional<std::array<uint8_t, 24>> nonce;
  Digest body_digest;
  uint32_t body_length = 0;  // Of the body as stored, from 1 to kMaxBodyBytes.
  std::vector<BlobRef> blobs;
  uint64_t verified_size = 0;
  Digest verified_root;
  bool operator==(const Header&) const = default;
};

struct Leaf {
  uint64_t log_time_ms = 0;
  Bytes header;  // The signed bytes.
  Signature signature;
  std::optional<Signature> device_signature;
  bool operator==(const Leaf&) const = default;
};

struct Organiser {
  Bytes name_sealed;
  PublicKey signing_key;
  PublicKey tls_key;
  crypto::Point wrap_key;
  PublicKey device_key;
  PublicKey witness_key;
};

struct VaultPolicy {
  Bytes name_sealed;
  uint32_t threshold = 0;
  std::vector<OrganiserNumber> holders;
  uint64_t cooling_off_seconds = 0;
  uint64_t request_lifetime_seconds = 0;
  uint32_t denials_to_block = 0;
};

struct Charter {
  Digest salt;
  uint32_t rules_version = 0;
  uint32_t governance_threshold = 0;
  Bytes organisation_name_sealed;
  std::vector<Organiser> organisers;
  std::vector<VaultPolicy> vaults;
  std::vector<OrganiserNumber> witnesses;
  uint32_t witness_faults = 0;
  uint32_t witness_quorum = 0;
  PublicKey log_key;
  Digest server_certificate_digest;
  Digest organisation_key_commitment;
};

struct Endorsement {
  OrganiserNumber organiser;
  Signature signature;
  Signature device_signature;
};

struct Found {
  Charter charter;
  Bytes charter_bytes;  // The serialised charter, which the organisation's identifier hashes.
  std::vector<Bytes> wraps;
  std::vector<Endorsement> founders;
};

struct Rules {
  uint32_t rules_version = 0;
  std::vector<Endorsement> endorsements;
};

struct SharingRef {
  VaultNumber vault;
  Epoch epoch;
  uint32_t attempt = 0;
  auto operator<=>(const SharingRef&) const = default;
};

struct ReceivingKey {
  SharingRef sharing;
  crypto::Point key;
  crypto::SchnorrProof proof;
};
struct Start {
  SharingRef sharing;
  std::vector<OrganiserNumber> receivers;
};
// Sub-share ciphertexts are the header's blobs, one a receiver in order.
struct Deal {
  SharingRef sharing;
  std::vector<crypto::Point> commitments;
  crypto::Point ephemeral;
  crypto::Scalar challenge;
  crypto::Scalar response_secret;
  crypto::Scalar response_ephemeral;
};
struct Close {
  SharingRef sharing;
};
struct Complain {
  SharingRef sharing;
  OrganiserNumber dealer;
  Bytes sub_share_ciphertext;
  crypto::Point shared_point;
  crypto::DleqProof proof;
};
struct Acknowledge {
  SharingRef sharing;
  Digest qualified_digest;
  crypto::SchnorrProof proof;
};
struct Activate {
  SharingRef sharing;
  Digest qualified_digest;
  std::vector<OrganiserNumber> shareless;
};

enum class ItemKind : uint8_t {
  kPassword = 1,
  kTotp = 2,
  kRecoveryCodes = 3,
  kToken = 4,
  kNote = 5,
};

struct ItemVersion {
  ItemKind kind = ItemKind::kPassword;
  uint32_t version = 0;
  auto operator<=>(const ItemVersion&) const = default;
};

// The ciphertext's payload digest is the header's blob at the same place.
struct DepositedItem {
  ItemKind kind = ItemKind::kPassword;
  uint32_t version = 0;
  uint32_t part = 0;
  crypto::Point r;
  crypto::Point r_hat;
  crypto::Scalar challenge;
  crypto::Scalar response;
};
struct Deposit {
  VaultNumber vault;
  std::string account;
  std::string title;
  std::string username;
  std::string url;
  std::vector<DepositedItem> items;
};
struct Confirm {
  std::string account;
  std::vector<ItemVersion> items;
};

struct OneTimeKey {
  crypto::Point key;
  crypto::SchnorrProof proof;
};
struct Request {
  VaultNumber vault;
  std::string account;
  std::vector<ItemVersion> items;
  bool unusual_version = false;
  std::string reason;
  std::vector<OrganiserNumber> recipients;
  std::optional<OneTimeKey> one_time_key;
};
struct Accept {
  LeafHash request;
  OneTimeKey one_time_key;
};
struct Approve {
  LeafHash request;
  std::vector<LeafHash> accepts;
};
struct Deny {
  LeafHash request;
  std::string reason;
};
struct Withdraw {
  LeafHash request;
};
struct SentShare {
  OrganiserNumber recipient;
  ItemKind kind = ItemKind::kPassword;
  uint32_t version = 0;
  uint32_t part = 0;
  crypto::DecryptionShare share;
};
struct DecryptionShares {
  LeafHash request;
  Epoch epoch;
  std::vector<SentShare> shares;
};
struct Opened {
  LeafHash request;
};

struct Alarm {
  VaultNumber vault;
  std::string account;
  std::string reason;
};
// Names all alarms that stand, so that nobody's lift counts against one that they have not read.
struct Lift {
  VaultNumber vault;
  std::string account;
  std::vector<LeafHash> alarms;
  std::string reason;
};

using Statement = std::variant<Found, Rules, ReceivingKey, Start, Deal, Close, Complain,
                               Acknowledge, Activate, Deposit, Confirm, Request, Accept, Approve,
                               Deny, Withdraw, DecryptionShares, Opened, Alarm, Lift>;

}  // namespace quorate::ledger

#endif  // QUORATE_CUSTODY_LEDGER_TYPES_H_
