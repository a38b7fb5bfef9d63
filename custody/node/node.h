#ifndef QUORATE_CUSTODY_NODE_NODE_H_
#define QUORATE_CUSTODY_NODE_NODE_H_

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "crypto/random.h"
#include "crypto/threshold_encryption.h"
#include "crypto/wrap.h"
#include "custody/base/clock.h"
#include "custody/base/node_store.h"
#include "custody/keystore/keystore.h"
#include "custody/ledger/queries.h"
#include "custody/node/actions.h"
#include "custody/node/blob_cache.h"
#include "custody/node/gate.h"
#include "custody/node/outbox.h"
#include "custody/node/sealed_space.h"
#include "custody/replica/replica.h"

namespace quorate::node {

struct NodeOptions {
  base::NodeStoreInterface* store = nullptr;
  const base::Clock* clock = nullptr;
  crypto::RandomSource* random = nullptr;
  ledger::OrganisationId organisation;
  ledger::OrganiserNumber me;
  // This machine's. Where the charter has another, the identity was restored from a paper kit.
  crypto::PublicSigningKey device_key;
  crypto::PublicSigningKey log_key;
  crypto::Secret organisation_key;
  crypto::Secret unattended_key;
};

// An item as its depositor's program encrypted it.
struct DepositItem {
  ledger::ItemKind kind = ledger::ItemKind::kPassword;
  uint32_t version = 0;
  crypto::Ciphertext ciphertext;
  crypto::Bytes payload;
};
struct DepositDraft {
  ledger::VaultNumber vault;
  std::string account;
  std::string title;
  std::string username;
  std::string url;
  ledger::StatementId statement_id;
  std::vector<DepositItem> items;
};

struct RequestDraft {
  std::string account;
  std::string reason;
  std::vector<ledger::ItemVersion> items;           // Version 0: the default.
  std::vector<ledger::OrganiserNumber> recipients;  // Empty: the requester.
};

// What a recipient's program decrypts one item with.
struct OpenedItem {
  crypto::Point vault_key;
  crypto::ItemLabel label;
  crypto::Ciphertext ciphertext;
  crypto::Bytes payload;
  crypto::Bytes combined_sealed;  // The combined point, sealed to the caller's key.
};

// What became of a statement of this node's.
struct StatementResult {
  ledger::Outcome outcome;
  ledger::LeafHash leaf_hash;
};

// The core of an organiser's node: its replica of the log, its share of every vault it holds, its
// outbox and its release gate. The daemon and the simulator run this same code.
//
// Everything that the log can be told later is durable in the store before it is handed out:
// dealings, one-time keys, shares and signed statements survive a crash and go out again as the
// same bytes. Secrets lie in the store sealed, under the person's lock or (armed shares, the
// organisation key) the unattended one.
//
// Does not retry by itself: Tick makes it look again. Not thread-safe.
class Node {
 public:
  // Opens what the store holds and re-verifies it. Statuses as Replica::Open.
  [[nodiscard]] static absl::StatusOr<std::unique_ptr<Node>> Open(NodeOptions options);

  // Fails only where this node cannot go on: the log contradicted itself (DataLoss FORKED_LOG), or
  // its own store failed. What a peer sent wrongly is dropped with a notice.
  absl::Status Step(const Event& event);

  // What is to be done since the last call, in order.
  std::vector<Action> TakeActions();

  // The person's lock. Unlocked, the node does its share of key generation by itself.
  void Unlock(keystore::PersonKeys keys);
  void Lock() { person_.reset(); }
  bool unlocked() const { return person_.has_value(); }

  // Commands of the node's own person. Each prepares one statement, makes it durable, asks for its
  // submission and names it; ResultOf tells what became of it. FailedPrecondition LOCKED where the
  // person's lock is shut; FailedPrecondition, PermissionDenied or NotFound, with a reason, where
  // the ledger would refuse it: nothing is sent then.

