#ifndef QUORATE_CUSTODY_LEDGER_STATE_H_
#define QUORATE_CUSTODY_LEDGER_STATE_H_

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "crypto/dealing.h"
#include "crypto/qualified_set.h"
#include "custody/ledger/refusal.h"
#include "custody/ledger/types.h"

// What the log adds up to. Plain values, in ordered containers so that every reader walks them in
// the same order. Written by Ledger::Apply alone.
namespace quorate::ledger {

enum class SharingStage : uint8_t {
  kReceivingKeys = 1,  // Holders log receiving keys.
  kDealing = 2,        // Receivers are frozen; dealers deal.
  kAcknowledging = 3,  // Candidates are frozen; complaints and acknowledgements.
  kActive = 4,
};

struct LoggedReceivingKey {
  crypto::Point key;
  uint64_t log_time_ms = 0;
};

struct LoggedDealing {
  uint64_t index = 0;  // Of the entry; orders the candidates.
  LeafHash leaf_hash;
  crypto::Dealing dealing;  // Without its ciphertexts.
  std::vector<Digest> ciphertext_digests;
  bool expelled = false;
};

// The making of one epoch. Complete sharings stay for the record of who holds a share.
struct Sharing {
  SharingRef ref;
  SharingStage stage = SharingStage::kReceivingKeys;
  uint64_t stage_since_ms = 0;  // log_time at which the stage began.
  std::map<OrganiserNumber, LoggedReceivingKey> receiving_keys;
  std::optional<crypto::SharingContext> context;  // From `start` on.
  std::map<OrganiserNumber, LoggedDealing> dealings;
  uint64_t close_index = 0;
  std::optional<crypto::QualifiedSet> qualified;  // From `close` on.
  std::set<OrganiserNumber> acknowledged;
  // (complainant, dealer) of every complaint that was judged: each is judged once.
  std::set<std::pair<OrganiserNumber, OrganiserNumber>> complaints;
};

// An epoch in use.
struct ActiveEpoch {
  Epoch epoch;
  uint32_t threshold = 0;
  std::vector<crypto::Point> commitments;                  // A_0 = the vault's key X, A_1, ...
  std::map<OrganiserNumber, crypto::Point> public_shares;  // X_i of every receiver.
  std::set<OrganiserNumber> acknowledged;                  // Who has shown their share.
  Digest qualified_digest;
  uint32_t attempt = 0;
};

struct Vault {
  VaultNumber number;
  VaultPolicy policy;
  std::optional<ActiveEpoch> active;
  std::optional<Sharing> sharing;  // In progress, or the one that made the active epoch.
  uint32_t next_attempt = 1;
};

struct VersionRecord {
  uint32_t version = 0;
  OrganiserNumber depositor;
  StatementId statement_id;  // Of the deposit: part of the label.
  LeafHash deposit;
  uint64_t log_time_ms = 0;
  DepositedItem item;
  BlobRef payload;
  // What its depositor says of it: whoever deposits a candidate changes nothing that is said of the
  // version in use.
  std::string title;
  std::string username;
  std::string url;
  std::optional<OrganiserNumber> confirmed_by;
  // Exposure: from the first logged decryption share.
  std::set<OrganiserNumber> exposed_to;
};

struct ItemRecord {
  ItemKind kind = ItemKind::kPassword;
  std::vector<VersionRecord> versions;  // versions[v - 1]
};

// An organiser's alarm or lift.
struct AlarmWord {
  LeafHash leaf_hash;
  uint64_t index = 0;  // Of the entry.
  uint64_t log_time_ms = 0;
  std::string reason;
};

// An organiser's alarms for one account on the day (of log_time, in UTC) of the last. As with
// AuthorUsage, a stolen kit spends nothing of the device's.
struct AlarmCount {
  uint64_t day = 0;
  uint32_t with_device = 0;
  uint32_t without_device = 0;
};

struct Account {
  VaultNumber vault;
  std::string name;
  std::map<ItemKind, ItemRecord> items;
  // The alarms that stand, each author's last: the account is frozen while there are any. What a
  // kit raises without the device stands beside its owner's and never replaces it.
  std::map<OrganiserNumber, AlarmWord> alarms;
  std::map<OrganiserNumber, AlarmWord> kit_alarms;
  // Who has lifted all of them. Any further alarm voids these.
  std::map<OrganiserNumber, AlarmWord> lifts;
  std::map<OrganiserNumber, AlarmCount> alarm_counts;
};

enum class RequestState : uint8_t {
  kOpen = 1,
  kOpened = 2,
  kWithdrawn = 3,
  kDenied = 4,
  // Expiry is a matter of time, not of a statement: see Ledger::EffectiveState.
  kExpired = 5,
};

enum class Word : uint8_t { kApproval = 1, kDenial = 2, kRetraction = 3 };

struct HolderWord {
  Word word = Word::kApproval;
  LeafHash leaf_hash;
  uint64_t index = 0;  // Of the entry.
  uint64_t log_time_ms = 0;
  std::string reason;
};

enum class ShareRegularity : uint8_t {
  kRegular = 1,
  kPremature = 2,  // The sender never stood in a quorum of approvals: its gate did not hold.
  // After the request closed or expired, or approvals were taken back. No fault of the sender's:
  // shares and the word that ends a request can pass each other on their way.
  kLate = 3,
};

struct SentShares {
  OrganiserNumber holder;
  Epoch epoch;
  LeafHash leaf_hash;
  uint64_t log_time_ms = 0;
  ShareRegularity regularity = ShareRegularity::kRegular;
  std::vector<SentShare> shares;
};

struct RequestRecord {
  LeafHash id;
  uint64_t index = 0;
  OrganiserNumber requester;
  StatementId statement_id;
  uint64_t log_time_ms = 0;
  uint64_t expires_ms = 0;           // log_time + the policy's lifetime.
  uint64_t cooling_off_seconds = 0;  // The policy's when it was made.
  uint32_t threshold = 0;            // k
  uint32_t denials_to_block = 0;
  Epoch epoch;  // Active when it was made.
  Request request;
  RequestState state = RequestState::kOpen;
  std::map<OrganiserNumber, crypto::Point> one_time_keys;  // By recipient.
  std::map<OrganiserNumber, LeafHash> accepts;             // Recipients other than the requester.
  bool approved_once = false;  // From the first approval on, retracted or not: no more accepts.
  std::map<OrganiserNumber, HolderWord> words;  // Every holder's last word.
  // Who has once approved as part of a quorum: their gates may have opened then.
  std::set<OrganiserNumber> cleared;
  std::map<OrganiserNumber, SentShares> shares;
  std::set<OrganiserNumber> opened_by;
};

// Something an auditor should look at.
struct Anomaly {
  uint64_t index = 0;
  OrganiserNumber author;  // Who is named; 0 where it is the log itself.
  AnomalyKind kind = AnomalyKind::kRefused;
  RefusalCode refusal = RefusalCode::kNone;  // Where the kind is kRefused.
};

struct Amount {
  uint64_t statements = 0;
  uint64_t bytes = 0;  // Of bodies and blobs, by their headers.
};

// What an author has logged on the day (of log_time, in UTC) of their last statement. What carries
// no good device signature is counted apart: a stolen kit cannot spend what its owner's device has.
struct AuthorUsage {
  uint64_t day = 0;
  Amount with_device;
  Amount without_device;
  uint32_t anomalies = 0;  // Refusals, ever, also those that are only counted.
};

struct State {
  OrganisationId organisation;
  uint64_t size = 0;  // Entries applied.
  uint64_t last_log_time_ms = 0;
  uint32_t rules_version = 0;  // 0 until founded.
  uint32_t charter_version = 0;
  std::optional<Charter> charter;
  std::vector<Bytes> wraps;
  std::map<VaultNumber, Vault> vaults;
  std::map<std::string, Account> accounts;  // Names are unique in the organisation.
  std::map<LeafHash, RequestRecord> requests;
  // (author, statement id) of every signed entry, admitted or refused.
  std::set<std::pair<OrganiserNumber, StatementId>> statement_ids;
  // E, P, T and R of admitted entries.
  std::set<crypto::Point> points_seen;
  std::map<OrganiserNumber, AuthorUsage> usage;
  std::vector<Anomaly> anomalies;
};

}  // namespace quorate::ledger

#endif  // QUORATE_CUSTODY_LEDGER_STATE_H_
