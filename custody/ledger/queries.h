#ifndef QUORATE_CUSTODY_LEDGER_QUERIES_H_
#define QUORATE_CUSTODY_LEDGER_QUERIES_H_

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "crypto/decryption_share.h"
#include "crypto/threshold_encryption.h"
#include "custody/ledger/state.h"

// Questions that the node, the audit reader and Apply itself ask of a state. Pure.
namespace quorate::ledger {

// How long each stage of a sharing waits for everyone before it goes on with fewer.
inline constexpr uint64_t kSharingStageMs = 24ull * 3600 * 1000;

const Vault* FindVault(const State& state, VaultNumber number);
const Account* FindAccount(const State& state, std::string_view name);
const RequestRecord* FindRequest(const State& state, const LeafHash& id);
const VersionRecord* FindVersion(const Account& account, const ItemVersion& version);
// Absent for a number that is not in the charter.
const Organiser* FindOrganiser(const Charter& charter, OrganiserNumber number);
bool IsHolder(const VaultPolicy& policy, OrganiserNumber number);

// Whether the rules in force are newer than this software: it must neither cosign nor release, and
// it refuses every later entry.
bool NeedsUpgrade(const State& state);
// The sharing in progress, or else the one that the next receiving key would begin.
SharingRef CurrentSharing(const Vault& vault);

// The version that a request gets unless it says otherwise: the last confirmed, or the newest
// candidate where none is confirmed. Absent where there is no version.
std::optional<uint32_t> DefaultVersion(const ItemRecord& item);
// The version whose title, username and address stand for an account, or for these items of it: of
// those meant (by default, each item's default version) the first that is confirmed, else the
// first. Null where there is none.
const VersionRecord* DescribingVersion(const Account& account);
const VersionRecord* DescribingVersion(const Account& account,
                                       const std::vector<ItemVersion>& items);
// Whether some version of this item is exposed and no later one, neither deposited nor confirmed by
// a recipient of the exposed one, has been confirmed.
bool IsExposed(const ItemRecord& item);

// Whether this one version was released and no later one, neither deposited nor confirmed by one of
// those who got it, has been confirmed.
bool IsVersionExposed(const ItemRecord& item, const VersionRecord& version);

// The request's state at a time: kExpired where it is open and past its expiry.
RequestState EffectiveState(const RequestRecord& request, uint64_t now_ms);
size_t CountApprovals(const State& state, const RequestRecord& request);
size_t CountDenials(const RequestRecord& request);
// Holders who may approve: acknowledged in the active epoch, neither requester nor recipient.
std::vector<OrganiserNumber> MayApprove(const State& state, const RequestRecord& request);
// How many holders' shares of this item and of the vault's active epoch are on the log, over all
// requests ("j of k already out"), however they came there: shares combine across requests.
size_t SharesOut(const State& state, std::string_view account, const ItemVersion& version);

// Whether an alarm stands for the account.
bool IsFrozen(const Account& account);
// Recovery codes stay open under an alarm: they are what an account is won back with.
bool AsksForRecoveryCodesAlone(const RequestRecord& request);
// Whether an alarm keeps shares for this request from leaving.
bool IsHeldByAlarm(const State& state, const RequestRecord& request);
// Leaf hashes of the alarms that stand, ascending: what a lift names.
std::vector<LeafHash> StandingAlarms(const Account& account);
// How many lifts count towards the vault's threshold: those of acknowledged holders.
size_t CountLifts(const State& state, const Account& account);
// Whether the author has an alarm for this account left on the day of `now_ms`.
bool MayRaiseAlarm(const Account& account, OrganiserNumber author, bool has_device_signature,
                   uint64_t now_ms);

// The label of a deposited item, and what its ciphertext looks like to the crypto folder.
crypto::ItemLabel LabelOf(const State& state, const Account& account, const VersionRecord& version);
crypto::Ciphertext CiphertextOf(const VersionRecord& version);
// Context and statement of `holder`'s decryption share for one recipient and item of a request.
crypto::ShareContext ShareContextOf(const State& state, const RequestRecord& request,
                                    OrganiserNumber holder, OrganiserNumber recipient,
                                    const Account& account, const VersionRecord& version);

// Contexts that proofs are bound to.
// `request` is the one that an accept is for; all zero in a request, which has no leaf hash yet.
Digest OneTimeKeyContext(const OrganisationId& organisation, OrganiserNumber author,
                         const StatementId& statement_id, const LeafHash& request);
Digest ReceivingKeySession(const SharingRef& ref);
// The bytes that a header's signatures cover, under the labels below.
inline constexpr std::string_view kStatementLabel = "quorate/statement/v1";
inline constexpr std::string_view kStatementDeviceLabel = "quorate/statement-device/v1";
inline constexpr std::string_view kFoundingLabel = "quorate/founding/v1";
inline constexpr std::string_view kFoundingDeviceLabel = "quorate/founding-device/v1";
inline constexpr std::string_view kRulesLabel = "quorate/rules/v1";
inline constexpr std::string_view kRulesDeviceLabel = "quorate/rules-device/v1";
// The organisation's identifier: a hash of the serialised founding charter, which holds salt,
// roster, policies, log key, server certificate and the organisation key's commitment.
OrganisationId OrganisationIdOf(crypto::ByteSpan charter_bytes);
// What founders sign and read words of: charter and wraps.
Digest FoundingDigest(crypto::ByteSpan charter_bytes, const std::vector<Bytes>& wraps);
// What endorsers of a rules version sign.
Digest RulesDigest(const OrganisationId& organisation, uint32_t charter_version,
                   uint32_t rules_version);

// Whether the statement must also carry a device signature; whether its body is in clear.
// All but `deny`, `alarm` and `withdraw` do: what a person's restored kit may do without their
// device. It may not take back a denial.
bool NeedsDeviceSignature(const Statement& statement);
bool HasClearBody(const Statement& statement);
// A word for people and scripts: "deposit", "decryption-shares", ...
std::string_view StatementName(const Statement& statement);

// The rules for what people type: names of organisers, vaults and accounts ([a-z0-9] first, then
// [a-z0-9._@+-]), shown text (UTF-8 without control, bidirectional formatting or invisible
// characters), and addresses (printable ASCII without spaces, at most kMaxUrlBytes).
bool IsValidName(std::string_view name, size_t max_bytes);
bool IsValidText(std::string_view text, size_t max_bytes);
bool IsValidUrl(std::string_view url);
// Whether text may hold the character.
bool IsTextCharacter(uint32_t code_point);

// Why a charter is not acceptable, as a sentence for people; absent where it is. Checks everything
// but the sealed names, wraps and endorsements.
std::optional<std::string> CharterProblem(const Charter& charter);
// f and q for a number of witnesses and the largest threshold, as the charter tools propose them.
struct WitnessPolicy {
  uint32_t faults = 0;
  uint32_t quorum = 0;
};
WitnessPolicy DefaultWitnessPolicy(uint32_t witnesses, uint32_t largest_threshold);
// min(k, n - k + 1).
uint32_t DefaultDenialsToBlock(uint32_t threshold, uint32_t holders);

}  // namespace quorate::ledger

#endif  // QUORATE_CUSTODY_LEDGER_QUERIES_H_