  // Labels for items that the caller encrypts. Logs nothing.
  [[nodiscard]] absl::StatusOr<std::vector<crypto::ItemLabel>> PrepareDeposit(
      ledger::VaultNumber vault, const std::string& account,
      const std::vector<ledger::ItemKind>& kinds) const;
  [[nodiscard]] absl::StatusOr<ledger::StatementId> CommitDeposit(DepositDraft draft);
  [[nodiscard]] absl::StatusOr<ledger::StatementId> Confirm(const std::string& account);
  [[nodiscard]] absl::StatusOr<ledger::StatementId> CreateRequest(const RequestDraft& draft);
  [[nodiscard]] absl::StatusOr<ledger::StatementId> Accept(const ledger::LeafHash& request);
  // `person`: opened by a passphrase given afresh for this approval. Unavailable BLOB_MISSING
  // while the item's payload is not here yet: it has been asked for.
  [[nodiscard]] absl::StatusOr<ledger::StatementId> Approve(const ledger::LeafHash& request,
                                                            const keystore::PersonKeys& person);
  // Whether Approve has what it needs of the items; asks for what is missing.
  [[nodiscard]] absl::Status ReadyToApprove(const ledger::LeafHash& request);
  [[nodiscard]] absl::StatusOr<ledger::StatementId> Deny(const ledger::LeafHash& request,
                                                         const std::string& reason);
  [[nodiscard]] absl::StatusOr<ledger::StatementId> Withdraw(const ledger::LeafHash& request);
  // Freezes an account. Also a copy that has halted may; ALREADY_SAID while an own alarm stands
  // that was not lifted by its person since.
  [[nodiscard]] absl::StatusOr<ledger::StatementId> RaiseAlarm(const std::string& account,
                                                               const std::string& reason);
  // `alarms`: those that the person has read, ascending; ALARMS_CHANGED where others stand.
  // `person`: opened by a passphrase given afresh.
  [[nodiscard]] absl::StatusOr<ledger::StatementId> LiftAlarms(
      const std::string& account, const std::vector<ledger::LeafHash>& alarms,
      const std::string& reason, const keystore::PersonKeys& person);
  // For --dry-run: OK where the command of that name would prepare its statement now, but for the
  // person's lock; else its error. Nothing is changed or sent. For approving: ReadyToApprove.
  [[nodiscard]] absl::Status ValidateDeposit(const DepositDraft& draft) const;
  [[nodiscard]] absl::Status ValidateConfirm(const std::string& account) const;
  [[nodiscard]] absl::Status ValidateRequest(const RequestDraft& draft) const;
  [[nodiscard]] absl::Status ValidateAccept(const ledger::LeafHash& request) const;
  [[nodiscard]] absl::Status ValidateDeny(const ledger::LeafHash& request,
                                          const std::string& reason) const;
  [[nodiscard]] absl::Status ValidateWithdraw(const ledger::LeafHash& request) const;
  [[nodiscard]] absl::Status ValidateAlarm(const std::string& account,
                                           const std::string& reason) const;
  [[nodiscard]] absl::Status ValidateLift(const std::string& account,
                                          const std::vector<ledger::LeafHash>& alarms,
                                          const std::string& reason) const;
  // For a recipient. FailedPrecondition NOT_YET with what is awaited; Unavailable BLOB_MISSING.
  [[nodiscard]] absl::StatusOr<std::vector<OpenedItem>> OpenRequest(const ledger::LeafHash& request,
                                                                    const crypto::Point& caller);
  // Logs that the recipient has it; destroys the one-time key once that is on the log.
  [[nodiscard]] absl::StatusOr<ledger::StatementId> CloseRequest(const ledger::LeafHash& request);

  // Absent while the statement is on its way. An error where the server refused it for good.
  [[nodiscard]] std::optional<absl::StatusOr<StatementResult>> ResultOf(
      const ledger::StatementId& id) const;

  // Views.
  const replica::Replica& replica() const { return *replica_; }
  const ledger::State& state() const { return replica_->state(); }
  ledger::OrganiserNumber me() const { return options_.me; }
  std::string OrganiserName(ledger::OrganiserNumber number) const;
  std::string VaultName(ledger::VaultNumber number) const;
  const std::string& organisation_name() const { return organisation_name_; }
  std::optional<ledger::OrganiserNumber> FindOrganiser(const std::string& name) const;
  std::optional<ledger::VaultNumber> FindVaultByName(const std::string& name) const;
  bool IsArmed(const ledger::LeafHash& request) const { return armed_.contains(request); }
  // Why this node does not release yet; absent where it is not armed or has released.
  GateVerdict WhyNotReleased(const ledger::LeafHash& request) const;
  // Whether a statement that was handed out in Submit should still leave: it waits for the server,
  // and shares among it pass the gate at this moment. To be asked right before sending.
  bool MaySend(const ledger::StatementId& id) const;
  // The log time of an organiser's newest statement: when their node was last seen at work. What
  // their node only reads does not show. InfinitePast where there is none.
  [[nodiscard]] absl::Time LastSeen(ledger::OrganiserNumber organiser) const;
  // A statement that waits for the log; null where it does not. Valid until the next Step or
  // command.
  const Outbox::Item* Unsent(const ledger::StatementId& id) const;
  // When this node first saw the request, by its own clock.
  absl::Time FirstSeen(const ledger::LeafHash& request) const;
  bool HoldsShare(ledger::VaultNumber vault) const;
  absl::Time last_heard() const { return last_heard_; }
  size_t unsent() const { return outbox_.size(); }
  // Entries that the log has signed, as far as this run of the program has seen; 0 before it has
  // heard. Above the replica's size while a long log is being read.
  uint64_t log_size() const { return log_size_; }
  // Not empty where the node has stopped releasing and dealing, and why.
  const std::string& halted_because() const { return halted_because_; }
  // The log holds statements of ours that this store has never made: a restored copy.
  bool restored_copy() const { return restored_copy_; }
  // The charter has another device key than this machine: the identity came back from a paper kit.
  // It reads, denies, withdraws and raises alarms; every other command fails with reason
  // DEVICE_NEEDED, and nothing is done by itself. False before the charter is read.
  bool kit_only() const { return kit_only_; }
  // The log holds words of ours that were said without this device: somebody has our paper kit.
  bool kit_used() const { return kit_used_; }
  // Where the log has signed two histories: for anyone to check. Kept over restarts.
  const std::optional<log::Evidence>& evidence() const { return evidence_; }

