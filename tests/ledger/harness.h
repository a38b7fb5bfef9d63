#ifndef QUORATE_TESTS_LEDGER_HARNESS_H_
#define QUORATE_TESTS_LEDGER_HARNESS_H_

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "crypto/dealing.h"
#include "crypto/decryption_share.h"
#include "crypto/identity.h"
#include "crypto/random.h"
#include "crypto/receiving_key.h"
#include "custody/ledger/ledger.h"
#include "custody/ledger/queries.h"
#include "custody/ledger/state_table.h"

// A whole organisation in memory, with everybody's secrets in one place: what no program does.
namespace quorate::ledger::testing {

struct Person {
  crypto::SigningKey signing;
  crypto::SigningKey tls;
  crypto::SigningKey device;
  crypto::SigningKey witness;
  crypto::WrapKey wrap;
};

// A statement that is not signed yet: tests bend it first.
struct Draft {
  Header header;
  Statement statement;
  std::optional<uint64_t> log_time_ms;  // The world's clock where absent.
  bool root_is_this_trees = true;
  bool with_device = true;
  // A founding draft's signer; everybody else is known from the header.
  std::optional<uint32_t> signer;
};

// Six organisers, all of them witnesses. Vault 1: 3 of {1..5}. Vault 2: 2 of {1, 2, 3}.
// Deterministic. Checks at every refusal that nothing changed but the record that it was there.
class World {
 public:
  World();

  // The statement under a fresh identifier, with a header that fits.
  Draft Make(uint32_t author, Statement statement, std::vector<BlobRef> blobs = {});
  // Signs the draft and puts it at the end of the log.
  Entry Place(const Draft& draft);
  RefusalCode Apply(const Entry& entry);
  RefusalCode Append(const Draft& draft) { return Apply(Place(draft)); }
  // Fails the test unless it is admitted; the entry's leaf hash.
  LeafHash Admit(const Draft& draft);

  const State& state() const { return ledger_.state(); }
  const Ledger& ledger() const { return ledger_; }
  const Vault& vault(uint32_t number) const { return state().vaults.at(VaultNumber{number}); }
  const Account& account(const std::string& name) const { return state().accounts.at(name); }
  const RequestRecord& request(const LeafHash& id) const { return state().requests.at(id); }
  const VersionRecord& version(const std::string& name, ItemKind kind, uint32_t version) const;
  const Person& person(uint32_t number) const { return people_.at(number - 1); }
  crypto::RandomSource& random() { return random_; }
  uint64_t now_ms = 1'700'000'000'000;
  void PassStage() { now_ms += kSharingStageMs; }

  // Founding.
  const Charter& charter() const { return charter_; }
  static Bytes EncodeCharter(const Charter& charter);
  Draft FoundDraft();
  // All founders' endorsements of `found` as it is now.
  void Endorse(Found& found) const;
  void FoundOrganisation();
  Draft RulesDraft(uint32_t rules_version, const std::vector<uint32_t>& endorsers);

  // Sharing; each under the vault's current reference.
  Draft ReceivingKeyDraft(uint32_t author, uint32_t vault);
  Draft StartDraft(uint32_t author, uint32_t vault);
  Draft DealDraft(uint32_t author, uint32_t vault);
  // Passes every public check, but what it holds for these receivers is noise.
  Draft BadDealDraft(uint32_t author, uint32_t vault, const std::vector<uint32_t>& victims);
  Draft CloseDraft(uint32_t author, uint32_t vault);
  Draft FalseComplainDraft(uint32_t author, uint32_t dealer, uint32_t vault);
  Draft TrueComplainDraft(uint32_t author, uint32_t dealer, uint32_t vault);
  Draft AcknowledgeDraft(uint32_t author, uint32_t vault);
  Draft ActivateDraft(uint32_t author, uint32_t vault);
  // Brings a vault to a stage; `holders` take part.
  void ReceiveKeys(uint32_t vault, const std::vector<uint32_t>& holders);
  void StartAndDeal(uint32_t vault, const std::vector<uint32_t>& dealers);
  void CloseAndAcknowledge(uint32_t vault, const std::vector<uint32_t>& holders);
  // All of the vault's holders, to the end.
  void Share(uint32_t vault);

  // Accounts.
  static std::string Plaintext(ItemKind kind, uint32_t version);
  Draft DepositDraft(uint32_t author, uint32_t vault, const std::string& name,
                     const std::vector<ItemKind>& kinds);
  Draft ConfirmDraft(uint32_t author, const std::string& name,
                     const std::vector<ItemVersion>& items);

  // Requests.
  Draft RequestDraft(uint32_t author, uint32_t vault, const std::string& name,
                     const std::vector<ItemVersion>& items,
                     const std::vector<uint32_t>& recipients);
  Draft AcceptDraft(uint32_t author, const LeafHash& request);
  Draft ApproveDraft(uint32_t author, const LeafHash& request);
  Draft SharesDraft(uint32_t author, const LeafHash& request);
  // What a recipient gets from the shares on the log.
  absl::StatusOr<std::string> Decrypt(uint32_t recipient, const LeafHash& request, ItemKind kind);

  Digest RootAt(uint64_t size) const;

 private:
  const crypto::Dealing& DealingOf(uint32_t dealer, uint32_t vault) const;
  const crypto::SecretScalar& ShareOf(uint32_t holder, uint32_t vault);

  crypto::SeededRandom random_;
  std::vector<Person> people_;
  Charter charter_;
  Bytes charter_bytes_;
  Ledger ledger_;
  uint64_t next_id_ = 1;
  // By (vault, holder).
  std::map<std::pair<uint32_t, uint32_t>, crypto::SecretScalar> receiving_secrets_;
  std::map<std::pair<uint32_t, uint32_t>, crypto::Dealing> dealings_;
  std::map<std::pair<uint32_t, uint32_t>, crypto::SecretScalar> shares_;
  std::map<crypto::Point, crypto::SecretScalar> one_time_secrets_;
  std::map<Digest, Bytes> blobs_;
};

// A founded world with vault 1 shared.
World SharedWorld();
// And with account "page" (password 1) deposited by organiser 6.
World WorldWithAccount();

}  // namespace quorate::ledger::testing

#endif  // QUORATE_TESTS_LEDGER_HARNESS_H_