 private:
  explicit Node(NodeOptions options);

  // node.cc
  absl::Status Load();
  void OnEntry(const ledger::Entry& entry, const ledger::Outcome& outcome);
  absl::Status OnLogAdvanced(const LogAdvanced& event);
  absl::Status OnApplied(const std::vector<replica::AppliedEntry>& applied);
  absl::Status OnFork(const absl::Status& status);
  void OnMisfit(const absl::Status& status);
  absl::Status LoadEvidence();
  void OnOwnWord(const ledger::Entry& entry);
  void OnForeignOwnStatement(const ledger::Entry& entry);
  bool IsFromTheFuture(const LogAdvanced& event);
  absl::Status Advance();
  absl::Status RememberFirstSeen(base::WriteBatch batch);
  absl::Status Tolerate(const absl::Status& status, const std::string& subject);
  // As the log's own time has it.
  bool IsOpen(const ledger::RequestRecord& request) const;
  void Notify(std::string kind, std::string subject, std::string text);

  // sending.cc
  crypto::Digest OrganisationDigest() const;
  wire::StatementContext HeaderContext() const;
  absl::Status RequireUnlocked() const;
  absl::Status RequireDevice() const;
  // Also for a copy that must only say no.
  absl::Status RequireReadable() const;
  absl::Status RequireUsable() const;
  // Whether the newest state that the log has signed, as far as this run has seen, is applied.
  bool HasReadAll() const { return log_size_ > 0 && log_size_ == replica_->size(); }
  // Signs and queues; `batch` holds what must become durable together with it.
  absl::StatusOr<ledger::StatementId> Send(const keystore::PersonKeys& person,
                                           const ledger::Statement& statement,
                                           const ledger::StatementId& id,
                                           std::vector<crypto::Bytes> blobs, base::WriteBatch batch,
                                           Outbox::Purpose purpose = Outbox::Purpose::kCommand,
                                           const std::string& subject = "");
  absl::StatusOr<wire::SignedStatement> Seal(const keystore::PersonKeys& person,
                                             const ledger::Statement& statement,
                                             const ledger::StatementId& id,
                                             const std::vector<crypto::Bytes>& blobs) const;
  // What waits for an answer too long already; where the connection is new, all that waits.
  void Resubmit(bool reconnected);
  absl::Status OnRefused(const SubmissionRefused& refused);
  void OnDutyRefused(const std::string& duty);
  void TellRefused(const Outbox::Item& item, std::string_view reason);
  std::optional<ledger::LeafHash> ArmedBy(const ledger::StatementId& approval) const;
  bool SharesArePaused(const ledger::LeafHash& request) const;

  // views.cc
  void ReadCharter();

  // sharing_duties.cc
  // A duty names work that the node set itself, so that it is not done twice.
  absl::Status SendDuty(const ledger::Statement& statement, std::vector<crypto::Bytes> blobs,
                        base::WriteBatch batch, const std::string& duty);
  absl::Status AdvanceSharing(const ledger::Vault& vault);
  absl::Status SendReceivingKey(const ledger::SharingRef& ref, const std::string& duty);
  absl::Status SendDealing(const ledger::Sharing& sharing, const std::string& duty);
  absl::Status OpenDealings(const ledger::Sharing& sharing);
  absl::Status SendAcknowledgement(const ledger::Sharing& sharing,
                                   std::vector<crypto::IndexedSecret> sub_shares,
                                   const std::string& duty);
  absl::Status SendElected(const ledger::Vault& vault, const std::string& duty,
                           const ledger::Statement& statement);
  absl::Status DropFinishedReceivingKeys(const ledger::Vault& vault);
  bool DutyWaits(const std::string& duty) const;

  // request_duties.cc
  absl::Status AdvanceRequest(const ledger::RequestRecord& request);
  absl::Status TakeBack(const ledger::RequestRecord& request);
  absl::Status Release(const ledger::RequestRecord& request);
  absl::Status Disarm(const ledger::LeafHash& request, const std::string& why);
  void DisarmInto(base::WriteBatch& batch, const ledger::LeafHash& request) const;
  void Disarmed(const ledger::LeafHash& request);
  std::optional<ledger::LeafHash> OwnStatement(const ledger::StatementId& id) const;
  absl::Status Forget(const ledger::RequestRecord& request);
  GateInput MakeGateInput(const ledger::RequestRecord& request, const Armed& armed) const;

  // commands_alarm.cc
  absl::StatusOr<const ledger::Account*> KnownAccount(const std::string& name) const;

  // commands.cc
  absl::StatusOr<ledger::Request> BuildRequest(const RequestDraft& draft) const;
  absl::StatusOr<ledger::Deposit> BuildDeposit(const DepositDraft& draft) const;
  absl::StatusOr<ledger::Confirm> BuildConfirm(const std::string& account) const;
  absl::StatusOr<const ledger::RequestRecord*> OpenRequestRecord(
      const ledger::LeafHash& request) const;
  absl::StatusOr<const ledger::RequestRecord*> MayApproveNow(const ledger::LeafHash& request) const;
  absl::StatusOr<ledger::StatementId> SendRefusal(const ledger::LeafHash& request,
                                                  const ledger::Statement& statement);
  absl::StatusOr<std::string> OneTimeKeyName(const ledger::RequestRecord& request) const;
  absl::StatusOr<ledger::DecryptionShares> MakeShares(const ledger::RequestRecord& request,
                                                      const keystore::PersonKeys& person,
                                                      Armed& armed);

  NodeOptions options_;
  std::unique_ptr<replica::Replica> replica_;
  Outbox outbox_;
  SealedSpace receiving_keys_;  // Under the person's lock: "vault/epoch/attempt" -> d.
  SealedSpace shares_;          // Under the person's lock: "vault/epoch/attempt" -> x.
  SealedSpace one_time_keys_;   // Under the person's lock: statement id -> t.
  SealedSpace armed_shares_;    // Under the unattended lock: request -> signed shares.
  std::optional<keystore::PersonKeys> person_;
  std::vector<Action> actions_;
  std::vector<std::string> organiser_names_;
  std::vector<std::string> vault_names_;
  std::string organisation_name_;
  std::map<ledger::LeafHash, Armed> armed_;
  // Requests whose approval the person takes back: nothing leaves for them in this run of the
  // program, whatever the disk says.
  std::set<ledger::LeafHash> withheld_;
  std::map<ledger::LeafHash, absl::Time> first_seen_;
  BlobCache blobs_;
  std::map<std::string, absl::Duration> duty_since_;
  struct Refusals {
    int count = 0;
    absl::Duration last;
  };
  std::map<std::string, Refusals> duty_refusals_;  // By the log.
  struct OwnDenial {
    uint64_t index = 0;
    std::string reason;
  };
  std::map<ledger::LeafHash, OwnDenial> own_denials_;  // That no later approval of ours undid.
  std::optional<absl::Duration> misfit_at_;
  std::optional<log::Evidence> evidence_;
  std::map<ledger::StatementId, absl::Status> refused_by_server_;
  std::map<ledger::OrganiserNumber, uint64_t> last_statement_ms_;
  std::map<std::string, absl::Duration> shares_paused_until_;  // By request.
  std::set<std::string> told_;                                 // Troubles that were told once.
  absl::Time last_heard_ = absl::InfinitePast();
  uint64_t log_size_ = 0;  // The largest that the log has signed, as far as this run has seen.
  absl::Time held_back_until_ = absl::InfiniteFuture();
  std::string halted_because_;
  bool restored_copy_ = false;
  bool kit_only_ = false;
  bool kit_used_ = false;
  bool loading_ = false;
};

}  // namespace quorate::node

#endif  // QUORATE_CUSTODY_NODE_NODE_H_
